//! The program's log and metrics.

mod sampling;

use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use self::sampling::{OmittedWarnings, Sampling};
use crate::settings::{LogFormat, LogSettings};

/// Upper bounds of the histograms of durations, in seconds: from a cached response to a time-out.
const DURATION_BUCKETS_SECONDS: [f64; 15] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Upper bounds of the other histograms, which count items.
const COUNT_BUCKETS: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0, 4_096.0];
/// How often recorded values are folded into the histograms. Until then they take memory.
const METRICS_UPKEEP_INTERVAL: Duration = Duration::from_secs(5);
/// How often the log reports the number of omitted warnings.
const OMITTED_INTERVAL: Duration = Duration::from_secs(1);

/// Omits repeated warnings from the log.
static SAMPLING: LazyLock<Sampling> = LazyLock::new(Sampling::default);

/// Why the log or the metrics cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter cannot be parsed.
    #[error("log.filter cannot be read")]
    Filter(#[from] ParseError),
    /// Another logger is already installed.
    #[error("the log is written by another already")]
    Log(#[from] TryInitError),
    /// The metrics cannot be recorded.
    #[error("metrics cannot be recorded")]
    Metrics(#[source] Arc<BuildError>),
}

/// Writes log lines, including panics, to standard error from now on. Of equal warnings it writes one per second; see
/// [`log_omitted`].
///
/// # Errors
/// Returns [`TelemetryError`] if the filter cannot be parsed or a logger is already installed.
pub fn write_log(settings: &LogSettings) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&settings.filter)?;
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let lines = match settings.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).boxed(),
    };
    registry().with(filter).with(lines.with_filter(SAMPLING.clone())).try_init()?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let location = panic.location().map(ToString::to_string);
    tracing::error!(message, location, "a task panicked");
}

/// Returns the metrics of this process. The first call starts recording; callers at the same moment wait for it.
///
/// # Errors
/// Returns [`TelemetryError::Metrics`] if another recorder is installed.
pub fn metrics() -> Result<PrometheusHandle, TelemetryError> {
    static RECORDER: LazyLock<Result<PrometheusHandle, Arc<BuildError>>> =
        LazyLock::new(|| install_recorder().map_err(Arc::new));

    RECORDER.clone().map_err(TelemetryError::Metrics)
}

fn install_recorder() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets(&COUNT_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS_SECONDS)?
        .install_recorder()
}

/// Folds recorded values into the histograms until `stop` is cancelled.
pub async fn keep_metrics_small(metrics: PrometheusHandle, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(METRICS_UPKEEP_INTERVAL)).await.is_some() {
        metrics.run_upkeep();
    }
}

/// Logs how many warnings were omitted, until `stop` is cancelled.
pub async fn log_omitted(stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(OMITTED_INTERVAL)).await.is_some() {
        for OmittedWarnings { message, count } in SAMPLING.take_omitted() {
            tracing::info!(count, warning = message, "equal warnings were omitted");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    #[test]
    fn durations_are_histograms_with_buckets() {
        let metrics = super::metrics().unwrap();
        metrics::histogram!("test_duration_seconds").record(0.003);
        metrics::histogram!("test_batch_size").record(3.0);
        metrics::counter!("test_total", "outcome" => "placed").increment(2);
        let page = super::metrics().unwrap().render();
        assert!(page.contains("test_duration_seconds_bucket{le=\"0.005\"} 1"), "{page}");
        assert!(page.contains("test_batch_size_bucket{le=\"4\"} 1"), "{page}");
        assert!(page.contains("test_total{outcome=\"placed\"} 2"), "{page}");
        drop(metrics);
    }

    #[test]
    fn callers_at_the_same_moment_share_one_recorder() {
        const CALLERS: usize = 256;
        let all_ready = Barrier::new(CALLERS);
        std::thread::scope(|scope| {
            let call = || {
                all_ready.wait();
                super::metrics().map(drop)
            };
            let callers = [(); CALLERS].map(|()| scope.spawn(call));
            for caller in callers {
                caller.join().unwrap().unwrap();
            }
        });
    }
}
