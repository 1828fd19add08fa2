//! Tests of live seats over the cache and the in-memory store. Tokio's clock is paused.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use boxoffice_domain::concerts::{Catalogue, ConcertEvent, ConcertStatus, ConcertView};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::outbox;
use boxoffice_domain::shared::ConcertId;
use boxoffice_testing::{BookingBuilder, ConcertBuilder, FixedClock, Given, InMemoryStore, SequentialIds};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{LiveSeats, WatchError};
use crate::concert_state::{ConcertSource, ConcertStates};
use crate::http::tests::contract::assert_valid;

/// Longer than one interval of the channel.
const LONGER_THAN_A_TICK: Duration = Duration::from_millis(150);

struct Fixture {
    live: LiveSeats,
    given: Given,
}

impl Fixture {
    fn with_places(watchers_max: usize) -> Self {
        let store = InMemoryStore::new();
        let given = Given::new(Arc::new(store.clone()), Arc::new(SequentialIds::new()));
        let (queries, clock) = (Arc::new(store.clone()), Arc::new(FixedClock::default()));
        let concerts = Arc::new(ConcertStates::new(ConcertSource {
            catalogue: Arc::new(Catalogue::new(queries.clone(), queries.clone(), clock.clone())),
            log: queries,
            clock,
        }));
        store.listen(concerts.clone());
        Self { live: LiveSeats::new(concerts, watchers_max, watchers_max), given }
    }

    async fn concert(&self) -> ConcertView {
        self.given
            .add_concert(ConcertBuilder::new(self.given.ids()).seated("A", 2, 50, 2_500).standing("GA", 30, 900))
            .await
    }

    async fn book(&self, view: &ConcertView, numbers: impl IntoIterator<Item = u32>) {
        self.given.booking(BookingBuilder::new(self.given.ids(), view).tickets(numbers).build()).await;
    }

    async fn watch(&self, view: &ConcertView, last: Option<u64>) -> Events {
        Events(Box::pin(self.live.watch(view.concert.id, last, None).await.unwrap().into_stream()))
    }
}

/// The events that one subscriber receives.
struct Events(Pin<Box<dyn Stream<Item = Bytes> + Send>>);

impl Events {
    /// The next event: its name and its data, whose `version` equals the event's `id`.
    async fn event(&mut self) -> (String, Value) {
        let text = String::from_utf8(self.0.next().await.expect("the stream has not ended").to_vec()).unwrap();
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
async fn a_subscriber_receives_the_current_version_and_then_the_changes() {
    let fixture = Fixture::with_places(2);
    let view = fixture.concert().await;
    let mut watcher = fixture.watch(&view, None).await;
    assert_eq!(watcher.delta().await, json!({"from": 1, "version": 1, "sections": [], "seats": []}));
    fixture.book(&view, [51, 52]).await;
    fixture.book(&view, [3, 101]).await;
    let expected = json!({
        "from": 1, "version": 3,
        "sections": [{"code": "A", "available": 97}, {"code": "GA", "available": 29}],
        "seats": [["A-1-3", "h"], ["A-2-1", "h"], ["A-2-2", "h"]],
    });
    assert_eq!(watcher.delta().await, expected, "changes within a tenth of a second are one event");
}

#[tokio::test(start_paused = true)]
async fn a_reconnecting_client_receives_what_it_missed() {
    let fixture = Fixture::with_places(9);
    let view = fixture.concert().await;
    let mut stays = fixture.watch(&view, None).await;
    stays.delta().await;
    for number in 1..=3 {
        fixture.book(&view, [number]).await;
        stays.delta().await;
    }
    let mut comes_back = fixture.watch(&view, Some(2)).await;
    assert_eq!(comes_back.delta().await["seats"], json!([["A-1-2", "h"]]));
    assert_eq!(comes_back.delta().await["seats"], json!([["A-1-3", "h"]]));
    let mut has_everything = fixture.watch(&view, Some(4)).await;
    assert_eq!(has_everything.delta().await, json!({"from": 4, "version": 4, "sections": [], "seats": []}));
    let mut was_away_for_long = fixture.watch(&view, Some(0)).await;
    assert_eq!(was_away_for_long.event().await, ("resync".to_owned(), json!({"version": 4})));
}

#[tokio::test(start_paused = true)]
async fn a_slow_subscriber_is_resynced_and_does_not_delay_others() {
    let fixture = Fixture::with_places(2);
    let view = fixture.concert().await;
    let (mut slow, mut quick) = (fixture.watch(&view, None).await, fixture.watch(&view, None).await);
    assert_eq!((slow.delta().await["version"].clone(), quick.delta().await["version"].clone()), (json!(1), json!(1)));
    for number in 1..=80 {
        fixture.book(&view, [number]).await;
        assert_eq!(quick.delta().await["version"], json!(number + 1));
    }
    assert_eq!(slow.event().await, ("resync".to_owned(), json!({"version": 81})));
    fixture.book(&view, [81]).await;
    assert_eq!(slow.delta().await["seats"], json!([["A-2-31", "h"]]));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_concert_itself_is_a_resync() {
    let fixture = Fixture::with_places(2);
    let view = fixture.concert().await;
    let mut watcher = fixture.watch(&view, None).await;
    watcher.delta().await;
    let mut unit = fixture.given.unit().await;
    let mut concert = unit.concerts().get(view.concert.id).await.unwrap().unwrap();
    concert.status = ConcertStatus::Paused;
    let version = unit.concerts().save(&concert).await.unwrap();
    let changed =
        EventPayload::Concert(ConcertEvent::Changed { status: concert.status, revision: concert.revision + 1 });
    fixture.given.record_event(&mut *unit, outbox::Stream::Concert(concert.id), version, changed).await;
    unit.commit().await.unwrap();
    assert_eq!(watcher.event().await, ("resync".to_owned(), json!({"version": 2})));
    let mut comes_back = fixture.watch(&view, Some(1)).await;
    assert_eq!(comes_back.event().await.0, "resync", "a reconnecting client cannot apply the change either");
}

#[tokio::test(start_paused = true)]
async fn too_many_changed_seats_are_a_resync() {
    let fixture = Fixture::with_places(2);
    let view = fixture.given.add_concert(ConcertBuilder::new(fixture.given.ids()).seated("A", 60, 100, 2_500)).await;
    let mut watcher = fixture.watch(&view, None).await;
    watcher.delta().await;
    fixture.book(&view, 1..=5_001).await;
    assert_eq!(watcher.event().await, ("resync".to_owned(), json!({"version": 2})));
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_sends_pings() {
    let fixture = Fixture::with_places(2);
    let view = fixture.concert().await;
    let mut watcher = fixture.watch(&view, None).await;
    watcher.delta().await;
    assert!(timeout(Duration::from_millis(14_900), watcher.0.next()).await.is_err());
    assert_eq!(watcher.0.next().await.unwrap(), Bytes::from_static(b": ping\n\n"));
}

#[tokio::test(start_paused = true)]
async fn subscribers_are_limited_and_a_disconnect_frees_a_permit() {
    let fixture = Fixture::with_places(1);
    let view = fixture.concert().await;
    let watcher = fixture.watch(&view, None).await;
    assert!(matches!(fixture.live.watch(view.concert.id, None, None).await, Err(WatchError::Full)));
    assert_eq!(fixture.live.watchers(), 1);
    drop(watcher);
    assert_eq!(fixture.live.watchers(), 0);
    fixture.watch(&view, None).await.delta().await;
}

#[tokio::test(start_paused = true)]
async fn one_address_cannot_take_all_permits() {
    let fixture = Fixture::with_places(40);
    let concert = fixture.concert().await.concert.id;
    let watch = async |last: u8| fixture.live.watch(concert, None, Some([192, 0, 2, last].into())).await;
    let mut greedy = Vec::new();
    while let Ok(stream) = watch(1).await {
        greedy.push(stream);
    }
    assert_eq!(greedy.len(), 20);
    assert!(watch(2).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_concert_is_not_found() {
    let fixture = Fixture::with_places(1);
    let nothing = ConcertId::from_uuid(fixture.given.ids().next_uuid());
    assert!(matches!(fixture.live.watch(nothing, None, None).await, Err(WatchError::NotFound)));
}

#[tokio::test(start_paused = true)]
async fn streams_end_with_the_process_and_channels_with_their_subscribers() {
    let fixture = Fixture::with_places(2);
    let (view, other) = (fixture.concert().await, fixture.concert().await);
    let (goes, mut stays) = (fixture.watch(&view, None).await, fixture.watch(&other, None).await);
    stays.delta().await;
    drop(goes);
    sleep(LONGER_THAN_A_TICK * 60).await;
    assert_eq!(super::seats::lock(&fixture.live.channels).len(), 1);
    fixture.live.close();
    assert_eq!(stays.0.next().await, None);
}
