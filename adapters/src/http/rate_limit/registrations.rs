//! Applies the limit of registrations, and of answers that disclose which accounts exist, to operations.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use poem::http::StatusCode;
use poem::{Endpoint, IntoResponse, Request, Response};

use super::super::client_address::{client_address, counted_by};
use super::super::problem::{AddedHeaders, Problem, kind};
use super::super::request_context::RequestContext;
use super::budget::Exhausted;

/// The fault code of a rated password.
const WEAK_PASSWORD: &str = "too_weak";

/// Applies the limit to the registration, and adds its headers to every response.
pub(crate) fn limited(inner: impl Endpoint) -> impl Endpoint<Output = Response> {
    Limited { inner: disclosing(inner) }
}

/// Applies the limit of disclosures to an operation that may disclose whether a name or an e-mail address is taken.
pub(crate) fn disclosing(inner: impl Endpoint) -> impl Endpoint<Output = Response> {
    Disclosing { inner }
}

struct Limited<E> {
    inner: E,
}

impl<E: Endpoint<Output = Response>> Endpoint for Limited<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let request_context = Arc::clone(RequestContext::of(&request)?);
        let Some(limit) = &request_context.registrations else {
            return self.inner.call(request).await;
        };
        let network = network_of(&request, &request_context);
        let outcome = match limit.registrations.take(&network) {
            Ok(()) => {
                let outcome = self.inner.call(request).await;
                if !outcome.as_ref().is_ok_and(|answer| answer.status() == StatusCode::CREATED) {
                    limit.registrations.refund(&network);
                }
                outcome
            }
            Err(exhausted) => Err(refused(exhausted)),
        };
        let headers = limit.headers(limit.registrations.left(&network));
        match outcome {
            Ok(mut answer) => {
                answer.headers_mut().extend(headers);
                Ok(answer)
            }
            Err(mut error) => {
                error.set_data(AddedHeaders(headers));
                Err(error)
            }
        }
    }
}

struct Disclosing<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for Disclosing<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let request_context = Arc::clone(RequestContext::of(&request)?);
        let Some(limit) = &request_context.registrations else {
            return Ok(self.inner.call(request).await?.into_response());
        };
        let network = network_of(&request, &request_context);
        limit.disclosures.take(&network).map_err(refused)?;
        let outcome = self.inner.call(request).await.map(IntoResponse::into_response);
        if !outcome.as_ref().is_err_and(discloses) {
            limit.disclosures.refund(&network);
        }
        outcome
    }
}

fn network_of(request: &Request, request_context: &RequestContext) -> IpAddr {
    client_address(request, &request_context.trusted_proxies).map_or(Ipv4Addr::UNSPECIFIED.into(), counted_by)
}

fn refused(Exhausted { retry_after }: Exhausted) -> poem::Error {
    Problem::new(kind::TOO_MANY_REQUESTS).retry_after(retry_after).into()
}

fn discloses(error: &poem::Error) -> bool {
    let discloses = |problem: &Problem| {
        [kind::EMAIL_TAKEN, kind::USERNAME_TAKEN].contains(&problem.kind()) || problem.has_fault(WEAK_PASSWORD)
    };
    error.downcast_ref().is_some_and(discloses)
}
