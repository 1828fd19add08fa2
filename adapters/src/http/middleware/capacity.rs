//! Limits the requests that are processed concurrently.

use std::sync::Arc;

use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use tokio::sync::Semaphore;

use super::super::admission::{Admission, WorkClass};
use super::super::problem::{Problem, kind};

/// Permits for concurrent requests, by the class of their work.
#[derive(Debug)]
pub(crate) struct Permits {
    reads: Semaphore,
    changes: Semaphore,
    gateway: Semaphore,
}

impl Permits {
    /// As many permits for each class.
    pub(crate) fn new(of_each_class: usize) -> Self {
        let permits = || Semaphore::new(of_each_class.min(Semaphore::MAX_PERMITS));
        Self { reads: permits(), changes: permits(), gateway: permits() }
    }

    /// The permits of a class.
    pub(crate) fn of(&self, class: WorkClass) -> &Semaphore {
        match class {
            WorkClass::Read => &self.reads,
            WorkClass::Change => &self.changes,
            WorkClass::Gateway => &self.gateway,
        }
    }
}

/// Refuses requests at once while too many of their class are being processed, because a queue would only delay all of
/// them. Pages, scripts and documents are served from memory and need no permit.
pub(crate) struct Capacity {
    /// The permits by class.
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
    async fn a_request_over_the_limit_of_its_class_is_refused_until_another_ends() {
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
            assert!(endpoint.call(other).await.is_ok(), "another class of work");
        }
        leave.notify_one();
        assert!(first.await.unwrap());
        leave.notify_one();
        assert!(endpoint.call(pay()).await.is_ok());
    }
}
