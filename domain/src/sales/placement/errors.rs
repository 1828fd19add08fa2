//! Why a booking is not placed.

use crate::concerts::{Concert, SaleState, SeatLabel, SectionCode};
use crate::shared::{Faults, Money, StoreError, Timestamp};
use crate::store::UnitError;

/// Why no tickets are on sale.
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
    /// The organiser paused the sale.
    #[error("the sale is paused")]
    Paused,
    /// The concert is cancelled.
    #[error("the concert is cancelled")]
    Cancelled,
}

impl SaleClosed {
    /// Why no tickets are on sale at `now`, if so. The caller must refuse a draft before: the public must not learn
    /// that it exists. Here a draft counts as cancelled.
    pub(crate) fn of(concert: &Concert, now: Timestamp) -> Option<Self> {
        match concert.sale_state(now) {
            SaleState::Open => None,
            SaleState::NotYet { starts_at } => Some(Self::NotYet { starts_at }),
            SaleState::Over => Some(Self::Over),
            SaleState::Paused => Some(Self::Paused),
            SaleState::Cancelled | SaleState::Draft => Some(Self::Cancelled),
        }
    }
}

/// A cap on how much one customer may take.
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
    /// The cap's name in problem documents, which is that of the concert's setting.
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
    /// The request has no logged-in user.
    #[error("log in to book")]
    LoginRequired,
    /// The concert does not exist or is a draft.
    #[error("there is no such concert")]
    ConcertNotFound,
    /// No tickets are on sale.
    #[error(transparent)]
    SaleClosed(SaleClosed),
    /// Values break a rule: unknown seats, an unknown section or category, or a price for members only.
    #[error("the booking breaks a rule")]
    Invalid(Faults),
    /// Some of the seats are taken.
    #[error("not all of these seats are free")]
    SeatsUnavailable {
        /// The taken seats, in the order requested.
        seats: Vec<SeatLabel>,
    },
    /// The section has fewer available tickets than requested.
    #[error("the section has not that many free tickets")]
    SoldOut {
        /// The section's code.
        section: SectionCode,
        /// How many are left.
        left: u32,
    },
    /// The booking would exceed a cap of the concert.
    #[error("this would be more than one customer may take")]
    LimitReached {
        /// The cap that would be exceeded.
        limit: Limit,
        /// How much the cap allows in all.
        allowed: u32,
        /// How much of it is left for this customer.
        left: u32,
    },
    /// The total differs from the one that the client expected.
    #[error("the price is not what was expected")]
    PriceChanged {
        /// The current total.
        total: Money,
    },
    /// The idempotency key was used for another command.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The database failed. [`StoreError::Contention`] means that all retries lost; the client may try again soon.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PlaceError {
    /// Whether the same request from any other user would be refused as well.
    pub const fn concerns_every_request(&self) -> bool {
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
