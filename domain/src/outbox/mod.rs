//! The outbox: events are written in the unit of work that they are about, and delivered afterwards.
//!
//! An [`Event`] is one change of one aggregate. All that one unit does to a concert, its bookings and its payments is one
//! [`OutboxEntry`] of the concert's [`Stream`]. Each module defines its own events and writes them with its unit;
//! `events` knows the sum of them and delivers it.

mod entry;
mod event;
mod stream;

use async_trait::async_trait;

use crate::shared::StoreError;

pub use entry::OutboxEntry;
pub use event::{Aggregate, Event};
pub use stream::Stream;

/// The outbox inside a unit of work, for events with the payload `P`.
#[async_trait]
pub trait Outbox<P>: Send {
    /// Writes what the unit does to a stream, in one row; at most once a unit and stream.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when another unit has written this position.
    async fn append(&mut self, entry: OutboxEntry<P>) -> Result<(), StoreError>;
}
