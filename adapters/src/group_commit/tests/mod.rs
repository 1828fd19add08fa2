//! Tests of the group commit.

mod batch_queue;
mod bookings;
mod cancellations;
mod payments;
mod sold_out_filter;
