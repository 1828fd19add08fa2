//! One access log line and two metrics for each request, labelled by operation: addresses and query strings are never
//! logged.

use std::time::Instant;

use metrics::{Counter, Histogram};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::OperationId;
use tracing::Level;

use super::request_id::request_span;

const REQUESTS: &str = "http_requests_total";
const DURATION: &str = "http_request_duration_seconds";

/// The label of a request that no operation answered.
const UNMATCHED: &str = "unmatched";

/// The target of access log lines, for log filters.
const TARGET: &str = "boxoffice::access";

/// Counts, times and logs each request.
pub(crate) struct Observed;

impl<E: Endpoint> Middleware<E> for Observed {
    type Output = ObservedEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ObservedEndpoint { inner }
    }
}

pub(crate) struct ObservedEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for ObservedEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let method = request.method().clone();
        let answer = self.inner.call(request).await?.into_response();
        let operation = answer.data::<OperationId>().map_or(UNMATCHED, |id| id.0);
        record(operation, &method, answer.status().as_u16(), started);
        Ok(answer)
    }
}

fn record(operation: &'static str, method: &Method, status: u16, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    metrics::counter!(REQUESTS, "operation" => operation, "status" => status.to_string()).increment(1);
    metrics::histogram!(DURATION, "operation" => operation).record(seconds);
    if tracing::enabled!(target: TARGET, Level::INFO) {
        log(operation, method, status, seconds);
    }
}

fn log(operation: &'static str, method: &Method, status: u16, seconds: f64) {
    let duration_ms = (seconds * 1e6).round() / 1e3;
    tracing::info!(target: TARGET, %method, operation, status, duration_ms, "answered");
}

/// Counts and logs a request that was refused before it could be parsed.
pub(crate) fn record_refusal(id: &HeaderValue, status: StatusCode) {
    metrics::counter!(REQUESTS, "operation" => UNMATCHED, "status" => status.as_str().to_owned()).increment(1);
    if tracing::enabled!(target: TARGET, Level::INFO) {
        let span = request_span(id.to_str().unwrap_or_default());
        span.in_scope(|| tracing::info!(target: TARGET, operation = UNMATCHED, status = status.as_u16(), "refused"));
    }
}

/// The log line and the metrics of one read operation, for responses sent before routing. The metrics are looked up
/// once, because the lookup costs more than counting.
pub(crate) struct OperationMetrics {
    operation: &'static str,
    shown: Counter,
    known: Counter,
    seconds: Histogram,
}

impl OperationMetrics {
    /// The metrics of an operation.
    pub(crate) fn of(operation: &'static str) -> Self {
        let counted = |status: StatusCode| metrics::counter!(REQUESTS, "operation" => operation, "status" => status.as_str().to_owned());
        Self {
            operation,
            shown: counted(StatusCode::OK),
            known: counted(StatusCode::NOT_MODIFIED),
            seconds: metrics::histogram!(DURATION, "operation" => operation),
        }
    }

    /// Counts, times and logs a request that was answered with 200 or 304.
    pub(crate) fn record(&self, id: &HeaderValue, method: &Method, status: StatusCode, started: Instant) {
        let counter = if status == StatusCode::NOT_MODIFIED { &self.known } else { &self.shown };
        counter.increment(1);
        let seconds = started.elapsed().as_secs_f64();
        self.seconds.record(seconds);
        if tracing::enabled!(target: TARGET, Level::INFO) {
            let span = request_span(id.to_str().unwrap_or_default());
            span.in_scope(|| log(self.operation, method, status.as_u16(), seconds));
        }
    }
}
