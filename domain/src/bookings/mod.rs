//! Placing, reading, cancelling and expiring bookings.
//!
//! Only a conditional write in the store claims a ticket. Everything before that write is a proposal and can be wrong.

mod best_available;
mod bits;
mod booking;
mod cancel;
mod cancel_concert_bookings;
mod cancellation_units;
mod change_set;
mod decisions;
mod errors;
mod expire;
mod members;
mod place_booking;
mod placement;
mod placement_batch;
mod placement_data;
mod placement_units;
mod ports;
mod precheck;
mod resolved_batch;
mod resolved_request;
mod search;
mod seat_map;
mod service;

pub use best_available::pick;
pub use booking::{BookedTicket, Booking, BookingReference, BookingStatus, CancelReason, Customer};
pub use cancellation_units::{BookingCancellation, CancelRequest, CancellationUnits};
pub use change_set::ChangeSet;
pub use errors::{CancelError, Limit, ListBookingsError, PlaceError, ReadBookingError, SaleClosed};
pub use expire::BOOKINGS_IN_A_UNIT_MAX;
pub use place_booking::{MAX_TICKETS_IN_A_BOOKING, NewBooking, PlaceBooking, Selection};
pub use placement::{BookingPlacement, PlaceRequest, PlacedBooking};
pub use placement_data::{PlacementData, PlacementQuery, SaleTerms};
pub use placement_units::{PlacementPolicy, PlacementUnits};
pub use ports::{
    BestAvailableRequest, BookingPosition, BookingQueries, BookingRepository, CustomerHoldings, HoldingsChange,
    HoldingsRepository, Proposal, SeatMaps,
};
#[cfg(feature = "testing")]
pub use ports::{MockBookingQueries, MockBookingRepository, MockHoldingsRepository, MockSeatMaps};
pub use precheck::Precheck;
pub use search::{
    BOOKING_SEARCH_LENGTH_MAX, BOOKING_SEARCH_LENGTH_MIN, BookingFilter, BookingFilterRequest, BookingSearch,
    NamedBooking, ReferencePrefix, StatusAt,
};
pub use seat_map::{SeatMap, Seats};
pub use service::Bookings;
