//! Events as they are read from the outbox.

use uuid::Uuid;

use crate::outbox::Aggregate;
use crate::shared::EventId;

use super::Event;

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
