//! Live seats: who looks at a concert while it is being sold is told what changes.
//!
//! [`LiveSeats`] is what the rest of the program sees. Each concert that is watched has a `channel`; what changed
//! between two looks at it is a `delta`, written down once for all who watch; each of them has a [`Watch`].

mod channel;
mod delta;
mod seats;
#[cfg(test)]
mod tests;
mod watch;

pub use seats::{LiveSeats, WatchError};
pub use watch::Watch;
