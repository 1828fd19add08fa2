//! Entries of streams: what units of work did to them.

use crate::shared::Timestamp;

use super::{Event, Stream};

/// What one unit did to one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry<P> {
    /// The stream.
    pub stream: Stream,
    /// The version that the unit gave the user or concert. It was taken under the lock of their row, so the order of
    /// positions is the order of commits, and there are no gaps.
    pub position: u64,
    /// The instant of all its events.
    pub occurred_at: Timestamp,
    /// At least one; each aggregate at most once.
    pub events: Vec<Event<P>>,
}

impl<P> OutboxEntry<P> {
    /// The entry of a unit with one event.
    pub fn of(stream: Stream, position: u64, event: Event<P>) -> Self {
        Self { stream, position, occurred_at: event.occurred_at, events: vec![event] }
    }

    /// The same entry with events of a sum.
    pub fn into_entry<Q>(self) -> OutboxEntry<Q>
    where
        P: Into<Q>,
    {
        let Self { stream, position, occurred_at, events } = self;
        OutboxEntry { stream, position, occurred_at, events: events.into_iter().map(Event::into_event).collect() }
    }
}
