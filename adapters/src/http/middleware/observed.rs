//! One log line and two metrics a request, named by operation: addresses and query strings never reach the log.

use std::time::Instant;

use poem::http::Method;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::OperationId;
use tracing::Level;

/// What a request is called that no operation answered.
const UNMATCHED: &str = "unmatched";

/// The target of access log lines, for filters.
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
    metrics::counter!("http_requests_total", "operation" => operation, "status" => status.to_string()).increment(1);
    metrics::histogram!("http_request_duration_seconds", "operation" => operation).record(seconds);
    if tracing::enabled!(target: TARGET, Level::INFO) {
        let duration_ms = (seconds * 1e6).round() / 1e3;
        tracing::info!(target: TARGET, %method, operation, status, duration_ms, "answered");
    }
}
