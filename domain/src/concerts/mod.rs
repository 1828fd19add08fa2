//! Concerts: their details, sections, seats and prices, and who may change them.

mod block_seats;
mod catalogue;
mod change_concert;
mod concert;
mod concert_rules;
mod denied;
mod errors;
mod events;
#[cfg(test)]
mod fixtures;
mod new_concert;
mod new_section;
mod organiser;
mod ports;
mod sale_access;
mod seat_plan;
mod section;
mod service;
mod ticket;
mod venue_rules;

pub use block_seats::{BLOCKED_AT_ONCE_MAX, BlockSeats};
pub use catalogue::{Catalogue, ConcertSearch};
pub use change_concert::{ChangeConcert, ChangeSection};
pub use concert::{Caps, Concert, ConcertDetails, ConcertStatus, SaleState};
pub use concert_rules::{CAP_MAX, DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX};
pub(crate) use denied::{Denied, denied_as};
pub use errors::{
    BlockSeatsError, ChangeConcertError, ConcertStatusError, CreateConcertError, ListConcertsError, ReadConcertError,
    ReadSeatsError, RemoveConcertError,
};
pub use events::{ConcertEvent, SeatChange};
pub use new_concert::NewConcert;
pub use new_section::{NewMark, NewPlan, NewPrice, NewRow, NewSection};
pub use organiser::{MemberRole, Organiser};
pub use ports::{
    Availability, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertRepository, ConcertSummary,
    ConcertUnit, ConcertView, CountChange, OrganiserQueries, OrganiserRepository, SeatState, SeatStates,
    SectionAvailability, SectionRepository, TICKETS_ADDED_AT_ONCE_MAX, TicketClaim, TicketOfBooking, TicketRepository,
    TicketState,
};
#[cfg(feature = "mocks")]
pub use ports::{
    MockConcertQueries, MockConcertRepository, MockOrganiserQueries, MockOrganiserRepository, MockSectionRepository,
    MockTicketRepository,
};
pub(crate) use sale_access::{SaleAccess, check_reads_sales};
pub use seat_plan::SeatPlan;
pub use section::{
    Audience, Mark, MarkKind, PriceCategory, Row, RowLabel, STANDARD_CATEGORY, Section, SectionCode, SectionKind,
    SectionPlan,
};
pub use service::{ConcertAtVersion, ConcertLimits, Concerts, CreatedConcert, Removed};
pub use ticket::{SeatLabel, TicketNumber, TicketStatus};
pub use venue_rules::{
    CATEGORIES_MAX, CATEGORY_CODE_LENGTH_MAX, DRAWING_MAX, FIRST_SEAT_MAX, FULL_TURN_DEGREES, GAPS_IN_A_ROW_MAX,
    GAPS_OF_A_CONCERT_MAX, MARKS_OF_A_CONCERT_MAX, PRICE_MAX, ROWS_MAX, ROWS_OF_A_CONCERT_MAX, SEATS_IN_A_ROW_MAX,
    SECTION_NAME_LENGTH_MAX, SECTIONS_MAX,
};
