//! Refuses requests for what another process of the installation serves, before anything is read of them.

use std::sync::Arc;

use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::OperationId;

use super::super::openapi::Addresses;
use super::super::problem::{Problem, kind};

/// Refuses requests for the addresses that this process does not serve.
pub(crate) struct Misdirected {
    pub(crate) elsewhere: Arc<Addresses>,
}

impl<E: Endpoint> Middleware<E> for Misdirected {
    type Output = MisdirectedEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        MisdirectedEndpoint { inner, elsewhere: Arc::clone(&self.elsewhere) }
    }
}

pub(crate) struct MisdirectedEndpoint<E> {
    inner: E,
    elsewhere: Arc<Addresses>,
}

impl<E: Endpoint> Endpoint for MisdirectedEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let Some(address) = self.elsewhere.find(request.original_uri().path()) else {
            return Ok(self.inner.call(request).await?.into_response());
        };
        let mut error = poem::Error::from(Problem::new(kind::NOT_SERVED_HERE));
        if let Some(operation) = address.operation(request.method()) {
            error.set_data(OperationId(operation.id));
        }
        Err(error)
    }
}
