//! Bookings: what the system exists for. Seats are claimed by a conditional write and by nothing else; everything
//! before it is a proposal.

mod batch;
mod best_available;
mod bits;
mod booking;
mod briefing;
mod cancel;
mod decisions;
mod desk;
mod errors;
mod expire;
mod foresight;
mod ledger;
mod members;
mod place_batch;
mod place_booking;
mod ports;
mod returns;
mod search;
mod seat_map;
mod service;
mod settlement;
mod wind_up;
mod wishes;

pub use best_available::pick;
pub use booking::{BookedTicket, Booking, BookingReference, BookingStatus, CancelReason, Customer};
pub use briefing::{Briefing, Questions, SaleTerms};
pub use desk::{BookingDesk, PlaceRequest, Placed};
pub use errors::{CancelError, Limit, ListBookingsError, PlaceError, ReadBookingError, SaleClosed};
pub use expire::BOOKINGS_IN_A_UNIT_MAX;
pub use foresight::SeatsInView;
pub use ledger::Ledger;
pub use place_batch::{DirectDesk, Placing, PlacingPolicy};
pub use place_booking::{MAX_TICKETS_IN_A_BOOKING, NewBooking, PlaceBooking, Selection};
pub use ports::{
    BookingPosition, BookingQueries, BookingRepository, Proposal, Purchase, PurchaseChange, PurchaseRepository,
    SeatMaps, Wanted,
};
#[cfg(feature = "testing")]
pub use ports::{MockBookingQueries, MockBookingRepository, MockPurchaseRepository, MockSeatMaps};
pub use returns::{CancelRequest, Returns, ReturnsDesk};
pub use search::{
    BOOKING_SEARCH_LENGTH_MAX, BOOKING_SEARCH_LENGTH_MIN, BookingFilter, BookingSearch, BookingWish, NamedBooking,
    ReferencePrefix, StatusAt,
};
pub use seat_map::{SeatMap, Seats};
pub use service::Bookings;
