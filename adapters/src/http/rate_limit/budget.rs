//! Budgets that refill with time, one for each key. A spent unit can be refunded.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use boxoffice_domain::shared::Clock;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// The most keys in memory. The least recently used ones are evicted.
const KEYS_MAX: u64 = 100_000;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// The size and the refill rate of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    /// The most units that can be spent at once.
    pub(super) burst: u32,
    /// The time after which one unit is refilled, in microseconds.
    pub(super) interval_micros: i64,
}

impl Quota {
    /// `burst` units at once, refilled over `seconds`.
    pub(super) fn each(burst: u32, seconds: u32) -> Self {
        Self { burst, interval_micros: i64::from(seconds) * MICROS_PER_SECOND / i64::from(burst.max(1)) }
    }

    fn whole(self) -> i64 {
        self.interval_micros * i64::from(self.burst)
    }
}

/// A budget for each key.
pub(super) struct Budgets<K> {
    quota: Quota,
    clock: Arc<dyn Clock>,
    spent: Cache<K, Arc<Mutex<Spent>>>,
}

/// When the budget is full again, in microseconds; in the past when it is full.
#[derive(Debug, Default)]
struct Spent {
    whole_at: i64,
}

/// What is left of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    /// The units that can be spent at once.
    pub(super) remaining: u32,
    /// Seconds until the budget is full.
    pub(super) whole_in: u64,
}

/// The budget is empty; `retry_after` seconds later one unit is refilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted {
    pub(crate) retry_after: u64,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Budgets<K> {
    /// Full budgets.
    pub(super) fn new(quota: Quota, clock: Arc<dyn Clock>) -> Self {
        let whole_after = Duration::from_micros(quota.whole().unsigned_abs());
        let spent = Cache::builder()
            .max_capacity(KEYS_MAX)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(whole_after.max(Duration::from_secs(1)))
            .build();
        Self { quota, clock, spent }
    }

    /// Spends one unit.
    pub(super) fn take(&self, key: &K) -> Result<(), Exhausted> {
        let spent = self.spent.get_with_by_ref(key, Arc::default);
        let mut spent = spent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now().micros();
        let whole_at = spent.whole_at.max(now) + self.quota.interval_micros;
        let too_early = whole_at - self.quota.whole() - now;
        if too_early > 0 {
            return Err(Exhausted { retry_after: seconds(too_early) });
        }
        spent.whole_at = whole_at;
        Ok(())
    }

    /// Refunds one spent unit.
    pub(super) fn refund(&self, key: &K) {
        if let Some(spent) = self.spent.get(key) {
            spent.lock().unwrap_or_else(PoisonError::into_inner).whole_at -= self.quota.interval_micros;
        }
    }

    /// The rest of the budget.
    pub(super) fn left(&self, key: &K) -> Left {
        let whole_at =
            self.spent.get(key).map_or(0, |spent| spent.lock().unwrap_or_else(PoisonError::into_inner).whole_at);
        let missing = (whole_at - self.clock.now().micros()).max(0);
        let taken = missing.saturating_add(self.quota.interval_micros - 1) / self.quota.interval_micros.max(1);
        let remaining = i64::from(self.quota.burst).saturating_sub(taken);
        Left { remaining: u32::try_from(remaining).unwrap_or(0), whole_in: seconds(missing) }
    }
}

/// Converts to seconds, rounded up.
pub(super) fn seconds(micros: i64) -> u64 {
    micros.max(0).unsigned_abs().div_ceil(MICROS_PER_SECOND.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use boxoffice_testing::FixedClock;

    use super::{Budgets, Exhausted, Left, Quota};

    fn budgets(burst: u32) -> (Budgets<u8>, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::default());
        (Budgets::new(Quota::each(burst, 60), clock.clone()), clock)
    }

    #[test]
    fn spent_units_are_refilled_one_by_one() {
        let (budgets, clock) = budgets(5);
        for remaining in (0..5).rev() {
            budgets.take(&1).unwrap();
            assert_eq!(budgets.left(&1), Left { remaining, whole_in: 12 * u64::from(5 - remaining) });
        }
        assert_eq!(budgets.take(&1), Err(Exhausted { retry_after: 12 }));
        clock.advance(11);
        assert_eq!(budgets.take(&1), Err(Exhausted { retry_after: 1 }));
        clock.advance(1);
        budgets.take(&1).unwrap();
        assert_eq!(budgets.take(&1), Err(Exhausted { retry_after: 12 }));
        budgets.take(&2).unwrap();
    }

    #[test]
    fn refunded_units_can_be_spent_again() {
        let (budgets, _) = budgets(1);
        for _ in 0..10 {
            budgets.take(&1).unwrap();
            budgets.refund(&1);
        }
        assert_eq!(budgets.left(&1), Left { remaining: 1, whole_in: 0 });
        budgets.take(&1).unwrap();
        assert!(budgets.take(&1).is_err());
    }
}
