//! Listing, retrying and dropping parked events.

use std::sync::Arc;

use boxoffice_domain::events::{
    AggregateKey, Event, EventHandler, EventHeader, EventPayload, HandlerError, MockEventHandler, MockParkedEventStore,
    ParkedEvents, ParkedEventsError, StoredEvent,
};
use boxoffice_domain::outbox::Aggregate;
use boxoffice_domain::shared::{Actor, EventId, Role, UserId};
use boxoffice_domain::users::UserEvent;
use boxoffice_testing::{FixedClock, SequentialIds};

const ADMIN: Actor = Actor::User { id: UserId::from_uuid(uuid::Uuid::nil()), role: Role::Admin };
const MANAGER: Actor = Actor::User { id: UserId::from_uuid(uuid::Uuid::nil()), role: Role::Manager };

fn events() -> Vec<Event> {
    let ids = SequentialIds::new();
    let user = Aggregate::User(UserId::generate(&ids));
    let event = |version| {
        Event::new(&ids, FixedClock::START, Actor::System, user, version, EventPayload::User(UserEvent::Erased))
    };
    vec![event(3), event(4)]
}

fn handler() -> MockEventHandler {
    let mut handler = MockEventHandler::new();
    handler.expect_consumer().return_const("mail");
    handler
}

fn parked_events(store: MockParkedEventStore, handler: MockEventHandler) -> ParkedEvents {
    let handler: Arc<dyn EventHandler> = Arc::new(handler);
    ParkedEvents::new(Arc::new(store), vec![handler])
}

fn store_with(parked: Vec<StoredEvent>) -> MockParkedEventStore {
    let mut store = MockParkedEventStore::new();
    store.expect_of_same_aggregate().return_once(|_, _, _| Ok(parked));
    store
}

#[tokio::test]
async fn only_admins_and_operators_reach_them() {
    for (actor, login) in [(Actor::Anonymous, true), (MANAGER, false)] {
        let use_cases = parked_events(MockParkedEventStore::new(), handler());
        let id = EventId::from_uuid(uuid::Uuid::nil());
        for error in [
            use_cases.list(&actor).await.unwrap_err(),
            use_cases.retry(&actor, "mail", id).await.unwrap_err(),
            use_cases.drop_event(&actor, "mail", id).await.unwrap_err(),
        ] {
            let is_expected = if login {
                matches!(error, ParkedEventsError::LoginRequired)
            } else {
                matches!(error, ParkedEventsError::Forbidden)
            };
            assert!(is_expected, "{error:?}");
        }
    }
    for actor in [ADMIN, Actor::System] {
        let mut store = MockParkedEventStore::new();
        store.expect_list().withf(|limit| *limit == 100).returning(|_| Ok(Vec::new()));
        assert_eq!(parked_events(store, handler()).list(&actor).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_retry_goes_on_with_what_waited_behind() {
    let events = events();
    let mut store = store_with(events.iter().cloned().map(StoredEvent::Decoded).collect());
    store.expect_unpark().times(2).returning(|_, _| Ok(true));
    let mut handler = handler();
    handler.expect_handle().withf(|events| events.len() == 1).times(2).returning(|_| Ok(()));
    assert_eq!(parked_events(store, handler).retry(&ADMIN, "mail", events[0].id).await.unwrap(), 2);
}

#[tokio::test]
async fn a_retry_ends_at_what_fails_still() {
    let events = events();
    let (first, second) = (events[0].id, events[1].id);
    let mut store = store_with(events.iter().cloned().map(StoredEvent::Decoded).collect());
    store.expect_unpark().withf(move |_, event| *event == first).times(1).returning(|_, _| Ok(true));
    let mut handler = handler();
    handler.expect_handle().returning(move |events| match events {
        [event] if event.id == second => Err(HandlerError::Failed("no".to_owned())),
        _ => Ok(()),
    });
    let outcome = parked_events(store, handler).retry(&ADMIN, "mail", first).await;
    assert!(matches!(outcome, Err(ParkedEventsError::StillFails(ref error)) if error == "no"), "{outcome:?}");
}

#[tokio::test]
async fn what_cannot_be_decoded_stays_parked() {
    let header = EventHeader {
        id: EventId::from_uuid(uuid::Uuid::nil()),
        aggregate: AggregateKey { kind: "ticket".to_owned(), id: uuid::Uuid::nil() },
        version: 1,
        type_name: "ticket.scanned.v1".to_owned(),
    };
    let id = header.id;
    let store = store_with(vec![StoredEvent::Undecodable { header, error: "unknown".to_owned() }]);
    let outcome = parked_events(store, handler()).retry(&ADMIN, "mail", id).await;
    assert!(matches!(outcome, Err(ParkedEventsError::StillFails(_))), "{outcome:?}");
}

#[tokio::test]
async fn what_is_not_parked_is_not_found() {
    let id = EventId::from_uuid(uuid::Uuid::nil());
    let outcome = parked_events(store_with(Vec::new()), handler()).retry(&ADMIN, "mail", id).await;
    assert!(matches!(outcome, Err(ParkedEventsError::NotFound)), "{outcome:?}");
    let outcome = parked_events(MockParkedEventStore::new(), handler()).retry(&ADMIN, "search", id).await;
    assert!(matches!(outcome, Err(ParkedEventsError::NotFound)), "{outcome:?}");
    let mut store = MockParkedEventStore::new();
    store.expect_unpark().returning(|_, _| Ok(false));
    let outcome = parked_events(store, handler()).drop_event(&ADMIN, "mail", id).await;
    assert!(matches!(outcome, Err(ParkedEventsError::NotFound)), "{outcome:?}");
}
