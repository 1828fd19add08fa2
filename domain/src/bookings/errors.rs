//! What can come of placing a booking.

use crate::concerts::{SeatLabel, SectionCode};
use crate::shared::{Faults, Money, StoreError, Timestamp};
use crate::store::UnitError;

/// Why nothing is sold at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SaleClosed {
    /// The sale begins later.
    #[error("the sale has not begun")]
    NotYet {
        /// When it begins.
        starts_at: Timestamp,
    },
    /// The sale is over.
    #[error("the sale is over")]
    Over,
    /// The organiser paused it.
    #[error("the sale is paused")]
    Paused,
    /// The concert is cancelled.
    #[error("the concert is cancelled")]
    Cancelled,
}

/// Which cap was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Tickets in one booking.
    TicketsPerBooking,
    /// Tickets of one user.
    TicketsPerUser,
    /// Unpaid bookings of one user.
    PendingBookingsPerUser,
}

impl Limit {
    /// The cap's name in problem documents: the concert's setting.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TicketsPerBooking => "max_tickets_per_booking",
            Self::TicketsPerUser => "max_tickets_per_user",
            Self::PendingBookingsPerUser => "max_pending_bookings_per_user",
        }
    }
}

/// Every reason not to place a booking.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PlaceError {
    /// Nobody is logged in.
    #[error("log in to book")]
    LoginRequired,
    /// There is no such concert, or it is a draft.
    #[error("there is no such concert")]
    ConcertNotFound,
    /// Nothing is sold at the moment.
    #[error(transparent)]
    SaleClosed(SaleClosed),
    /// Values that break a rule: unknown seats, an unknown section or category.
    #[error("the booking breaks a rule")]
    Invalid(Faults),
    /// Not all of the seats are free.
    #[error("not all of these seats are free")]
    SeatsUnavailable {
        /// All that were not, in the order asked.
        seats: Vec<SeatLabel>,
    },
    /// The section has fewer free tickets than asked.
    #[error("the section has not that many free tickets")]
    SoldOut {
        /// Which section.
        section: SectionCode,
        /// How many are left.
        left: u32,
    },
    /// A cap of the concert.
    #[error("this would be more than one customer may take")]
    LimitReached {
        /// Which.
        limit: Limit,
        /// How much it allows in all.
        allowed: u32,
        /// How much of it is left for this customer.
        left: u32,
    },
    /// It costs something else than was expected.
    #[error("the price is not what was expected")]
    PriceChanged {
        /// What it costs now.
        total: Money,
    },
    /// The idempotency key was used for another command.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The store failed; [`StoreError::Contention`] after all attempts means: try again soon.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PlaceError {
    /// Whether others who wish the same are refused as well, whoever they are.
    pub const fn concerns_everybody(&self) -> bool {
        matches!(self, Self::SaleClosed(_) | Self::SeatsUnavailable { .. } | Self::SoldOut { .. })
    }
}

impl UnitError for PlaceError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Every reason not to show a booking.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadBookingError {
    /// Nobody is logged in.
    #[error("log in to see bookings")]
    LoginRequired,
    /// There is no such booking, or it is none of the caller's business.
    #[error("there is no such booking")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every reason not to list bookings.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ListBookingsError {
    /// Nobody is logged in.
    #[error("log in to see bookings")]
    LoginRequired,
    /// Only members of the organiser see a concert's bookings.
    #[error("only members of the organiser see the bookings of a concert")]
    Forbidden,
    /// What is looked for breaks a rule.
    #[error("the search breaks a rule")]
    Invalid(Faults),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every reason not to cancel a booking.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CancelError {
    /// Nobody is logged in.
    #[error("log in to cancel a booking")]
    LoginRequired,
    /// There is no such booking, or it is none of the caller's business.
    #[error("there is no such booking")]
    NotFound,
    /// The caller sees the booking but does not manage those of its organiser.
    #[error("only those who manage the concert's bookings may cancel somebody else's")]
    Forbidden,
    /// It is confirmed, and the time for giving it back is over or never was.
    #[error("the booking cannot be given back any more")]
    NotRefundable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UnitError for CancelError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
