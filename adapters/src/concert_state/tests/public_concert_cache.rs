//! Tests of the cache over the in-memory store, whose reads are counted and can be held back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::bookings::CancelReason;
use boxoffice_domain::concerts::{
    Availability, Catalogue, ConcertEvent, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertStatus,
    ConcertSummary, ConcertView, SeatStates, Section, SectionCode,
};
use boxoffice_domain::events::{CommittedEvents, EventLog, EventPayload, OutboxEntry, SeatUpdate};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::shared::{Clock, ConcertId, Page, PageLimit, StoreError, Timestamp};
use boxoffice_testing::{BookingBuilder, ConcertBuilder, FixedClock, Given, InMemoryStore, SequentialIds};
use tokio::sync::Notify;

use crate::concert_state::{
    ConcertSnapshot, ConcertSource, ConcertStates, Freshness, Lookup, LookupError, PublicConcertCache, Renderers, View,
};
use crate::responses::Accepted;

/// The in-memory store with a count of its reads.
struct Store {
    inner: InMemoryStore,
    reads: AtomicUsize,
    whole_reads: AtomicUsize,
    /// While true, reads do not return before `go_on` is notified.
    held_up: AtomicBool,
    has_read: Notify,
    go_on: Notify,
    broken: AtomicBool,
}

impl Store {
    async fn answer<T>(&self, answer: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
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

    fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::SeqCst)
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

struct Fixture {
    concerts: Arc<ConcertStates>,
    cache: Arc<PublicConcertCache>,
    store: Arc<Store>,
    clock: Arc<FixedClock>,
    given: Given,
}

impl Fixture {
    /// A cache that listens to committed events, like the only process.
    fn alone() -> Self {
        let fixture = Self::among_others();
        fixture.store.inner.listen(fixture.concerts.clone());
        fixture
    }

    /// A cache that hears no events, as if another process committed everything.
    fn among_others() -> Self {
        let inner = InMemoryStore::new();
        let clock = Arc::new(FixedClock::default());
        let given = Given::new(Arc::new(inner.clone()), Arc::new(SequentialIds::new()));
        let store = Arc::new(Store {
            inner: inner.clone(),
            reads: AtomicUsize::new(0),
            whole_reads: AtomicUsize::new(0),
            held_up: AtomicBool::new(false),
            has_read: Notify::new(),
            go_on: Notify::new(),
            broken: AtomicBool::new(false),
        });
        let concerts = Arc::new(ConcertStates::new(ConcertSource {
            catalogue: Arc::new(Catalogue::new(store.clone(), Arc::new(inner), clock.clone())),
            log: store.clone(),
            clock: clock.clone(),
        }));
        let renderers = Renderers { concert, availability, seats };
        let cache = Arc::new(PublicConcertCache::new(concerts.clone(), renderers));
        Self { concerts, cache, store, clock, given }
    }

    async fn get_or_load(&self, of: &ConcertView, view: View<'_>) -> String {
        get_or_load(&self.cache, of.concert.id, view, Freshness::Usual).await.unwrap()
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
        let changed = EventPayload::Concert(ConcertEvent::Changed { status, revision: concert.revision + 1 });
        self.given.record_event(&mut *unit, Stream::Concert(concert.id), version, changed).await;
        unit.commit().await.unwrap();
    }

    /// The entries of a concert's stream that came after its first.
    fn entries(&self, view: &ConcertView) -> Vec<OutboxEntry> {
        let stream = Stream::Concert(view.concert.id);
        self.store.inner.entries().into_iter().filter(|entry| entry.stream == stream && entry.position > 1).collect()
    }
}

/// The rendered body; `None` when the concert or the section is not public.
async fn get_if_public(
    cache: &PublicConcertCache,
    id: ConcertId,
    view: View<'_>,
    freshness: Freshness,
) -> Result<Option<String>, LookupError> {
    Ok(match cache.get_or_load(id, view, freshness).await? {
        Lookup::Shown { rendering, .. } => {
            let form = rendering.form(Accepted::PLAIN, Timestamp::from_micros(0));
            Some(String::from_utf8(form.body.to_vec()).unwrap())
        }
        Lookup::NotPublic | Lookup::NoSuchSection => None,
    })
}

async fn get_or_load(
    cache: &PublicConcertCache,
    id: ConcertId,
    view: View<'_>,
    freshness: Freshness,
) -> Result<String, LookupError> {
    Ok(get_if_public(cache, id, view, freshness).await?.expect("the concert is public"))
}

fn concert(snapshot: &ConcertSnapshot) -> serde_json::Result<Vec<u8>> {
    Ok(format!("{} r{}", snapshot.concert().details.name, snapshot.concert().revision).into_bytes())
}

fn availability(snapshot: &ConcertSnapshot) -> serde_json::Result<Vec<u8>> {
    let left: Vec<String> =
        snapshot.sections().map(|(section, left)| format!("{}={left}", section.code.as_str())).collect();
    let concert = snapshot.concert();
    Ok(format!("v{} {} of {}: {}", concert.version, concert.available, concert.total, left.join(" ")).into_bytes())
}

fn seats(snapshot: &ConcertSnapshot, only: Option<&Section>) -> serde_json::Result<Vec<u8>> {
    let sections = snapshot.plan().sections().iter().filter(|section| only.is_none_or(|only| only == *section));
    let letters = sections.flat_map(|section| snapshot.states_of(section)).map(|state| state.letter());
    Ok(format!("v{} {}", snapshot.concert().version, letters.collect::<String>()).into_bytes())
}

fn two_sections(fixture: &Fixture) -> ConcertBuilder {
    ConcertBuilder::new(fixture.given.ids()).seated("A", 1, 4, 2500).standing("GA", 3, 1000)
}

#[tokio::test]
async fn commits_of_this_process_are_visible_at_once_without_a_read() {
    let fixture = Fixture::alone();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v1 aaaaaaa");
    assert_eq!(fixture.get_or_load(&view, View::Availability).await, "v1 7 of 7: A=4 GA=3");
    assert_eq!(fixture.store.reads(), 1);

    fixture.book(&view, 2).await;
    assert_eq!(fixture.get_or_load(&view, View::Availability).await, "v2 6 of 7: A=3 GA=3");
    let paid = BookingBuilder::new(fixture.given.ids(), &view).tickets([4, 5]).build();
    let (paid, _) = fixture.given.paid(paid).await;
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v4 ahassaa");
    fixture.given.cancelled(paid, CancelReason::Manager).await;
    fixture.given.blocked(&view, &[7]).await;
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v6 ahaaaab");
    assert_eq!(fixture.get_or_load(&view, View::Seats(Some("GA"))).await, "v6 aab");
    assert_eq!(fixture.get_or_load(&view, View::Availability).await, "v6 5 of 7: A=3 GA=2");
    assert_eq!(fixture.get_or_load(&view, View::Concert).await, "An Evening in May r1");
    assert_eq!(fixture.store.reads(), 0);
}

#[tokio::test]
async fn only_the_counts_are_loaded_of_a_concert_without_new_bookings() {
    let fixture = Fixture::alone();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    assert_eq!(fixture.get_or_load(&view, View::Availability).await, "v1 7 of 7: A=4 GA=3");
    fixture.book(&view, 2).await;
    assert_eq!(fixture.get_or_load(&view, View::Availability).await, "v2 6 of 7: A=3 GA=3");
    assert_eq!(fixture.store.reads(), 2, "the counts, and then the seats");
    fixture.book(&view, 3).await;
    assert_eq!(fixture.get_or_load(&view, View::Availability).await, "v3 5 of 7: A=2 GA=3");
    assert_eq!(fixture.store.reads(), 0);
}

#[tokio::test]
async fn commits_of_other_processes_are_visible_after_a_second() {
    let fixture = Fixture::among_others();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v1 aaaaaaa");
    fixture.book(&view, 1).await;
    fixture.book(&view, 2).await;
    fixture.pass(999);
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v1 aaaaaaa");
    assert_eq!(fixture.store.reads(), 1);
    fixture.pass(1);
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v3 hhaaaaa");
    assert_eq!(fixture.get_or_load(&view, View::Availability).await, "v3 5 of 7: A=2 GA=3");
    assert_eq!(fixture.store.reads(), 1, "the events since then");
    fixture.change(&view, "Another Evening", ConcertStatus::Paused).await;
    fixture.pass(1_000);
    assert_eq!(fixture.get_or_load(&view, View::Concert).await, "Another Evening r2");
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v4 hhaaaaa");
}

#[tokio::test]
async fn many_requests_read_the_store_once_a_second_and_four_times_with_no_cache() {
    let fixture = Fixture::among_others();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    for (freshness, reads_max) in [(Freshness::Usual, 11), (Freshness::Insisted, 41)] {
        for _ in 0..10_000 {
            get_or_load(&fixture.cache, view.concert.id, View::Seats(None), freshness).await.unwrap();
            fixture.pass(1);
        }
        let reads = fixture.store.reads();
        assert!((10..=reads_max).contains(&reads), "{freshness:?}: {reads}");
    }
    fixture.book(&view, 1).await;
    fixture.pass(250);
    let insisted = get_or_load(&fixture.cache, view.concert.id, View::Seats(None), Freshness::Insisted).await;
    assert_eq!(insisted.unwrap(), "v2 haaaaaa");
}

#[tokio::test]
async fn concurrent_readers_share_one_load() {
    let fixture = Fixture::alone();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    fixture.store.held_up.store(true, Ordering::SeqCst);
    let readers: Vec<_> = (0..100)
        .map(|_| {
            let (cache, id) = (fixture.cache.clone(), view.concert.id);
            tokio::spawn(async move { get_or_load(&cache, id, View::Seats(None), Freshness::Usual).await.unwrap() })
        })
        .collect();
    fixture.store.has_read.notified().await;
    fixture.store.held_up.store(false, Ordering::SeqCst);
    fixture.store.go_on.notify_one();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), "v1 aaaaaaa");
    }
    assert_eq!(fixture.store.reads(), 1);
}

#[tokio::test]
async fn a_load_that_began_before_a_change_is_brought_up_to_date() {
    let fixture = Fixture::alone();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    fixture.store.held_up.store(true, Ordering::SeqCst);
    let reader = tokio::spawn({
        let (cache, id) = (fixture.cache.clone(), view.concert.id);
        async move { get_or_load(&cache, id, View::Seats(None), Freshness::Usual).await.unwrap() }
    });
    fixture.store.has_read.notified().await;
    fixture.book(&view, 1).await;
    fixture.store.held_up.store(false, Ordering::SeqCst);
    fixture.store.go_on.notify_one();
    assert_eq!(reader.await.unwrap(), "v2 haaaaaa");
    fixture.change(&view, "Another Evening", ConcertStatus::OnSale).await;
    assert_eq!(fixture.get_or_load(&view, View::Concert).await, "Another Evening r2");
}

#[tokio::test]
async fn the_load_of_a_cancelled_reader_is_repeated_by_the_next() {
    let fixture = Fixture::alone();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    fixture.store.held_up.store(true, Ordering::SeqCst);
    let reader = tokio::spawn({
        let (cache, id) = (fixture.cache.clone(), view.concert.id);
        async move { get_or_load(&cache, id, View::Seats(None), Freshness::Usual).await.unwrap() }
    });
    fixture.store.has_read.notified().await;
    reader.abort();
    fixture.store.held_up.store(false, Ordering::SeqCst);
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v1 aaaaaaa");
}

#[tokio::test]
async fn a_missing_event_is_awaited_briefly_and_then_read_from_the_store() {
    let fixture = Fixture::among_others();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    fixture.get_or_load(&view, View::Seats(None)).await;
    for number in 1..=4 {
        fixture.book(&view, number).await;
    }
    fixture.store.reads();
    let entries = fixture.entries(&view);
    fixture.concerts.committed(&entries[1..2]);
    let reader = tokio::spawn({
        let (cache, id) = (fixture.cache.clone(), view.concert.id);
        async move { get_or_load(&cache, id, View::Seats(None), Freshness::Usual).await.unwrap() }
    });
    tokio::task::yield_now().await;
    fixture.concerts.committed(&entries[..1]);
    let seen = reader.await.unwrap();
    assert!(seen == "v3 hhaaaaa" || seen == "v5 hhhhaaa", "{seen}");

    // The third event is another process's; it is not announced here.
    fixture.concerts.committed(&entries[3..]);
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v5 hhhhaaa");
    assert_eq!(fixture.get_or_load(&view, View::Availability).await, "v5 3 of 7: A=0 GA=3");
    assert!(fixture.store.reads() <= 2);
}

#[tokio::test]
async fn a_concert_too_far_behind_is_loaded_in_full() {
    let fixture = Fixture::among_others();
    let view = fixture.given.add_concert(ConcertBuilder::new(fixture.given.ids()).standing("GA", 700, 0)).await;
    fixture.get_or_load(&view, View::Availability).await;
    fixture.get_or_load(&view, View::Seats(None)).await;
    for number in 1..=600 {
        fixture.given.blocked(&view, &[number]).await;
    }
    fixture.pass(1_000);
    assert_eq!(fixture.get_or_load(&view, View::Availability).await, "v601 100 of 700: GA=100");
}

#[tokio::test]
async fn a_draft_is_not_served_until_it_is_published() {
    let fixture = Fixture::alone();
    let view = fixture.given.add_concert(two_sections(&fixture).status(ConcertStatus::Draft)).await;
    let seen = async || get_if_public(&fixture.cache, view.concert.id, View::Concert, Freshness::Usual).await.unwrap();
    assert_eq!(seen().await, None);
    assert_eq!(seen().await, None);
    assert_eq!(fixture.store.reads(), 1);
    fixture.change(&view, "Published", ConcertStatus::OnSale).await;
    assert_eq!(seen().await.as_deref(), Some("Published r2"));
    let unknown = get_if_public(&fixture.cache, view.concert.id, View::Seats(Some("B")), Freshness::Usual);
    assert_eq!(unknown.await.unwrap(), None, "there is no such section");
}

#[tokio::test]
async fn a_failure_is_returned_and_not_cached() {
    let fixture = Fixture::alone();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    fixture.store.broken.store(true, Ordering::SeqCst);
    let failed = get_or_load(&fixture.cache, view.concert.id, View::Concert, Freshness::Usual).await;
    assert!(matches!(failed, Err(LookupError::Store(StoreError::Busy))));
    fixture.store.broken.store(false, Ordering::SeqCst);
    assert_eq!(fixture.get_or_load(&view, View::Concert).await, "An Evening in May r1");
    fixture.store.broken.store(true, Ordering::SeqCst);
    fixture.pass(1_000);
    let failed = get_or_load(&fixture.cache, view.concert.id, View::Concert, Freshness::Usual).await;
    assert!(failed.is_err(), "the cached response may be stale");
}

#[tokio::test]
async fn commits_render_nothing_until_the_next_request() {
    static RENDERED: AtomicUsize = AtomicUsize::new(0);
    fn counted(snapshot: &ConcertSnapshot, only: Option<&Section>) -> serde_json::Result<Vec<u8>> {
        RENDERED.fetch_add(1, Ordering::SeqCst);
        seats(snapshot, only)
    }
    let fixture = Fixture::alone();
    let renderers = Renderers { concert, availability, seats: counted };
    let cache = Arc::new(PublicConcertCache::new(fixture.concerts.clone(), renderers));
    let view = fixture.given.concert().await;
    get_or_load(&cache, view.concert.id, View::Seats(None), Freshness::Usual).await.unwrap();
    for number in 1..=50 {
        fixture.book(&view, number).await;
    }
    for _ in 0..10 {
        let seen = get_or_load(&cache, view.concert.id, View::Seats(None), Freshness::Usual).await.unwrap();
        assert!(seen.starts_with("v51 hhh"), "{seen}");
    }
    assert_eq!(RENDERED.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_concert_is_loaded_in_full_again_after_its_lifetime() {
    let fixture = Fixture::alone();
    let view = fixture.given.add_concert(two_sections(&fixture)).await;
    fixture.get_or_load(&view, View::Seats(None)).await;
    fixture.store.reads();
    let reads_whole = || fixture.store.whole_reads.load(Ordering::SeqCst);
    let before = reads_whole();
    for _ in 0..1_000 {
        fixture.pass(1_000);
        fixture.get_or_load(&view, View::Seats(None)).await;
    }
    assert_eq!(fixture.store.reads(), 1_000);
    assert_eq!(reads_whole(), before + 1);
    fixture.clock.set(FixedClock::START);
    assert_eq!(fixture.get_or_load(&view, View::Seats(None)).await, "v1 aaaaaaa", "also when the clock is set back");
    assert_eq!(fixture.store.reads(), 1);
}

/// A page whose body says how often it was loaded.
async fn page(fixture: &Fixture, loads: &AtomicUsize, freshness: Freshness) -> String {
    let load = async || {
        let count = loads.fetch_add(1, Ordering::SeqCst) + 1;
        Ok::<_, StoreError>((count.to_string(), format!("page {count}").into_bytes()))
    };
    let (page, _) = fixture.cache.list(b"all", freshness, load).await.unwrap();
    let form = page.form(Accepted::PLAIN, fixture.clock.now());
    String::from_utf8(form.body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_page_of_the_list_is_fresh_for_a_second_or_until_a_concert_changes() {
    let (fixture, loads) = (Fixture::alone(), AtomicUsize::new(0));
    let view = fixture.given.concert().await;
    assert_eq!(page(&fixture, &loads, Freshness::Usual).await, "page 1");
    fixture.pass(250);
    assert_eq!(page(&fixture, &loads, Freshness::Usual).await, "page 1");
    assert!(fixture.cache.get_cached_list(b"all", Freshness::Usual).is_some());
    assert_eq!(page(&fixture, &loads, Freshness::Insisted).await, "page 2");
    assert_eq!(page(&fixture, &loads, Freshness::Insisted).await, "page 2");
    fixture.pass(999);
    assert_eq!(page(&fixture, &loads, Freshness::Usual).await, "page 2");
    fixture.pass(1);
    assert_eq!(page(&fixture, &loads, Freshness::Usual).await, "page 3");
    fixture.book(&view, 1).await;
    assert!(fixture.cache.get_cached_list(b"all", Freshness::Usual).is_none());
    assert_eq!(page(&fixture, &loads, Freshness::Usual).await, "page 4");
}

#[tokio::test]
async fn readers_of_a_list_share_one_load() {
    let fixture = Arc::new(Fixture::alone());
    let loads = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..50)
        .map(|_| {
            let (fixture, loads) = (Arc::clone(&fixture), Arc::clone(&loads));
            tokio::spawn(async move {
                let load = async || {
                    loads.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    Ok::<_, StoreError>((String::from("x"), Vec::new()))
                };
                fixture.cache.list(b"all", Freshness::Usual, load).await.unwrap();
            })
        })
        .collect();
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}
