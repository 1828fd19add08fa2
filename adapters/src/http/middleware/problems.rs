//! Renders every error as a problem document, and logs internal errors once.

use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use boxoffice_domain::shared::Causes;
use futures_util::FutureExt;
use poem::http::{StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::OperationId;

use super::super::openapi::{Address, Addresses};
use super::super::problem::{AddedHeaders, Problem, kind, problem_of};
use super::RequestId;

/// Renders errors and panics.
pub(crate) struct Problems {
    /// The operations and their methods.
    pub(crate) addresses: Arc<Addresses>,
}

impl<E: Endpoint> Middleware<E> for Problems {
    type Output = ProblemsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ProblemsEndpoint { inner, addresses: Arc::clone(&self.addresses) }
    }
}

pub(crate) struct ProblemsEndpoint<E> {
    inner: E,
    addresses: Arc<Addresses>,
}

impl<E: Endpoint> Endpoint for ProblemsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let id = request.data::<RequestId>().cloned();
        let uri = request.original_uri().clone();
        let outcome = AssertUnwindSafe(self.inner.call(request)).catch_unwind().await;
        let error = match outcome {
            Ok(Ok(answer)) => return Ok(answer.into_response()),
            Ok(Err(error)) => error,
            Err(panic) => Problem::internal(Panicked::from(panic)).into(),
        };
        let operation = error.data::<OperationId>().copied();
        let added = error.data::<AddedHeaders>().cloned();
        let problem = problem_of(error);
        log(&problem);

        let mut answer = problem.into_answer(id.as_ref().map(RequestId::as_str));
        if answer.status() == StatusCode::METHOD_NOT_ALLOWED
            && let Some(methods) = self.addresses.find(uri.path()).and_then(Address::allowed)
        {
            answer.headers_mut().insert(header::ALLOW, methods);
        }
        if let Some(AddedHeaders(headers)) = added {
            answer.headers_mut().extend(headers);
        }
        if let Some(operation) = operation {
            answer.set_data(operation);
        }
        Ok(answer)
    }
}

fn log(problem: &Problem) {
    if problem.kind() == kind::INTERNAL_ERROR {
        tracing::error!(causes = causes(problem), "the request failed");
    } else if problem.status().is_server_error() {
        tracing::warn!(code = problem.kind().code, causes = causes(problem), "the request was refused");
    }
}

/// The chain of causes of a problem, from the nearest to the root.
fn causes(problem: &Problem) -> String {
    problem.source().map(|error| Causes(error).to_string()).unwrap_or_default()
}

/// A panic as an error.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {0}")]
struct Panicked(String);

impl From<Box<dyn Any + Send>> for Panicked {
    fn from(payload: Box<dyn Any + Send>) -> Self {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        Self(text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use boxoffice_domain::shared::StoreError;
    use poem::http::StatusCode;
    use poem::{Endpoint, EndpointExt, Request, Response, endpoint::make};

    use super::{Problem, Problems, causes};

    #[test]
    fn the_log_names_every_cause() {
        let root = std::io::Error::other("disk on fire");
        let problem = Problem::from(StoreError::Rejected(Arc::new(root)));
        assert_eq!(causes(&problem), "the store refused a statement: disk on fire");
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error() {
        async fn broken(_: Request) -> Response {
            panic!("the secret is 42")
        }
        let endpoint = make(broken).with(Problems { addresses: Arc::default() });
        let answer = endpoint.get_response(Request::default()).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = answer.into_body().into_string().await.unwrap();
        assert!(body.contains("internal_error") && !body.contains("42"), "{body}");
    }
}
