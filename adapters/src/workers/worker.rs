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

/// The longest pause of a worker whose units keep failing. Holds that are overdue by 5 s count as a fault: once the
/// database is back they are to be gone before.
const BACK_OFF_MAX: Duration = Duration::from_secs(4);
/// How much longer than its work a worker rests that yields.
const REST_A_WORK: u32 = 3;
/// The shortest pause after a failure.
const BACK_OFF_MIN: Duration = Duration::from_millis(250);

/// Does one bounded piece of work, and says how many things it did; 0 when there was nothing to do.
type Unit = Box<dyn Fn() -> BoxFuture<'static, Result<u64, StoreError>> + Send + Sync>;

/// Runs one piece of work again and again: at an interval, at once while there is more of it, later and later while it
/// fails.
pub struct Worker {
    name: &'static str,
    interval: Duration,
    first_after: Duration,
    drains: bool,
    yields: bool,
    bell: Option<Bell>,
    may_run: Box<dyn Fn() -> bool + Send + Sync>,
    unit: Unit,
}

struct Bell {
    rung: watch::Receiver<()>,
    gather: Duration,
}

impl Bell {
    /// What rang until now is about what the next run will see.
    fn hush(&mut self) {
        self.rung.mark_unchanged();
    }

    fn rings(&self) -> bool {
        self.rung.has_changed().unwrap_or(false)
    }

    /// Waits until it has rung since the last run.
    async fn has_rung(&mut self) {
        if self.rung.changed().await.is_err() {
            // Nobody can ring it any more.
            std::future::pending::<()>().await;
        }
        sleep(self.gather).await;
    }
}

/// What a worker waits for between two runs.
#[derive(Debug, Clone, Copy)]
enum Pause {
    /// So long, or until its bell rings.
    Idle(Duration),
    /// So long, whoever rings.
    Rest(Duration),
}

/// What became of one run.
enum Outcome {
    Done(u64),
    Failed,
}

impl Worker {
    /// A worker that runs `unit` with a pause of `interval` after each run. `name` is its label in logs and metrics.
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
            bell: None,
            may_run: Box::new(|| true),
            unit: Box::new(move || unit().boxed()),
        }
    }

    /// Runs again without a pause as long as a run found something to do.
    #[must_use]
    pub fn draining(mut self) -> Self {
        self.drains = true;
        self
    }

    /// Rests after a run that found something to do when its bell rang meanwhile, three times as long as the run took but
    /// no longer than its interval: those who make the work go before it. When nobody makes more it does not rest.
    #[must_use]
    pub fn yielding(mut self) -> Self {
        self.yields = true;
        self
    }

    /// Waits so long before the first run.
    #[must_use]
    pub fn starting_after(mut self, delay: Duration) -> Self {
        self.first_after = delay;
        self
    }

    /// Is also woken when `bell` changes, and then waits for `gather`, so that what comes in quick succession is done in
    /// one run.
    #[must_use]
    pub fn woken_by(mut self, bell: watch::Receiver<()>, gather: Duration) -> Self {
        self.bell = Some(Bell { rung: bell, gather });
        self
    }

    /// Does nothing while `may_run` says no; it is asked again after each interval.
    #[must_use]
    pub fn only_while(mut self, may_run: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.may_run = Box::new(may_run);
        self
    }

    /// Runs until `stop` is cancelled; a run that has begun is finished first.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut failures: u32 = 0;
        let mut pause = Pause::Idle(self.first_after);
        while self.wait(pause, &stop).await {
            if !(self.may_run)() {
                count_run(self.name, "not_allowed");
                pause = Pause::Rest(self.interval);
                continue;
            }
            let begun = Instant::now();
            if let Some(bell) = &mut self.bell {
                bell.hush();
            }
            match self.run_once(failures).await {
                Outcome::Done(count) => {
                    failures = 0;
                    pause = match count {
                        1.. if self.drains => Pause::Rest(self.rest_after(begun.elapsed())),
                        _ => Pause::Idle(self.interval),
                    };
                }
                Outcome::Failed => {
                    failures = failures.saturating_add(1);
                    pause = Pause::Rest(self.back_off(failures));
                }
            }
        }
    }

    fn rest_after(&self, work: Duration) -> Duration {
        let is_making_way = self.yields && self.bell.as_ref().is_some_and(Bell::rings);
        if is_making_way { work.saturating_mul(REST_A_WORK).min(self.interval) } else { Duration::ZERO }
    }

    /// Waits for the next run; `false` when there is none because the worker is to stop.
    async fn wait(&mut self, pause: Pause, stop: &CancellationToken) -> bool {
        let rung = async {
            match (&mut self.bell, pause) {
                (Some(bell), Pause::Idle(_)) => bell.has_rung().await,
                _ => std::future::pending().await,
            }
        };
        let (Pause::Idle(time) | Pause::Rest(time)) = pause;
        tokio::select! {
            biased;
            () = stop.cancelled() => false,
            () = sleep(time) => true,
            () = rung => true,
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
            "a worker's run failed and is tried again"
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

    /// Twice as long with each failure.
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

    /// A unit that answers from a script and notes when it was run; after the script it has nothing to do.
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
    async fn it_rests_while_it_may_not_run() {
        let (script, start) = (Script::of([]), Instant::now());
        let allowed = move || start.elapsed() < SECOND || start.elapsed() >= SECOND * 3;
        run_for(script.worker(SECOND).only_while(allowed), Duration::from_millis(4_500)).await;
        assert_eq!(script.runs_ms(), [0, 3_000, 4_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn it_drains_what_is_there_without_a_pause() {
        let script = Script::of([Ok(500), Ok(500), Ok(7)]);
        run_for(script.worker(SECOND).draining(), Duration::from_millis(1_500)).await;
        let runs = script.runs_ms();
        assert_eq!(runs.len(), 5, "three with work, the one that found none, and one a second later: {runs:?}");
        assert!(runs[3] < 100 && runs[4] >= 1_000, "{runs:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn it_makes_way_for_those_who_ring_but_not_longer_than_its_interval() {
        let (runs, start) = (Arc::new(Mutex::new(Vec::new())), Instant::now());
        let noted = Arc::clone(&runs);
        let (bell, rung) = watch::channel(());
        let worker = Worker::new("test", SECOND, move || {
            let mut runs = noted.lock().unwrap();
            runs.push(start.elapsed().as_millis());
            let script = [(200, 5, true), (3_000, 5, true), (100, 5, false)];
            let (lasting, count, rings) = script.get(runs.len() - 1).copied().unwrap_or((100, 0, false));
            if rings {
                bell.send_replace(());
            }
            async move {
                sleep(Duration::from_millis(lasting)).await;
                Ok(count)
            }
        });
        run_for(worker.woken_by(rung, Duration::from_millis(50)).draining().yielding(), SECOND * 5).await;
        assert_eq!(*runs.lock().unwrap(), [0, 800, 4_800, 4_900], "{:?}", runs.lock().unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn it_begins_later_when_told_so() {
        let script = Script::of([]);
        run_for(script.worker(SECOND).starting_after(SECOND * 5), Duration::from_millis(5_500)).await;
        assert_eq!(script.runs_ms(), [5_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_make_it_wait_longer_until_it_succeeds() {
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
    async fn the_bell_wakes_it_once_for_many_rings() {
        let script = Script::of([]);
        let (bell, rung) = watch::channel(());
        let worker = script.worker(SECOND * 10).woken_by(rung, Duration::from_millis(50));
        let ringing = async {
            sleep(SECOND).await;
            for _ in 0..5 {
                bell.send_replace(());
                sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::join!(run_for(worker, SECOND * 5), ringing);
        let runs = script.runs_ms();
        assert_eq!(runs[..2], [0, 1_050]);
        assert!(runs.len() <= 3, "rings during the gathering are one more run at most: {runs:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_bell_does_not_wake_it_while_it_backs_off() {
        let script = Script::of([Err(StoreError::Busy)]);
        let (bell, rung) = watch::channel(());
        let worker = script.worker(SECOND * 10).woken_by(rung, Duration::ZERO);
        let ringing = async {
            sleep(SECOND).await;
            bell.send_replace(());
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
