//! What reports need from the outside.

use std::ops::AddAssign;

use async_trait::async_trait;

use crate::bookings::{BookingFilter, BookingPosition, NamedBooking};
use crate::concerts::{Concert, SectionCode};
use crate::shared::{ConcertId, StoreError, Timestamp};

/// How finely the store tells when bookings were placed, in seconds. The clocks of every time zone in use differ from
/// UTC by a multiple of this, so that hours and days of any of them can be put together from slots.
pub const SLOT_SECONDS: i64 = 15 * 60;

/// From an instant to another, which is not in it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
}

impl Span {
    /// Whether an instant is in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// What became of a booking until now. One that is overdue has expired, whether or not that was written down yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It waits for its payment.
    Pending,
    /// It was paid, or cost nothing.
    Confirmed,
    /// It was not paid in time.
    Expired,
    /// Its customer or its organiser cancelled it, or its concert was cancelled.
    Cancelled,
}

/// So many bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many bookings.
    pub bookings: u64,
    /// Their tickets.
    pub tickets: u64,
    /// Their totals, in minor units of the concert's currency.
    pub worth: i64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.bookings += other.bookings;
        self.tickets += other.tickets;
        self.worth += other.worth;
    }
}

/// The bookings of one outcome that were placed in one slot, or outside of the span that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// When the slot begins: a multiple of [`SLOT_SECONDS`] since 1970; `None` outside of the span.
    pub slot: Option<Timestamp>,
    /// What became of them.
    pub outcome: Outcome,
    /// How many.
    pub tally: Tally,
}

/// The counters of a section, and what its sold tickets are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionSales {
    /// Its short name.
    pub code: SectionCode,
    /// For people.
    pub name: String,
    /// All its tickets.
    pub total: u32,
    /// Tickets that can be booked.
    pub available: u32,
    /// Tickets in unpaid bookings.
    pub held: u32,
    /// Tickets in confirmed bookings.
    pub sold: u32,
    /// Tickets kept back.
    pub blocked: u32,
    /// What the sold ones cost when they were booked, in minor units.
    pub revenue: i64,
}

/// What went back of the payments of a concert's bookings or is on its way, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RefundSums {
    /// What went back, whatever became of the bookings.
    pub completed: i64,
    /// What is on its way.
    pub pending: i64,
    /// How much of both is of payments that keep a booking confirmed.
    pub of_confirmed: i64,
}

/// A booking with its account's name and its money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedBooking {
    /// The booking.
    pub named: NamedBooking,
    /// What was paid for it, whatever went back, in minor units of its currency.
    pub paid: i64,
    /// What of it went back.
    pub refunded: i64,
}

/// How a concert sells, in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesFigures {
    /// The concert.
    pub concert: Concert,
    /// Its sections by position.
    pub sections: Vec<SectionSales>,
    /// All its bookings, in no order.
    pub placed: Vec<Placed>,
    /// What went back, and what is on its way.
    pub refunds: RefundSums,
}

/// What reports read. It may lag behind what was committed.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ReportQueries: Send + Sync {
    /// A concert, drafts too.
    ///
    /// # Errors
    /// What the store fails with.
    async fn concert(&self, id: ConcertId) -> Result<Option<Concert>, StoreError>;

    /// How a concert sells; slots are told apart within `span` only.
    ///
    /// # Errors
    /// What the store fails with.
    async fn sales(&self, id: ConcertId, span: Span, now: Timestamp) -> Result<Option<SalesFigures>, StoreError>;

    /// At most `limit` bookings of a concert after a position, newest first.
    ///
    /// # Errors
    /// What the store fails with.
    async fn bookings(
        &self,
        concert: ConcertId,
        filter: &BookingFilter,
        after: Option<BookingPosition>,
        limit: u32,
    ) -> Result<Vec<ReportedBooking>, StoreError>;
}
