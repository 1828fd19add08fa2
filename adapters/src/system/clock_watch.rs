//! How far this machine's clock is from the clock that all processes of an installation can see: the database's.
//!
//! Who holds a seat until when is decided by each process for itself. One whose clock is ahead would end the holds that
//! others gave too early, so it is not to serve.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use boxoffice_domain::shared::{Causes, Clock, StoreError, Timestamp};
use tokio_util::sync::CancellationToken;

use super::MonotonicClock;

/// A process whose clock is further off than this does not serve.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(5);

/// The log warns of a clock that is further off than this.
const WARNED_SKEW: Duration = Duration::from_secs(1);

/// How often the clocks are compared.
const COMPARE_INTERVAL: Duration = Duration::from_secs(60);

/// How often this machine's clock is looked at. When it was set meanwhile, the clocks are compared at once.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// By so much a clock moves that was set, and not slowed down or sped up.
const SET_BY_MIN: Duration = Duration::from_millis(500);

/// Questions for the time that one comparison asks at most: the quickest answer tells the time best.
const QUESTIONS_MAX: u32 = 3;

/// An answer that took no longer tells the time well enough.
const QUICK_ANSWER: Duration = Duration::from_millis(50);

/// A clock outside of this process, the same one for all processes of an installation.
#[async_trait]
pub trait ReferenceTime: Send + Sync {
    /// What it shows; nothing where there is only this machine's clock.
    ///
    /// # Errors
    /// What the store fails with.
    async fn reference_time(&self) -> Result<Option<Timestamp>, StoreError>;
}

/// The clock of this machine is too far off.
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
    /// By how many microseconds this machine's clock was ahead at the last comparison.
    ahead: AtomicI64,
    has_warned: AtomicBool,
}

impl ClockWatch {
    /// Nothing is compared yet.
    pub fn new(clock: Arc<dyn Clock>, reference: Arc<dyn ReferenceTime>) -> Self {
        Self { clock, reference, ahead: AtomicI64::new(0), has_warned: AtomicBool::new(false) }
    }

    /// Compares the clocks.
    ///
    /// # Errors
    /// What the reference fails with; what was known of the clocks stays.
    pub async fn compare(&self) -> Result<(), StoreError> {
        if let Some(ahead) = self.ahead_now().await? {
            self.ahead.store(ahead, Ordering::Relaxed);
            let seconds = Duration::from_micros(ahead.unsigned_abs()).as_secs_f64();
            metrics::gauge!("boxoffice_clock_skew_seconds").set(if ahead < 0 { -seconds } else { seconds });
            self.tell(ahead);
        }
        Ok(())
    }

    /// Whether this process may go by its clock.
    ///
    /// # Errors
    /// [`ClockSkewed`] when the clock was further off than [`CLOCK_SKEW_MAX`] at the last comparison.
    pub fn check(&self) -> Result<(), ClockSkewed> {
        let ahead = self.ahead.load(Ordering::Relaxed);
        if is_beyond(ahead, CLOCK_SKEW_MAX) { Err(ClockSkewed(ahead)) } else { Ok(()) }
    }

    /// Compares the clocks every minute, and when this machine's clock was set, until `stop` is cancelled.
    pub async fn keep_comparing(&self, stop: CancellationToken) {
        let monotonic = MonotonicClock::beginning_at(self.clock.now());
        let (mut compared, mut ahead_of_monotonic) = (Instant::now(), 0);
        while stop.run_until_cancelled(tokio::time::sleep(LOOK_INTERVAL)).await.is_some() {
            let ahead = self.clock.now().micros().saturating_sub(monotonic.now().micros());
            let was_set = is_beyond(ahead.saturating_sub(ahead_of_monotonic), SET_BY_MIN);
            if !was_set && compared.elapsed() < COMPARE_INTERVAL {
                continue;
            }
            (compared, ahead_of_monotonic) = (Instant::now(), ahead);
            if let Err(error) = self.compare().await {
                tracing::debug!(error = %Causes(&error), "the clock of the database cannot be read");
            }
        }
    }

    /// How far this machine's clock is ahead beyond doubt: the reference was read at some time while it was asked.
    async fn ahead_now(&self) -> Result<Option<i64>, StoreError> {
        let mut best: Option<(Duration, i64)> = None;
        for _ in 0..QUESTIONS_MAX {
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

    fn tell(&self, ahead: i64) {
        let is_off = is_beyond(ahead, WARNED_SKEW);
        let has_warned = self.has_warned.swap(is_off, Ordering::Relaxed);
        let ahead_ms = ahead / 1_000;
        if is_off && !has_warned {
            tracing::warn!(
                ahead_ms,
                max_seconds = CLOCK_SKEW_MAX.as_secs(),
                "the clock of this machine differs from the clock of the database; beyond the bound it does not serve"
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
    use boxoffice_domain::testing::FixedClock;
    use tokio_util::sync::CancellationToken;

    use super::{COMPARE_INTERVAL, ClockWatch, LOOK_INTERVAL, ReferenceTime};

    const NOW: Timestamp = FixedClock::START;

    type Answer = Result<Option<Timestamp>, StoreError>;

    /// Gives its answers one after the other, each after so many seconds.
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

    /// Watches a clock that shows [`NOW`] at first.
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
    async fn a_clock_that_is_further_off_than_the_bound_is_refused_with_the_reason() {
        for seconds in [-5, -1, 0, 3, 5] {
            assert_eq!(compared_with(NOW.plus_seconds(seconds)).await.check(), Ok(()), "{seconds}");
        }
        let ahead = compared_with(NOW.plus_seconds(-30)).await.check().unwrap_err().to_string();
        assert!(ahead.contains("is 30 s ahead of the clock of the database"), "{ahead}");
        let behind = compared_with(NOW.plus_seconds(6)).await.check().unwrap_err().to_string();
        assert!(behind.contains("is 6 s behind the clock of the database"), "{behind}");
    }

    #[tokio::test]
    async fn what_was_known_stays_while_the_reference_cannot_be_read() {
        let watch = watch(vec![Ok(Some(NOW.plus_seconds(60))), Err(StoreError::Busy), Ok(Some(NOW))], 0);
        watch.compare().await.unwrap();
        assert!(watch.check().is_err());
        watch.compare().await.unwrap_err();
        assert!(watch.check().is_err());
        watch.compare().await.unwrap();
        assert_eq!(watch.check(), Ok(()));
    }

    #[tokio::test]
    async fn time_that_an_answer_takes_is_no_skew() {
        for read_after in [0, 2, 20] {
            let watch = watch(vec![Ok(Some(NOW.plus_seconds(read_after)))], 20);
            watch.compare().await.unwrap();
            assert_eq!(watch.check(), Ok(()), "{read_after}");
        }
        let watch = watch(vec![Ok(Some(NOW.plus_seconds(26)))], 20);
        watch.compare().await.unwrap();
        assert!(watch.check().is_err());
    }

    /// A clock that goes, and can be set.
    struct Going {
        began: Instant,
        set_by_seconds: AtomicI64,
    }

    impl Clock for Going {
        fn now(&self) -> Timestamp {
            let passed = i64::try_from(self.began.elapsed().as_micros()).unwrap();
            Timestamp::from_micros(NOW.micros() + passed).plus_seconds(self.set_by_seconds.load(Ordering::Relaxed))
        }
    }

    #[async_trait]
    impl ReferenceTime for Going {
        async fn reference_time(&self) -> Answer {
            Ok(Some(self.now()))
        }
    }

    #[tokio::test]
    async fn a_clock_that_was_set_is_compared_before_its_minute_is_over() {
        let began = Instant::now();
        let going = || Arc::new(Going { began, set_by_seconds: AtomicI64::new(0) });
        let (clock, stop) = (going(), CancellationToken::new());
        let watch = Arc::new(ClockWatch::new(clock.clone(), going()));
        let comparing = tokio::spawn({
            let (watch, stop) = (watch.clone(), stop.clone());
            async move { watch.keep_comparing(stop).await }
        });
        // Once it has begun to look.
        tokio::time::sleep(LOOK_INTERVAL).await;
        clock.set_by_seconds.store(30, Ordering::Relaxed);
        while watch.check().is_ok() {
            assert!(began.elapsed() < COMPARE_INTERVAL / 2, "nobody noticed that the clock was set");
            tokio::time::sleep(LOOK_INTERVAL / 10).await;
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
