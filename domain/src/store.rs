//! The unit of work: one transaction over all repositories. Every change of the domain goes through it.

mod bisect;

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::bookings::{BookingRepository, HoldingsRepository};
use crate::concerts::{ConcertRepository, OrganiserRepository, SectionRepository, TicketRepository};
use crate::events::{Outbox, OutboxEntry};
use crate::idempotency::IdempotencyRepository;
use crate::payments::{PaymentRepository, RefundRepository};
use crate::sales::placement::{PlacementData, PlacementQuery, SaleTerms};
use crate::shared::{Causes, StoreError};
use crate::users::{RefreshTokenRepository, UserRepository};

pub use bisect::bisect_rejected;

/// Begins units of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Store: Send + Sync {
    /// The deadline of a unit that begins now and may take `allowed`.
    fn deadline(&self, allowed: Duration) -> Deadline;

    /// Begins a unit. Operations that are still waiting at `deadline` fail with [`StoreError::Unavailable`].
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection becomes free in time or the deadline has passed,
    /// [`StoreError::Unavailable`] when the database cannot be reached.
    async fn begin_by(&self, deadline: Deadline) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// Begins a unit that may take [`UNIT_TIME_MAX`].
    ///
    /// # Errors
    /// The same as [`begin_by`](Self::begin_by).
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.begin_by(self.deadline(UNIT_TIME_MAX)).await
    }

    /// Waits before a unit that met contention is retried. The wait has jitter and grows with each attempt.
    async fn pause_before_retry(&self, attempt: u32);
}

/// The time at which the store aborts a unit. All attempts of the unit share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// The deadline of a store that never waits for anything outside of this process.
    pub const NEVER: Self = Self(None);

    /// A deadline at this instant of the monotonic clock.
    pub const fn at(moment: Instant) -> Self {
        Self(Some(moment))
    }

    /// The instant of the deadline; `None` for [`Deadline::NEVER`].
    pub const fn moment(self) -> Option<Instant> {
        self.0
    }
}

/// One open transaction. End it with [`UnitOfWork::commit`] or [`UnitOfWork::rollback`]. Dropping it instead is safe
/// but closes its connection.
///
/// Every unit touches rows in one order, so that units wait for each other but never in a circle: tickets by number,
/// bookings by id, payments, holdings, sections by position, and the concert's row last. That row's lock makes the
/// order of versions, which are the positions in the concert's stream, the order of commits.
#[async_trait]
#[must_use]
pub trait UnitOfWork: Send {
    /// Users.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// Refresh tokens.
    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokenRepository;
    /// Organisers and their members.
    fn organisers(&mut self) -> &mut dyn OrganiserRepository;
    /// Concerts.
    fn concerts(&mut self) -> &mut dyn ConcertRepository;
    /// Sections with their counters and prices.
    fn sections(&mut self) -> &mut dyn SectionRepository;
    /// Tickets.
    fn tickets(&mut self) -> &mut dyn TicketRepository;
    /// Bookings.
    fn bookings(&mut self) -> &mut dyn BookingRepository;
    /// The holdings of users per concert.
    fn holdings(&mut self) -> &mut dyn HoldingsRepository;
    /// Payments.
    fn payments(&mut self) -> &mut dyn PaymentRepository;
    /// Refunds.
    fn refunds(&mut self) -> &mut dyn RefundRepository;
    /// Idempotency keys.
    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository;
    /// Events.
    fn outbox(&mut self) -> &mut dyn Outbox;

    /// Reads the data that decides a batch of placement requests. This default implementation defines the meaning; a
    /// store overrides it if it can read everything in one statement.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn placement_data(&mut self, query: &PlacementQuery<'_>) -> Result<PlacementData, StoreError> {
        let PlacementQuery { concert: id, known_terms, keys, users, tickets } = *query;
        let keys = if keys.is_empty() { Vec::new() } else { self.idempotency().find(keys).await? };
        let terms = match (self.concerts().get(id).await?, known_terms) {
            (None, _) => None,
            (Some(concert), Some(known)) if known.revision() == concert.revision => Some(Arc::clone(known)),
            (Some(concert), _) => Some(Arc::new(SaleTerms::new(concert, self.sections().prices(id).await?))),
        };
        let holdings = if users.is_empty() { Vec::new() } else { self.holdings().of_users(id, users).await? };
        let tickets = if tickets.is_empty() { Vec::new() } else { self.tickets().states(id, tickets).await? };
        Ok(PlacementData { terms, keys, holdings, tickets })
    }

    /// Commits the changes of this unit, then passes its events to [`CommittedEvents`].
    ///
    /// # Errors
    /// [`StoreError::Contention`]: nothing was changed. [`StoreError::Unavailable`]: it is unknown whether the unit was
    /// committed.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;

    /// Discards the changes of this unit.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; the changes are discarded nevertheless.
    async fn rollback(self: Box<Self>) -> Result<(), StoreError>;
}

/// Hears what each committed unit of this process did to each stream, before any caller is answered. Other processes read the
/// outbox.
pub trait CommittedEvents: Send + Sync {
    /// Takes note; must not block and cannot fail.
    fn committed(&self, entries: &[OutboxEntry]);
}

/// An error of a use case that runs in a unit.
pub trait UnitError: From<StoreError> {
    /// The store's error, if this error wraps one.
    fn store_error(&self) -> Option<&StoreError>;
}

impl UnitError for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// The boxed future of a unit's work, which may borrow the unit.
pub type UnitFuture<'unit, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'unit>>;

/// Tells the compiler that what a unit's work borrows (`'env`) outlives the unit (`'unit`).
pub type Outlives<'unit, 'env> = PhantomData<&'unit &'env ()>;

/// The most attempts of a unit that meets contention.
pub const UNIT_ATTEMPTS_MAX: u32 = 8;

/// The longest that a unit may take, all attempts included. After that its caller gets an error and its row locks are
/// released.
pub const UNIT_TIME_MAX: Duration = Duration::from_secs(10);

/// The longest that a large unit may take: one that writes all rows of a concert, up to a million tickets.
pub const LARGE_UNIT_TIME_MAX: Duration = Duration::from_secs(120);

/// Runs `work` in a unit and commits it. When the work or the commit meets contention, the unit is rolled back and run
/// again from the start: at most [`UNIT_ATTEMPTS_MAX`] attempts within [`UNIT_TIME_MAX`]. Any other error rolls it back
/// and is returned.
///
/// # Errors
/// The error of `work` or of the store; [`StoreError::Contention`] when every attempt met contention.
pub async fn in_unit<'env, T, E, F>(store: &dyn Store, name: &'static str, work: F) -> Result<T, E>
where
    T: Send,
    E: UnitError + Send,
    F: for<'unit> FnMut(&'unit mut dyn UnitOfWork, Outlives<'unit, 'env>) -> UnitFuture<'unit, T, E> + Send,
{
    in_unit_within(store, name, UNIT_TIME_MAX, work).await
}

/// Like [`in_unit`], but the unit may take [`LARGE_UNIT_TIME_MAX`]. Use it only for rows that no user request waits
/// for.
///
/// # Errors
/// The same as [`in_unit`].
pub async fn in_large_unit<'env, T, E, F>(store: &dyn Store, name: &'static str, work: F) -> Result<T, E>
where
    T: Send,
    E: UnitError + Send,
    F: for<'unit> FnMut(&'unit mut dyn UnitOfWork, Outlives<'unit, 'env>) -> UnitFuture<'unit, T, E> + Send,
{
    in_unit_within(store, name, LARGE_UNIT_TIME_MAX, work).await
}

async fn in_unit_within<'env, T, E, F>(
    store: &dyn Store,
    name: &'static str,
    allowed: Duration,
    mut work: F,
) -> Result<T, E>
where
    T: Send,
    E: UnitError + Send,
    F: for<'unit> FnMut(&'unit mut dyn UnitOfWork, Outlives<'unit, 'env>) -> UnitFuture<'unit, T, E> + Send,
{
    let deadline = store.deadline(allowed);
    let mut attempt = 1;
    loop {
        let mut unit = store.begin_by(deadline).await?;
        let outcome = work(unit.as_mut(), PhantomData).await;
        let failure = match outcome {
            Ok(value) => match unit.commit().await {
                Ok(()) => return Ok(value),
                Err(error) => E::from(error),
            },
            Err(error) => {
                if let Err(rollback) = unit.rollback().await {
                    tracing::warn!(unit = name, error = %Causes(&rollback), "a unit could not be rolled back; its connection was dropped");
                }
                error
            }
        };
        let contended = failure.store_error().is_some_and(StoreError::is_contention);
        if !contended || attempt >= UNIT_ATTEMPTS_MAX {
            return Err(failure);
        }
        tracing::debug!(unit = name, attempt, "a unit met contention and is retried");
        store.pause_before_retry(attempt).await;
        attempt += 1;
    }
}

#[cfg(test)]
mod tests;
