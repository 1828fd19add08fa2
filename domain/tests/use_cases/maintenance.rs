//! Auditing and pruning, against mocks.

use std::sync::Arc;

use boxoffice_domain::maintenance::{Invariant, InvariantReport, Maintenance, MockAuditor, MockPruner};
use boxoffice_domain::shared::{StoreError, Timestamp};
use boxoffice_testing::FixedClock;

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
    let report = InvariantReport { invariant: Invariant::TakenTickets, violations: 2, examples: vec!["7".to_owned()] };
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
    let before =
        |days: i64| move |before: &Timestamp, limit: &u32| *before == NOW.plus_seconds(-days * DAY) && *limit == 1_000;
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
