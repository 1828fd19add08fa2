//! The rules of boxoffice: what concerts, bookings and payments are, what may happen to them, and the ports through
//! which the outside is reached. It knows no framework: no database, no HTTP, no runtime.
//!
//! Start with [`store`] (how anything is changed), then [`bookings`] (what the system exists for).

pub mod bookings;
pub mod concerts;
pub mod events;
pub mod idempotency;
pub mod payments;
pub mod reports;
pub mod shared;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod upkeep;
pub mod users;
