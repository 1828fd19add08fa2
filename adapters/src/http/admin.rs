//! What operators and their tools ask, on a port of its own: probes and metrics.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::shared::{Clock, Timestamp};
use poem::http::StatusCode;
use poem::{Endpoint, EndpointExt, IntoResponse, Response, Route, endpoint::make};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// For how many seconds what was found of the health is told again, so that probes cost the storage nothing.
const REMEMBERED_SECONDS: i64 = 1;

/// Tells whether this instance can do its work.
#[async_trait]
pub trait Health: Send + Sync {
    /// What keeps it from working, in words for operators; empty when nothing does.
    async fn faults(&self) -> Vec<String>;
}

/// What the admin port tells.
pub struct AdminParts {
    /// Whether the instance can work.
    pub health: Arc<dyn Health>,
    /// Cancelled when the instance shall get no more requests, before it stops.
    pub draining: CancellationToken,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// All metrics in Prometheus' text format.
    pub render_metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// `/livez` (the process runs), `/readyz` (send requests here) and `/metrics`.
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
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use async_trait::async_trait;
    use boxoffice_domain::shared::{Clock, Timestamp};
    use poem::http::StatusCode;
    use poem::{Endpoint, Request};
    use tokio_util::sync::CancellationToken;

    use super::{AdminParts, Health, admin_endpoint};

    #[derive(Default)]
    struct SickAtFirst {
        asked: AtomicUsize,
    }

    #[async_trait]
    impl Health for SickAtFirst {
        async fn faults(&self) -> Vec<String> {
            match self.asked.fetch_add(1, Ordering::Relaxed) {
                0 => vec!["the database does not answer".to_owned()],
                _ => Vec::new(),
            }
        }
    }

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed))
        }
    }

    async fn get(endpoint: &impl Endpoint, path: &str) -> (StatusCode, String) {
        let answer = endpoint.get_response(Request::builder().uri_str(path).finish()).await;
        (answer.status(), answer.into_body().into_string().await.unwrap())
    }

    #[tokio::test]
    async fn readiness_is_asked_once_a_second_and_ends_with_draining() {
        let (health, clock) = (Arc::new(SickAtFirst::default()), Arc::new(Hand::default()));
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
        clock.0.fetch_add(1_000_000, Ordering::Relaxed);
        assert_eq!(get(&endpoint, "/readyz").await.0, StatusCode::OK);
        draining.cancel();
        assert_eq!(get(&endpoint, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(get(&endpoint, "/livez").await.0, StatusCode::OK);
        assert_eq!(get(&endpoint, "/metrics").await.1, "up 1\n");
    }
}
