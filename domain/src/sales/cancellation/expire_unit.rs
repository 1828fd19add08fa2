//! Expires overdue bookings within a unit of work.

use crate::bookings::CancelReason;
use crate::sales::{ChangeSet, SalesUnit};
use crate::shared::{Actor, ConcertId, IdGenerator, StoreError, Timestamp};

/// The most bookings that one unit of work expires or cancels.
pub const BOOKINGS_IN_A_UNIT_MAX: u32 = 500;

/// Expires at most [`BOOKINGS_IN_A_UNIT_MAX`] overdue bookings of a concert in this unit: bookings, tickets and
/// counters change together. Returns how many expired. Concurrent units must use different `part`s, so that they do not
/// contend for the same bookings; part 0 holds the bookings that are overdue the longest.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub(crate) async fn expire_overdue_of(
    unit: &mut dyn SalesUnit,
    concert: ConcertId,
    part: u32,
    now: Timestamp,
    ids: &dyn IdGenerator,
) -> Result<u32, StoreError> {
    let before = part.saturating_mul(BOOKINGS_IN_A_UNIT_MAX);
    let overdue = unit.bookings().overdue(concert, now, before, BOOKINGS_IN_A_UNIT_MAX).await?;
    let count = u32::try_from(overdue.len()).unwrap_or(u32::MAX);
    let mut changes = ChangeSet::new(concert, now);
    for booking in overdue {
        changes.cancel(Actor::System, booking, CancelReason::Expired);
    }
    changes.write(unit, ids).await?;
    Ok(count)
}
