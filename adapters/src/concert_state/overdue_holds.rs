//! Whether a concert has overdue holds.

use std::sync::{Mutex, PoisonError};

use boxoffice_domain::bookings::BookingQueries;
use boxoffice_domain::shared::{ConcertId, StoreError, Timestamp};

/// How often the holds of a concert are checked, in seconds. A hold that another process made, or that expires earlier
/// than planned, is noticed after this time.
const CHECK_INTERVAL_SECONDS: i64 = 1;

/// The last check of a concert's holds.
#[derive(Debug, Default)]
pub(crate) struct OverdueHolds {
    check_lock: tokio::sync::Mutex<()>,
    last_check: Mutex<Option<HoldsCheck>>,
}

#[derive(Debug, Clone, Copy)]
struct HoldsCheck {
    at: Timestamp,
    no_hold_expired: bool,
}

impl OverdueHolds {
    /// Whether no hold of the concert is overdue at `now`. Concurrent callers wait for one check.
    pub(crate) async fn no_hold_expired(
        &self,
        bookings: &dyn BookingQueries,
        concert: ConcertId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if let Some(check) = self.recent_check(now) {
            return Ok(check.no_hold_expired);
        }
        let _check_lock = self.check_lock.lock().await;
        if let Some(check) = self.recent_check(now) {
            return Ok(check.no_hold_expired);
        }
        // The result is used until the next check, so it covers the time until then.
        let no_hold_expired = !bookings.any_overdue(concert, now.plus_seconds(CHECK_INTERVAL_SECONDS)).await?;
        *self.last_check.lock().unwrap_or_else(PoisonError::into_inner) = Some(HoldsCheck { at: now, no_hold_expired });
        Ok(no_hold_expired)
    }

    fn recent_check(&self, now: Timestamp) -> Option<HoldsCheck> {
        let check = (*self.last_check.lock().unwrap_or_else(PoisonError::into_inner))?;
        // After the clock was set back, an old result must not stay valid longer.
        (check.at..check.at.plus_seconds(CHECK_INTERVAL_SECONDS)).contains(&now).then_some(check)
    }
}
