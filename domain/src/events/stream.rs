//! Streams of events, and their entries.

use uuid::Uuid;

use crate::concerts::{ConcertEvent, SeatChange};
use crate::shared::{ConcertId, EventId, Timestamp, UserId};

use super::{Aggregate, Event, EventPayload};

/// What events are ordered by. A concert's stream holds everything about the concert, its bookings, payments and refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// A user.
    User(UserId),
    /// A concert with its tickets, bookings, payments and refunds.
    Concert(ConcertId),
}

impl Stream {
    /// The stream's kind as stored.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Concert(_) => "concert",
        }
    }

    /// The id of the user or concert.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::Concert(id) => id.uuid(),
        }
    }

    /// The stream of a stored kind and id.
    pub fn from_stored(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "user" => Some(Self::User(UserId::from_uuid(id))),
            "concert" => Some(Self::Concert(ConcertId::from_uuid(id))),
            _ => None,
        }
    }
}

/// What one unit did to one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The stream.
    pub stream: Stream,
    /// The version that the unit gave the user or concert. It was taken under the lock of their row, so the order of
    /// positions is the order of commits, and there are no gaps.
    pub position: u64,
    /// The instant of all its events.
    pub occurred_at: Timestamp,
    /// At least one; each aggregate at most once.
    pub events: Vec<Event>,
}

impl OutboxEntry {
    /// The entry of a unit with one event.
    pub fn of(stream: Stream, position: u64, event: Event) -> Self {
        Self { stream, position, occurred_at: event.occurred_at, events: vec![event] }
    }

    /// The tickets that changed their status, perhaps none; `None` when the concert itself was changed, which those who
    /// follow it read again.
    pub fn seat_changes(&self) -> Option<&[SeatChange]> {
        let Stream::Concert(_) = self.stream else { return None };
        let mut of_the_concert = self.events.iter().filter(|event| matches!(event.aggregate, Aggregate::Concert(_)));
        match of_the_concert.next().map(|event| &event.payload) {
            None => Some(&[]),
            Some(EventPayload::Concert(ConcertEvent::SeatsChanged { seats })) => Some(seats),
            Some(_) => None,
        }
    }
}

/// An aggregate as it is stored: also one of a kind that only a newer version of the program knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AggregateKey {
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
}

impl From<Aggregate> for AggregateKey {
    fn from(aggregate: Aggregate) -> Self {
        Self { kind: aggregate.kind().to_owned(), id: aggregate.uuid() }
    }
}

/// What is known of an event whether or not its content can be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventHeader {
    /// Its id.
    pub id: EventId,
    /// What it is about.
    pub aggregate: AggregateKey,
    /// The aggregate's version since then.
    pub version: u64,
    /// Its type as stored.
    pub type_name: String,
}

/// An event as it is read for a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredEvent {
    /// One that this version of the program understands.
    Decoded(Event),
    /// One that it does not: a newer version wrote it, or it is broken.
    Undecodable {
        /// What is known of it.
        header: EventHeader,
        /// Why it cannot be decoded.
        error: String,
    },
}

impl StoredEvent {
    /// What it is about.
    pub fn aggregate(&self) -> AggregateKey {
        match self {
            Self::Decoded(event) => event.aggregate.into(),
            Self::Undecodable { header, .. } => header.aggregate.clone(),
        }
    }

    /// What is known of it in any case.
    pub fn header(&self) -> EventHeader {
        match self {
            Self::Decoded(event) => EventHeader {
                id: event.id,
                aggregate: event.aggregate.into(),
                version: event.version,
                type_name: event.payload.type_name().to_owned(),
            },
            Self::Undecodable { header, .. } => header.clone(),
        }
    }
}

/// An entry as it is read for a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its position in its stream.
    pub position: u64,
    /// Its events.
    pub events: Vec<StoredEvent>,
}
