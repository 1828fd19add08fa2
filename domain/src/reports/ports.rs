//! The port of reports, with the figures that it returns.

use std::ops::AddAssign;

use async_trait::async_trait;

use crate::bookings::{BookingFilter, BookingPosition, NamedBooking};
use crate::concerts::{Concert, SectionCode};
use crate::shared::{ConcertId, StoreError, Timestamp};

/// The length of the time slots in which the store groups bookings, in seconds. The offset of every time zone in use is
/// a multiple of this, so hours and days in any zone can be summed up from slots.
pub const SLOT_SECONDS: i64 = 15 * 60;

/// A half-open span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The start, inclusive.
    pub from: Timestamp,
    /// The end, exclusive.
    pub to: Timestamp,
}

impl Span {
    /// Whether a time is in the span.
    pub fn contains(&self, at: Timestamp) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// The outcome of a booking so far. An overdue booking counts as expired, even if it is still stored as pending.
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

/// The sums over some bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BookingTotals {
    /// The number of bookings.
    pub bookings: u64,
    /// The number of their tickets.
    pub tickets: u64,
    /// The sum of their totals, in minor units of the concert's currency.
    pub worth: i64,
}

impl AddAssign for BookingTotals {
    fn add_assign(&mut self, other: Self) {
        self.bookings += other.bookings;
        self.tickets += other.tickets;
        self.worth += other.worth;
    }
}

/// The bookings with one outcome that were placed in one slot, or outside of the requested span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotTotals {
    /// The start of the slot, a multiple of [`SLOT_SECONDS`] since 1970; `None` outside of the span.
    pub slot: Option<Timestamp>,
    /// The outcome of these bookings.
    pub outcome: Outcome,
    /// The sums over these bookings.
    pub totals: BookingTotals,
}

/// The counters and the revenue of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionSales {
    /// The section's code.
    pub code: SectionCode,
    /// The section's name.
    pub name: String,
    /// The number of all tickets.
    pub total: u32,
    /// The number of available tickets.
    pub available: u32,
    /// The number of tickets in pending bookings.
    pub held: u32,
    /// The number of tickets in confirmed bookings.
    pub sold: u32,
    /// The number of blocked tickets.
    pub blocked: u32,
    /// The sum of the prices at which the sold tickets were booked, in minor units.
    pub revenue: i64,
}

/// The refunds of a concert's bookings, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RefundSums {
    /// The sum of completed refunds, of bookings with any outcome.
    pub completed: i64,
    /// The sum of refunds that are not completed yet.
    pub pending: i64,
    /// The part of both that is of payments of confirmed bookings.
    pub of_confirmed: i64,
}

/// A booking with its account's name and its money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedBooking {
    /// The booking with the name of its account.
    pub named: NamedBooking,
    /// The paid amount before refunds, in minor units of its currency.
    pub paid: i64,
    /// The refunded amount, in minor units of its currency.
    pub refunded: i64,
}

/// The sales figures of a concert, in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesFigures {
    /// The concert itself.
    pub concert: Concert,
    /// Its sections by position.
    pub sections: Vec<SectionSales>,
    /// Sums over all its bookings, in no order.
    pub placed: Vec<SlotTotals>,
    /// The refunds.
    pub refunds: RefundSums,
}

/// Reads the data of reports. It may lag behind committed changes.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ReportQueries: Send + Sync {
    /// A concert, drafts included; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn concert(&self, id: ConcertId) -> Result<Option<Concert>, StoreError>;

    /// The sales figures of a concert; `None` when it does not exist. Only bookings placed within `span` have a slot.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn sales(&self, id: ConcertId, span: Span, now: Timestamp) -> Result<Option<SalesFigures>, StoreError>;

    /// At most `limit` bookings of a concert after a position, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn bookings(
        &self,
        concert: ConcertId,
        filter: &BookingFilter,
        after: Option<BookingPosition>,
        limit: u32,
    ) -> Result<Vec<ReportedBooking>, StoreError>;
}
