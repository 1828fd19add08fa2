//! Concerts: what is on sale, where one sits, what it costs, and who may change it.

mod concert;
mod organiser;
mod ports;
mod search;
mod seat_plan;
mod section;
mod ticket;

pub use concert::{Caps, Concert, ConcertDetails, ConcertStatus, SaleState};
pub use organiser::{MemberRole, Organiser};
pub use ports::{
    Availability, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertRepository, ConcertSummary,
    ConcertView, CountChange, OrganiserQueries, OrganiserRepository, SeatState, SeatStates, SectionAvailability,
    SectionRepository, TICKETS_ADDED_AT_ONCE_MAX, TicketClaim, TicketOfBooking, TicketRepository, TicketState,
};
#[cfg(feature = "testing")]
pub use ports::{
    MockConcertQueries, MockConcertRepository, MockOrganiserQueries, MockOrganiserRepository, MockSectionRepository,
    MockTicketRepository,
};
pub use search::fold;
pub use seat_plan::SeatPlan;
pub use section::{
    Mark, MarkKind, PriceCategory, Row, RowLabel, STANDARD_CATEGORY, Section, SectionCode, SectionKind, SectionPlan,
};
pub use ticket::{SeatLabel, TicketNumber, TicketStatus};
