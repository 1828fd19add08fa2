use std::sync::{Arc, Mutex};

use crate::outbox::{Aggregate, Delivery, Event, EventPayload, HandlerError, MockEventDeliveries, MockEventHandler};
use crate::shared::{Actor, EventId, Role, StoreError, Timestamp, UserId};
use crate::store::in_unit;
use crate::testing::{FixedClock, InMemoryStore};

use super::{DELIVERED_AT_ONCE_MAX, Relay, retry_pause_seconds};

const NOW: Timestamp = FixedClock::START;
const CONSUMER: &str = "test";

fn delivery(user: u128, version: u64, attempts: u32) -> Delivery {
    let id = EventId::from_uuid(uuid::Uuid::from_u128(user * 100 + u128::from(version)));
    let aggregate = Aggregate::User(UserId::from_uuid(uuid::Uuid::from_u128(user)));
    let payload = EventPayload::UserRegistered { role: Role::User };
    let event = Event { id, occurred_at: NOW, aggregate, version, actor: Actor::System, payload };
    Delivery { event, attempts }
}

fn ids(deliveries: &[Delivery]) -> Vec<EventId> {
    deliveries.iter().map(|delivery| delivery.event.id).collect()
}

/// A book in which these wait.
fn book_with(waiting: Vec<Delivery>) -> MockEventDeliveries {
    let mut book = MockEventDeliveries::new();
    book.expect_claim()
        .withf(|consumer, now, lease_until, limit| {
            let leased = *now == NOW && *lease_until == NOW.plus_seconds(60);
            consumer == CONSUMER && leased && *limit == DELIVERED_AT_ONCE_MAX
        })
        .times(1)
        .return_once(move |_, _, _, _| Ok(waiting));
    book
}

fn handler() -> MockEventHandler {
    let mut handler = MockEventHandler::new();
    handler.expect_consumer().return_const(CONSUMER);
    handler
}

/// A handler that cannot handle anything with one of `bad` in it, and tells what it was given.
fn handler_refusing(bad: Vec<EventId>) -> (MockEventHandler, Arc<Mutex<Vec<Vec<EventId>>>>) {
    let given = Arc::new(Mutex::new(Vec::new()));
    let mut handler = handler();
    let calls = given.clone();
    handler.expect_handle().returning(move |events| {
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let refused = ids.iter().any(|id| bad.contains(id));
        calls.lock().unwrap().push(ids);
        if refused { Err(HandlerError("no".to_owned())) } else { Ok(()) }
    });
    (handler, given)
}

fn expect_handled(book: &mut MockEventDeliveries, expected: Vec<EventId>) {
    book.expect_handled()
        .withf(move |consumer, events, _| consumer == CONSUMER && events == expected)
        .times(1)
        .returning(|_, _, _| Ok(()));
}

fn expect_put_off(book: &mut MockEventDeliveries, expected: EventId, seconds: i64) {
    book.expect_failed()
        .withf(move |consumer, event, retry_at| {
            consumer == CONSUMER && *event == expected && *retry_at == NOW.plus_seconds(seconds)
        })
        .times(1)
        .returning(|_, _, _| Ok(()));
}

async fn deliver(book: MockEventDeliveries, handler: &MockEventHandler) -> Result<u32, StoreError> {
    Relay::new(Arc::new(book), Arc::new(FixedClock::at(NOW))).deliver_once(handler).await
}

#[tokio::test]
async fn what_waits_is_handled_together_and_in_order() {
    let waiting = vec![delivery(1, 1, 0), delivery(1, 2, 0), delivery(2, 1, 3)];
    let expected = ids(&waiting);
    let mut book = book_with(waiting);
    expect_handled(&mut book, expected.clone());
    let (handler, given) = handler_refusing(vec![]);
    assert_eq!(deliver(book, &handler).await.unwrap(), 3);
    assert_eq!(*given.lock().unwrap(), [expected]);
}

#[tokio::test]
async fn nothing_waiting_is_nothing_to_do() {
    assert_eq!(deliver(book_with(vec![]), &handler()).await.unwrap(), 0);
}

#[tokio::test]
async fn an_event_that_fails_keeps_back_only_its_own_aggregate() {
    let waiting = vec![delivery(1, 1, 0), delivery(1, 2, 2), delivery(2, 1, 0), delivery(1, 3, 0)];
    let all = ids(&waiting);
    let (good, bad, other, behind) = (all[0], all[1], all[2], all[3]);
    let mut book = book_with(waiting);
    expect_handled(&mut book, vec![good, other]);
    expect_put_off(&mut book, bad, 4);
    expect_put_off(&mut book, behind, 0);
    let (handler, given) = handler_refusing(vec![bad]);
    assert_eq!(deliver(book, &handler).await.unwrap(), 2);
    assert_eq!(*given.lock().unwrap(), [all.clone(), vec![good], vec![bad], vec![other]]);
}

#[tokio::test]
async fn a_single_event_that_fails_is_not_tried_twice() {
    let waiting = vec![delivery(1, 1, 0)];
    let bad = ids(&waiting);
    let mut book = book_with(waiting);
    expect_put_off(&mut book, bad[0], 1);
    let (handler, given) = handler_refusing(bad.clone());
    assert_eq!(deliver(book, &handler).await.unwrap(), 0);
    assert_eq!(*given.lock().unwrap(), [bad]);
}

#[test]
fn pauses_double_up_to_ten_minutes() {
    assert_eq!([0, 1, 2, 9, 10, 31, u32::MAX].map(retry_pause_seconds), [1, 2, 4, 512, 600, 600, 600]);
}

#[tokio::test]
async fn what_is_left_when_the_lease_ends_is_left_alone() {
    let waiting = vec![delivery(1, 1, 0), delivery(2, 1, 0), delivery(3, 1, 0)];
    let all = ids(&waiting);
    let mut book = book_with(waiting);
    expect_handled(&mut book, vec![all[0]]);
    let clock = Arc::new(FixedClock::at(NOW));
    let mut handler = handler();
    let moved = clock.clone();
    handler.expect_handle().times(2).returning(move |events| {
        if events.len() > 1 {
            return Err(HandlerError("one at a time".to_owned()));
        }
        moved.advance(60);
        Ok(())
    });
    let delivered = Relay::new(Arc::new(book), clock).deliver_once(&handler).await;
    assert_eq!(delivered.unwrap(), 1);
}

#[tokio::test]
async fn a_book_that_fails_is_told() {
    let mut book = MockEventDeliveries::new();
    book.expect_claim().returning(|_, _, _, _| Err(StoreError::Busy));
    assert!(matches!(deliver(book, &handler()).await, Err(StoreError::Busy)));

    let mut book = book_with(vec![delivery(1, 1, 0)]);
    book.expect_handled().returning(|_, _, _| Err(StoreError::Busy));
    let (good, _) = handler_refusing(vec![]);
    assert!(matches!(deliver(book, &good).await, Err(StoreError::Busy)));

    let waiting = vec![delivery(1, 1, 0)];
    let bad = ids(&waiting);
    let mut book = book_with(waiting);
    book.expect_failed().returning(|_, _, _| Err(StoreError::Busy));
    let (refusing, _) = handler_refusing(bad);
    assert!(matches!(deliver(book, &refusing).await, Err(StoreError::Busy)));
}

/// One unit that tells one event.
async fn tell(store: &InMemoryStore, event: &Event) {
    in_unit(store, "test", |unit, _| Box::pin(async move { unit.outbox().append(std::slice::from_ref(event)).await }))
        .await
        .unwrap();
}

#[tokio::test]
async fn over_a_store_everything_arrives_once_and_in_order_in_the_end() {
    let store = InMemoryStore::new();
    let events = [delivery(1, 1, 0), delivery(2, 1, 0), delivery(1, 2, 0), delivery(1, 3, 0)].map(|it| it.event);
    for event in &events {
        tell(&store, event).await;
    }
    let clock = Arc::new(FixedClock::at(NOW));
    let relay = Relay::new(Arc::new(store), clock.clone());
    let bad = events[2].id;
    let (refusing, _) = handler_refusing(vec![bad]);
    for _ in 0..events.len() {
        relay.deliver_once(&refusing).await.unwrap();
    }
    let (accepting, given) = handler_refusing(vec![]);
    assert_eq!(relay.deliver_once(&accepting).await.unwrap(), 0, "it failed a moment ago");
    clock.advance(600);
    while relay.deliver_once(&accepting).await.unwrap() > 0 {}
    assert_eq!(given.lock().unwrap().concat(), [bad, events[3].id]);
}
