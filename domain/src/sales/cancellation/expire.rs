//! Expires overdue bookings and releases their tickets, in the background.

use crate::shared::StoreError;

use super::pass::{CONCERTS_IN_A_PASS_MAX, PassOutcome};
use super::service::Cancellations;

impl Cancellations {
    /// Expires overdue bookings: one unit per concert, of at most
    /// [`BOOKINGS_IN_A_UNIT_MAX`](super::BOOKINGS_IN_A_UNIT_MAX) bookings. Returns how many expired; 0 means that none is
    /// overdue.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails at one of the concerts; bookings of the others stay expired.
    pub async fn expire_overdue(&self) -> Result<u32, StoreError> {
        let concerts = self.queries.concerts_with_overdue(self.clock.now(), CONCERTS_IN_A_PASS_MAX).await?;
        let mut expired = PassOutcome::default();
        for concert in concerts {
            expired.add(self.units.expire(concert).await)?;
        }
        expired.into_result()
    }
}
