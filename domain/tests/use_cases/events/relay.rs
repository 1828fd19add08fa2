//! Delivering events to a consumer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use boxoffice_domain::events::{
    Backlog, CommittedEvents, Event, EventCursors, EventPayload, HandlerError, LEASE_SECONDS, LeaseHolder,
    MockEventCursors, MockEventHandler, MockParkedEventStore, OutboxEntry, ParkedEventStore, Relay, StoredEntry,
    StoredEvent,
};
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{Actor, EventId, Role, StoreError, Timestamp, UserId};
use boxoffice_domain::store::in_unit;
use boxoffice_domain::users::UserEvent;
use boxoffice_testing::{FixedClock, InMemoryStore, SequentialIds};

const NOW: Timestamp = FixedClock::START;
const CONSUMER: &str = "test";
/// After so many seconds a relay looks at what other processes wrote.
const LOOK_SECONDS: i64 = 1;

fn user(number: u128) -> UserId {
    UserId::from_uuid(uuid::Uuid::from_u128(number))
}

fn event(number: u128, version: u64) -> Event {
    let id = EventId::from_uuid(uuid::Uuid::from_u128(number * 1_000 + u128::from(version)));
    let payload = EventPayload::User(UserEvent::Registered { role: Role::User });
    Event { id, occurred_at: NOW, aggregate: Aggregate::User(user(number)), version, actor: Actor::System, payload }
}

/// The entry of a user's stream with one event about the user.
fn entry(number: u128, version: u64) -> OutboxEntry {
    OutboxEntry::of(Stream::User(user(number)), version, event(number, version))
}

/// A handler that fails at some events or is unavailable, and notes what it was given.
#[derive(Default)]
struct Script {
    failing: BTreeSet<EventId>,
    unavailable: bool,
    given: Vec<Vec<EventId>>,
}

fn handler(script: &Arc<Mutex<Script>>) -> MockEventHandler {
    let script = Arc::clone(script);
    let mut handler = MockEventHandler::new();
    handler.expect_consumer().return_const(CONSUMER);
    handler.expect_handle().returning(move |events| {
        let mut script = script.lock().unwrap();
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let fails = ids.iter().any(|id| script.failing.contains(id));
        script.given.push(ids);
        match (script.unavailable, fails) {
            (true, _) => Err(HandlerError::Unavailable("out of reach".to_owned())),
            (false, true) => Err(HandlerError::Failed("too hard".to_owned())),
            (false, false) => Ok(()),
        }
    });
    handler
}

/// A relay over a store in memory that holds these entries.
struct Fixture {
    store: InMemoryStore,
    clock: Arc<FixedClock>,
    script: Arc<Mutex<Script>>,
    relay: Relay,
}

impl Fixture {
    async fn with(entries: impl IntoIterator<Item = OutboxEntry>) -> Self {
        let (store, clock, script) = (InMemoryStore::new(), Arc::new(FixedClock::at(NOW)), Arc::default());
        let shared = Arc::new(store.clone());
        let relay =
            Relay::new(shared.clone(), shared, Arc::new(handler(&script)), clock.clone(), &SequentialIds::new());
        let fixture = Self { store, clock, script, relay };
        for entry in entries {
            fixture.write(entry).await;
        }
        fixture
    }

    async fn write(&self, entry: OutboxEntry) {
        let entry = &entry;
        in_unit::<dyn SalesUnit, _, _, _>(&self.store, "test", |unit, _| {
            Box::pin(async move { unit.outbox().append(entry.clone()).await })
        })
        .await
        .unwrap();
    }

    async fn drain(&self) {
        while self.relay.deliver_once().await.unwrap() > 0 {}
    }

    fn given(&self) -> Vec<Vec<EventId>> {
        std::mem::take(&mut self.script.lock().unwrap().given)
    }

    async fn parked(&self) -> Vec<(EventId, String)> {
        let parked = self.store.list(100).await.unwrap();
        parked.into_iter().map(|parked| (parked.event.id, parked.error)).collect()
    }
}

#[tokio::test]
async fn streams_are_handled_together() {
    let fixture = Fixture::with([entry(1, 1), entry(2, 1), entry(1, 2)]).await;
    assert_eq!(fixture.relay.deliver_once().await.unwrap(), 3);
    assert_eq!(fixture.given(), [[event(1, 1).id, event(1, 2).id, event(2, 1).id]]);
    assert_eq!(fixture.relay.deliver_once().await.unwrap(), 0);
}

#[tokio::test]
async fn an_event_that_fails_again_and_again_is_parked_with_what_follows_it() {
    let fixture = Fixture::with([entry(1, 1), entry(1, 2), entry(1, 3), entry(2, 1)]).await;
    let bad = event(1, 2).id;
    fixture.script.lock().unwrap().failing.insert(bad);
    fixture.drain().await;
    let alone = vec![bad];
    let [first, other] = [event(1, 1).id, event(2, 1).id].map(|id| vec![id]);
    let together = vec![event(1, 1).id, bad, event(1, 3).id, event(2, 1).id];
    assert_eq!(fixture.given(), [together, first, alone.clone(), alone.clone(), alone, other]);
    let parked = fixture.parked().await;
    assert_eq!(
        parked,
        [(bad, "too hard".to_owned()), (event(1, 3).id, "an earlier event of the same aggregate is parked".to_owned())]
    );
    fixture.write(entry(1, 4)).await;
    fixture.clock.advance(LOOK_SECONDS);
    fixture.drain().await;
    assert!(fixture.given().is_empty());
    assert_eq!(fixture.parked().await.len(), 3);
}

#[tokio::test]
async fn while_the_consumer_is_unavailable_everything_waits() {
    let fixture = Fixture::with([entry(1, 1), entry(2, 1)]).await;
    fixture.script.lock().unwrap().unavailable = true;
    for _ in 0..5 {
        let failed = fixture.relay.deliver_once().await;
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    }
    assert_eq!(fixture.parked().await, []);
    fixture.given();
    fixture.script.lock().unwrap().unavailable = false;
    fixture.drain().await;
    assert_eq!(fixture.given(), [[event(1, 1).id, event(2, 1).id]]);
}

#[tokio::test]
async fn more_than_fits_into_a_run_is_delivered_by_the_next_ones() {
    let (many, streams) = (600, 150_u128);
    let entries = (1..=many).map(|version| entry(1, version)).chain((2..=streams).map(|number| entry(number, 1)));
    let fixture = Fixture::with(entries).await;
    fixture.drain().await;
    let given: Vec<EventId> = fixture.given().concat();
    let of_first: Vec<EventId> = (1..=many).map(|version| event(1, version).id).collect();
    assert_eq!(given.iter().filter(|id| of_first.contains(id)).copied().collect::<Vec<_>>(), of_first);
    assert_eq!(given.len(), of_first.len() + usize::try_from(streams).unwrap() - 1);
}

#[tokio::test]
async fn what_is_heard_is_delivered_at_once_and_what_others_wrote_after_a_look() {
    let fixture = Fixture::with([]).await;
    fixture.drain().await;
    fixture.write(entry(1, 1)).await;
    fixture.relay.committed(&[entry(1, 1)]);
    fixture.write(entry(2, 1)).await;
    fixture.drain().await;
    assert_eq!(fixture.given(), [[event(1, 1).id]]);
    fixture.clock.advance(LOOK_SECONDS);
    fixture.drain().await;
    assert_eq!(fixture.given(), [[event(2, 1).id]]);
}

#[tokio::test]
async fn without_the_lease_nothing_is_delivered() {
    let fixture = Fixture::with([entry(1, 1)]).await;
    let other = LeaseHolder(uuid::Uuid::max());
    assert!(fixture.store.lease(CONSUMER, other, NOW).await.unwrap());
    fixture.relay.committed(&[entry(1, 1)]);
    assert_eq!(fixture.relay.deliver_once().await.unwrap(), 0);
    assert!(fixture.given().is_empty());
    fixture.clock.advance(LEASE_SECONDS);
    fixture.drain().await;
    assert_eq!(fixture.given(), [[event(1, 1).id]]);
}

/// Of more streams than are remembered none is forgotten: the next comparison finds the rest.
#[tokio::test]
async fn too_many_news_are_compared() {
    let fixture = Fixture::with([]).await;
    fixture.drain().await;
    let last = 10_001;
    let heard: Vec<OutboxEntry> = (1..=last).map(|number| entry(number, 1)).collect();
    fixture.write(entry(last, 1)).await;
    fixture.relay.committed(&heard);
    fixture.drain().await;
    assert_eq!(fixture.given().concat(), [event(last, 1).id]);
}

#[tokio::test]
async fn a_store_that_fails_is_told_and_what_was_heard_is_not_forgotten() {
    let mut cursors = MockEventCursors::new();
    cursors.expect_lease().returning(|_, _, _| Ok(true));
    cursors.expect_behind().times(1).returning(|_, _, _| Ok(vec![Stream::User(user(1))]));
    let mut answers = vec![
        Ok(vec![Backlog {
            stream: Stream::User(user(1)),
            position: 0,
            entries: vec![StoredEntry { position: 1, events: vec![StoredEvent::Decoded(event(1, 1))] }],
        }]),
        Err(StoreError::Busy),
    ];
    cursors.expect_backlog().times(2).returning(move |_, streams, _| {
        assert_eq!(streams, [Stream::User(user(1))]);
        answers.pop().unwrap()
    });
    cursors.expect_advance().times(1).returning(|_, _, _| Err(StoreError::Busy));
    let mut parked = MockParkedEventStore::new();
    parked.expect_parked_among().returning(|_, _| Ok(Vec::new()));
    let handler = handler(&Arc::default());
    let clock = Arc::new(FixedClock::at(NOW));
    let relay = Relay::new(Arc::new(cursors), Arc::new(parked), Arc::new(handler), clock, &SequentialIds::new());
    for _ in 0..2 {
        assert!(matches!(relay.deliver_once().await, Err(StoreError::Busy)));
    }
}
