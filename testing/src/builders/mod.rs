//! Builders of test data. Each has valid defaults, so a test sets only the values that matter to it.

mod bookings;
mod concerts;
mod payments;
mod users;

pub use bookings::BookingBuilder;
pub use concerts::ConcertBuilder;
pub use payments::{PaymentBuilder, RefundBuilder};
pub use users::{UserBuilder, refresh_token};
