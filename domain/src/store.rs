//! How anything is changed: a unit of work, all or nothing, over every repository.

mod halves;

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::bookings::{BookingRepository, Briefing, PurchaseRepository, Questions, SaleTerms};
use crate::concerts::{ConcertRepository, OrganiserRepository, SectionRepository, TicketRepository};
use crate::events::{Outbox, OutboxEntry};
use crate::idempotency::IdempotencyKeys;
use crate::payments::{PaymentRepository, RefundRepository};
use crate::shared::{Causes, StoreError};
use crate::users::{RefreshTokenRepository, UserRepository};

pub use halves::in_halves;

/// Where units of work begin.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Store: Send + Sync {
    /// When a unit has to be done that begins now and may take so long.
    fn deadline(&self, allowed: Duration) -> Deadline;

    /// Begins a unit. What it waits for at `deadline` fails with [`StoreError::Unavailable`].
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection is free within its wait or the deadline is over,
    /// [`StoreError::Unavailable`] when there is none.
    async fn begin_by(&self, deadline: Deadline) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// Begins a unit that may take [`UNIT_TIME_MAX`].
    ///
    /// # Errors
    /// Those of [`begin_by`](Self::begin_by).
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.begin_by(self.deadline(UNIT_TIME_MAX)).await
    }

    /// Waits a little, with jitter and longer each time, before a unit that lost against others is run again.
    async fn pause_before_retry(&self, attempt: u32);
}

/// The moment at which the store gives up on a unit, all its attempts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// Of a store that never waits for anything outside of this process.
    pub const NEVER: Self = Self(None);

    /// At this moment of the monotonic clock.
    pub const fn at(moment: Instant) -> Self {
        Self(Some(moment))
    }

    /// The moment, if there is one.
    pub const fn moment(self) -> Option<Instant> {
        self.0
    }
}

/// One open transaction. Whoever holds it must end it by [`UnitOfWork::commit`] or [`UnitOfWork::rollback`]; dropping
/// it is the emergency exit, which costs its connection.
///
/// Every unit touches rows in one order, so that units wait for each other but never in a circle: tickets by number,
/// bookings by id, payments, purchases, sections by position, and the concert's row last. That row's lock makes the
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
    /// What each user holds of a concert.
    fn purchases(&mut self) -> &mut dyn PurchaseRepository;
    /// Payments.
    fn payments(&mut self) -> &mut dyn PaymentRepository;
    /// Refunds.
    fn refunds(&mut self) -> &mut dyn RefundRepository;
    /// Idempotency keys.
    fn idempotency(&mut self) -> &mut dyn IdempotencyKeys;
    /// Events.
    fn outbox(&mut self) -> &mut dyn Outbox;

    /// Reads all that decides a batch of bookings. A store that can do it in one statement does; this is what it means.
    ///
    /// # Errors
    /// What the store fails with.
    async fn briefing(&mut self, questions: &Questions<'_>) -> Result<Briefing, StoreError> {
        let Questions { concert: id, known_terms, keys, users, tickets } = *questions;
        let keys = if keys.is_empty() { Vec::new() } else { self.idempotency().find(keys).await? };
        let terms = match (self.concerts().get(id).await?, known_terms) {
            (None, _) => None,
            (Some(concert), Some(known)) if known.revision() == concert.revision => Some(Arc::clone(known)),
            (Some(concert), _) => Some(Arc::new(SaleTerms::new(concert, self.sections().prices(id).await?))),
        };
        let purchases = if users.is_empty() { Vec::new() } else { self.purchases().of_users(id, users).await? };
        let tickets = if tickets.is_empty() { Vec::new() } else { self.tickets().states(id, tickets).await? };
        Ok(Briefing { terms, keys, purchases, tickets })
    }

    /// Makes everything of this unit visible at once, after which [`CommittedEvents`] hears its events.
    ///
    /// # Errors
    /// [`StoreError::Contention`]: nothing was changed. [`StoreError::Unavailable`]: unknown whether it was.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;

    /// Undoes everything of this unit.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; the unit is undone all the same.
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
    /// The store's failure behind it, if that is what it is.
    fn store_error(&self) -> Option<&StoreError>;
}

impl UnitError for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// What a unit's work returns: a boxed future that may borrow the unit.
pub type UnitFuture<'unit, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'unit>>;

/// Says to the compiler that what a unit's work borrows (`'env`) outlives the unit (`'unit`).
pub type Outlives<'unit, 'env> = PhantomData<&'unit &'env ()>;

/// How often a unit that lost against others is tried in all.
pub const UNIT_ATTEMPTS_MAX: u32 = 8;

/// The longest that a unit may take with all its attempts. Whoever waits for it is told by then that it failed, and the
/// rows that it holds are free again.
pub const UNIT_TIME_MAX: Duration = Duration::from_secs(10);

/// The same for a unit that writes everything that belongs to a concert: up to a million tickets.
pub const LARGE_UNIT_TIME_MAX: Duration = Duration::from_secs(120);

/// Runs `work` in a unit and commits it. When the work or the commit meets contention, the unit is undone and run again
/// from the start, at most [`UNIT_ATTEMPTS_MAX`] times in all and for at most [`UNIT_TIME_MAX`]; any other error undoes
/// it and is returned.
///
/// # Errors
/// What `work` returns, or what the store fails with; [`StoreError::Contention`] when every attempt lost.
pub async fn in_unit<'env, T, E, F>(store: &dyn Store, name: &'static str, work: F) -> Result<T, E>
where
    T: Send,
    E: UnitError + Send,
    F: for<'unit> FnMut(&'unit mut dyn UnitOfWork, Outlives<'unit, 'env>) -> UnitFuture<'unit, T, E> + Send,
{
    in_unit_within(store, name, UNIT_TIME_MAX, work).await
}

/// The same for a unit that may take [`LARGE_UNIT_TIME_MAX`]. Nothing that people wait for may need its rows.
///
/// # Errors
/// Those of [`in_unit`].
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
                if let Err(undo) = unit.rollback().await {
                    tracing::warn!(unit = name, error = %Causes(&undo), "a unit could not be rolled back; its connection was dropped");
                }
                error
            }
        };
        let contended = failure.store_error().is_some_and(StoreError::is_contention);
        if !contended || attempt >= UNIT_ATTEMPTS_MAX {
            return Err(failure);
        }
        tracing::debug!(unit = name, attempt, "a unit met contention and is tried again");
        store.pause_before_retry(attempt).await;
        attempt += 1;
    }
}

#[cfg(test)]
mod tests;
