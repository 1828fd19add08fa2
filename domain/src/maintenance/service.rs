//! The use cases of maintenance: auditing and pruning.

use std::sync::Arc;

use crate::idempotency::KEY_RETENTION_SECONDS;
use crate::shared::{Clock, StoreError};

use super::{Auditor, InvariantReport, Pruner};

/// How long events are kept, in seconds: 30 days.
pub const EVENT_RETENTION_SECONDS: i64 = 30 * 24 * 60 * 60;

/// The most rows that one unit deletes. Small, so that it does not block other units for long.
const ROWS_AT_ONCE: u32 = 1_000;
/// The most units of one run for each kind of row. The rest is deleted by the next run.
const UNITS_MAX: u32 = 100;

/// Audits the invariants and deletes old rows.
pub struct Maintenance {
    auditor: Arc<dyn Auditor>,
    pruner: Arc<dyn Pruner>,
    clock: Arc<dyn Clock>,
}

impl Maintenance {
    /// Creates the service over these ports.
    pub fn new(auditor: Arc<dyn Auditor>, pruner: Arc<dyn Pruner>, clock: Arc<dyn Clock>) -> Self {
        Self { auditor, pruner, clock }
    }

    /// Checks all invariants in one snapshot.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn audit(&self) -> Result<Vec<InvariantReport>, StoreError> {
        self.auditor.audit(self.clock.now()).await
    }

    /// Deletes what is not kept any longer: entries of the outbox of 30 days ago that every consumer has passed, idempotency keys of a day
    /// ago, and refresh tokens that expired. Returns how many rows went.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails. Rows that were deleted before stay deleted.
    pub async fn prune(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let (keys_before, events_before) =
            (now.plus_seconds(-KEY_RETENTION_SECONDS), now.plus_seconds(-EVENT_RETENTION_SECONDS));
        let pruner = self.pruner.as_ref();
        let keys = until_few_are_left(|| pruner.prune_idempotency_keys(keys_before, ROWS_AT_ONCE)).await?;
        let tokens = until_few_are_left(|| pruner.prune_refresh_tokens(now, ROWS_AT_ONCE)).await?;
        let events = until_few_are_left(|| pruner.prune_outbox(events_before, ROWS_AT_ONCE)).await?;
        Ok(keys + tokens + events)
    }
}

/// Runs units until one deletes fewer rows than its limit, at most [`UNITS_MAX`] units.
async fn until_few_are_left<F>(mut unit: impl FnMut() -> F) -> Result<u64, StoreError>
where
    F: Future<Output = Result<u64, StoreError>>,
{
    let mut deleted = 0;
    for _ in 0..UNITS_MAX {
        let now_deleted = unit().await?;
        deleted += now_deleted;
        if now_deleted < u64::from(ROWS_AT_ONCE) {
            break;
        }
    }
    Ok(deleted)
}
