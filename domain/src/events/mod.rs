//! Events: written in the unit that they are about, as streams, and delivered to consumers afterwards, at least once and
//! in order.
//!
//! An [`Event`] is one change of one aggregate. All that one unit does to a concert, its bookings and its payments is one
//! [`OutboxEntry`] of the concert's [`Stream`]. A [`Relay`] hands the entries of every stream to one [`EventHandler`];
//! events that cannot be handled are parked ([`ParkedEvents`]) and do not stop the others.

mod audit_log;
mod event;
mod parked;
mod ports;
mod relay;
mod stream;

pub use audit_log::RecordAuditLog;
pub use event::{Aggregate, Event, EventPayload};
pub use parked::{ParkedEvents, ParkedEventsError};
pub use ports::{
    AuditLog, Backlog, CursorMove, EventCursors, EventHandler, EventLog, HandlerError, LeaseHolder, Outbox,
    ParkedEvent, ParkedEventStore, SeatUpdate,
};
#[cfg(feature = "testing")]
pub use ports::{MockAuditLog, MockEventCursors, MockEventHandler, MockEventLog, MockOutbox, MockParkedEventStore};
pub use relay::{COMPARE_SECONDS, LEASE_SECONDS, RECENT_SECONDS, Relay};
pub use stream::{AggregateKey, EventHeader, OutboxEntry, StoredEntry, StoredEvent, Stream};
