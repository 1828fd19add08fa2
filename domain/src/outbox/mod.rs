//! Events: written in the unit they tell of, delivered afterwards, at least once, in order for each aggregate.

mod event;
mod ports;
mod record_activity;
mod relay;

pub use event::{Aggregate, Event, EventPayload, SeatChange};
pub use ports::{ActivityLog, Delivery, EventDeliveries, EventHandler, EventLog, HandlerError, History, Outbox};
#[cfg(feature = "testing")]
pub use ports::{MockActivityLog, MockEventDeliveries, MockEventHandler, MockEventLog, MockOutbox};
pub use record_activity::RecordActivity;
pub use relay::{DELIVERED_AT_ONCE_MAX, PUT_OFF_SECONDS_MAX, Relay, retry_pause_seconds};
