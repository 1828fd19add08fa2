//! A bound on the requests that are worked on at once.

use std::sync::Arc;

use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use tokio::sync::Semaphore;

use super::super::problem::{Problem, kind};

/// Turns requests away at once while too many are being worked on, because a queue would only let all of them wait.
pub(crate) struct Capacity {
    /// A permit for each request that may be worked on at once.
    pub(crate) free: Arc<Semaphore>,
}

impl<E: Endpoint> Middleware<E> for Capacity {
    type Output = CapacityEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CapacityEndpoint { inner, free: Arc::clone(&self.free) }
    }
}

pub(crate) struct CapacityEndpoint<E> {
    inner: E,
    free: Arc<Semaphore>,
}

impl<E: Endpoint> Endpoint for CapacityEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let Ok(_permit) = self.free.try_acquire() else {
            return Err(Problem::new(kind::BUSY).retry_after(1).into());
        };
        Ok(self.inner.call(request).await?.into_response())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use poem::{Endpoint, EndpointExt, Request, endpoint::make};
    use tokio::sync::{Notify, Semaphore};

    use super::Capacity;

    #[tokio::test]
    async fn one_request_too_many_is_turned_away_until_another_is_done() {
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let waits = make({
            let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
            move |_: Request| {
                let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
                async move {
                    entered.notify_one();
                    leave.notified().await;
                }
            }
        });
        let endpoint = Arc::new(waits.with(Capacity { free: Arc::new(Semaphore::new(1)) }));
        let first = tokio::spawn({
            let endpoint = Arc::clone(&endpoint);
            async move { endpoint.call(Request::default()).await.is_ok() }
        });
        entered.notified().await;
        let refused = endpoint.call(Request::default()).await.unwrap_err();
        assert_eq!(refused.to_string(), "busy");
        leave.notify_one();
        assert!(first.await.unwrap());
        leave.notify_one();
        assert!(endpoint.call(Request::default()).await.is_ok());
    }
}
