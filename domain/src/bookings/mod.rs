//! Bookings: what they are, and how they are read. [`sales`](crate::sales) places, pays and cancels them.

mod best_available;
mod bits;
mod booking;
mod errors;
mod events;
mod ports;
mod search;
mod seat_map;
mod service;

pub use best_available::pick;
pub use booking::{BookedTicket, Booking, BookingReference, BookingStatus, CancelReason, Customer};
pub use errors::{ListBookingsError, ReadBookingError};
pub use events::BookingEvent;
pub use ports::{
    BestAvailableRequest, BookingPosition, BookingQueries, BookingRepository, CustomerHoldings, HoldingsChange,
    HoldingsRepository, Proposal, Refresh, SeatMaps,
};
#[cfg(feature = "mocks")]
pub use ports::{MockBookingQueries, MockBookingRepository, MockHoldingsRepository, MockSeatMaps};
pub use search::{
    BOOKING_SEARCH_LENGTH_MAX, BOOKING_SEARCH_LENGTH_MIN, BookingFilter, BookingFilterRequest, BookingSearch,
    NamedBooking, ReferencePrefix, StatusAt,
};
pub use seat_map::{SeatMap, Seats};
pub use service::Bookings;
