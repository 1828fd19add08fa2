//! Measures how far this machine's clock differs from the database's clock, which all processes of an installation
//! share.
//!
//! Each process decides by its own clock when a hold expires. A process whose clock is ahead would expire the holds of
//! other processes too early, so it must not serve.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use boxoffice_domain::shared::{Causes, Clock, StoreError, Timestamp};
use tokio_util::sync::CancellationToken;

use super::MonotonicClock;

/// A process whose clock differs by more than this does not serve.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(5);

/// The log warns when the clock differs by more than this.
const WARNED_SKEW: Duration = Duration::from_secs(1);

/// How often the clocks are compared.
const COMPARE_INTERVAL: Duration = Duration::from_secs(60);

/// How often this machine's clock is checked for a jump. After a jump the clocks are compared immediately.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A larger change within one check is a jump of the clock, and not a gradual correction.
const JUMP_MIN: Duration = Duration::from_millis(500);

/// The maximum number of queries in one comparison. The quickest answer is the most precise.
const QUERIES_MAX: u32 = 3;

/// A quicker answer is precise enough, so the comparison ends.
const QUICK_ANSWER: Duration = Duration::from_millis(50);

/// A clock that all processes of an installation share.
#[async_trait]
pub trait ReferenceTime: Send + Sync {
    /// The current time of the reference. `None` if this machine's clock is the only one.
    ///
    /// # Errors
    /// Returns [`StoreError`] when the database fails.
    async fn reference_time(&self) -> Result<Option<Timestamp>, StoreError>;
}

/// The clock of this machine differs too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the clock of this machine is {} s {} the clock of the database, and at most {} s are tolerated; set the one that is \
     wrong",
    .0.unsigned_abs() / MICROS_A_SECOND,
    if *.0 > 0 { "ahead of" } else { "behind" },
    CLOCK_SKEW_MAX.as_secs()
)]
pub struct ClockSkewed(i64);

const MICROS_A_SECOND: u64 = 1_000_000;

/// Compares this machine's clock with the reference.
pub struct ClockWatch {
    clock: Arc<dyn Clock>,
    reference: Arc<dyn ReferenceTime>,
    /// How many microseconds this machine's clock was ahead at the last comparison.
    ahead: AtomicI64,
    has_warned: AtomicBool,
}

impl ClockWatch {
    /// Creates a watch that has compared nothing yet.
    pub fn new(clock: Arc<dyn Clock>, reference: Arc<dyn ReferenceTime>) -> Self {
        Self { clock, reference, ahead: AtomicI64::new(0), has_warned: AtomicBool::new(false) }
    }

    /// Compares the clocks.
    ///
    /// # Errors
    /// Returns [`StoreError`] when the reference cannot be read. The result of the last comparison stays.
    pub async fn compare(&self) -> Result<(), StoreError> {
        if let Some(ahead) = self.ahead_now().await? {
            self.ahead.store(ahead, Ordering::Relaxed);
            let seconds = Duration::from_micros(ahead.unsigned_abs()).as_secs_f64();
            metrics::gauge!("boxoffice_clock_skew_seconds").set(if ahead < 0 { -seconds } else { seconds });
            self.report(ahead);
        }
        Ok(())
    }

    /// Checks that this process may rely on its clock.
    ///
    /// # Errors
    /// Returns [`ClockSkewed`] if the clock differed by more than [`CLOCK_SKEW_MAX`] at the last comparison.
    pub fn check(&self) -> Result<(), ClockSkewed> {
        let ahead = self.ahead.load(Ordering::Relaxed);
        if is_beyond(ahead, CLOCK_SKEW_MAX) { Err(ClockSkewed(ahead)) } else { Ok(()) }
    }

    /// Compares the clocks every minute, and after a jump of this machine's clock, until `stop` is cancelled.
    pub async fn keep_comparing(&self, stop: CancellationToken) {
        let monotonic = MonotonicClock::beginning_at(self.clock.now());
        let (mut compared, mut ahead_of_monotonic) = (Instant::now(), 0);
        while stop.run_until_cancelled(tokio::time::sleep(CHECK_INTERVAL)).await.is_some() {
            let ahead = self.clock.now().micros().saturating_sub(monotonic.now().micros());
            let was_set = is_beyond(ahead.saturating_sub(ahead_of_monotonic), JUMP_MIN);
            if !was_set && compared.elapsed() < COMPARE_INTERVAL {
                continue;
            }
            (compared, ahead_of_monotonic) = (Instant::now(), ahead);
            if let Err(error) = self.compare().await {
                tracing::debug!(error = %Causes(&error), "the clock of the database cannot be read");
            }
        }
    }

    /// The smallest difference that the answers prove: the reference was read between the request and its answer.
    async fn ahead_now(&self) -> Result<Option<i64>, StoreError> {
        let mut best: Option<(Duration, i64)> = None;
        for _ in 0..QUERIES_MAX {
            let (asked_at, since) = (self.clock.now().micros(), Instant::now());
            let Some(reference) = self.reference.reference_time().await? else { return Ok(None) };
            let (answered_at, took) = (self.clock.now().micros(), since.elapsed());
            let ahead =
                match (asked_at.saturating_sub(reference.micros()), answered_at.saturating_sub(reference.micros())) {
                    (least @ 1.., _) => least,
                    (_, most @ ..0) => most,
                    _ => 0,
                };
            if best.is_none_or(|(quickest, _)| took < quickest) {
                best = Some((took, ahead));
            }
            if took <= QUICK_ANSWER {
                break;
            }
        }
        Ok(best.map(|(_, ahead)| ahead))
    }

    fn report(&self, ahead: i64) {
        let is_off = is_beyond(ahead, WARNED_SKEW);
        let has_warned = self.has_warned.swap(is_off, Ordering::Relaxed);
        let ahead_ms = ahead / 1_000;
        if is_off && !has_warned {
            tracing::warn!(
                ahead_ms,
                max_seconds = CLOCK_SKEW_MAX.as_secs(),
                "this machine's clock differs from the database's; beyond the bound this instance does not serve"
            );
        } else if has_warned && !is_off {
            tracing::info!(ahead_ms, "the clock of this machine agrees with the clock of the database again");
        }
    }
}

/// Whether a difference in microseconds is larger than `bound`, in either direction.
fn is_beyond(micros: i64, bound: Duration) -> bool {
    Duration::from_micros(micros.unsigned_abs()) > bound
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    use async_trait::async_trait;
    use boxoffice_domain::shared::{Clock, StoreError, Timestamp};
    use boxoffice_testing::FixedClock;
    use tokio_util::sync::CancellationToken;

    use super::{CHECK_INTERVAL, COMPARE_INTERVAL, ClockWatch, ReferenceTime};

    const NOW: Timestamp = FixedClock::START;

    type Answer = Result<Option<Timestamp>, StoreError>;

    /// Returns its answers in order, each after `seconds`.
    struct Script {
        clock: Arc<FixedClock>,
        answers: Mutex<Vec<Answer>>,
        seconds: i64,
    }

    #[async_trait]
    impl ReferenceTime for Script {
        async fn reference_time(&self) -> Answer {
            self.clock.advance(self.seconds);
            self.answers.lock().unwrap().remove(0)
        }
    }

    /// A watch over a clock that first shows [`NOW`].
    fn watch(answers: Vec<Answer>, seconds: i64) -> ClockWatch {
        let clock = Arc::new(FixedClock::at(NOW));
        let reference = Script { clock: clock.clone(), answers: Mutex::new(answers), seconds };
        ClockWatch::new(clock, Arc::new(reference))
    }

    async fn compared_with(reference: Timestamp) -> ClockWatch {
        let watch = watch(vec![Ok(Some(reference))], 0);
        watch.compare().await.unwrap();
        watch
    }

    #[tokio::test]
    async fn a_clock_beyond_the_bound_is_refused_with_the_reason() {
        for seconds in [-5, -1, 0, 3, 5] {
            assert_eq!(compared_with(NOW.plus_seconds(seconds)).await.check(), Ok(()), "{seconds}");
        }
        let ahead = compared_with(NOW.plus_seconds(-30)).await.check().unwrap_err().to_string();
        assert!(ahead.contains("is 30 s ahead of the clock of the database"), "{ahead}");
        let behind = compared_with(NOW.plus_seconds(6)).await.check().unwrap_err().to_string();
        assert!(behind.contains("is 6 s behind the clock of the database"), "{behind}");
    }

    #[tokio::test]
    async fn the_last_comparison_stays_while_the_reference_cannot_be_read() {
        let watch = watch(vec![Ok(Some(NOW.plus_seconds(60))), Err(StoreError::Busy), Ok(Some(NOW))], 0);
        watch.compare().await.unwrap();
        assert!(watch.check().is_err());
        watch.compare().await.unwrap_err();
        assert!(watch.check().is_err());
        watch.compare().await.unwrap();
        assert_eq!(watch.check(), Ok(()));
    }

    #[tokio::test]
    async fn the_duration_of_an_answer_is_not_skew() {
        for read_after in [0, 2, 20] {
            let watch = watch(vec![Ok(Some(NOW.plus_seconds(read_after)))], 20);
            watch.compare().await.unwrap();
            assert_eq!(watch.check(), Ok(()), "{read_after}");
        }
        let watch = watch(vec![Ok(Some(NOW.plus_seconds(26)))], 20);
        watch.compare().await.unwrap();
        assert!(watch.check().is_err());
    }

    /// A clock that advances and can be set.
    struct RunningClock {
        began: Instant,
        set_by_seconds: AtomicI64,
    }

    impl Clock for RunningClock {
        fn now(&self) -> Timestamp {
            let passed = i64::try_from(self.began.elapsed().as_micros()).unwrap();
            Timestamp::from_micros(NOW.micros() + passed).plus_seconds(self.set_by_seconds.load(Ordering::Relaxed))
        }
    }

    #[async_trait]
    impl ReferenceTime for RunningClock {
        async fn reference_time(&self) -> Answer {
            Ok(Some(self.now()))
        }
    }

    #[tokio::test]
    async fn a_clock_that_was_set_is_compared_before_the_interval_ends() {
        let began = Instant::now();
        let running = || Arc::new(RunningClock { began, set_by_seconds: AtomicI64::new(0) });
        let (clock, stop) = (running(), CancellationToken::new());
        let watch = Arc::new(ClockWatch::new(clock.clone(), running()));
        let comparing = tokio::spawn({
            let (watch, stop) = (watch.clone(), stop.clone());
            async move { watch.keep_comparing(stop).await }
        });
        // After the first check has begun.
        tokio::time::sleep(CHECK_INTERVAL).await;
        clock.set_by_seconds.store(30, Ordering::Relaxed);
        while watch.check().is_ok() {
            assert!(began.elapsed() < COMPARE_INTERVAL / 2, "the jump of the clock was not noticed");
            tokio::time::sleep(CHECK_INTERVAL / 10).await;
        }
        stop.cancel();
        comparing.await.unwrap();
    }

    #[tokio::test]
    async fn without_another_clock_nothing_is_off() {
        let watch = watch(vec![Ok(None)], 0);
        watch.compare().await.unwrap();
        assert_eq!(watch.check(), Ok(()));
    }
}
