//! Cancels the bookings of cancelled concerts, in the background.

use crate::bookings::{Booking, BookingStatus, CancelReason};
use crate::concerts::ConcertEvent;
use crate::events::{Event, OutboxEntry};
use crate::outbox::{Aggregate, Stream};
use crate::sales::SalesUnit;
use crate::shared::{Actor, ConcertId, StoreError, Timestamp};
use crate::store::in_unit;

use super::BOOKINGS_IN_A_UNIT_MAX;
use super::cancellation_units::{Cancellation, cancel_together};
use super::pass::{CONCERTS_IN_A_PASS_MAX, PassOutcome};
use super::service::Cancellations;

/// How long after its cancellation a concert is still checked for bookings, in seconds. A unit that read the concert
/// before the cancellation may commit a booking after it; no unit stays open this long.
const LATE_BOOKINGS_SECONDS: i64 = 60;

impl Cancellations {
    /// Cancels the bookings of cancelled concerts: one unit per concert, of at most [`BOOKINGS_IN_A_UNIT_MAX`]
    /// bookings. Returns how many units changed something; 0 means that no work is left for now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails at one of the concerts; cancelled bookings stay cancelled, and the next
    /// call continues from there.
    pub async fn cancel_concert_bookings(&self) -> Result<u32, StoreError> {
        let concerts = self.queries.cancelled_concerts_with_bookings(CONCERTS_IN_A_PASS_MAX).await?;
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
    async fn close(&self, unit: &mut dyn SalesUnit, concert: ConcertId, now: Timestamp) -> Result<bool, StoreError> {
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
