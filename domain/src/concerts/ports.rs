//! What concerts need from the outside.

use async_trait::async_trait;

use crate::shared::{BookingId, ConcertId, OrganiserId, Page, PageLimit, StoreError, Timestamp, UserId};

use super::{Concert, MemberRole, Organiser, SeatLabel, SeatPlan, Section, SectionCode, TicketNumber, TicketStatus};

/// Organisers inside a unit of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait OrganiserRepository: Send {
    /// Founds an organiser with its owner.
    ///
    /// # Errors
    /// What the store fails with.
    async fn add(&mut self, organiser: &Organiser, owner: UserId) -> Result<(), StoreError>;

    /// Whether there is such an organiser.
    ///
    /// # Errors
    /// What the store fails with.
    async fn exists(&mut self, id: OrganiserId) -> Result<bool, StoreError>;

    /// The organisers a user is a member of, oldest membership first; none for a user whose account is not active or
    /// whose role is below manager.
    ///
    /// # Errors
    /// What the store fails with.
    async fn of_user(&mut self, user: UserId) -> Result<Vec<(OrganiserId, MemberRole)>, StoreError>;
}

/// Memberships outside of units. They count while the user's account is active and its role is manager or above.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait OrganiserQueries: Send + Sync {
    /// What a user is in an organiser; `None` for no member.
    ///
    /// # Errors
    /// What the store fails with.
    async fn role_in(&self, user: UserId, organiser: OrganiserId) -> Result<Option<MemberRole>, StoreError>;

    /// What a user is in the organiser of a concert; `None` for no member, or no such concert.
    ///
    /// # Errors
    /// What the store fails with.
    async fn role_at(&self, user: UserId, concert: ConcertId) -> Result<Option<MemberRole>, StoreError>;
}

/// Concerts inside a unit of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ConcertRepository: Send {
    /// Writes a new concert.
    ///
    /// # Errors
    /// What the store fails with.
    async fn add(&mut self, concert: &Concert) -> Result<(), StoreError>;

    /// Reads one.
    ///
    /// # Errors
    /// What the store fails with.
    async fn get(&mut self, id: ConcertId) -> Result<Option<Concert>, StoreError>;

    /// How many concerts of an organiser were created at `since` or later and are still there.
    ///
    /// # Errors
    /// What the store fails with.
    async fn count_created_since(&mut self, organiser: OrganiserId, since: Timestamp) -> Result<u64, StoreError>;

    /// Writes what can change of the concert itself (details, caps, status, instants) over the revision it was read
    /// at, makes `revision` and `version` one more, and returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when the stored revision is another.
    async fn save(&mut self, concert: &Concert) -> Result<u64, StoreError>;

    /// Adds `available` to the concert's counter, makes `version` one more and returns it. Holds the concert's row
    /// until the unit ends: call it after every other change.
    ///
    /// # Errors
    /// What the store fails with.
    async fn advance(&mut self, id: ConcertId, available: i64) -> Result<u64, StoreError>;

    /// Deletes a draft that never had a booking, with its sections, prices and tickets.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when the stored revision is another.
    async fn delete_draft(&mut self, id: ConcertId, revision: u64) -> Result<(), StoreError>;
}

/// A change of a section's counters. The changes of tickets sum to 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CountChange {
    /// Which section.
    pub position: u16,
    /// Added to the available.
    pub available: i64,
    /// Added to the held.
    pub held: i64,
    /// Added to the sold.
    pub sold: i64,
    /// Added to the blocked.
    pub blocked: i64,
    /// Added to what the sold ones cost when they were booked, in minor units.
    pub revenue: i64,
}

/// Sections inside a unit of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait SectionRepository: Send {
    /// Writes the sections of a new concert with their prices, every ticket available.
    ///
    /// # Errors
    /// What the store fails with.
    async fn add_all(&mut self, concert: ConcertId, sections: &[Section]) -> Result<(), StoreError>;

    /// The sections of a concert by position, with their prices.
    ///
    /// # Errors
    /// What the store fails with.
    async fn of_concert(&mut self, concert: ConcertId) -> Result<Vec<Section>, StoreError>;

    /// The prices of a concert, for each section by position, without the layouts: what a sale reads each time.
    ///
    /// # Errors
    /// What the store fails with.
    async fn prices(&mut self, concert: ConcertId) -> Result<Vec<(u16, super::PriceCategory)>, StoreError>;

    /// Writes the prices of sections over the ones there, for future bookings.
    ///
    /// # Errors
    /// What the store fails with.
    async fn replace_prices(&mut self, concert: ConcertId, sections: &[Section]) -> Result<(), StoreError>;

    /// Moves counters, in one statement.
    ///
    /// # Errors
    /// What the store fails with; a counter that would fall below 0 is refused.
    async fn change_counts(&mut self, concert: ConcertId, changes: &[CountChange]) -> Result<(), StoreError>;
}

/// What a ticket is in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketState {
    /// Which ticket.
    pub number: TicketNumber,
    /// Its status.
    pub status: TicketStatus,
    /// The live booking it is in, when held or sold.
    pub booking: Option<BookingId>,
}

/// A ticket that a booking takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketClaim {
    /// Which ticket.
    pub number: TicketNumber,
    /// For which booking.
    pub booking: BookingId,
    /// Straight to sold (nothing is to be paid, or it was paid already) instead of held.
    pub sold: bool,
}

/// A ticket that a booking has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketOfBooking {
    /// Which ticket.
    pub number: TicketNumber,
    /// In which booking.
    pub booking: BookingId,
}

/// The most tickets that one call of [`TicketRepository::add`] writes: bounds the memory of creating a large concert.
pub const TICKETS_ADDED_AT_ONCE_MAX: usize = 5_000;

/// Tickets inside a unit of work. Every change names what it changes from; one that finds fewer tickets in that state
/// than asked returns [`StoreError::Contention`], and the unit is to be undone.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait TicketRepository: Send {
    /// Writes available tickets with the numbers `first`, `first + 1` …; at most
    /// [`TICKETS_ADDED_AT_ONCE_MAX`].
    ///
    /// # Errors
    /// What the store fails with.
    async fn add(&mut self, concert: ConcertId, first: TicketNumber, seats: &[SeatLabel]) -> Result<(), StoreError>;

    /// The states of tickets, by number; numbers that do not exist are left out.
    ///
    /// # Errors
    /// What the store fails with.
    async fn states(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<Vec<TicketState>, StoreError>;

    /// How many tickets from `first` to `last` are available.
    ///
    /// # Errors
    /// What the store fails with.
    async fn count_available(
        &mut self,
        concert: ConcertId,
        first: TicketNumber,
        last: TicketNumber,
    ) -> Result<u32, StoreError>;

    /// Available to held or sold.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not available.
    async fn claim(&mut self, concert: ConcertId, claims: &[TicketClaim]) -> Result<(), StoreError>;

    /// Held to sold, each for its booking.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not held for its booking.
    async fn sell(&mut self, concert: ConcertId, tickets: &[TicketOfBooking]) -> Result<(), StoreError>;

    /// Held or sold (`from`) to available, each from its booking.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not in that state for its booking.
    async fn release(
        &mut self,
        concert: ConcertId,
        from: TicketStatus,
        tickets: &[TicketOfBooking],
    ) -> Result<(), StoreError>;

    /// Available to blocked.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not available.
    async fn block(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<(), StoreError>;

    /// Blocked to available.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not blocked.
    async fn unblock(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<(), StoreError>;
}

/// A concert with its sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcertView {
    /// The concert.
    pub concert: Concert,
    /// Its sections.
    pub plan: SeatPlan,
}

/// A concert in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcertSummary {
    /// The concert.
    pub concert: Concert,
    /// The lowest price of the standard category in minor units, which is what everybody can buy for; `None` without any
    /// section.
    pub price_from: Option<i64>,
}

/// How a list of concerts is sorted; the id breaks ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConcertOrder {
    /// Soonest first.
    #[default]
    StartsAt,
    /// Latest first.
    StartsAtDescending,
    /// By name.
    Name,
}

/// A place in a list of concerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConcertPosition {
    /// In one of the orders by start.
    StartsAt(Timestamp, ConcertId),
    /// In the order by name.
    Name(String, ConcertId),
}

/// Which concerts a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConcertFilter {
    /// Words that must all occur in name, artist, venue or location; normalised, at most 5 of 2 to 64 characters.
    pub words: Vec<String>,
    /// The artist holds this normalised text.
    pub artist: Option<String>,
    /// The location holds this normalised text.
    pub location: Option<String>,
    /// Begins at or after.
    pub from: Option<Timestamp>,
    /// Begins before.
    pub to: Option<Timestamp>,
    /// `Some`: every concert of the organisers this user is a member of, in every state. `None`: what is on sale (or
    /// paused) and has not begun at `now`.
    pub member: Option<UserId>,
}

/// A section's counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionAvailability {
    /// Which section.
    pub section: Section,
    /// Tickets that can be booked.
    pub available: u32,
    /// Tickets in unpaid bookings.
    pub held: u32,
    /// Tickets in confirmed bookings.
    pub sold: u32,
    /// Tickets kept back.
    pub blocked: u32,
}

/// What is left of a concert, in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// The concert.
    pub concert: Concert,
    /// Its sections by position.
    pub sections: Vec<SectionAvailability>,
}

/// A ticket's status, for seat maps.
pub type SeatState = TicketStatus;

/// The states of tickets, in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatStates {
    /// The concert at that moment.
    pub concert: Concert,
    /// Its plan.
    pub plan: SeatPlan,
    /// The first ticket of `states`.
    pub first: TicketNumber,
    /// The states of the tickets from `first` on, without holes.
    pub states: Vec<SeatState>,
}

/// Concerts outside of units. Each call is one statement or one snapshot. Lists leave out what cannot be read.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ConcertQueries: Send + Sync {
    /// A concert with its sections, drafts too.
    ///
    /// # Errors
    /// What the store fails with.
    async fn get(&self, id: ConcertId) -> Result<Option<ConcertView>, StoreError>;

    /// A page of concerts.
    ///
    /// # Errors
    /// What the store fails with.
    async fn list(
        &self,
        filter: &ConcertFilter,
        order: ConcertOrder,
        after: Option<ConcertPosition>,
        limit: PageLimit,
        now: Timestamp,
    ) -> Result<Page<ConcertSummary, ConcertPosition>, StoreError>;

    /// What is left of a concert, drafts too.
    ///
    /// # Errors
    /// What the store fails with.
    async fn availability(&self, id: ConcertId) -> Result<Option<Availability>, StoreError>;

    /// The state of every ticket, or of one section's tickets. With a section that does not exist the states are empty.
    ///
    /// # Errors
    /// What the store fails with.
    async fn seats(&self, id: ConcertId, section: Option<SectionCode>) -> Result<Option<SeatStates>, StoreError>;
}
