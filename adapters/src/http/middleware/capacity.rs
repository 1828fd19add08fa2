//! A bound on the requests that are worked on at once.

use std::sync::Arc;

use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use tokio::sync::Semaphore;

use super::super::admission::{Admission, WorkClass};
use super::super::problem::{Problem, kind};

/// A permit for each request that may be worked on at once, by the kind of its work.
#[derive(Debug)]
pub(crate) struct Permits {
    reads: Semaphore,
    changes: Semaphore,
    gateway: Semaphore,
}

impl Permits {
    /// As many of each kind.
    pub(crate) fn new(of_each_class: usize) -> Self {
        let permits = || Semaphore::new(of_each_class.min(Semaphore::MAX_PERMITS));
        Self { reads: permits(), changes: permits(), gateway: permits() }
    }

    /// The permits of a kind.
    pub(crate) fn of(&self, class: WorkClass) -> &Semaphore {
        match class {
            WorkClass::Read => &self.reads,
            WorkClass::Change => &self.changes,
            WorkClass::Gateway => &self.gateway,
        }
    }
}

/// Turns requests away at once while too many of their kind are being worked on, because a queue would only let all of
/// them wait. What is no operation of the API (pages, scripts, documents) is in memory and needs no permit.
pub(crate) struct Capacity {
    /// Who may begin.
    pub(crate) permits: Arc<Permits>,
}

impl<E: Endpoint> Middleware<E> for Capacity {
    type Output = CapacityEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CapacityEndpoint { inner, permits: Arc::clone(&self.permits) }
    }
}

pub(crate) struct CapacityEndpoint<E> {
    inner: E,
    permits: Arc<Permits>,
}

impl<E: Endpoint> Endpoint for CapacityEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let Some(class) = request.data::<Admission>().map(|admission| admission.class) else {
            return Ok(self.inner.call(request).await?.into_response());
        };
        let Ok(_permit) = self.permits.of(class).try_acquire() else {
            return Err(Problem::new(kind::BUSY).retry_after(1).into());
        };
        Ok(self.inner.call(request).await?.into_response())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use poem::http::Method;
    use poem::{Endpoint, EndpointExt, Request, endpoint::make};
    use tokio::sync::Notify;

    use super::super::super::admission::{Admission, WorkClass};
    use super::{Capacity, Permits};

    fn request(id: &str, method: Method) -> Request {
        let mut request = Request::default();
        request.set_data(Admission::new(id, &method, false, false, false));
        request
    }

    #[tokio::test]
    async fn one_request_too_many_of_a_kind_is_turned_away_until_another_is_done() {
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let waits = make({
            let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
            move |request: Request| {
                let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
                async move {
                    if request.data::<Admission>().is_some_and(|known| known.class == WorkClass::Gateway) {
                        entered.notify_one();
                        leave.notified().await;
                    }
                }
            }
        });
        let endpoint = Arc::new(waits.with(Capacity { permits: Arc::new(Permits::new(1)) }));
        let pay = || request("startPayment", Method::POST);
        let first = tokio::spawn({
            let (endpoint, payment) = (Arc::clone(&endpoint), pay());
            async move { endpoint.call(payment).await.is_ok() }
        });
        entered.notified().await;
        assert_eq!(endpoint.call(pay()).await.unwrap_err().to_string(), "busy");
        for other in [request("placeBooking", Method::POST), request("readUser", Method::GET), Request::default()] {
            assert!(endpoint.call(other).await.is_ok(), "another kind of work");
        }
        leave.notify_one();
        assert!(first.await.unwrap());
        leave.notify_one();
        assert!(endpoint.call(pay()).await.is_ok());
    }
}
