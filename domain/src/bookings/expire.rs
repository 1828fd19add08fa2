//! Overdue bookings give their tickets back.

use crate::shared::{Actor, ConcertId, IdGenerator, StoreError, Timestamp};
use crate::store::UnitOfWork;

use super::{CancelReason, Ledger};

/// The most bookings that one unit expires or cancels.
pub const BOOKINGS_IN_A_UNIT_MAX: u32 = 500;

/// Expires at most [`BOOKINGS_IN_A_UNIT_MAX`] overdue bookings of a concert in this unit: bookings, tickets and counters
/// together. Returns how many. Units that begin together take different `part`s: 0 is the longest overdue.
///
/// # Errors
/// What the store fails with.
pub(crate) async fn expire_overdue_of(
    unit: &mut dyn UnitOfWork,
    concert: ConcertId,
    part: u32,
    now: Timestamp,
    ids: &dyn IdGenerator,
) -> Result<u32, StoreError> {
    let before = part.saturating_mul(BOOKINGS_IN_A_UNIT_MAX);
    let overdue = unit.bookings().overdue(concert, now, before, BOOKINGS_IN_A_UNIT_MAX).await?;
    let count = u32::try_from(overdue.len()).unwrap_or(u32::MAX);
    let mut ledger = Ledger::new(concert, now);
    for booking in overdue {
        ledger.cancel(Actor::System, booking, CancelReason::Expired);
    }
    ledger.write(unit, ids).await?;
    Ok(count)
}
