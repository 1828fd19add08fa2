//! The domain of boxoffice: concerts, bookings and payments, their use cases, and the ports to the outside. It depends
//! on no framework: no database, no HTTP, no runtime.
//!
//! Start with [`store`], the units of work of all changes. Then read [`sales`], the core of the system: the use cases in
//! which seats and money change together.

pub mod bookings;
pub mod concerts;
pub mod events;
pub mod idempotency;
pub mod maintenance;
pub mod outbox;
pub mod payments;
pub mod reports;
pub mod sales;
pub mod shared;
pub mod store;
pub mod text;
pub mod users;
