//! The loop that every worker runs.

use std::any::Any;
use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use boxoffice_domain::shared::{Causes, StoreError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// The longest pause of a worker whose runs keep failing. Holds that are overdue by 5 s count as a fault, so the worker
/// must run sooner than that once the database is back.
const BACK_OFF_MAX: Duration = Duration::from_secs(4);
/// How many times as long as its run a yielding worker pauses.
const YIELD_FACTOR: u32 = 3;
/// The shortest pause after a failure.
const BACK_OFF_MIN: Duration = Duration::from_millis(250);

/// Does one bounded piece of work and returns the number of items done. 0 means that no work was left.
type Unit = Box<dyn Fn() -> BoxFuture<'static, Result<u64, StoreError>> + Send + Sync>;

/// Runs one unit of work repeatedly: at an interval, immediately while more work is left, and with growing pauses while
/// it fails.
pub struct Worker {
    name: &'static str,
    interval: Duration,
    first_after: Duration,
    drains: bool,
    yields: bool,
    wake_signal: Option<WakeSignal>,
    may_run: Box<dyn Fn() -> bool + Send + Sync>,
    unit: Unit,
}

struct WakeSignal {
    notified: watch::Receiver<()>,
    gather: Duration,
}

impl WakeSignal {
    /// Marks earlier notifications as seen. The next run sees their changes.
    fn mark_seen(&mut self) {
        self.notified.mark_unchanged();
    }

    fn is_pending(&self) -> bool {
        self.notified.has_changed().unwrap_or(false)
    }

    /// Waits for a notification since the last run.
    async fn notified(&mut self) {
        if self.notified.changed().await.is_err() {
            // The sender is gone, so no notification can come.
            std::future::pending::<()>().await;
        }
        sleep(self.gather).await;
    }
}

/// How a worker waits between two runs.
#[derive(Debug, Clone, Copy)]
enum Pause {
    /// For this time, or until a notification arrives.
    Idle(Duration),
    /// For this time, even if a notification arrives.
    Fixed(Duration),
}

/// The outcome of one run.
enum Outcome {
    Done(u64),
    Failed,
}

impl Worker {
    /// Creates a worker that runs `unit` with a pause of `interval` after each run. `name` is its label in logs and
    /// metrics.
    pub fn new<F>(name: &'static str, interval: Duration, unit: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<u64, StoreError>> + Send + 'static,
    {
        Self {
            name,
            interval,
            first_after: Duration::ZERO,
            drains: false,
            yields: false,
            wake_signal: None,
            may_run: Box::new(|| true),
            unit: Box::new(move || unit().boxed()),
        }
    }

    /// Makes the worker run again without a pause as long as runs find work.
    #[must_use]
    pub fn draining(mut self) -> Self {
        self.drains = true;
        self
    }

    /// Makes the worker pause after a run that found work if a notification arrived during the run. The pause is three
    /// times as long as the run, but at most the interval, so that requests come first. Without new notifications there
    /// is no pause.
    #[must_use]
    pub fn yielding(mut self) -> Self {
        self.yields = true;
        self
    }

    /// Delays the first run.
    #[must_use]
    pub fn starting_after(mut self, delay: Duration) -> Self {
        self.first_after = delay;
        self
    }

    /// Also wakes the worker when `wake_signal` changes. It then waits for `gather`, so that changes in quick succession are
    /// handled in one run.
    #[must_use]
    pub fn woken_by(mut self, wake_signal: watch::Receiver<()>, gather: Duration) -> Self {
        self.wake_signal = Some(WakeSignal { notified: wake_signal, gather });
        self
    }

    /// Skips runs while `may_run` returns false. It is called again after each interval.
    #[must_use]
    pub fn only_while(mut self, may_run: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.may_run = Box::new(may_run);
        self
    }

    /// Runs until `stop` is cancelled. A run that has begun is finished first.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut failures: u32 = 0;
        let mut pause = Pause::Idle(self.first_after);
        while self.wait(pause, &stop).await {
            if !(self.may_run)() {
                count_run(self.name, "not_allowed");
                pause = Pause::Fixed(self.interval);
                continue;
            }
            let begun = Instant::now();
            if let Some(wake_signal) = &mut self.wake_signal {
                wake_signal.mark_seen();
            }
            match self.run_once(failures).await {
                Outcome::Done(count) => {
                    failures = 0;
                    pause = match count {
                        1.. if self.drains => Pause::Fixed(self.pause_after(begun.elapsed())),
                        _ => Pause::Idle(self.interval),
                    };
                }
                Outcome::Failed => {
                    failures = failures.saturating_add(1);
                    pause = Pause::Fixed(self.back_off(failures));
                }
            }
        }
    }

    fn pause_after(&self, work: Duration) -> Duration {
        let is_yielding = self.yields && self.wake_signal.as_ref().is_some_and(WakeSignal::is_pending);
        if is_yielding { work.saturating_mul(YIELD_FACTOR).min(self.interval) } else { Duration::ZERO }
    }

    /// Waits for the next run. Returns `false` if the worker must stop.
    async fn wait(&mut self, pause: Pause, stop: &CancellationToken) -> bool {
        let notified = async {
            match (&mut self.wake_signal, pause) {
                (Some(wake_signal), Pause::Idle(_)) => wake_signal.notified().await,
                _ => std::future::pending().await,
            }
        };
        let (Pause::Idle(time) | Pause::Fixed(time)) = pause;
        tokio::select! {
            biased;
            () = stop.cancelled() => false,
            () = sleep(time) => true,
            () = notified => true,
        }
    }

    async fn run_once(&self, failures_before: u32) -> Outcome {
        let failure: Box<dyn Error> = match AssertUnwindSafe((self.unit)()).catch_unwind().await {
            Ok(Ok(count)) => {
                self.note_success(count, failures_before);
                return Outcome::Done(count);
            }
            Ok(Err(error)) => Box::new(error),
            Err(panic) => format!("panicked: {}", panic_message(panic.as_ref())).into(),
        };
        count_run(self.name, "failed");
        let failures = failures_before.saturating_add(1);
        tracing::error!(
            worker = self.name,
            failures,
            retry_in_ms = self.back_off(failures).as_millis(),
            error = %Causes(failure.as_ref()),
            "a worker's run failed and will be retried"
        );
        Outcome::Failed
    }

    fn note_success(&self, count: u64, failures_before: u32) {
        if failures_before > 0 {
            tracing::info!(worker = self.name, failures = failures_before, "a worker's runs succeed again");
        }
        count_run(self.name, if count > 0 { "worked" } else { "idle" });
        metrics::counter!("boxoffice_worker_items_total", "worker" => self.name).increment(count);
    }

    /// Doubles with each failure.
    fn back_off(&self, failures: u32) -> Duration {
        let first = self.interval.max(BACK_OFF_MIN);
        let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
        first.saturating_mul(factor).min(BACK_OFF_MAX.max(self.interval))
    }
}

fn count_run(worker: &'static str, outcome: &'static str) {
    metrics::counter!("boxoffice_worker_runs_total", "worker" => worker, "outcome" => outcome).increment(1);
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, Mutex};

    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;

    /// A unit that returns scripted answers and records when it ran. After the script it finds no work.
    #[derive(Default)]
    struct Script {
        answers: Mutex<Vec<Result<u64, StoreError>>>,
        runs: Mutex<Vec<Duration>>,
    }

    impl Script {
        fn of(answers: impl IntoIterator<Item = Result<u64, StoreError>>) -> Arc<Self> {
            let mut answers: Vec<_> = answers.into_iter().collect();
            answers.reverse();
            Arc::new(Self { answers: Mutex::new(answers), runs: Mutex::default() })
        }

        fn worker(self: &Arc<Self>, interval: Duration) -> Worker {
            let (script, start) = (Arc::clone(self), Instant::now());
            Worker::new("test", interval, move || {
                let script = Arc::clone(&script);
                async move {
                    script.runs.lock().unwrap().push(start.elapsed());
                    script.answers.lock().unwrap().pop().unwrap_or(Ok(0))
                }
            })
        }

        fn runs_ms(&self) -> Vec<u128> {
            self.runs.lock().unwrap().iter().map(Duration::as_millis).collect()
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    async fn run_for(worker: Worker, time: Duration) {
        let stop = CancellationToken::new();
        let task = tokio::spawn(worker.run(stop.clone()));
        sleep(time).await;
        stop.cancel();
        task.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn it_runs_at_its_interval() {
        let script = Script::of([Ok(3)]);
        run_for(script.worker(SECOND), Duration::from_millis(2_500)).await;
        assert_eq!(script.runs_ms(), [0, 1_000, 2_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn it_skips_runs_while_it_may_not_run() {
        let (script, start) = (Script::of([]), Instant::now());
        let allowed = move || start.elapsed() < SECOND || start.elapsed() >= SECOND * 3;
        run_for(script.worker(SECOND).only_while(allowed), Duration::from_millis(4_500)).await;
        assert_eq!(script.runs_ms(), [0, 3_000, 4_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn it_drains_pending_work_without_a_pause() {
        let script = Script::of([Ok(500), Ok(500), Ok(7)]);
        run_for(script.worker(SECOND).draining(), Duration::from_millis(1_500)).await;
        let runs = script.runs_ms();
        assert_eq!(runs.len(), 5, "three with work, one without, and one a second later: {runs:?}");
        assert!(runs[3] < 100 && runs[4] >= 1_000, "{runs:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn it_yields_to_notifications_but_not_longer_than_its_interval() {
        let (runs, start) = (Arc::new(Mutex::new(Vec::new())), Instant::now());
        let noted = Arc::clone(&runs);
        let (wake_signal, notified) = watch::channel(());
        let worker = Worker::new("test", SECOND, move || {
            let mut runs = noted.lock().unwrap();
            runs.push(start.elapsed().as_millis());
            let script = [(200, 5, true), (3_000, 5, true), (100, 5, false)];
            let (lasting, count, rings) = script.get(runs.len() - 1).copied().unwrap_or((100, 0, false));
            if rings {
                wake_signal.send_replace(());
            }
            async move {
                sleep(Duration::from_millis(lasting)).await;
                Ok(count)
            }
        });
        run_for(worker.woken_by(notified, Duration::from_millis(50)).draining().yielding(), SECOND * 5).await;
        assert_eq!(*runs.lock().unwrap(), [0, 800, 4_800, 4_900], "{:?}", runs.lock().unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_run_can_be_delayed() {
        let script = Script::of([]);
        run_for(script.worker(SECOND).starting_after(SECOND * 5), Duration::from_millis(5_500)).await;
        assert_eq!(script.runs_ms(), [5_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn it_backs_off_after_failures_until_it_succeeds() {
        let script = Script::of([Err(StoreError::Busy), Err(StoreError::Busy), Err(StoreError::Busy), Ok(0)]);
        run_for(script.worker(SECOND), Duration::from_millis(8_500)).await;
        assert_eq!(script.runs_ms(), [0, 1_000, 3_000, 7_000, 8_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn runs_are_counted_by_outcome() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let _recording = metrics::set_default_local_recorder(&recorder);
        let script = Script::of([Ok(3), Ok(4), Err(StoreError::Busy)]);
        run_for(script.worker(SECOND), Duration::from_millis(3_500)).await;
        let page = recorder.handle().render();
        for (outcome, count) in [("worked", 2), ("failed", 1), ("idle", 1)] {
            let line = format!("boxoffice_worker_runs_total{{worker=\"test\",outcome=\"{outcome}\"}} {count}\n");
            assert!(page.contains(&line), "{line} is missing in:\n{page}");
        }
        assert!(page.contains("boxoffice_worker_items_total{worker=\"test\"} 7\n"), "{page}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_after_failures_has_a_bound() {
        let script = Script::of(std::iter::repeat_n(Err(StoreError::Busy), 40));
        run_for(script.worker(SECOND), Duration::from_secs(100)).await;
        let runs = script.runs_ms();
        assert!(runs.windows(2).all(|pair| pair[1] - pair[0] <= BACK_OFF_MAX.as_millis()), "{runs:?}");
        assert!(runs.len() > 20, "{runs:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_failure_like_any_other() {
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let worker = Worker::new("test", SECOND, move || {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                assert_ne!(run, 0, "the first run panics");
                Ok(0)
            }
        });
        run_for(worker, Duration::from_millis(2_500)).await;
        assert_eq!(runs.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn many_notifications_cause_one_run() {
        let script = Script::of([]);
        let (wake_signal, notified) = watch::channel(());
        let worker = script.worker(SECOND * 10).woken_by(notified, Duration::from_millis(50));
        let ringing = async {
            sleep(SECOND).await;
            for _ in 0..5 {
                wake_signal.send_replace(());
                sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::join!(run_for(worker, SECOND * 5), ringing);
        let runs = script.runs_ms();
        assert_eq!(runs[..2], [0, 1_050]);
        assert!(runs.len() <= 3, "notifications during the wait cause at most one more run: {runs:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_notification_does_not_end_its_back_off() {
        let script = Script::of([Err(StoreError::Busy)]);
        let (wake_signal, notified) = watch::channel(());
        let worker = script.worker(SECOND * 10).woken_by(notified, Duration::ZERO);
        let ringing = async {
            sleep(SECOND).await;
            wake_signal.send_replace(());
        };
        tokio::join!(run_for(worker, SECOND * 5), ringing);
        assert_eq!(script.runs_ms(), [0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_has_begun_is_finished_before_it_stops() {
        let finished = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&finished);
        let worker = Worker::new("test", SECOND, move || {
            let counted = Arc::clone(&counted);
            async move {
                sleep(SECOND * 3).await;
                counted.fetch_add(1, Ordering::SeqCst);
                Ok(1)
            }
        });
        run_for(worker.draining(), SECOND).await;
        assert_eq!(finished.load(Ordering::SeqCst), 1);
    }
}
