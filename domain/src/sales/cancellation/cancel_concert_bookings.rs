//! The background work on bookings: expiring overdue ones, and cancelling those of cancelled concerts.

use crate::concerts::ConcertEvent;
use crate::events::{Aggregate, Event, OutboxEntry, Stream};
use crate::shared::{Actor, ConcertId, StoreError, Timestamp};
use crate::store::{UnitOfWork, in_unit};

use super::BOOKINGS_IN_A_UNIT_MAX;
use super::cancellation_units::{Cancellation, cancel_together};
use super::service::Cancellations;
use crate::bookings::{Booking, BookingStatus, CancelReason};

/// The most concerts that one pass processes.
const CONCERTS_AT_ONCE_MAX: u32 = 100;

/// How long after its cancellation a concert is still checked for bookings, in seconds. A unit that read the concert
/// before the cancellation may commit a booking after it; no unit stays open this long.
const LATE_BOOKINGS_SECONDS: i64 = 60;

/// The result of a pass over several concerts. A failure at one concert does not stop the others.
#[derive(Default)]
struct PassOutcome {
    done: u32,
    failure: Option<StoreError>,
}

impl PassOutcome {
    /// Adds the result of one concert. Returns an error at once only when every other concert would fail with it too.
    fn add(&mut self, outcome: Result<u32, StoreError>) -> Result<(), StoreError> {
        match outcome {
            Ok(done) => self.done += done,
            Err(error @ (StoreError::Busy | StoreError::Unavailable(_))) => return Err(error),
            Err(error) => {
                self.failure.get_or_insert(error);
            }
        }
        Ok(())
    }

    /// The total count, or the first failure.
    fn into_result(self) -> Result<u32, StoreError> {
        self.failure.map_or(Ok(self.done), Err)
    }
}

impl Cancellations {
    /// Expires overdue bookings: one unit per concert, of at most [`BOOKINGS_IN_A_UNIT_MAX`] bookings. Returns how many
    /// expired; 0 means that none is overdue.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails at one of the concerts; bookings of the others stay expired.
    pub async fn expire_overdue(&self) -> Result<u32, StoreError> {
        let concerts = self.queries.concerts_with_overdue(self.clock.now(), CONCERTS_AT_ONCE_MAX).await?;
        let mut expired = PassOutcome::default();
        for concert in concerts {
            expired.add(self.units.expire(concert).await)?;
        }
        expired.into_result()
    }

    /// Cancels the bookings of cancelled concerts: one unit per concert, of at most [`BOOKINGS_IN_A_UNIT_MAX`]
    /// bookings. Returns how many units changed something; 0 means that no work is left for now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails at one of the concerts; cancelled bookings stay cancelled, and the next
    /// call continues from there.
    pub async fn cancel_concert_bookings(&self) -> Result<u32, StoreError> {
        let concerts = self.queries.cancelled_concerts_with_bookings(CONCERTS_AT_ONCE_MAX).await?;
        let mut units = PassOutcome::default();
        for concert in concerts {
            units.add(self.cancel_bookings_of(concert).await.map(u32::from))?;
        }
        units.into_result()
    }

    /// Cancels one unit's worth of bookings of a concert. Returns whether it changed anything.
    async fn cancel_bookings_of(&self, concert: ConcertId) -> Result<bool, StoreError> {
        in_unit(self.store.as_ref(), "cancel_concert_bookings", |unit, _| {
            Box::pin(async move {
                let now = self.clock.now();
                let mut bookings =
                    unit.bookings().of_concert(concert, BookingStatus::Pending, BOOKINGS_IN_A_UNIT_MAX).await?;
                if bookings.is_empty() {
                    bookings =
                        unit.bookings().of_concert(concert, BookingStatus::Confirmed, BOOKINGS_IN_A_UNIT_MAX).await?;
                }
                if bookings.is_empty() {
                    // One that cannot be read is left to a version of the program that can.
                    let any_left = unit.bookings().any_uncancelled(concert).await?;
                    return if any_left { Ok(false) } else { self.close(unit, concert, now).await };
                }
                let cancellation = |booking: Booking| {
                    // An overdue booking already reads as expired to its customer, so that stays its reason.
                    let is_overdue = booking.is_overdue(now);
                    let reason = if is_overdue { CancelReason::Expired } else { CancelReason::ConcertCancelled };
                    Cancellation { actor: Actor::System, reason, booking }
                };
                let cancellations = bookings.into_iter().map(cancellation).collect();
                cancel_together(unit, self.ids.as_ref(), concert, now, cancellations).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Records that all bookings of the concert are cancelled, once no unit can add another.
    async fn close(&self, unit: &mut dyn UnitOfWork, concert: ConcertId, now: Timestamp) -> Result<bool, StoreError> {
        let Some(mut concert) = unit.concerts().get(concert).await? else {
            return Ok(false);
        };
        if concert.cancelled_at.is_some_and(|at| now < at.plus_seconds(LATE_BOOKINGS_SECONDS)) {
            return Ok(false);
        }
        concert.cancellation_done_at = Some(now);
        concert.updated_at = now;
        let version = unit.concerts().save(&concert).await?;
        let event = Event::new(
            self.ids.as_ref(),
            now,
            Actor::System,
            Aggregate::Concert(concert.id),
            version,
            ConcertEvent::BookingsCancelled,
        );
        unit.outbox().append(OutboxEntry::of(Stream::Concert(concert.id), version, event)).await?;
        Ok(true)
    }
}
