//! The ports of bookings: repositories inside a unit of work, queries outside of one, and the seat maps in memory.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::concerts::{SeatPlan, TicketNumber};
use crate::shared::{BookingId, ConcertId, Page, PageLimit, StoreError, Timestamp, UserId};

use super::{Booking, BookingFilter, BookingStatus, NamedBooking};

/// Bookings inside a unit of work, always with their tickets.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait BookingRepository: Send {
    /// Writes new bookings, in one statement per table.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a reference is already in use.
    async fn add(&mut self, bookings: &[Booking]) -> Result<(), StoreError>;

    /// Reads bookings by id; unknown ids are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn get(&mut self, ids: &[BookingId]) -> Result<Vec<Booking>, StoreError>;

    /// At most `limit` bookings of a concert in the stored `status`, the oldest first. Rows that cannot be read are
    /// left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn of_concert(
        &mut self,
        concert: ConcertId,
        status: BookingStatus,
        limit: u32,
    ) -> Result<Vec<Booking>, StoreError>;

    /// Whether a concert has a booking that is not cancelled, even one that cannot be read.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn any_uncancelled(&mut self, concert: ConcertId) -> Result<bool, StoreError>;

    /// At most `limit` overdue bookings of a concert, the longest overdue first. Skips the first `skip` of them.
    /// Rows that cannot be read are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn overdue(
        &mut self,
        concert: ConcertId,
        now: Timestamp,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Booking>, StoreError>;

    /// Updates the fields of bookings that can change (status, reason, expiry, payment), in one statement. The tickets
    /// never change.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a stored version is not one less than the given version.
    async fn save(&mut self, bookings: &[Booking]) -> Result<(), StoreError>;
}

/// What a user holds of a concert: the sums over their live bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerHoldings {
    /// The user who holds them.
    pub user: UserId,
    /// The number of tickets in pending and confirmed bookings.
    pub tickets: u32,
    /// The number of pending bookings.
    pub pending_bookings: u32,
}

/// A change of one user's [`CustomerHoldings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldingsChange {
    /// The user whose holdings change.
    pub user: UserId,
    /// The number to add to the tickets.
    pub tickets: i64,
    /// The number to add to the pending bookings.
    pub pending_bookings: i64,
    /// The highest number of tickets that the change may result in.
    pub max_tickets: Option<u32>,
    /// The highest number of pending bookings that the change may result in.
    pub max_pending_bookings: Option<u32>,
}

impl HoldingsChange {
    /// Whether the change releases tickets or ends a pending booking.
    pub const fn releases(&self) -> bool {
        self.tickets < 0 || self.pending_bookings < 0
    }
}

/// The holdings of users, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait HoldingsRepository: Send {
    /// The holdings of these users of a concert; users without a row are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn of_users(&mut self, concert: ConcertId, users: &[UserId]) -> Result<Vec<CustomerHoldings>, StoreError>;

    /// Changes holdings: in one statement for the users who get more, and in one for those who release something. Each
    /// user occurs once. A user's first tickets create the row.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a maximum would be exceeded, or a user without a row would release something.
    async fn change(&mut self, concert: ConcertId, changes: &[HoldingsChange]) -> Result<(), StoreError>;
}

/// A position in a list of bookings, newest first, for pagination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingPosition {
    /// When the booking was placed.
    pub created_at: Timestamp,
    /// Orders bookings that were placed at the same time.
    pub id: BookingId,
}

impl BookingPosition {
    /// The position of a booking.
    pub const fn of(booking: &Booking) -> Self {
        Self { created_at: booking.created_at, id: booking.id }
    }
}

/// Reads bookings outside of units of work. Each call reads one snapshot. Lists leave out rows that cannot be
/// read.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait BookingQueries: Send + Sync {
    /// One booking; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn get(&self, id: BookingId) -> Result<Option<Booking>, StoreError>;

    /// One booking with the name of its account; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn named(&self, id: BookingId) -> Result<Option<NamedBooking>, StoreError>;

    /// A page of a user's bookings, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn of_user(
        &self,
        user: UserId,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<Booking, BookingPosition>, StoreError>;

    /// A page of a concert's bookings that match the filter, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn of_concert(
        &self,
        concert: ConcertId,
        filter: &BookingFilter,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<NamedBooking, BookingPosition>, StoreError>;

    /// Whether a pending booking of a concert is overdue at `at`, which may be in the future.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn any_overdue(&self, concert: ConcertId, at: Timestamp) -> Result<bool, StoreError>;

    /// Concerts that have bookings overdue at `now`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn concerts_with_overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<ConcertId>, StoreError>;

    /// Cancelled concerts whose bookings are not all cancelled yet, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn cancelled_concerts_with_bookings(&self, limit: u32) -> Result<Vec<ConcertId>, StoreError>;
}

/// A request for the best available tickets of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BestAvailableRequest {
    /// The section's position.
    pub section: u16,
    /// How many tickets are requested.
    pub quantity: u32,
}

/// Proposed tickets for each request. They are reserved in memory, so that other proposals of this process avoid them,
/// until this value is dropped. A proposal claims nothing in the store.
pub struct Proposal {
    /// For each request, in order: its tickets, or `None` when too few are left.
    pub picks: Vec<Option<Vec<TicketNumber>>>,
    /// Whether other proposals reserve tickets at the moment: they may release some soon.
    pub is_contended: bool,
    _reservation: Box<dyn Any + Send + Sync>,
}

impl Proposal {
    /// Combines the tickets with the reservation that releases them when it is dropped.
    pub fn new(picks: Vec<Option<Vec<TicketNumber>>>, reservation: Box<dyn Any + Send + Sync>) -> Self {
        Self { picks, is_contended: false, _reservation: reservation }
    }

    /// The same proposal with [`is_contended`](Self::is_contended) set.
    #[must_use]
    pub fn with_contention(self, is_contended: bool) -> Self {
        Self { is_contended, ..self }
    }
}

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proposal").field("picks", &self.picks).finish_non_exhaustive()
    }
}

/// What an index has to know before tickets are proposed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// What this process committed, and what others committed more than a second ago.
    IfOld,
    /// Everything that is committed now, by the committed changes: after a proposal was refused.
    Now,
    /// Everything that is committed now, by loading all seats: after the changes did not help.
    Reload,
}

/// An index of each concert's free seats in memory, which follows the committed changes. It only proposes tickets: the
/// store decides.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SeatMaps: Send + Sync {
    /// The seat plan of a concert; `None` when the concert does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails while the plan is loaded.
    async fn plan(&self, concert: ConcertId) -> Result<Option<Arc<SeatPlan>>, StoreError>;

    /// Loads the index of a concert, or brings it up to date. Call it while no unit of work is open: reading needs a
    /// connection of its own.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn prepare(&self, concert: ConcertId, refresh: Refresh) -> Result<(), StoreError>;

    /// Proposes tickets for each request in order: none of `named`, and none that another live proposal reserves.
    /// `None` when the index has to be loaded first.
    fn propose(
        &self,
        concert: ConcertId,
        requests: &[BestAvailableRequest],
        named: &[TicketNumber],
    ) -> Option<Proposal>;
}
