//! Group commit: concurrent requests for one concert are processed together in one unit of work.
//!
//! `batch_queue` knows nothing of bookings: it keeps a queue for each concert, starts a batch when `batch_slots` grants
//! a slot, and returns each caller's outcome. [`GroupCommitBookings`], [`GroupCommitPayments`] and
//! [`GroupCommitCancellations`] implement the domain's ports over it, and [`SoldOutFilter`] refuses requests that are
//! certain to fail before they reach the queue.

mod batch_queue;
mod batch_slots;
mod bookings;
mod cancellations;
mod metered;
mod payments;
mod sold_out_filter;
#[cfg(test)]
mod tests;

pub use batch_queue::BatchLimits;
pub use batch_slots::BatchSlots;
pub use bookings::GroupCommitBookings;
pub use cancellations::GroupCommitCancellations;
pub use metered::MeteredBookings;
pub use payments::{BookingConcertCache, GroupCommitPayments};
pub use sold_out_filter::{SoldOutFilter, SoldOutFilterDependencies};
