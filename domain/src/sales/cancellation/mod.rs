//! Cancelling and expiring bookings, one or all of a concert.

mod cancel_booking;
mod cancel_concert_bookings;
mod cancellation_units;
mod errors;
mod expire;
mod expire_unit;
mod pass;
mod service;

pub use cancellation_units::{BookingCancellation, CancelRequest, CancellationUnits};
pub use errors::CancelError;
pub use expire_unit::BOOKINGS_IN_A_UNIT_MAX;
pub(crate) use expire_unit::expire_overdue_of;
pub use service::Cancellations;
