//! A concert: one show of an artist at a venue.

use crate::shared::{ConcertId, Currency, OrganiserId, Timestamp};
use crate::text::searchable;

/// The status of a concert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConcertStatus {
    /// Being prepared. Only members of its organiser and admins see it.
    Draft,
    /// Published.
    OnSale,
    /// Published, but the sale is paused.
    Paused,
    /// It will not take place. No tickets are sold, and no bookings are paid.
    Cancelled,
}

impl ConcertStatus {
    /// The status' name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::OnSale => "on_sale",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Draft, Self::OnSale, Self::Paused, Self::Cancelled].into_iter().find(|status| status.as_str() == name)
    }

    /// Whether a concert can change from this status to another: `draft -> on_sale <-> paused`, and
    /// `on_sale | paused -> cancelled`.
    pub const fn may_become(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Draft | Self::Paused, Self::OnSale)
                | (Self::OnSale, Self::Paused)
                | (Self::OnSale | Self::Paused, Self::Cancelled)
        )
    }
}

/// The public details of a concert. All values are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcertDetails {
    /// The name of the show.
    pub name: String,
    /// The performer.
    pub artist: String,
    /// A free text; may be empty.
    pub description: String,
    /// The name of the venue.
    pub venue: String,
    /// The town.
    pub location: String,
    /// The IANA time zone of the venue, such as `Asia/Jakarta`.
    pub time_zone: String,
    /// When the concert starts.
    pub starts_at: Timestamp,
    /// When the sale starts.
    pub sales_start_at: Timestamp,
    /// When the sale ends.
    pub sales_end_at: Timestamp,
    /// Until when customers may cancel confirmed bookings. `None`: never, unless the booking cost nothing.
    pub refundable_until: Option<Timestamp>,
}

impl ConcertDetails {
    /// The text in which words are searched: name, artist, venue and location. Each has a line of its own, so that no
    /// match spans two of them.
    pub fn search_text(&self) -> String {
        [&self.name, &self.artist, &self.venue, &self.location].map(|text| searchable(text)).join("\n")
    }
}

/// The most that one customer may take. `None` means no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// The most tickets in one booking.
    pub max_tickets_per_booking: Option<u32>,
    /// The most tickets of one user, in pending and confirmed bookings.
    pub max_tickets_per_user: Option<u32>,
    /// The most pending bookings of one user.
    pub max_pending_bookings_per_user: Option<u32>,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            max_tickets_per_booking: Some(10),
            max_tickets_per_user: Some(10),
            max_pending_bookings_per_user: Some(2),
        }
    }
}

/// Whether tickets are on sale at a given time, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleState {
    /// Tickets are on sale.
    Open,
    /// The sale starts later.
    NotYet {
        /// When the sale starts.
        starts_at: Timestamp,
    },
    /// The sale is over.
    Over,
    /// The organiser paused the sale.
    Paused,
    /// The concert is cancelled.
    Cancelled,
    /// The concert is not published. It is hidden from the public.
    Draft,
}

/// A concert without its sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concert {
    /// The concert's id.
    pub id: ConcertId,
    /// The organiser that sells it.
    pub organiser: OrganiserId,
    /// The public details.
    pub details: ConcertDetails,
    /// The currency of its prices.
    pub currency: Currency,
    /// The caps on what one customer may take.
    pub caps: Caps,
    /// The current status.
    pub status: ConcertStatus,
    /// The number of all tickets, blocked ones included.
    pub total: u32,
    /// The number of available tickets, as of `version`.
    pub available: u32,
    /// 1 when created; one more with each unit that changes the concert or any of its tickets, bookings, payments or
    /// refunds. The position of its newest entry in the outbox.
    pub version: u64,
    /// 1 when created, plus 1 with each change of the concert itself. Clients send it in `If-Match`.
    pub revision: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the concert itself changed last.
    pub updated_at: Timestamp,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When, after its cancellation, all of its bookings were found to be cancelled.
    pub cancellation_done_at: Option<Timestamp>,
}

impl Concert {
    /// Whether tickets are on sale at `now`.
    pub fn sale_state(&self, now: Timestamp) -> SaleState {
        match self.status {
            ConcertStatus::Draft => SaleState::Draft,
            ConcertStatus::Cancelled => SaleState::Cancelled,
            ConcertStatus::Paused => SaleState::Paused,
            ConcertStatus::OnSale if now < self.details.sales_start_at => {
                SaleState::NotYet { starts_at: self.details.sales_start_at }
            }
            ConcertStatus::OnSale if now >= self.details.sales_end_at => SaleState::Over,
            ConcertStatus::OnSale => SaleState::Open,
        }
    }

    /// Whether it is visible to the public.
    pub fn is_public(&self) -> bool {
        self.status != ConcertStatus::Draft
    }
}
