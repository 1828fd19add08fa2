//! Documents of concerts.

mod change;
mod concert;
mod create;
mod list;
mod seats;
mod venue;

pub(crate) use change::{BlockSeatsBody, ChangeConcertBody};
pub(crate) use concert::ConcertDocument;
pub(crate) use create::CreateConcertBody;
pub(crate) use list::{ConcertCursor, ConcertSort, ConcertSummaryDocument};
pub(crate) use seats::{AvailabilityDocument, SeatsDocument};
