//! The use cases in which seats and money change together: placing, paying, cancelling, expiring and refunding bookings.
//!
//! Each runs in units of work that read once, decide in memory and write a [`ChangeSet`]. Many requests of one concert
//! may share a unit. Only a conditional write in the store claims a ticket. Everything before that write is a proposal
//! and can be wrong.

pub mod cancellation;
mod change_set;
pub mod payment;
pub mod placement;
mod unit;

pub use change_set::ChangeSet;
pub use unit::SalesUnit;
