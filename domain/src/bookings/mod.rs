//! Bookings: what the system exists for. Seats are claimed by a conditional write and by nothing else; everything
//! before it is a proposal.

mod best_available;
mod bits;
mod booking;
mod desk;
mod errors;
mod ledger;
mod ports;
mod seat_map;

pub use best_available::pick;
pub use booking::{
    BookedTicket, Booking, BookingReference, BookingStatus, CancelReason, Customer, MAX_TICKETS_IN_A_BOOKING,
    PlaceBooking, Selection,
};
pub use desk::{BookingDesk, PlaceRequest, Placed};
pub use errors::{Limit, PlaceError, SaleClosed};
pub use ledger::Ledger;
pub use ports::{
    BookingList, BookingPosition, BookingQueries, BookingRepository, Proposal, Purchase, PurchaseChange,
    PurchaseRepository, SeatMaps, Wanted,
};
#[cfg(feature = "testing")]
pub use ports::{MockBookingQueries, MockBookingRepository, MockPurchaseRepository, MockSeatMaps};
pub use seat_map::{SeatMap, Seats};
