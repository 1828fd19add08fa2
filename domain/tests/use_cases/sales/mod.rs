//! Tests of bookings and their payments: placing, reading, paying, cancelling, expiring and refunding them.
//!
//! The ports are mocks in `mocked` and in `payment/fixtures`, and the store in memory in `fixture` and `payment/shop`.

mod batches;
mod cancel_concert_bookings;
mod cancellation_units;
mod cancelling;
mod expiring;
mod expiry_units;
mod fixture;
mod granting;
mod keys;
mod life;
mod members;
mod mocked;
pub(crate) mod payment;
mod precheck;
mod races;
mod reading;
mod refusals;
mod retries;
