//! What bookings need from the outside.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::concerts::{SeatPlan, TicketNumber};
use crate::shared::{BookingId, ConcertId, Page, PageLimit, StoreError, Timestamp, UserId};

use super::{Booking, BookingFilter, BookingStatus, NamedBooking};

/// Bookings inside a unit of work, always with their tickets.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait BookingRepository: Send {
    /// Writes new bookings, in one statement a table.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a reference is taken already.
    async fn add(&mut self, bookings: &[Booking]) -> Result<(), StoreError>;

    /// Reads bookings by id; unknown ids are left out.
    ///
    /// # Errors
    /// What the store fails with.
    async fn get(&mut self, ids: &[BookingId]) -> Result<Vec<Booking>, StoreError>;

    /// At most `limit` bookings of a concert in the stored `status`, the oldest first. What cannot be read is left out.
    ///
    /// # Errors
    /// What the store fails with.
    async fn of_concert(
        &mut self,
        concert: ConcertId,
        status: BookingStatus,
        limit: u32,
    ) -> Result<Vec<Booking>, StoreError>;

    /// Whether a booking of a concert is not cancelled, also when it cannot be read.
    ///
    /// # Errors
    /// What the store fails with.
    async fn any_uncancelled(&mut self, concert: ConcertId) -> Result<bool, StoreError>;

    /// At most `limit` overdue bookings of a concert, the longest overdue first, after the first `skip` of them. What
    /// cannot be read is left out.
    ///
    /// # Errors
    /// What the store fails with.
    async fn overdue(
        &mut self,
        concert: ConcertId,
        now: Timestamp,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Booking>, StoreError>;

    /// Writes what can change of bookings (status, reason, expiry, payment) over the versions before, in one statement.
    /// The tickets never change.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a stored version is not one less than given.
    async fn save(&mut self, bookings: &[Booking]) -> Result<(), StoreError>;
}

/// What a user holds of a concert: the sum over their live bookings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase {
    /// Who.
    pub user: UserId,
    /// Tickets in pending and confirmed bookings.
    pub tickets: u32,
    /// Pending bookings.
    pub pending_bookings: u32,
}

/// A change of a [`Purchase`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseChange {
    /// Whose.
    pub user: UserId,
    /// Added to the tickets.
    pub tickets: i64,
    /// Added to the pending bookings.
    pub pending_bookings: i64,
    /// The sum must not exceed this.
    pub max_tickets: Option<u32>,
    /// The sum must not exceed this.
    pub max_pending_bookings: Option<u32>,
}

impl PurchaseChange {
    /// Whether something of what the user holds is taken back.
    pub const fn gives_back(&self) -> bool {
        self.tickets < 0 || self.pending_bookings < 0
    }
}

/// What users hold, inside a unit of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PurchaseRepository: Send {
    /// What these users hold of a concert; users without a row are left out.
    ///
    /// # Errors
    /// What the store fails with.
    async fn of_users(&mut self, concert: ConcertId, users: &[UserId]) -> Result<Vec<Purchase>, StoreError>;

    /// Changes what users hold, in one statement for those who get more and one for those who give something back; each
    /// user occurs once. Whoever gets something for the first time needs no row before.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a maximum would be exceeded, or somebody without a row gives something back.
    async fn change(&mut self, concert: ConcertId, changes: &[PurchaseChange]) -> Result<(), StoreError>;
}

/// A place in a list of bookings, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingPosition {
    /// Placed when.
    pub created_at: Timestamp,
    /// Tie-break.
    pub id: BookingId,
}

impl BookingPosition {
    /// Where a booking stands.
    pub const fn of(booking: &Booking) -> Self {
        Self { created_at: booking.created_at, id: booking.id }
    }
}

/// Bookings outside of units. Each call is one snapshot. Lists leave out what cannot be read.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait BookingQueries: Send + Sync {
    /// One booking.
    ///
    /// # Errors
    /// What the store fails with.
    async fn get(&self, id: BookingId) -> Result<Option<Booking>, StoreError>;

    /// One booking with the name of its account.
    ///
    /// # Errors
    /// What the store fails with.
    async fn named(&self, id: BookingId) -> Result<Option<NamedBooking>, StoreError>;

    /// A page of a user's bookings, newest first.
    ///
    /// # Errors
    /// What the store fails with.
    async fn of_user(
        &self,
        user: UserId,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<Booking, BookingPosition>, StoreError>;

    /// A page of a concert's bookings, newest first.
    ///
    /// # Errors
    /// What the store fails with.
    async fn of_concert(
        &self,
        concert: ConcertId,
        filter: &BookingFilter,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<NamedBooking, BookingPosition>, StoreError>;

    /// Whether a pending booking of a concert is or will be overdue at `at`.
    ///
    /// # Errors
    /// What the store fails with.
    async fn any_overdue(&self, concert: ConcertId, at: Timestamp) -> Result<bool, StoreError>;

    /// Concerts that have bookings overdue at `now`, at most `limit`.
    ///
    /// # Errors
    /// What the store fails with.
    async fn concerts_with_overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<ConcertId>, StoreError>;

    /// Cancelled concerts whose bookings are not all cancelled yet, at most `limit`.
    ///
    /// # Errors
    /// What the store fails with.
    async fn concerts_to_wind_up(&self, limit: u32) -> Result<Vec<ConcertId>, StoreError>;
}

/// A wish for the best tickets of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The section's position.
    pub section: u16,
    /// How many tickets.
    pub quantity: u32,
}

/// Tickets proposed for each wish, and kept from other proposals of this process until this value is dropped. Nothing
/// is taken by it.
pub struct Proposal {
    /// For each wish in order: its tickets, or `None` when fewer are left.
    pub picks: Vec<Option<Vec<TicketNumber>>>,
    /// Whether other proposals keep tickets at the moment: what was not found may be given back soon.
    pub has_rivals: bool,
    _reservation: Box<dyn Any + Send + Sync>,
}

impl Proposal {
    /// Tickets and what gives them back when dropped.
    pub fn new(picks: Vec<Option<Vec<TicketNumber>>>, reservation: Box<dyn Any + Send + Sync>) -> Self {
        Self { picks, has_rivals: false, _reservation: reservation }
    }

    /// The same, made while other proposals kept tickets.
    #[must_use]
    pub fn with_rivals(self, has_rivals: bool) -> Self {
        Self { has_rivals, ..self }
    }
}

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proposal").field("picks", &self.picks).finish_non_exhaustive()
    }
}

/// The picture of each concert's free seats in memory, fed by committed changes and reloaded when one was missed. It
/// proposes; only the store decides.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SeatMaps: Send + Sync {
    /// The plan of a concert.
    ///
    /// # Errors
    /// What the store fails with while the picture is loaded.
    async fn plan(&self, concert: ConcertId) -> Result<Option<Arc<SeatPlan>>, StoreError>;

    /// Loads the picture of a concert unless there is one that can be trusted; for when no unit is open.
    ///
    /// # Errors
    /// What the store fails with.
    async fn prepare(&self, concert: ConcertId) -> Result<(), StoreError>;

    /// Picks tickets for each wish in turn, never one of `named` and never what another live proposal holds. `None` when
    /// the picture has to be loaded first.
    fn propose(&self, concert: ConcertId, wishes: &[Wanted], named: &[TicketNumber]) -> Option<Proposal>;

    /// Corrects the picture: the store said that these are not available.
    fn mark_taken(&self, concert: ConcertId, numbers: &[TicketNumber]);

    /// Throws the picture of a concert away, so that the next use loads it anew.
    fn forget(&self, concert: ConcertId);
}
