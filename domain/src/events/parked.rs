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
