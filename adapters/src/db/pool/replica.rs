//! The replica: reads that may lag go there while it answers, and to the primary while it does not.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use boxoffice_domain::shared::{Causes, StoreError};

use super::Pool;

/// How long a replica that failed is left alone at first; each further failure doubles it.
const REST_MIN: Duration = Duration::from_secs(1);

/// The longest that a replica is left alone.
const REST_MAX: Duration = Duration::from_secs(30);

/// A copy of the database that may be a little behind, or gone.
pub(in crate::db) struct Replica {
    pub(super) pool: Pool,
    health: Mutex<Health>,
}

impl Replica {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, health: Mutex::new(Health::default()) }
    }

    /// What the replica says to a question to its pool; `None` when the primary has to be asked. Whatever goes wrong here
    /// is not the caller's fault: also a statement that the replica refuses, whose tables may be older than the primary's.
    pub(super) async fn attempt<T>(&self, question: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
        let asked_at = Instant::now();
        if !self.health().may_be_asked(asked_at) {
            count_fallback("resting");
            return None;
        }
        match question.await {
            Ok(found) => {
                if self.health().answered() {
                    tracing::info!("the replica answers again");
                }
                Some(found)
            }
            // Too many ask it at the moment, which is no sign of illness.
            Err(StoreError::Busy) => {
                count_fallback("busy");
                None
            }
            Err(error) => {
                count_fallback("failed");
                if let Some(rest) = self.health().failed(asked_at, Instant::now()) {
                    let error = Causes(&error);
                    tracing::warn!(%error, rest_seconds = rest.as_secs(), "the replica fails; the primary answers");
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

/// How the replica has been doing.
#[derive(Debug, Default)]
struct Health {
    /// Failures one after the other.
    failures: u32,
    /// The last of them.
    failed_at: Option<Instant>,
    /// Until when it is left alone.
    rests_until: Option<Instant>,
}

impl Health {
    /// Whether a read that begins now may try it. After a rest, one read alone does so, for as long as the next rest
    /// would be: a replica that hangs costs one reader's time, not everybody's.
    fn may_be_asked(&mut self, now: Instant) -> bool {
        match self.rests_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                self.rests_until = now.checked_add(self.rest());
                true
            }
        }
    }

    /// It did what it was asked; tells whether it had failed before.
    fn answered(&mut self) -> bool {
        std::mem::take(self).failures > 0
    }

    /// It failed a read that began at `asked_at`. Tells for how long it is left alone, unless that was known already:
    /// reads under way at the same time fail for the same reason.
    fn failed(&mut self, asked_at: Instant, now: Instant) -> Option<Duration> {
        if self.failed_at.is_some_and(|failed_at| asked_at < failed_at) {
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        self.failed_at = Some(now);
        let rest = self.rest();
        self.rests_until = now.checked_add(rest);
        Some(rest)
    }

    fn rest(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(u32::BITS - 1);
        REST_MIN.saturating_mul(1 << doublings).min(REST_MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Health, REST_MAX, REST_MIN};

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn a_healthy_replica_is_asked_by_everybody() {
        let (mut health, now) = (Health::default(), Instant::now());
        assert!(health.may_be_asked(now) && health.may_be_asked(now));
        assert!(!health.answered());
    }

    #[test]
    fn a_failed_one_rests_longer_each_time_up_to_a_bound() {
        let (mut health, mut now) = (Health::default(), Instant::now());
        let mut rests = Vec::new();
        for _ in 0..40 {
            let rest = health.failed(now, now).unwrap();
            assert!(!health.may_be_asked(now + rest - MOMENT));
            now += rest;
            assert!(health.may_be_asked(now));
            rests.push(rest);
        }
        assert_eq!(rests[..4], [REST_MIN, REST_MIN * 2, REST_MIN * 4, REST_MIN * 8]);
        assert_eq!(rests[39], REST_MAX);
    }

    #[test]
    fn after_a_rest_one_read_tries_it_alone() {
        let (mut health, now) = (Health::default(), Instant::now());
        let rested = now + health.failed(now, now).unwrap();
        assert!(health.may_be_asked(rested));
        assert!(!health.may_be_asked(rested));
        assert!(health.answered());
        assert!(health.may_be_asked(rested) && health.may_be_asked(rested));
    }

    #[test]
    fn reads_that_fail_together_count_once() {
        let (mut health, now) = (Health::default(), Instant::now());
        let first = health.failed(now, now + MOMENT);
        assert_eq!(first, Some(REST_MIN));
        assert_eq!(health.failed(now, now + MOMENT * 2), None);
        assert_eq!(health.failed(now + MOMENT * 3, now + MOMENT * 4), Some(REST_MIN * 2));
    }
}
