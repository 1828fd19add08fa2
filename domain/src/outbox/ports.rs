//! What events need from the outside.

use async_trait::async_trait;

use crate::shared::{EventId, StoreError, Timestamp};

use super::{Aggregate, Event};

/// The outbox inside a unit of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Outbox: Send {
    /// Writes events, in one statement a table; each aggregate occurs at most once in a unit.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when another unit wrote one of these versions first.
    async fn append(&mut self, events: &[Event]) -> Result<(), StoreError>;
}

/// What happened to one thing after a version of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// The events, in order.
    pub events: Vec<Event>,
    /// After them comes one that this version of the program cannot read, because a newer one wrote it or because it is
    /// broken: whoever follows the thing has to look at it as it is now.
    pub is_cut: bool,
}

/// What happened, for whoever follows one thing and wants to be told from where they are.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait EventLog: Send + Sync {
    /// At most `limit` events of an aggregate with versions after this one, in order, up to the first that cannot be read.
    /// When the first of them is not the next version, those between were pruned.
    ///
    /// # Errors
    /// What the store fails with.
    async fn after(&self, aggregate: Aggregate, version: u64, limit: u32) -> Result<History, StoreError>;
}

/// An event on its way to a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event.
    pub event: Event,
    /// How often it was handed out before.
    pub attempts: u32,
}

/// What was delivered to whom. Each consumer has its own book; events of one aggregate come in order.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait EventDeliveries: Send + Sync {
    /// Takes at most `limit` events for a consumer that nobody else holds a lease on, oldest version first within an
    /// aggregate and none behind one that still waits; they are its own until `lease_until`. An event that cannot be
    /// read, because a newer version of the program wrote it or because it is broken, is put off by
    /// [`retry_pause_seconds`](super::retry_pause_seconds) and holds back only the later ones of its aggregate. One that
    /// would wait for longer than [`PUT_OFF_SECONDS_MAX`](super::PUT_OFF_SECONDS_MAX) was put off by a clock that was
    /// ahead, and waits no longer.
    ///
    /// # Errors
    /// What the store fails with.
    async fn claim(
        &self,
        consumer: &'static str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;

    /// Notes that a consumer has handled events.
    ///
    /// # Errors
    /// What the store fails with.
    async fn handled(&self, consumer: &'static str, events: &[EventId], now: Timestamp) -> Result<(), StoreError>;

    /// Gives an event back, not to be handed out before `retry_at`.
    ///
    /// # Errors
    /// What the store fails with.
    async fn failed(&self, consumer: &'static str, event: EventId, retry_at: Timestamp) -> Result<(), StoreError>;
}

/// The book in which people can read later who did what and when. Kept longer than the events themselves.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ActivityLog: Send + Sync {
    /// Writes one entry an event; an event that is in the book already is left as it is.
    ///
    /// # Errors
    /// What the store fails with.
    async fn record(&self, events: &[Event]) -> Result<(), StoreError>;
}

/// Why a consumer could not handle events.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct HandlerError(pub String);

/// A consumer of events. It may see an event twice and must not mind.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait EventHandler: Send + Sync {
    /// Its name in the book of deliveries; never changes.
    fn consumer(&self) -> &'static str;

    /// Handles events, in order; at most [`super::DELIVERED_AT_ONCE_MAX`].
    ///
    /// # Errors
    /// [`HandlerError`]; all of them come again, one at a time, so that one that cannot be handled keeps back only those
    /// about the same thing.
    async fn handle(&self, events: &[Event]) -> Result<(), HandlerError>;
}
