//! Changes run to their end even when the client disconnects.

use std::sync::Arc;

use poem::http::Method;
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::super::address_range::AddressRange;
use super::super::client_address::{client_address, counted_by};
use super::super::problem::Problem;
use crate::client_disconnect::with_client;

/// Runs mutating requests in tasks of their own. The server drops the future of a request whose client disconnects, and
/// a transaction that is dropped half-way costs its database connection. Work that has not begun can check whether the
/// client is still connected.
pub(crate) struct Detached {
    /// Counts the tasks, so that a shutdown can wait for them.
    pub(crate) tasks: TaskTracker,
    /// Proxies whose `X-Forwarded-For` is trusted.
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
        let (work, _client) = with_client(network, async move { Ok(inner.call(request).await?.into_response()) });
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
    async fn a_change_is_finished_although_its_client_disconnects() {
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
