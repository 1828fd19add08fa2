//! The ports of concerts: repositories inside a unit of work, and queries outside of one.

use async_trait::async_trait;

use crate::idempotency::IdempotencyRepository;
use crate::outbox::Outbox;
use crate::shared::{BookingId, ConcertId, OrganiserId, Page, PageLimit, StoreError, Timestamp, UserId};
use crate::store::UnitObject;
use crate::users::UserUnit;

use super::{
    Concert, ConcertEvent, MemberRole, Organiser, SeatLabel, SeatPlan, Section, SectionCode, TicketNumber, TicketStatus,
};

/// A unit of work of concerts, which also reads users.
pub trait ConcertUnit: UserUnit {
    /// Organisers and their members.
    fn organisers(&mut self) -> &mut dyn OrganiserRepository;
    /// Concerts.
    fn concerts(&mut self) -> &mut dyn ConcertRepository;
    /// Sections with their counters and prices.
    fn sections(&mut self) -> &mut dyn SectionRepository;
    /// Tickets.
    fn tickets(&mut self) -> &mut dyn TicketRepository;
    /// Idempotency keys.
    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository;
    /// Events of concerts.
    fn concert_outbox(&mut self) -> &mut dyn Outbox<ConcertEvent>;
}

impl UnitObject for dyn ConcertUnit {
    type Borrowed<'unit> = dyn ConcertUnit + 'unit;

    fn borrowed(&mut self) -> &mut Self::Borrowed<'_> {
        self
    }
}

/// Organisers inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OrganiserRepository: Send {
    /// Writes a new organiser with its owner.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn add(&mut self, organiser: &Organiser, owner: UserId) -> Result<(), StoreError>;

    /// Whether an organiser exists.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn exists(&mut self, id: OrganiserId) -> Result<bool, StoreError>;

    /// The organisers that a user is a member of, oldest membership first. Empty for a user whose account is not active
    /// or whose role is below manager.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn of_user(&mut self, user: UserId) -> Result<Vec<(OrganiserId, MemberRole)>, StoreError>;
}

/// Reads memberships outside of units. A membership counts while the user's account is active and its role is manager
/// or above.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait OrganiserQueries: Send + Sync {
    /// The role of a user in an organiser; `None` if not a member.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn role_in(&self, user: UserId, organiser: OrganiserId) -> Result<Option<MemberRole>, StoreError>;

    /// The role of a user in the organiser of a concert; `None` if not a member, or if the concert does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn role_at(&self, user: UserId, concert: ConcertId) -> Result<Option<MemberRole>, StoreError>;
}

/// Concerts inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ConcertRepository: Send {
    /// Writes a new concert.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn add(&mut self, concert: &Concert) -> Result<(), StoreError>;

    /// Reads one concert; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn get(&mut self, id: ConcertId) -> Result<Option<Concert>, StoreError>;

    /// How many concerts of an organiser were created at `since` or later and are not deleted.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn count_created_since(&mut self, organiser: OrganiserId, since: Timestamp) -> Result<u64, StoreError>;

    /// Updates the fields of the concert itself that can change (details, caps, status, times) if the stored revision
    /// is the given one. Increments `revision` and `version`, and returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when the stored revision differs.
    async fn save(&mut self, concert: &Concert) -> Result<u64, StoreError>;

    /// Adds `available` to the concert's counter, increments `version` and returns it. Locks the concert's row until
    /// the unit ends: call it after all other changes.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn advance(&mut self, id: ConcertId, available: i64) -> Result<u64, StoreError>;

    /// Deletes a draft, which never had a booking, with its sections, prices and tickets.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when the stored revision differs.
    async fn delete_draft(&mut self, id: ConcertId, revision: u64) -> Result<(), StoreError>;
}

/// A change of a section's counters. The changes of tickets sum to 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CountChange {
    /// The section's position.
    pub position: u16,
    /// The number to add to the available tickets.
    pub available: i64,
    /// The number to add to the held tickets.
    pub held: i64,
    /// The number to add to the sold tickets.
    pub sold: i64,
    /// The number to add to the blocked tickets.
    pub blocked: i64,
    /// The amount to add to the revenue, in minor units: sold tickets at the price at which they were booked.
    pub revenue: i64,
}

/// Sections inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SectionRepository: Send {
    /// Writes the sections of a new concert with their prices. All tickets count as available.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn add_all(&mut self, concert: ConcertId, sections: &[Section]) -> Result<(), StoreError>;

    /// The sections of a concert by position, with their prices.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn of_concert(&mut self, concert: ConcertId) -> Result<Vec<Section>, StoreError>;

    /// The prices of a concert with the position of each section, without the layouts. Placing bookings reads them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn prices(&mut self, concert: ConcertId) -> Result<Vec<(u16, super::PriceCategory)>, StoreError>;

    /// How many tickets of a section are available, by its counter.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the section does not exist.
    async fn available(&mut self, concert: ConcertId, position: u16) -> Result<u32, StoreError>;

    /// Replaces the prices of sections. They apply to later bookings only.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn replace_prices(&mut self, concert: ConcertId, sections: &[Section]) -> Result<(), StoreError>;

    /// Changes counters, in one statement.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or when a counter would fall below 0.
    async fn change_counts(&mut self, concert: ConcertId, changes: &[CountChange]) -> Result<(), StoreError>;
}

/// The stored state of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketState {
    /// The ticket's number.
    pub number: TicketNumber,
    /// The ticket's status.
    pub status: TicketStatus,
    /// The live booking that it belongs to, when held or sold.
    pub booking: Option<BookingId>,
}

/// A ticket that a booking claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketClaim {
    /// The ticket's number.
    pub number: TicketNumber,
    /// The booking that claims it.
    pub booking: BookingId,
    /// Whether it becomes sold at once (it costs nothing, or is already paid) instead of held.
    pub sold: bool,
}

/// A ticket that belongs to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketOfBooking {
    /// The ticket's number.
    pub number: TicketNumber,
    /// The booking that it belongs to.
    pub booking: BookingId,
}

/// The most tickets that one call of [`TicketRepository::add`] writes. Bounds the memory that creating a large concert
/// needs.
pub const TICKETS_ADDED_AT_ONCE_MAX: usize = 5_000;

/// Tickets inside a unit of work. Every change is conditional on the current status. If fewer tickets have that status
/// than requested, it returns [`StoreError::Contention`], and the unit must be rolled back.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait TicketRepository: Send {
    /// Writes available tickets with the numbers `first`, `first + 1` …; at most
    /// [`TICKETS_ADDED_AT_ONCE_MAX`].
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn add(&mut self, concert: ConcertId, first: TicketNumber, seats: &[SeatLabel]) -> Result<(), StoreError>;

    /// The states of tickets, by number; numbers that do not exist are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn states(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<Vec<TicketState>, StoreError>;

    /// Changes tickets from available to held or sold.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not available.
    async fn claim(&mut self, concert: ConcertId, claims: &[TicketClaim]) -> Result<(), StoreError>;

    /// Changes tickets from held to sold, each for its booking.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not held for its booking.
    async fn sell(&mut self, concert: ConcertId, tickets: &[TicketOfBooking]) -> Result<(), StoreError>;

    /// Changes tickets from held or sold (`from`) to available, each of its booking.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not in that state for its booking.
    async fn release(
        &mut self,
        concert: ConcertId,
        from: TicketStatus,
        tickets: &[TicketOfBooking],
    ) -> Result<(), StoreError>;

    /// Changes tickets from available to blocked.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not available.
    async fn block(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<(), StoreError>;

    /// Changes tickets from blocked to available.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when one of them is not blocked.
    async fn unblock(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<(), StoreError>;
}

/// A concert with its sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcertView {
    /// The concert itself.
    pub concert: Concert,
    /// Its sections.
    pub plan: SeatPlan,
}

/// A concert in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcertSummary {
    /// The concert itself.
    pub concert: Concert,
    /// The lowest price of the standard category, at which anyone can book, in minor units; `None` without any section.
    pub price_from: Option<i64>,
}

/// The order of a list of concerts. Equal concerts are ordered by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConcertOrder {
    /// By start, soonest first.
    #[default]
    StartsAt,
    /// By start, latest first.
    StartsAtDescending,
    /// By name.
    Name,
}

/// A position in a list of concerts, for pagination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConcertPosition {
    /// A position in an order by start.
    StartsAt(Timestamp, ConcertId),
    /// A position in the order by name.
    Name(String, ConcertId),
}

/// Which concerts a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConcertFilter {
    /// Words that must all occur in name, artist, venue or location; normalised, at most 5 of 2 to 64 characters.
    pub words: Vec<String>,
    /// The artist's name contains this normalised text.
    pub artist: Option<String>,
    /// The location's name contains this normalised text.
    pub location: Option<String>,
    /// Only concerts that start at or after this time.
    pub from: Option<Timestamp>,
    /// Only concerts that start before this time.
    pub to: Option<Timestamp>,
    /// `Some`: all concerts of the organisers that this user is a member of, in every status. `None`: concerts that are
    /// on sale or paused and have not started at `now`.
    pub member: Option<UserId>,
}

/// A section's counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionAvailability {
    /// The section itself.
    pub section: Section,
    /// The number of available tickets.
    pub available: u32,
    /// The number of tickets in pending bookings.
    pub held: u32,
    /// The number of tickets in confirmed bookings.
    pub sold: u32,
    /// The number of blocked tickets.
    pub blocked: u32,
}

/// The counters of a concert's sections, in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// The concert itself.
    pub concert: Concert,
    /// Its sections by position.
    pub sections: Vec<SectionAvailability>,
}

/// A ticket's status, for seat maps.
pub type SeatState = TicketStatus;

/// The states of tickets, in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatStates {
    /// The concert in this snapshot.
    pub concert: Concert,
    /// Its seat plan.
    pub plan: SeatPlan,
    /// The ticket of the first entry in `states`.
    pub first: TicketNumber,
    /// The states of the tickets from `first` on, without gaps.
    pub states: Vec<SeatState>,
}

/// Reads concerts outside of units. Each call is one statement or one snapshot. Lists leave out rows that cannot be
/// read.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ConcertQueries: Send + Sync {
    /// A concert with its sections, drafts included; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn get(&self, id: ConcertId) -> Result<Option<ConcertView>, StoreError>;

    /// A page of the concerts that match the filter.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn list(
        &self,
        filter: &ConcertFilter,
        order: ConcertOrder,
        after: Option<ConcertPosition>,
        limit: PageLimit,
        now: Timestamp,
    ) -> Result<Page<ConcertSummary, ConcertPosition>, StoreError>;

    /// The counters of a concert's sections, drafts included; `None` when the concert does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn availability(&self, id: ConcertId) -> Result<Option<Availability>, StoreError>;

    /// The states of all tickets, or of one section's tickets; `None` when the concert does not exist. If the section
    /// does not exist, the states are empty.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn seats(&self, id: ConcertId, section: Option<SectionCode>) -> Result<Option<SeatStates>, StoreError>;
}
