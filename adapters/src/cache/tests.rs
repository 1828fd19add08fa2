//! The window over the store in memory, whose reads are counted and can be held up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::bookings::CancelReason;
use boxoffice_domain::concerts::{
    Availability, Catalogue, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertStatus,
    ConcertSummary, ConcertView, SeatStates, Section, SectionCode,
};
use boxoffice_domain::events::{EventLog, EventPayload, OutboxEntry, SeatUpdate, Stream};
use boxoffice_domain::shared::{Clock, ConcertId, Page, PageLimit, StoreError, Timestamp};
use boxoffice_domain::store::CommittedEvents;
use boxoffice_domain::testing::{BookingBuilder, ConcertBuilder, FixedClock, Given, InMemoryStore, SequentialIds};
use tokio::sync::Notify;

use super::{LookError, Looked, Picture, Recency, Renderers, ShopWindow, Sight, WindowParts};

/// The store, and how often it was asked.
struct Store {
    inner: InMemoryStore,
    asked: AtomicUsize,
    whole_reads: AtomicUsize,
    /// Answers are kept back until somebody rings.
    held_up: AtomicBool,
    has_read: Notify,
    go_on: Notify,
    broken: AtomicBool,
}

impl Store {
    async fn answer<T>(&self, answer: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError::Busy);
        }
        let answer = answer.await;
        if self.held_up.load(Ordering::SeqCst) {
            self.has_read.notify_one();
            self.go_on.notified().await;
        }
        answer
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl ConcertQueries for Store {
    async fn get(&self, id: ConcertId) -> Result<Option<ConcertView>, StoreError> {
        self.answer(self.inner.get(id)).await
    }

    async fn list(
        &self,
        filter: &ConcertFilter,
        order: ConcertOrder,
        after: Option<ConcertPosition>,
        limit: PageLimit,
        now: Timestamp,
    ) -> Result<Page<ConcertSummary, ConcertPosition>, StoreError> {
        self.answer(self.inner.list(filter, order, after, limit, now)).await
    }

    async fn availability(&self, id: ConcertId) -> Result<Option<Availability>, StoreError> {
        self.answer(self.inner.availability(id)).await
    }

    async fn seats(&self, id: ConcertId, section: Option<SectionCode>) -> Result<Option<SeatStates>, StoreError> {
        self.whole_reads.fetch_add(1, Ordering::SeqCst);
        self.answer(self.inner.seats(id, section)).await
    }
}

#[async_trait]
impl EventLog for Store {
    async fn after(&self, concert: ConcertId, position: u64, limit: u32) -> Result<Vec<SeatUpdate>, StoreError> {
        self.answer(self.inner.after(concert, position, limit)).await
    }
}

struct Ground {
    window: Arc<ShopWindow>,
    store: Arc<Store>,
    clock: Arc<FixedClock>,
    given: Given,
}

impl Ground {
    /// A window that hears what is committed, as if there were no other process.
    fn alone() -> Self {
        let ground = Self::among_others();
        ground.store.inner.listen(ground.window.clone());
        ground
    }

    /// A window that hears nothing, as if another process committed everything.
    fn among_others() -> Self {
        let inner = InMemoryStore::new();
        let clock = Arc::new(FixedClock::default());
        let given = Given::new(Arc::new(inner.clone()), Arc::new(SequentialIds::new()));
        let store = Arc::new(Store {
            inner: inner.clone(),
            asked: AtomicUsize::new(0),
            whole_reads: AtomicUsize::new(0),
            held_up: AtomicBool::new(false),
            has_read: Notify::new(),
            go_on: Notify::new(),
            broken: AtomicBool::new(false),
        });
        let window = ShopWindow::new(WindowParts {
            catalogue: Arc::new(Catalogue::new(store.clone(), Arc::new(inner), clock.clone())),
            log: store.clone(),
            clock: clock.clone(),
            renderers: Renderers { concert, availability, seats },
        });
        Self { window: Arc::new(window), store, clock, given }
    }

    async fn look(&self, view: &ConcertView, sight: Sight<'_>) -> String {
        look(&self.window, view.concert.id, sight, Recency::Usual).await.unwrap()
    }

    fn pass(&self, millis: i64) {
        self.clock.set(Timestamp::from_micros(self.clock.now().micros() + millis * 1_000));
    }

    async fn book(&self, view: &ConcertView, number: u32) {
        self.given.booking(BookingBuilder::new(self.given.ids(), view).tickets([number]).build()).await;
    }

    async fn change(&self, view: &ConcertView, name: &str, status: ConcertStatus) {
        let mut unit = self.given.unit().await;
        let mut concert = unit.concerts().get(view.concert.id).await.unwrap().unwrap();
        name.clone_into(&mut concert.details.name);
        concert.status = status;
        let version = unit.concerts().save(&concert).await.unwrap();
        let changed = EventPayload::ConcertChanged { status, revision: concert.revision + 1 };
        self.given.tell(&mut *unit, Stream::Concert(concert.id), version, changed).await;
        unit.commit().await.unwrap();
    }

    /// The entries of a concert's stream that came after its first.
    fn entries(&self, view: &ConcertView) -> Vec<OutboxEntry> {
        let stream = Stream::Concert(view.concert.id);
        self.store.inner.entries().into_iter().filter(|entry| entry.stream == stream && entry.position > 1).collect()
    }
}

/// What is seen, or `None` for what is not in the window.
async fn look_if_shown(
    window: &ShopWindow,
    id: ConcertId,
    sight: Sight<'_>,
    recency: Recency,
) -> Result<Option<String>, LookError> {
    Ok(match window.look(id, sight, recency).await? {
        Looked::Shown { rendering, .. } => {
            let form = rendering.form(super::Accepted::PLAIN, Timestamp::from_micros(0));
            Some(String::from_utf8(form.body.to_vec()).unwrap())
        }
        Looked::NotPublic | Looked::NoSuchSection => None,
    })
}

async fn look(window: &ShopWindow, id: ConcertId, sight: Sight<'_>, recency: Recency) -> Result<String, LookError> {
    Ok(look_if_shown(window, id, sight, recency).await?.expect("it is in the window"))
}

fn concert(picture: &Picture) -> serde_json::Result<Vec<u8>> {
    Ok(format!("{} r{}", picture.concert().details.name, picture.concert().revision).into_bytes())
}

fn availability(picture: &Picture) -> serde_json::Result<Vec<u8>> {
    let left: Vec<String> =
        picture.sections().map(|(section, left)| format!("{}={left}", section.code.as_str())).collect();
    let concert = picture.concert();
    Ok(format!("v{} {} of {}: {}", concert.version, concert.available, concert.total, left.join(" ")).into_bytes())
}

fn seats(picture: &Picture, only: Option<&Section>) -> serde_json::Result<Vec<u8>> {
    let sections = picture.plan().sections().iter().filter(|section| only.is_none_or(|only| only == *section));
    let letters = sections.flat_map(|section| picture.states_of(section)).map(|state| state.letter());
    Ok(format!("v{} {}", picture.concert().version, letters.collect::<String>()).into_bytes())
}

fn two_sections(ground: &Ground) -> ConcertBuilder {
    ConcertBuilder::new(ground.given.ids()).seated("A", 1, 4, 2500).standing("GA", 3, 1000)
}

#[tokio::test]
async fn what_this_process_commits_is_seen_at_once_and_the_store_is_not_asked_for_it() {
    let ground = Ground::alone();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v1 aaaaaaa");
    assert_eq!(ground.look(&view, Sight::Availability).await, "v1 7 of 7: A=4 GA=3");
    assert_eq!(ground.store.asked(), 1);

    ground.book(&view, 2).await;
    assert_eq!(ground.look(&view, Sight::Availability).await, "v2 6 of 7: A=3 GA=3");
    let paid = BookingBuilder::new(ground.given.ids(), &view).tickets([4, 5]).build();
    let (paid, _) = ground.given.paid(paid).await;
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v4 ahassaa");
    ground.given.cancelled(paid, CancelReason::Manager).await;
    ground.given.blocked(&view, &[7]).await;
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v6 ahaaaab");
    assert_eq!(ground.look(&view, Sight::Seats(Some("GA"))).await, "v6 aab");
    assert_eq!(ground.look(&view, Sight::Availability).await, "v6 5 of 7: A=3 GA=2");
    assert_eq!(ground.look(&view, Sight::Concert).await, "An Evening in May r1");
    assert_eq!(ground.store.asked(), 0);
}

#[tokio::test]
async fn only_the_numbers_are_read_of_a_concert_that_nobody_books() {
    let ground = Ground::alone();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    assert_eq!(ground.look(&view, Sight::Availability).await, "v1 7 of 7: A=4 GA=3");
    ground.book(&view, 2).await;
    assert_eq!(ground.look(&view, Sight::Availability).await, "v2 6 of 7: A=3 GA=3");
    assert_eq!(ground.store.asked(), 2, "the numbers, and then the seats");
    ground.book(&view, 3).await;
    assert_eq!(ground.look(&view, Sight::Availability).await, "v3 5 of 7: A=2 GA=3");
    assert_eq!(ground.store.asked(), 0);
}

#[tokio::test]
async fn what_others_commit_is_seen_a_second_later() {
    let ground = Ground::among_others();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v1 aaaaaaa");
    ground.book(&view, 1).await;
    ground.book(&view, 2).await;
    ground.pass(999);
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v1 aaaaaaa");
    assert_eq!(ground.store.asked(), 1);
    ground.pass(1);
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v3 hhaaaaa");
    assert_eq!(ground.look(&view, Sight::Availability).await, "v3 5 of 7: A=2 GA=3");
    assert_eq!(ground.store.asked(), 1, "the events since then");
    ground.change(&view, "Another Evening", ConcertStatus::Paused).await;
    ground.pass(1_000);
    assert_eq!(ground.look(&view, Sight::Concert).await, "Another Evening r2");
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v4 hhaaaaa");
}

#[tokio::test]
async fn many_reads_ask_the_store_once_a_second_and_four_times_when_they_insist() {
    let ground = Ground::among_others();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    for (recency, asked_max) in [(Recency::Usual, 11), (Recency::Insisted, 41)] {
        for _ in 0..10_000 {
            look(&ground.window, view.concert.id, Sight::Seats(None), recency).await.unwrap();
            ground.pass(1);
        }
        let asked = ground.store.asked();
        assert!((10..=asked_max).contains(&asked), "{recency:?}: {asked}");
    }
    ground.book(&view, 1).await;
    ground.pass(250);
    let insisted = look(&ground.window, view.concert.id, Sight::Seats(None), Recency::Insisted).await;
    assert_eq!(insisted.unwrap(), "v2 haaaaaa");
}

#[tokio::test]
async fn readers_who_come_together_share_one_load() {
    let ground = Ground::alone();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    ground.store.held_up.store(true, Ordering::SeqCst);
    let readers: Vec<_> = (0..100)
        .map(|_| {
            let (window, id) = (ground.window.clone(), view.concert.id);
            tokio::spawn(async move { look(&window, id, Sight::Seats(None), Recency::Usual).await.unwrap() })
        })
        .collect();
    ground.store.has_read.notified().await;
    ground.store.held_up.store(false, Ordering::SeqCst);
    ground.store.go_on.notify_one();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), "v1 aaaaaaa");
    }
    assert_eq!(ground.store.asked(), 1);
}

#[tokio::test]
async fn what_was_read_before_a_change_is_not_shown_after_it() {
    let ground = Ground::alone();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    ground.store.held_up.store(true, Ordering::SeqCst);
    let reader = tokio::spawn({
        let (window, id) = (ground.window.clone(), view.concert.id);
        async move { look(&window, id, Sight::Seats(None), Recency::Usual).await.unwrap() }
    });
    ground.store.has_read.notified().await;
    ground.book(&view, 1).await;
    ground.store.held_up.store(false, Ordering::SeqCst);
    ground.store.go_on.notify_one();
    assert_eq!(reader.await.unwrap(), "v2 haaaaaa");
    ground.change(&view, "Another Evening", ConcertStatus::OnSale).await;
    assert_eq!(ground.look(&view, Sight::Concert).await, "Another Evening r2");
}

#[tokio::test]
async fn a_reader_whose_client_went_away_leaves_the_work_to_the_next() {
    let ground = Ground::alone();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    ground.store.held_up.store(true, Ordering::SeqCst);
    let reader = tokio::spawn({
        let (window, id) = (ground.window.clone(), view.concert.id);
        async move { look(&window, id, Sight::Seats(None), Recency::Usual).await.unwrap() }
    });
    ground.store.has_read.notified().await;
    reader.abort();
    ground.store.held_up.store(false, Ordering::SeqCst);
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v1 aaaaaaa");
}

#[tokio::test]
async fn events_that_arrive_out_of_order_are_waited_for_a_moment_and_then_looked_for() {
    let ground = Ground::among_others();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    ground.look(&view, Sight::Seats(None)).await;
    for number in 1..=4 {
        ground.book(&view, number).await;
    }
    ground.store.asked();
    let entries = ground.entries(&view);
    ground.window.committed(&entries[1..2]);
    let reader = tokio::spawn({
        let (window, id) = (ground.window.clone(), view.concert.id);
        async move { look(&window, id, Sight::Seats(None), Recency::Usual).await.unwrap() }
    });
    tokio::task::yield_now().await;
    ground.window.committed(&entries[..1]);
    let seen = reader.await.unwrap();
    assert!(seen == "v3 hhaaaaa" || seen == "v5 hhhhaaa", "{seen}");

    // The third event is another process's; nobody will tell of it.
    ground.window.committed(&entries[3..]);
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v5 hhhhaaa");
    assert_eq!(ground.look(&view, Sight::Availability).await, "v5 3 of 7: A=0 GA=3");
    assert!(ground.store.asked() <= 2);
}

#[tokio::test]
async fn a_concert_too_far_behind_is_read_anew() {
    let ground = Ground::among_others();
    let view = ground.given.add_concert(ConcertBuilder::new(ground.given.ids()).standing("GA", 700, 0)).await;
    ground.look(&view, Sight::Availability).await;
    ground.look(&view, Sight::Seats(None)).await;
    for number in 1..=600 {
        ground.given.blocked(&view, &[number]).await;
    }
    ground.pass(1_000);
    assert_eq!(ground.look(&view, Sight::Availability).await, "v601 100 of 700: GA=100");
}

#[tokio::test]
async fn a_draft_is_not_in_the_window_until_it_is_published() {
    let ground = Ground::alone();
    let view = ground.given.add_concert(two_sections(&ground).status(ConcertStatus::Draft)).await;
    let seen = async || look_if_shown(&ground.window, view.concert.id, Sight::Concert, Recency::Usual).await.unwrap();
    assert_eq!(seen().await, None);
    assert_eq!(seen().await, None);
    assert_eq!(ground.store.asked(), 1);
    ground.change(&view, "Published", ConcertStatus::OnSale).await;
    assert_eq!(seen().await.as_deref(), Some("Published r2"));
    let unknown = look_if_shown(&ground.window, view.concert.id, Sight::Seats(Some("B")), Recency::Usual);
    assert_eq!(unknown.await.unwrap(), None, "there is no such section");
}

#[tokio::test]
async fn a_failure_is_told_and_not_kept() {
    let ground = Ground::alone();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    ground.store.broken.store(true, Ordering::SeqCst);
    let failed = look(&ground.window, view.concert.id, Sight::Concert, Recency::Usual).await;
    assert!(matches!(failed, Err(LookError::Store(StoreError::Busy))));
    ground.store.broken.store(false, Ordering::SeqCst);
    assert_eq!(ground.look(&view, Sight::Concert).await, "An Evening in May r1");
    ground.store.broken.store(true, Ordering::SeqCst);
    ground.pass(1_000);
    let failed = look(&ground.window, view.concert.id, Sight::Concert, Recency::Usual).await;
    assert!(failed.is_err(), "nobody knows whether it is still true");
}

#[tokio::test]
async fn commits_that_nobody_looks_at_render_nothing() {
    static RENDERED: AtomicUsize = AtomicUsize::new(0);
    fn counted(picture: &Picture, only: Option<&Section>) -> serde_json::Result<Vec<u8>> {
        RENDERED.fetch_add(1, Ordering::SeqCst);
        seats(picture, only)
    }
    let ground = Ground::among_others();
    let window = Arc::new(ShopWindow::new(WindowParts {
        catalogue: Arc::new(Catalogue::new(
            ground.store.clone(),
            Arc::new(ground.store.inner.clone()),
            ground.clock.clone(),
        )),
        log: ground.store.clone(),
        clock: ground.clock.clone(),
        renderers: Renderers { concert, availability, seats: counted },
    }));
    ground.store.inner.listen(window.clone());
    let view = ground.given.concert().await;
    look(&window, view.concert.id, Sight::Seats(None), Recency::Usual).await.unwrap();
    for number in 1..=50 {
        ground.book(&view, number).await;
    }
    for _ in 0..10 {
        let seen = look(&window, view.concert.id, Sight::Seats(None), Recency::Usual).await.unwrap();
        assert!(seen.starts_with("v51 hhh"), "{seen}");
    }
    assert_eq!(RENDERED.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_concert_is_read_whole_again_now_and_then() {
    let ground = Ground::alone();
    let view = ground.given.add_concert(two_sections(&ground)).await;
    ground.look(&view, Sight::Seats(None)).await;
    ground.store.asked();
    let reads_whole = || ground.store.whole_reads.load(Ordering::SeqCst);
    let before = reads_whole();
    for _ in 0..1_000 {
        ground.pass(1_000);
        ground.look(&view, Sight::Seats(None)).await;
    }
    assert_eq!(ground.store.asked(), 1_000);
    assert_eq!(reads_whole(), before + 1);
    ground.clock.set(FixedClock::START);
    assert_eq!(ground.look(&view, Sight::Seats(None)).await, "v1 aaaaaaa", "also when the clock is put back");
    assert_eq!(ground.store.asked(), 1);
}

/// A page that says how often it was loaded.
async fn page(ground: &Ground, loads: &AtomicUsize, recency: Recency) -> String {
    let load = async || {
        let count = loads.fetch_add(1, Ordering::SeqCst) + 1;
        Ok::<_, StoreError>((count.to_string(), format!("page {count}").into_bytes()))
    };
    let (page, _) = ground.window.list(b"all", recency, load).await.unwrap();
    let form = page.form(super::Accepted::PLAIN, ground.clock.now());
    String::from_utf8(form.body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_page_of_the_list_is_good_for_a_second_or_until_a_concert_changes() {
    let (ground, loads) = (Ground::alone(), AtomicUsize::new(0));
    let view = ground.given.concert().await;
    assert_eq!(page(&ground, &loads, Recency::Usual).await, "page 1");
    ground.pass(250);
    assert_eq!(page(&ground, &loads, Recency::Usual).await, "page 1");
    assert!(ground.window.glance_at_list(b"all", Recency::Usual).is_some());
    assert_eq!(page(&ground, &loads, Recency::Insisted).await, "page 2");
    assert_eq!(page(&ground, &loads, Recency::Insisted).await, "page 2");
    ground.pass(999);
    assert_eq!(page(&ground, &loads, Recency::Usual).await, "page 2");
    ground.pass(1);
    assert_eq!(page(&ground, &loads, Recency::Usual).await, "page 3");
    ground.book(&view, 1).await;
    assert!(ground.window.glance_at_list(b"all", Recency::Usual).is_none());
    assert_eq!(page(&ground, &loads, Recency::Usual).await, "page 4");
}

#[tokio::test]
async fn readers_of_a_list_share_one_load() {
    let ground = Arc::new(Ground::alone());
    let loads = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..50)
        .map(|_| {
            let (ground, loads) = (Arc::clone(&ground), Arc::clone(&loads));
            tokio::spawn(async move {
                let load = async || {
                    loads.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    Ok::<_, StoreError>((String::from("x"), Vec::new()))
                };
                ground.window.list(b"all", Recency::Usual, load).await.unwrap();
            })
        })
        .collect();
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}
