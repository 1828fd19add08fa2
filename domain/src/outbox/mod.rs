//! Events: written in the unit they tell of, delivered afterwards, at least once, in order for each aggregate.

mod event;
mod ports;

pub use event::{Aggregate, Event, EventPayload, SeatChange};
pub use ports::{ActivityLog, Delivery, EventDeliveries, EventHandler, HandlerError, Outbox};
#[cfg(feature = "testing")]
pub use ports::{MockActivityLog, MockEventDeliveries, MockEventHandler, MockOutbox};
