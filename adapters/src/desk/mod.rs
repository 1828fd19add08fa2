//! The desk: what many ask of one concert at the same moment is done together, in one unit of work.
//!
//! `gathering` knows nothing of bookings: it keeps a queue for each concert, hands out whole batches when it is their
//! turn (`turns`), and gives each caller their own outcome. [`GroupDesk`], [`GroupPaymentDesk`] and [`GroupReturnsDesk`]
//! are the domain's desks over it, and [`SparingDesk`] keeps the hopeless away from the first.

mod gathering;
mod group;
mod metered;
mod payments;
mod returns;
mod sparing;
#[cfg(test)]
mod tests;
mod turns;

pub use gathering::Bounds;
pub use group::GroupDesk;
pub use metered::MeteredDesk;
pub use payments::{ConcertsOfBookings, GroupPaymentDesk};
pub use returns::GroupReturnsDesk;
pub use sparing::{Sights, SparingDesk};
pub use turns::Turns;
