//! Placing bookings, from the checked request to the claimed tickets.

mod decisions;
mod errors;
mod members;
mod place_booking;
mod place_request;
mod placement_batch;
mod placement_data;
mod placement_units;
mod precheck;
mod resolved_batch;
mod resolved_request;

pub use errors::{Limit, PlaceError, SaleClosed};
pub use place_booking::{MAX_TICKETS_IN_A_BOOKING, PlaceBooking, Selection};
pub use place_request::{BookingPlacement, PlaceRequest, PlacedBooking};
pub use placement_data::{PlacementData, PlacementQuery, SaleTerms};
pub use placement_units::{PlacementPolicy, PlacementUnits};
pub use precheck::Precheck;
