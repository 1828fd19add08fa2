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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Maintenance;
    use crate::maintenance::{Invariant, InvariantReport, MockAuditor, MockPruner};
    use crate::shared::{StoreError, Timestamp};
    use crate::testing::FixedClock;

    const NOW: Timestamp = FixedClock::START;
    const DAY: i64 = 86_400;

    fn maintenance(auditor: MockAuditor, pruner: MockPruner) -> Maintenance {
        Maintenance::new(Arc::new(auditor), Arc::new(pruner), Arc::new(FixedClock::at(NOW)))
    }

    async fn prune(pruner: MockPruner) -> Result<u64, StoreError> {
        maintenance(MockAuditor::new(), pruner).prune().await
    }

    /// A pruner that finds nothing.
    fn idle() -> MockPruner {
        let mut pruner = MockPruner::new();
        pruner.expect_prune_outbox().returning(|_, _| Ok(0));
        pruner.expect_prune_idempotency_keys().returning(|_, _| Ok(0));
        pruner.expect_prune_refresh_tokens().returning(|_, _| Ok(0));
        pruner
    }

    #[tokio::test]
    async fn an_audit_returns_its_reports() {
        let report =
            InvariantReport { invariant: Invariant::TakenTickets, violations: 2, examples: vec!["7".to_owned()] };
        let found = vec![report];
        let expected = found.clone();
        let mut auditor = MockAuditor::new();
        auditor.expect_audit().withf(|now| *now == NOW).times(1).return_once(move |_| Ok(found));
        assert_eq!(maintenance(auditor, MockPruner::new()).audit().await.unwrap(), expected);
        let mut auditor = MockAuditor::new();
        auditor.expect_audit().returning(|_| Err(StoreError::Busy));
        assert!(matches!(maintenance(auditor, MockPruner::new()).audit().await, Err(StoreError::Busy)));
    }

    #[tokio::test]
    async fn each_kind_of_row_is_kept_for_its_time() {
        let before = |days: i64| {
            move |before: &Timestamp, limit: &u32| *before == NOW.plus_seconds(-days * DAY) && *limit == 1_000
        };
        let mut pruner = MockPruner::new();
        pruner.expect_prune_outbox().withf(before(30)).times(1).returning(|_, _| Ok(1));
        pruner.expect_prune_idempotency_keys().withf(before(1)).times(1).returning(|_, _| Ok(20));
        pruner.expect_prune_refresh_tokens().withf(before(0)).times(1).returning(|_, _| Ok(300));
        assert_eq!(prune(pruner).await.unwrap(), 321);
    }

    #[tokio::test]
    async fn a_full_unit_is_followed_by_another() {
        let mut pruner = MockPruner::new();
        pruner.expect_prune_outbox().times(2).returning(|_, _| Ok(1_000));
        pruner.expect_prune_outbox().times(1).returning(|_, _| Ok(999));
        pruner.expect_prune_idempotency_keys().returning(|_, _| Ok(0));
        pruner.expect_prune_refresh_tokens().returning(|_, _| Ok(0));
        assert_eq!(prune(pruner).await.unwrap(), 2_999);
    }

    #[tokio::test]
    async fn a_run_is_bounded() {
        let mut pruner = MockPruner::new();
        pruner.expect_prune_refresh_tokens().times(100).returning(|_, _| Ok(1_000));
        pruner.expect_prune_idempotency_keys().returning(|_, _| Ok(0));
        pruner.expect_prune_outbox().returning(|_, _| Ok(0));
        assert_eq!(prune(pruner).await.unwrap(), 100_000);
    }

    #[tokio::test]
    async fn a_failure_of_the_store_is_returned() {
        let failing: [fn(&mut MockPruner); 3] = [
            |pruner| {
                pruner.expect_prune_outbox().times(1).returning(|_, _| Err(StoreError::Busy));
            },
            |pruner| {
                pruner.expect_prune_idempotency_keys().times(1).returning(|_, _| Err(StoreError::Busy));
            },
            |pruner| {
                pruner.expect_prune_refresh_tokens().times(1).returning(|_, _| Err(StoreError::Busy));
            },
        ];
        for fail in failing {
            let mut pruner = MockPruner::new();
            fail(&mut pruner);
            pruner.expect_prune_outbox().returning(|_, _| Ok(0));
            pruner.expect_prune_idempotency_keys().returning(|_, _| Ok(0));
            pruner.expect_prune_refresh_tokens().returning(|_, _| Ok(0));
            assert!(matches!(prune(pruner).await, Err(StoreError::Busy)));
        }
        assert_eq!(prune(idle()).await.unwrap(), 0);
    }
}
