//! The admin port for operators and their tools: probes and metrics.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::shared::{Clock, Timestamp};
use poem::http::StatusCode;
use poem::{Endpoint, EndpointExt, IntoResponse, Response, Route, endpoint::make};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// How long the result of a health check is cached, in seconds, so that probes cost the database nothing.
const REMEMBERED_SECONDS: i64 = 1;

/// Checks whether this instance can serve requests.
#[async_trait]
pub trait Health: Send + Sync {
    /// The faults that keep it from serving, as text for operators; empty when there are none.
    async fn faults(&self) -> Vec<String>;
}

/// The dependencies of the admin port.
pub struct AdminParts {
    /// Checks whether the instance can serve requests.
    pub health: Arc<dyn Health>,
    /// Cancelled when the instance shall get no more requests, before it stops.
    pub draining: CancellationToken,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Renders all metrics in Prometheus' text format.
    pub render_metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Serves `/livez` (the process runs), `/readyz` (the instance accepts requests) and `/metrics`.
pub fn admin_endpoint(parts: AdminParts) -> impl Endpoint<Output = Response> + 'static {
    let AdminParts { health, draining, clock, render_metrics } = parts;
    let readiness = Arc::new(Readiness { health, draining, clock, remembered: Mutex::new(None) });
    let ready = make(move |_| {
        let readiness = Arc::clone(&readiness);
        async move { readiness.answer().await }
    });
    let metrics = make(move |_| {
        let text = render_metrics();
        async move { text.with_content_type("text/plain; version=0.0.4; charset=utf-8").into_response() }
    });
    let alive = make(|_| async { "alive\n" });
    Route::new()
        .at("/livez", poem::get(alive))
        .at("/readyz", poem::get(ready))
        .at("/metrics", poem::get(metrics))
        .map_to_response()
}

struct Readiness {
    health: Arc<dyn Health>,
    draining: CancellationToken,
    clock: Arc<dyn Clock>,
    remembered: Mutex<Option<(Timestamp, Vec<String>)>>,
}

impl Readiness {
    async fn answer(&self) -> Response {
        if self.draining.is_cancelled() {
            return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
        }
        let faults = self.faults().await;
        if faults.is_empty() {
            return "ready\n".into_response();
        }
        (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", faults.join("\n"))).into_response()
    }

    async fn faults(&self) -> Vec<String> {
        let mut remembered = self.remembered.lock().await;
        let now = self.clock.now();
        if let Some((found_at, faults)) = remembered.as_ref()
            && (0..REMEMBERED_SECONDS).contains(&now.seconds_since(*found_at))
        {
            return faults.clone();
        }
        let faults = self.health.faults().await;
        *remembered = Some((now, faults.clone()));
        faults
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use boxoffice_testing::FixedClock;
    use poem::http::StatusCode;
    use poem::{Endpoint, Request};
    use tokio_util::sync::CancellationToken;

    use super::{AdminParts, Health, admin_endpoint};

    #[derive(Default)]
    struct UnhealthyAtFirst {
        asked: AtomicUsize,
    }

    #[async_trait]
    impl Health for UnhealthyAtFirst {
        async fn faults(&self) -> Vec<String> {
            match self.asked.fetch_add(1, Ordering::Relaxed) {
                0 => vec!["the database does not answer".to_owned()],
                _ => Vec::new(),
            }
        }
    }

    async fn get(endpoint: &impl Endpoint, path: &str) -> (StatusCode, String) {
        let answer = endpoint.get_response(Request::builder().uri_str(path).finish()).await;
        (answer.status(), answer.into_body().into_string().await.unwrap())
    }

    #[tokio::test]
    async fn health_is_checked_once_a_second_and_draining_ends_readiness() {
        let (health, clock) = (Arc::new(UnhealthyAtFirst::default()), Arc::new(FixedClock::default()));
        let draining = CancellationToken::new();
        let endpoint = admin_endpoint(AdminParts {
            health: health.clone(),
            draining: draining.clone(),
            clock: clock.clone(),
            render_metrics: Arc::new(|| "up 1\n".to_owned()),
        });
        for _ in 0..3 {
            let (status, body) = get(&endpoint, "/readyz").await;
            assert_eq!((status, body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"));
        }
        assert_eq!(health.asked.load(Ordering::Relaxed), 1);
        clock.advance(1);
        assert_eq!(get(&endpoint, "/readyz").await.0, StatusCode::OK);
        draining.cancel();
        assert_eq!(get(&endpoint, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(get(&endpoint, "/livez").await.0, StatusCode::OK);
        assert_eq!(get(&endpoint, "/metrics").await.1, "up 1\n");
    }
}
