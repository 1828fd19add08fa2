//! The replica: reads that may lag go there, and to the primary while the replica fails.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use boxoffice_domain::shared::{Causes, StoreError};

use super::connection_pool::ConnectionPool;

/// How long a replica gets no reads after its first failure. Each further failure doubles the time.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// The longest time that a replica gets no reads.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A copy of the database that may lag or fail.
pub(in crate::db) struct Replica {
    pub(super) pool: ConnectionPool,
    health: Mutex<Health>,
}

impl Replica {
    pub(super) fn new(pool: ConnectionPool) -> Self {
        Self { pool, health: Mutex::new(Health::default()) }
    }

    /// Runs a query on the replica. Returns `None` if the primary must answer instead. No failure here reaches the
    /// caller. This includes statements that the replica refuses, whose schema may be older than the primary's.
    pub(super) async fn attempt<T>(&self, query: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
        let began_at = Instant::now();
        if !self.health().admits_read(began_at) {
            count_fallback("resting");
            return None;
        }
        match query.await {
            Ok(found) => {
                if self.health().succeeded() {
                    tracing::info!("the replica answers again");
                }
                Some(found)
            }
            // The pool is exhausted at the moment, which does not mean that the replica fails.
            Err(StoreError::Busy) => {
                count_fallback("busy");
                None
            }
            Err(error) => {
                count_fallback("failed");
                if let Some(pause) = self.health().failed(began_at, Instant::now()) {
                    let error = Causes(&error);
                    tracing::warn!(%error, pause_seconds = pause.as_secs(), "the replica fails; reads use the primary");
                }
                None
            }
        }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count_fallback(reason: &'static str) {
    metrics::counter!("boxoffice_replica_fallbacks_total", "reason" => reason).increment(1);
}

/// The recent health of the replica.
#[derive(Debug, Default)]
struct Health {
    /// The number of consecutive failures.
    failures: u32,
    /// When the last one happened.
    failed_at: Option<Instant>,
    /// Until when the replica gets no reads.
    paused_until: Option<Instant>,
}

impl Health {
    /// Whether a read that begins now may use the replica. After a pause only one read tries it, for as long as the next
    /// pause would be. A replica that hangs then delays one reader and not all.
    fn admits_read(&mut self, now: Instant) -> bool {
        match self.paused_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                self.paused_until = now.checked_add(self.pause());
                true
            }
        }
    }

    /// Records a success. Returns whether the replica had failed before.
    fn succeeded(&mut self) -> bool {
        std::mem::take(self).failures > 0
    }

    /// Records the failure of a read that began at `began_at`. Returns how long the replica gets no reads, unless that
    /// was known already: concurrent reads fail for the same reason.
    fn failed(&mut self, began_at: Instant, now: Instant) -> Option<Duration> {
        if self.failed_at.is_some_and(|failed_at| began_at < failed_at) {
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        self.failed_at = Some(now);
        let pause = self.pause();
        self.paused_until = now.checked_add(pause);
        Some(pause)
    }

    fn pause(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(u32::BITS - 1);
        PAUSE_MIN.saturating_mul(1 << doublings).min(PAUSE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Health, PAUSE_MAX, PAUSE_MIN};

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn a_healthy_replica_admits_every_read() {
        let (mut health, now) = (Health::default(), Instant::now());
        assert!(health.admits_read(now) && health.admits_read(now));
        assert!(!health.succeeded());
    }

    #[test]
    fn the_pause_grows_with_each_failure_up_to_a_bound() {
        let (mut health, mut now) = (Health::default(), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..40 {
            let pause = health.failed(now, now).unwrap();
            assert!(!health.admits_read(now + pause - MOMENT));
            now += pause;
            assert!(health.admits_read(now));
            pauses.push(pause);
        }
        assert_eq!(pauses[..4], [PAUSE_MIN, PAUSE_MIN * 2, PAUSE_MIN * 4, PAUSE_MIN * 8]);
        assert_eq!(pauses[39], PAUSE_MAX);
    }

    #[test]
    fn after_a_pause_one_read_tries_the_replica() {
        let (mut health, now) = (Health::default(), Instant::now());
        let after_pause = now + health.failed(now, now).unwrap();
        assert!(health.admits_read(after_pause));
        assert!(!health.admits_read(after_pause));
        assert!(health.succeeded());
        assert!(health.admits_read(after_pause) && health.admits_read(after_pause));
    }

    #[test]
    fn reads_that_fail_together_count_once() {
        let (mut health, now) = (Health::default(), Instant::now());
        let first = health.failed(now, now + MOMENT);
        assert_eq!(first, Some(PAUSE_MIN));
        assert_eq!(health.failed(now, now + MOMENT * 2), None);
        assert_eq!(health.failed(now + MOMENT * 3, now + MOMENT * 4), Some(PAUSE_MIN * 2));
    }
}
