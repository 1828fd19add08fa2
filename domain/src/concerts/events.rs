//! What happens to concerts.

use crate::shared::OrganiserId;

use super::{ConcertStatus, TicketNumber, TicketStatus};

/// A change of a concert. Its stored name is `concert.<variant>.v1`; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConcertEvent {
    /// A draft was created.
    Created {
        /// The organiser.
        organiser: OrganiserId,
        /// The concert's name.
        name: String,
        /// The number of its tickets.
        total: u32,
    },
    /// Details, caps, prices or status changed.
    Changed {
        /// The current status.
        status: ConcertStatus,
        /// The current revision.
        revision: u64,
    },
    /// A draft was deleted.
    Deleted,
    /// All bookings of a cancelled concert are cancelled. Its stored name is `concert.wound_up.v1`.
    BookingsCancelled,
    /// Tickets changed their status.
    SeatsChanged {
        /// The tickets, by number.
        seats: Vec<SeatChange>,
    },
}

/// A ticket whose status changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatChange {
    /// The ticket's number.
    pub number: TicketNumber,
    /// The current status.
    pub status: TicketStatus,
}

impl ConcertEvent {
    /// The event's type in the API and the store.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "concert.created.v1",
            Self::Changed { .. } => "concert.changed.v1",
            Self::Deleted => "concert.deleted.v1",
            Self::BookingsCancelled => "concert.wound_up.v1",
            Self::SeatsChanged { .. } => "concert.seats_changed.v1",
        }
    }
}
