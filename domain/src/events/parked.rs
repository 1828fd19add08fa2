//! What admins do about parked events.

use std::sync::Arc;

use crate::shared::{Actor, EventId, StoreError};

use super::{EventHandler, HandlerError, ParkedEvent, ParkedEventStore, StoredEvent};

/// The most parked events that are listed, and that are handled again at once.
const PARKED_AT_ONCE_MAX: u32 = 100;

/// Why parked events are not shown, handled or dropped.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ParkedEventsError {
    /// The caller is not logged in.
    #[error("log in first")]
    LoginRequired,
    /// Only admins may do this.
    #[error("only an admin may do this")]
    Forbidden,
    /// The consumer has no such parked event.
    #[error("no such event is parked")]
    NotFound,
    /// The consumer cannot handle it still.
    #[error("the event cannot be handled: {0}")]
    StillFails(String),
    /// The consumer can handle nothing at the moment.
    #[error("the consumer can handle nothing at the moment: {0}")]
    Unavailable(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Shows parked events to admins, and lets them hand these to their consumer again or drop them.
pub struct ParkedEvents {
    store: Arc<dyn ParkedEventStore>,
    handlers: Vec<Arc<dyn EventHandler>>,
}

impl ParkedEvents {
    /// The use cases over these ports.
    pub fn new(store: Arc<dyn ParkedEventStore>, handlers: Vec<Arc<dyn EventHandler>>) -> Self {
        Self { store, handlers }
    }

    /// The events that have been parked for longest, at most 100.
    ///
    /// # Errors
    /// [`ParkedEventsError`].
    pub async fn list(&self, actor: &Actor) -> Result<Vec<ParkedEvent>, ParkedEventsError> {
        require_admin(actor)?;
        Ok(self.store.list(PARKED_AT_ONCE_MAX).await?)
    }

    /// Hands the parked events of the same aggregate to their consumer again, in order, up to the first that fails; at
    /// most 100. Returns how many were handled.
    ///
    /// # Errors
    /// [`ParkedEventsError`]; what was handled by then is not parked any more.
    pub async fn retry(&self, actor: &Actor, consumer: &str, event: EventId) -> Result<u64, ParkedEventsError> {
        require_admin(actor)?;
        let handler = self.handlers.iter().find(|handler| handler.consumer() == consumer);
        let handler = handler.ok_or(ParkedEventsError::NotFound)?;
        let parked = self.store.of_same_aggregate(consumer, event, PARKED_AT_ONCE_MAX).await?;
        if parked.is_empty() {
            return Err(ParkedEventsError::NotFound);
        }
        let mut handled = 0;
        for parked in parked {
            let event = match parked {
                StoredEvent::Decoded(event) => event,
                StoredEvent::Undecodable { error, .. } => return Err(ParkedEventsError::StillFails(error)),
            };
            handler.handle(std::slice::from_ref(&event)).await.map_err(|error| match error {
                HandlerError::Failed(error) => ParkedEventsError::StillFails(error),
                HandlerError::Unavailable(error) => ParkedEventsError::Unavailable(error),
            })?;
            self.store.unpark(consumer, event.id).await?;
            handled += 1;
        }
        Ok(handled)
    }

    /// Drops a parked event: its consumer never handles it.
    ///
    /// # Errors
    /// [`ParkedEventsError`].
    pub async fn drop_event(&self, actor: &Actor, consumer: &str, event: EventId) -> Result<(), ParkedEventsError> {
        require_admin(actor)?;
        if self.store.unpark(consumer, event).await? { Ok(()) } else { Err(ParkedEventsError::NotFound) }
    }
}

/// The operator's command line acts as the system.
fn require_admin(actor: &Actor) -> Result<(), ParkedEventsError> {
    match actor {
        Actor::System => Ok(()),
        Actor::User { .. } if actor.is_admin() => Ok(()),
        Actor::User { .. } => Err(ParkedEventsError::Forbidden),
        Actor::Anonymous => Err(ParkedEventsError::LoginRequired),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{ParkedEvents, ParkedEventsError};
    use crate::events::{
        AggregateKey, Event, EventHandler, EventHeader, EventPayload, HandlerError, MockEventHandler,
        MockParkedEventStore, StoredEvent,
    };
    use crate::outbox::Aggregate;
    use crate::shared::{Actor, EventId, Role, UserId};
    use crate::testing::{FixedClock, SequentialIds};
    use crate::users::UserEvent;

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
}
