//! Live seat updates: clients subscribed to a concert receive its seat changes as server-sent events.
//!
//! [`LiveSeats`] is the interface to the rest of the program. Each concert with subscribers has a `channel`; a `delta`
//! holds what changed between two snapshots, serialised once for all subscribers; each of them has a
//! [`SeatEventStream`].

mod channel;
mod delta;
mod event_stream;
mod seats;
#[cfg(test)]
mod tests;

pub use event_stream::SeatEventStream;
pub use seats::{LiveSeats, WatchError};
