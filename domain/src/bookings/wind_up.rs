//! What the workers do with bookings: expire the overdue, and cancel those of a concert that will not take place.

use crate::events::{Aggregate, Event, EventPayload, OutboxEntry, Stream};
use crate::shared::{Actor, ConcertId, StoreError, Timestamp};
use crate::store::{UnitOfWork, in_unit};

use super::returns::{Ending, end};
use super::service::Bookings;
use super::{BOOKINGS_IN_A_UNIT_MAX, Booking, BookingStatus, CancelReason};

/// The most concerts that one call of a worker looks at.
const CONCERTS_AT_ONCE_MAX: u32 = 100;

/// How long after its cancellation a concert stays open to be wound up, in seconds: a unit that read the concert before
/// may commit a booking after, and none lives that long.
const LATE_BOOKINGS_SECONDS: i64 = 60;

/// What was done at several concerts. One that fails does not keep the others waiting.
#[derive(Default)]
struct Tally {
    done: u32,
    failure: Option<StoreError>,
}

impl Tally {
    /// Counts what was done at one concert. An error is returned at once only when every other concert would meet it too.
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

    /// How much was done, or the first failure.
    fn into_result(self) -> Result<u32, StoreError> {
        self.failure.map_or(Ok(self.done), Err)
    }
}

impl Bookings {
    /// Expires overdue bookings: one unit a concert, of at most [`BOOKINGS_IN_A_UNIT_MAX`] bookings. Returns how many;
    /// 0 means that nothing is overdue.
    ///
    /// # Errors
    /// What the store fails with at one of the concerts; what was expired at the others stays expired.
    pub async fn expire_overdue(&self) -> Result<u32, StoreError> {
        let concerts = self.queries.concerts_with_overdue(self.clock.now(), CONCERTS_AT_ONCE_MAX).await?;
        let mut expired = Tally::default();
        for concert in concerts {
            expired.add(self.returns.expire(concert).await)?;
        }
        expired.into_result()
    }

    /// Cancels the bookings of cancelled concerts: one unit a concert, of at most [`BOOKINGS_IN_A_UNIT_MAX`] bookings.
    /// Returns how many units had something to do; 0 means that nothing is left to do for now.
    ///
    /// # Errors
    /// What the store fails with at one of the concerts; what was cancelled stays cancelled, and the next call goes on
    /// from there.
    pub async fn wind_up_cancelled(&self) -> Result<u32, StoreError> {
        let concerts = self.queries.concerts_to_wind_up(CONCERTS_AT_ONCE_MAX).await?;
        let mut units = Tally::default();
        for concert in concerts {
            units.add(self.wind_up(concert).await.map(u32::from))?;
        }
        units.into_result()
    }

    /// Whether there was anything to do.
    async fn wind_up(&self, concert: ConcertId) -> Result<bool, StoreError> {
        in_unit(self.store.as_ref(), "wind_up_concert", |unit, _| {
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
                let ending = |booking: Booking| {
                    // Whoever holds what is overdue was told already that it expired.
                    let is_overdue = booking.is_overdue(now);
                    let reason = if is_overdue { CancelReason::Expired } else { CancelReason::ConcertCancelled };
                    Ending { actor: Actor::System, reason, booking }
                };
                let endings = bookings.into_iter().map(ending).collect();
                end(unit, self.ids.as_ref(), concert, now, endings).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Notes that no booking of the concert is left, once none can come any more.
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
            EventPayload::ConcertWoundUp,
        );
        unit.outbox().append(OutboxEntry::of(Stream::Concert(concert.id), version, event)).await?;
        Ok(true)
    }
}
