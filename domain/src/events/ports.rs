//! What events need from the outside.

use async_trait::async_trait;
use uuid::Uuid;

use crate::concerts::SeatChange;
use crate::outbox::Stream;
use crate::shared::{ConcertId, EventId, StoreError, Timestamp};

use super::{AggregateKey, Event, EventHeader, OutboxEntry, StoredEntry, StoredEvent};

/// Hears what each committed unit of this process did to each stream, before any caller is answered. Other processes read the
/// outbox.
pub trait CommittedEvents: Send + Sync {
    /// Takes note; must not block and cannot fail.
    fn committed(&self, entries: &[OutboxEntry]);
}

/// What a unit did to the seats of a concert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatUpdate {
    /// The position in the concert's stream, which is the concert's version.
    pub position: u64,
    /// The tickets that changed, perhaps none. `None` when the concert itself was changed, or when this version of the
    /// program cannot tell: the concert has to be read again.
    pub seats: Option<Vec<SeatChange>>,
}

/// A concert's stream for those who follow its seats. Reads no event.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait EventLog: Send + Sync {
    /// At most `limit` updates after a position, in order. When the first is not the next position, those between were
    /// pruned.
    ///
    /// # Errors
    /// What the store fails with.
    async fn after(&self, concert: ConcertId, position: u64, limit: u32) -> Result<Vec<SeatUpdate>, StoreError>;
}

/// A process that delivers to a consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseHolder(pub Uuid);

/// What lies before a consumer in one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// The stream.
    pub stream: Stream,
    /// The last position that the consumer has passed; 0 for none.
    pub position: u64,
    /// The entries after it, in order.
    pub entries: Vec<StoredEntry>,
}

/// A consumer passes entries of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorMove {
    /// The stream.
    pub stream: Stream,
    /// Where the consumer was. When it is elsewhere by now, its cursor stays there.
    pub from: u64,
    /// Where it is now.
    pub to: u64,
}

/// How far each consumer is in each stream.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait EventCursors: Send + Sync {
    /// Takes or prolongs the lease of a consumer, and makes the consumer known. `false` when another process holds it. It
    /// only keeps processes from doing the same work twice: cursors are right without it. A lease that ends later than
    /// any that is given at `now` was given by a clock that was ahead, and counts for nothing.
    ///
    /// # Errors
    /// What the store fails with.
    async fn lease(&self, consumer: &'static str, holder: LeaseHolder, now: Timestamp) -> Result<bool, StoreError>;

    /// At most `limit` streams with entries that a consumer has not passed. With `since`, only entries that occurred then
    /// or later are looked at.
    ///
    /// # Errors
    /// What the store fails with.
    async fn behind(
        &self,
        consumer: &'static str,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Stream>, StoreError>;

    /// What lies before a consumer in these streams: at most `limit` entries in all. It ends with the stream at which the
    /// limit is reached. Costs the same however long the streams are.
    ///
    /// # Errors
    /// What the store fails with.
    async fn backlog(&self, consumer: &'static str, streams: &[Stream], limit: u32)
    -> Result<Vec<Backlog>, StoreError>;

    /// Moves cursors, at most one a stream, in one statement; events that the consumer leaves behind are parked in the
    /// same unit.
    ///
    /// # Errors
    /// What the store fails with; nothing was moved then.
    async fn advance(
        &self,
        consumer: &'static str,
        moves: &[CursorMove],
        parked: &[ParkedEvent],
    ) -> Result<(), StoreError>;

    /// Moves a consumer back, in every stream with entries since `from`, to before the first of them. Returns the number
    /// of streams.
    ///
    /// # Errors
    /// What the store fails with.
    async fn replay(&self, consumer: &str, from: Timestamp) -> Result<u64, StoreError>;
}

/// An event that a consumer left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEvent {
    /// The consumer.
    pub consumer: String,
    /// The event.
    pub event: EventHeader,
    /// The stream that it is in.
    pub stream: Stream,
    /// Its position there. The entry is kept for as long as the event is parked.
    pub position: u64,
    /// Why it was parked.
    pub error: String,
    /// When.
    pub parked_at: Timestamp,
}

/// The events that consumers left behind.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ParkedEventStore: Send + Sync {
    /// Those of the aggregates that have parked events of a consumer.
    ///
    /// # Errors
    /// What the store fails with.
    async fn parked_among(
        &self,
        consumer: &'static str,
        aggregates: &[AggregateKey],
    ) -> Result<Vec<AggregateKey>, StoreError>;

    /// At most `limit` parked events, longest parked first.
    ///
    /// # Errors
    /// What the store fails with.
    async fn list(&self, limit: u32) -> Result<Vec<ParkedEvent>, StoreError>;

    /// How many events are parked, by consumer.
    ///
    /// # Errors
    /// What the store fails with.
    async fn counts(&self) -> Result<Vec<(String, u64)>, StoreError>;

    /// At most `limit` parked events of one consumer about the aggregate of `event`, in order of its versions, as they are
    /// stored; none when `event` is not parked.
    ///
    /// # Errors
    /// What the store fails with.
    async fn of_same_aggregate(
        &self,
        consumer: &str,
        event: EventId,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// Forgets that an event is parked. `false` when it is not.
    ///
    /// # Errors
    /// What the store fails with.
    async fn unpark(&self, consumer: &str, event: EventId) -> Result<bool, StoreError>;
}

/// The log in which people read who did what and when. Kept longer than the outbox.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Writes one row an event; an event that is recorded already is left as it is.
    ///
    /// # Errors
    /// What the store fails with.
    async fn record(&self, events: &[Event]) -> Result<(), StoreError>;
}

/// Why a consumer could not handle events.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HandlerError {
    /// No event can be handled at the moment, because a database or a mail server is unavailable. All events wait.
    #[error("{0}")]
    Unavailable(String),
    /// One of these events cannot be handled. They come again one by one; what fails again is parked.
    #[error("{0}")]
    Failed(String),
}

/// A consumer of events. It may see an event twice and must not mind.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait EventHandler: Send + Sync {
    /// Its name as stored with its cursors; never changes.
    fn consumer(&self) -> &'static str;

    /// Handles events, in order.
    ///
    /// # Errors
    /// [`HandlerError`].
    async fn handle(&self, events: &[Event]) -> Result<(), HandlerError>;
}
