//! Units of work: transactions over the repositories of a module and the modules below it. Every change of the domain
//! goes through one. Each module defines its unit: `UserUnit`, `ConcertUnit`, `SalesUnit`.

mod bisect;

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use crate::shared::{Causes, StoreError};

pub use bisect::bisect_rejected;

/// Begins units of work of the kind `U`.
#[async_trait]
pub trait Store<U: UnitOfWork + ?Sized>: Send + Sync {
    /// The deadline of a unit that begins now and may take `allowed`.
    fn deadline(&self, allowed: Duration) -> Deadline;

    /// Begins a unit. Operations that are still waiting at `deadline` fail with [`StoreError::Unavailable`].
    ///
    /// # Errors
    /// [`StoreError::Busy`] when no connection becomes free in time or the deadline has passed,
    /// [`StoreError::Unavailable`] when the database cannot be reached.
    async fn begin_by(&self, deadline: Deadline) -> Result<Box<U>, StoreError>;

    /// Begins a unit that may take [`UNIT_TIME_MAX`].
    ///
    /// # Errors
    /// The same as [`begin_by`](Self::begin_by).
    async fn begin(&self) -> Result<Box<U>, StoreError> {
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
#[async_trait]
#[must_use]
pub trait UnitOfWork: Send {
    /// Commits the changes of this unit, then passes its events to those who listen for committed events.
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

/// The trait object of a module's unit, such as `dyn UserUnit`.
pub trait UnitObject: UnitOfWork + 'static {
    /// The trait object as the work of a unit borrows it, with the lifetime of the borrow as its bound. With the bound
    /// `'static`, the compiler would ask everything that the work borrows to live as long.
    type Borrowed<'unit>: ?Sized + 'unit
    where
        Self: 'unit;

    /// Lends the unit.
    fn borrowed(&mut self) -> &mut Self::Borrowed<'_>;
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
pub async fn in_unit<'env, U, T, E, F>(store: &dyn Store<U>, name: &'static str, work: F) -> Result<T, E>
where
    U: UnitObject + ?Sized,
    T: Send,
    E: UnitError + Send,
    F: for<'unit> FnMut(&'unit mut U::Borrowed<'unit>, Outlives<'unit, 'env>) -> UnitFuture<'unit, T, E> + Send,
{
    in_unit_within(store, name, UNIT_TIME_MAX, work).await
}

/// Like [`in_unit`], but the unit may take [`LARGE_UNIT_TIME_MAX`]. Use it only for rows that no user request waits
/// for.
///
/// # Errors
/// The same as [`in_unit`].
pub async fn in_large_unit<'env, U, T, E, F>(store: &dyn Store<U>, name: &'static str, work: F) -> Result<T, E>
where
    U: UnitObject + ?Sized,
    T: Send,
    E: UnitError + Send,
    F: for<'unit> FnMut(&'unit mut U::Borrowed<'unit>, Outlives<'unit, 'env>) -> UnitFuture<'unit, T, E> + Send,
{
    in_unit_within(store, name, LARGE_UNIT_TIME_MAX, work).await
}

async fn in_unit_within<'env, U, T, E, F>(
    store: &dyn Store<U>,
    name: &'static str,
    allowed: Duration,
    mut work: F,
) -> Result<T, E>
where
    U: UnitObject + ?Sized,
    T: Send,
    E: UnitError + Send,
    F: for<'unit> FnMut(&'unit mut U::Borrowed<'unit>, Outlives<'unit, 'env>) -> UnitFuture<'unit, T, E> + Send,
{
    let deadline = store.deadline(allowed);
    let mut attempt = 1;
    loop {
        let mut unit = store.begin_by(deadline).await?;
        let outcome = work(unit.borrowed(), PhantomData).await;
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
