//! Around the desk where bookings are placed.

mod metered;

pub use metered::MeteredDesk;
