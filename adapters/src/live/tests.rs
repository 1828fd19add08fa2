//! Live seats over the window on the store in memory. Time stands still until everybody waits for it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_domain::concerts::{Catalogue, ConcertStatus, ConcertView};
use boxoffice_domain::events::{self, EventPayload};
use boxoffice_domain::shared::ConcertId;
use boxoffice_domain::testing::{BookingBuilder, ConcertBuilder, FixedClock, Given, InMemoryStore, SequentialIds};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{LiveSeats, WatchError};
use crate::cache::{ShopWindow, WindowParts};
use crate::http::renderers;
use crate::http::tests::contract::assert_valid;

/// More than one look at a concert takes.
const A_LOOK: Duration = Duration::from_millis(150);

struct Ground {
    live: LiveSeats,
    given: Given,
}

impl Ground {
    fn with_places(watchers_max: usize) -> Self {
        let store = InMemoryStore::new();
        let given = Given::new(Arc::new(store.clone()), Arc::new(SequentialIds::new()));
        let (queries, clock) = (Arc::new(store.clone()), Arc::new(FixedClock::default()));
        let window = Arc::new(ShopWindow::new(WindowParts {
            catalogue: Arc::new(Catalogue::new(queries.clone(), queries.clone(), clock.clone())),
            log: queries,
            clock,
            renderers: renderers(),
        }));
        store.listen(window.clone());
        Self { live: LiveSeats::new(window, watchers_max, watchers_max), given }
    }

    async fn concert(&self) -> ConcertView {
        self.given
            .add_concert(ConcertBuilder::new(self.given.ids()).seated("A", 2, 50, 2_500).standing("GA", 30, 900))
            .await
    }

    async fn book(&self, view: &ConcertView, numbers: impl IntoIterator<Item = u32>) {
        self.given.booking(BookingBuilder::new(self.given.ids(), view).tickets(numbers).build()).await;
    }

    async fn watch(&self, view: &ConcertView, last: Option<u64>) -> Stage {
        Stage(Box::pin(self.live.watch(view.concert.id, last, None).await.unwrap().into_stream()))
    }
}

/// What one watcher sees.
struct Stage(Pin<Box<dyn Stream<Item = Bytes> + Send>>);

impl Stage {
    /// The next event: its name and its data, in which `id` is that of the event.
    async fn event(&mut self) -> (String, Value) {
        let text = String::from_utf8(self.0.next().await.expect("the stream goes on").to_vec()).unwrap();
        let lines: Vec<&str> = text.strip_suffix("\n\n").expect("an event ends with an empty line").lines().collect();
        let field = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        let data: Value = serde_json::from_str(&field("data: ").unwrap()).unwrap();
        assert_eq!(field("id: ").unwrap(), data["version"].to_string());
        let name = field("event: ").unwrap();
        let schema = if name == "delta" { "SeatsDelta" } else { "SeatsResync" };
        assert_valid(&name, &json!({ "$ref": format!("#/components/schemas/{schema}") }), &data);
        (name, data)
    }

    async fn delta(&mut self) -> Value {
        let (name, data) = self.event().await;
        assert_eq!(name, "delta", "{data}");
        data
    }
}

#[tokio::test(start_paused = true)]
async fn a_watcher_is_told_where_the_concert_is_and_then_what_changes() {
    let ground = Ground::with_places(2);
    let view = ground.concert().await;
    let mut watcher = ground.watch(&view, None).await;
    assert_eq!(watcher.delta().await, json!({"from": 1, "version": 1, "sections": [], "seats": []}));
    ground.book(&view, [51, 52]).await;
    ground.book(&view, [3, 101]).await;
    let told = json!({
        "from": 1, "version": 3,
        "sections": [{"code": "A", "available": 97}, {"code": "GA", "available": 29}],
        "seats": [["A-1-3", "h"], ["A-2-1", "h"], ["A-2-2", "h"]],
    });
    assert_eq!(watcher.delta().await, told, "the changes of a tenth of a second are one event");
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_back_is_told_what_they_missed() {
    let ground = Ground::with_places(9);
    let view = ground.concert().await;
    let mut stays = ground.watch(&view, None).await;
    stays.delta().await;
    for number in 1..=3 {
        ground.book(&view, [number]).await;
        stays.delta().await;
    }
    let mut comes_back = ground.watch(&view, Some(2)).await;
    assert_eq!(comes_back.delta().await["seats"], json!([["A-1-2", "h"]]));
    assert_eq!(comes_back.delta().await["seats"], json!([["A-1-3", "h"]]));
    let mut has_everything = ground.watch(&view, Some(4)).await;
    assert_eq!(has_everything.delta().await, json!({"from": 4, "version": 4, "sections": [], "seats": []}));
    let mut was_away_for_long = ground.watch(&view, Some(0)).await;
    assert_eq!(was_away_for_long.event().await, ("resync".to_owned(), json!({"version": 4})));
}

#[tokio::test(start_paused = true)]
async fn a_slow_watcher_starts_over_and_holds_nobody_up() {
    let ground = Ground::with_places(2);
    let view = ground.concert().await;
    let (mut slow, mut quick) = (ground.watch(&view, None).await, ground.watch(&view, None).await);
    assert_eq!((slow.delta().await["version"].clone(), quick.delta().await["version"].clone()), (json!(1), json!(1)));
    for number in 1..=80 {
        ground.book(&view, [number]).await;
        assert_eq!(quick.delta().await["version"], json!(number + 1));
    }
    assert_eq!(slow.event().await, ("resync".to_owned(), json!({"version": 81})));
    ground.book(&view, [81]).await;
    assert_eq!(slow.delta().await["seats"], json!([["A-2-31", "h"]]));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_about_seats_is_read_anew() {
    let ground = Ground::with_places(2);
    let view = ground.concert().await;
    let mut watcher = ground.watch(&view, None).await;
    watcher.delta().await;
    let mut unit = ground.given.unit().await;
    let mut concert = unit.concerts().get(view.concert.id).await.unwrap().unwrap();
    concert.status = ConcertStatus::Paused;
    let version = unit.concerts().save(&concert).await.unwrap();
    let changed = EventPayload::ConcertChanged { status: concert.status, revision: concert.revision + 1 };
    ground.given.tell(&mut *unit, events::Stream::Concert(concert.id), version, changed).await;
    unit.commit().await.unwrap();
    assert_eq!(watcher.event().await, ("resync".to_owned(), json!({"version": 2})));
    let mut comes_back = ground.watch(&view, Some(1)).await;
    assert_eq!(comes_back.event().await.0, "resync", "the change cannot be told to them either");
}

#[tokio::test(start_paused = true)]
async fn more_seats_than_can_be_told_are_read_anew() {
    let ground = Ground::with_places(2);
    let view = ground.given.add_concert(ConcertBuilder::new(ground.given.ids()).seated("A", 60, 100, 2_500)).await;
    let mut watcher = ground.watch(&view, None).await;
    watcher.delta().await;
    ground.book(&view, 1..=5_001).await;
    assert_eq!(watcher.event().await, ("resync".to_owned(), json!({"version": 2})));
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_says_that_it_lives() {
    let ground = Ground::with_places(2);
    let view = ground.concert().await;
    let mut watcher = ground.watch(&view, None).await;
    watcher.delta().await;
    assert!(timeout(Duration::from_millis(14_900), watcher.0.next()).await.is_err());
    assert_eq!(watcher.0.next().await.unwrap(), Bytes::from_static(b": ping\n\n"));
}

#[tokio::test(start_paused = true)]
async fn there_are_only_so_many_places_and_who_goes_makes_room() {
    let ground = Ground::with_places(1);
    let view = ground.concert().await;
    let watcher = ground.watch(&view, None).await;
    assert!(matches!(ground.live.watch(view.concert.id, None, None).await, Err(WatchError::Full)));
    assert_eq!(ground.live.watchers(), 1);
    drop(watcher);
    assert_eq!(ground.live.watchers(), 0);
    ground.watch(&view, None).await.delta().await;
}

#[tokio::test(start_paused = true)]
async fn an_address_that_takes_all_it_gets_leaves_places_to_others() {
    let ground = Ground::with_places(40);
    let concert = ground.concert().await.concert.id;
    let watch = async |last: u8| ground.live.watch(concert, None, Some([192, 0, 2, last].into())).await;
    let mut greedy = Vec::new();
    while let Ok(place) = watch(1).await {
        greedy.push(place);
    }
    assert_eq!(greedy.len(), 20);
    assert!(watch(2).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn nobody_can_watch_what_is_not_there() {
    let ground = Ground::with_places(1);
    let nothing = ConcertId::from_uuid(ground.given.ids().next_uuid());
    assert!(matches!(ground.live.watch(nothing, None, None).await, Err(WatchError::NotFound)));
}

#[tokio::test(start_paused = true)]
async fn streams_end_with_the_program_and_channels_with_their_watchers() {
    let ground = Ground::with_places(2);
    let (view, other) = (ground.concert().await, ground.concert().await);
    let (goes, mut stays) = (ground.watch(&view, None).await, ground.watch(&other, None).await);
    stays.delta().await;
    drop(goes);
    sleep(A_LOOK * 60).await;
    assert_eq!(super::seats::lock(&ground.live.channels).len(), 1);
    ground.live.close();
    assert_eq!(stays.0.next().await, None);
}
