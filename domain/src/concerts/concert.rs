//! One show of an artist at a venue.

use crate::shared::{ConcertId, Currency, OrganiserId, Timestamp};
use crate::text::searchable;

/// Where a concert is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConcertStatus {
    /// Being prepared; nobody but its organiser sees it.
    Draft,
    /// Published.
    OnSale,
    /// Published, but nothing is sold for now.
    Paused,
    /// Will not take place. Nothing is sold, paid or let in from then on.
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

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Draft, Self::OnSale, Self::Paused, Self::Cancelled].into_iter().find(|status| status.as_str() == name)
    }

    /// Whether a concert can go from this status to another: `draft -> on_sale <-> paused -> cancelled`.
    pub const fn may_become(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Draft | Self::Paused, Self::OnSale)
                | (Self::OnSale, Self::Paused)
                | (Self::OnSale | Self::Paused, Self::Cancelled)
        )
    }
}

/// What a concert tells the public, all of it checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcertDetails {
    /// The show's name.
    pub name: String,
    /// Who plays.
    pub artist: String,
    /// Free text, may be empty.
    pub description: String,
    /// The house.
    pub venue: String,
    /// The town.
    pub location: String,
    /// Where its clocks are: an IANA name such as `Asia/Jakarta`.
    pub time_zone: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// From when on seats are sold.
    pub sales_start_at: Timestamp,
    /// Until when seats are sold.
    pub sales_end_at: Timestamp,
    /// Until when customers may cancel what they paid; `None` = never.
    pub refundable_until: Option<Timestamp>,
}

impl ConcertDetails {
    /// What a search for words looks into: name, artist, venue and location, a line each so that no match spans two of
    /// them.
    pub fn search_text(&self) -> String {
        [&self.name, &self.artist, &self.venue, &self.location].map(|text| searchable(text)).join("\n")
    }
}

/// How much one customer may take; `None` = no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Tickets in one booking.
    pub max_tickets_per_booking: Option<u32>,
    /// Tickets one user holds, pending and confirmed.
    pub max_tickets_per_user: Option<u32>,
    /// Unpaid bookings one user has.
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

/// Whether seats can be booked at an instant, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleState {
    /// They can.
    Open,
    /// The sale begins later.
    NotYet {
        /// When.
        starts_at: Timestamp,
    },
    /// The sale is over.
    Over,
    /// The organiser paused it.
    Paused,
    /// The concert is cancelled.
    Cancelled,
    /// Not published: to the public it does not exist.
    Draft,
}

/// A concert without its sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concert {
    /// Its id.
    pub id: ConcertId,
    /// Whose it is.
    pub organiser: OrganiserId,
    /// What the public reads.
    pub details: ConcertDetails,
    /// What prices are in.
    pub currency: Currency,
    /// What one customer may take.
    pub caps: Caps,
    /// Where it is in its life.
    pub status: ConcertStatus,
    /// All tickets, blocked ones too.
    pub total: u32,
    /// Tickets that can be booked, as of `version`.
    pub available: u32,
    /// 1 when created; one more with each unit that changes the concert or any of its tickets, bookings, payments or
    /// refunds. The position of its newest entry in the outbox.
    pub version: u64,
    /// 1 when created; one more with each change of the concert itself. What `If-Match` is held against.
    pub revision: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the concert itself changed last.
    pub updated_at: Timestamp,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When the last of its bookings was cancelled after it.
    pub cancellation_done_at: Option<Timestamp>,
}

impl Concert {
    /// Whether seats can be booked at `now`.
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

    /// Whether the public sees it.
    pub fn is_public(&self) -> bool {
        self.status != ConcertStatus::Draft
    }
}
