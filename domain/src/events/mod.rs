//! Events of all modules, delivered to consumers at least once and in order.
//!
//! [`EventPayload`] is the sum of the modules' events. A [`Relay`] hands the entries of every stream to one
//! [`EventHandler`]; events that cannot be handled are parked ([`ParkedEvents`]) and do not stop the others.

mod audit_log;
mod parked;
mod payload;
mod ports;
mod relay;
mod stored;

pub use audit_log::RecordAuditLog;
pub use parked::{ParkedEvents, ParkedEventsError};
pub use payload::{Event, EventPayload, OutboxEntry};
pub use ports::{
    AuditLog, Backlog, CommittedEvents, CursorMove, EventCursors, EventHandler, EventLog, HandlerError, LeaseHolder,
    ParkedEvent, ParkedEventStore, SeatUpdate,
};
#[cfg(feature = "mocks")]
pub use ports::{MockAuditLog, MockEventCursors, MockEventHandler, MockEventLog, MockParkedEventStore};
pub use relay::{COMPARE_SECONDS, LEASE_SECONDS, RECENT_SECONDS, Relay};
pub use stored::{AggregateKey, EventHeader, StoredEntry, StoredEvent};
