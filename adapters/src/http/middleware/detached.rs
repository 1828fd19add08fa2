//! What changes something runs to its end, even when its client hangs up half-way.

use std::sync::Arc;

use poem::http::Method;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::super::client_address::{AddressRange, client_address, counted_by};
use super::super::problem::Problem;
use crate::presence::accompanied;

/// Runs mutating requests in tasks of their own. The server drops the future of a request whose client is gone; a unit
/// of work that was cut there would cost its connection. What has not begun may ask whether the client still waits.
pub(crate) struct Detached {
    /// Where the tasks are counted, so that a shutdown can wait for them.
    pub(crate) tasks: TaskTracker,
    /// Whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<AddressRange>,
}

impl<E: Endpoint + 'static> Middleware<E> for Detached {
    type Output = DetachedEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        DetachedEndpoint {
            inner: Arc::new(inner),
            tasks: self.tasks.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
        }
    }
}

pub(crate) struct DetachedEndpoint<E> {
    inner: Arc<E>,
    tasks: TaskTracker,
    trusted_proxies: Vec<AddressRange>,
}

impl<E: Endpoint + 'static> Endpoint for DetachedEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(self.inner.call(request).await?.into_response());
        }
        let inner = Arc::clone(&self.inner);
        let network = client_address(&request, &self.trusted_proxies).map(counted_by);
        let (work, _client) = accompanied(network, async move { Ok(inner.call(request).await?.into_response()) });
        match self.tasks.spawn(work.in_current_span()).await {
            Ok(outcome) => outcome,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(cancelled) => Err(Problem::internal(cancelled).into()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use poem::http::Method;
    use poem::{Endpoint, EndpointExt, Request, endpoint::make};
    use tokio::sync::Notify;
    use tokio_util::task::TaskTracker;

    use super::Detached;

    #[tokio::test]
    async fn a_change_is_finished_though_nobody_waits_for_it() {
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let done = Arc::new(AtomicBool::new(false));
        let slow = make({
            let (entered, leave, done) = (Arc::clone(&entered), Arc::clone(&leave), Arc::clone(&done));
            move |_: Request| {
                let (entered, leave, done) = (Arc::clone(&entered), Arc::clone(&leave), Arc::clone(&done));
                async move {
                    entered.notify_one();
                    leave.notified().await;
                    done.store(true, Ordering::Release);
                }
            }
        });
        let tasks = TaskTracker::new();
        let endpoint = slow.with(Detached { tasks: tasks.clone(), trusted_proxies: Vec::new() });
        let request = Request::builder().method(Method::POST).finish();
        tokio::select! {
            _ = endpoint.call(request) => unreachable!("it waits"),
            () = entered.notified() => {}
        }
        leave.notify_one();
        tasks.close();
        tasks.wait().await;
        assert!(done.load(Ordering::Acquire));
    }
}
