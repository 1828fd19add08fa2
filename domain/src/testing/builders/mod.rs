//! Values to start a test from: each builder has sound defaults, a test names only what it is about.

mod bookings;
mod concerts;
mod payments;
mod users;

pub use bookings::BookingBuilder;
pub use concerts::ConcertBuilder;
pub use payments::{PaymentBuilder, RefundBuilder};
pub use users::{UserBuilder, refresh_token};
