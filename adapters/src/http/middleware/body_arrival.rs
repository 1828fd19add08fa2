//! Receives the body of a request before its operation begins: bounded in bytes, in time and by client, with or without
//! a `Content-Length`. Requests that the header alone rules out are refused before the body is received.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use poem::http::{HeaderValue, header};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response};
use tokio::time::{Instant, timeout_at};

use super::super::admission::Admission;
use super::super::auth::check_access_token;
use super::super::client_address::{client_address, counted_by};
use super::super::json::check_content_type;
use super::super::openapi::Addresses;
use super::super::problem::{Problem, kind, problem_of};
use super::super::request_context::RequestContext;
use super::arriving_bodies::{ArrivingBodies, ArrivingBody, LimitReached};

/// How long a body may take to arrive, in addition to the time that its bytes take at [`ARRIVAL_RATE_MIN`].
const ARRIVAL_GRACE: Duration = Duration::from_secs(10);
/// The minimal rate at which a body must arrive, in bytes a second; the slowest mobile networks in use reach it.
const ARRIVAL_RATE_MIN: u64 = 4 * 1024;
/// How much of a refused body is read and discarded, in bytes, so that its sender sees the response instead of a reset
/// connection.
const DISCARDED_MAX: usize = 1024 * 1024;

/// Receives the bodies of operations.
pub(crate) struct BodyArrival {
    /// The operations and what they read.
    pub(crate) addresses: Arc<Addresses>,
}

impl<E: Endpoint> Middleware<E> for BodyArrival {
    type Output = BodyArrivalEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        BodyArrivalEndpoint { inner, addresses: Arc::clone(&self.addresses), bodies: Arc::default() }
    }
}

pub(crate) struct BodyArrivalEndpoint<E> {
    inner: E,
    addresses: Arc<Addresses>,
    bodies: Arc<ArrivingBodies>,
}

impl<E: Endpoint> Endpoint for BodyArrivalEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let address = self.addresses.find(request.original_uri().path());
        let operation = address.and_then(|address| address.operation(request.method()));
        if let Some(admission) = operation.map(|operation| operation.admission) {
            self.receive_body(&mut request, admission).await?;
            request.set_data(admission);
        }
        Ok(self.inner.call(request).await?.into_response())
    }
}

impl<E> BodyArrivalEndpoint<E> {
    async fn receive_body(&self, request: &mut Request, admission: Admission) -> Result<(), Problem> {
        let body = request.take_body();
        let Some(length_max) = admission.body_max.filter(|_| !body.is_empty()) else {
            return Ok(());
        };
        let arriving = self.bodies.begin(client_of(request)?);
        if let Err(problem) = check_header(request, admission, length_max) {
            if is_worth_discarding(request) {
                // The response is the same whether or not the body arrives.
                let _ = arrival(body, 0, arriving).await;
            }
            return Err(problem);
        }
        let (bytes, arrived) = arrival(body, length_max, arriving).await?;
        request.set_body(bytes);
        // The body counts for as long as the request lives.
        request.set_data(Arc::new(arrived));
        Ok(())
    }
}

fn client_of(request: &Request) -> Result<IpAddr, Problem> {
    let request_context = RequestContext::of(request)?;
    let address = client_address(request, &request_context.trusted_proxies).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    Ok(counted_by(address))
}

/// Refuses what the header alone rules out. Authentication comes first, so that anonymous clients learn nothing about
/// bodies.
fn check_header(request: &Request, admission: Admission, length_max: usize) -> Result<(), Problem> {
    if admission.needs_login {
        check_access_token(request)?;
    }
    let encoded = |value: &HeaderValue| !value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    if request.headers().get_all(header::CONTENT_ENCODING).iter().any(encoded) {
        let problem = Problem::new(kind::UNSUPPORTED_MEDIA_TYPE).with_detail("Send the request body as it is.");
        return Err(problem.with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")));
    }
    check_content_type(request).map_err(|error| problem_of(error.into()))?;
    if declared_length(request).is_some_and(|length| length > length_max) {
        return Err(too_large(length_max));
    }
    Ok(())
}

fn too_large(length_max: usize) -> Problem {
    Problem::new(kind::PAYLOAD_TOO_LARGE).with_detail(format!("This request's body has at most {length_max} bytes."))
}

fn declared_length(request: &Request) -> Option<usize> {
    request.header(header::CONTENT_LENGTH)?.parse().ok()
}

/// Whether the sender of a refused body is likely to send it before it reads the response, and it is not too long.
fn is_worth_discarding(request: &Request) -> bool {
    let waits = request.header(header::EXPECT).is_some_and(|expected| expected.eq_ignore_ascii_case("100-continue"));
    !waits && declared_length(request).is_none_or(|length| length <= DISCARDED_MAX)
}

/// Receives a body of at most `length_max` bytes. Of a longer one, some more bytes are read and discarded.
async fn arrival(
    body: Body,
    length_max: usize,
    mut arriving: ArrivingBody,
) -> Result<(Vec<u8>, ArrivingBody), Problem> {
    let started = Instant::now();
    let mut chunks = body.into_bytes_stream();
    let mut bytes = Vec::new();
    let mut length = 0;
    loop {
        let deadline = started + time_for(length);
        let next = timeout_at(deadline, arriving.unless_given_up(chunks.try_next())).await;
        let Ok(Some(next)) = next else {
            return Err(Problem::new(kind::REQUEST_TIMEOUT));
        };
        let Some(chunk) = next.map_err(|_| Problem::malformed(None, "The request body did not arrive whole."))? else {
            break;
        };
        length += chunk.len();
        if length <= length_max {
            arriving.grow(chunk.len()).map_err(|LimitReached| Problem::new(kind::BUSY).retry_after(1))?;
            bytes.extend_from_slice(&chunk);
        } else if length > length_max.max(DISCARDED_MAX) {
            break;
        }
    }
    if length > length_max {
        return Err(too_large(length_max));
    }
    arriving.arrived();
    Ok((bytes, arriving))
}

/// How long this many bytes may take.
fn time_for(bytes: usize) -> Duration {
    let millis = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(1000) / ARRIVAL_RATE_MIN;
    ARRIVAL_GRACE.saturating_add(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Arc;
    use std::time::Duration;

    use futures_util::stream::{self, StreamExt};
    use poem::Body;
    use tokio::time::Instant;

    use super::super::super::admission::BODY_MAX;
    use super::super::arriving_bodies::{ArrivingBodies, ArrivingBody};
    use super::{ARRIVAL_GRACE, ARRIVAL_RATE_MIN, DISCARDED_MAX, arrival};

    fn arriving() -> ArrivingBody {
        Arc::new(ArrivingBodies::default()).begin(Ipv4Addr::LOCALHOST.into())
    }

    fn chunked(length: usize) -> Body {
        let chunks =
            vec![0_u8; length].chunks(1000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>();
        Body::from_bytes_stream(stream::iter(chunks))
    }

    /// A body that sends a byte each `pause`, for ever.
    fn dripping(pause: Duration) -> Body {
        let drip = move |()| async move {
            tokio::time::sleep(pause).await;
            Some((Ok::<_, std::io::Error>(vec![0_u8]), ()))
        };
        Body::from_bytes_stream(stream::unfold((), drip).boxed())
    }

    #[tokio::test]
    async fn the_limit_is_exact_for_chunked_bodies_too() {
        assert_eq!(arrival(chunked(BODY_MAX), BODY_MAX, arriving()).await.unwrap().0.len(), BODY_MAX);
        for length in [BODY_MAX + 1, DISCARDED_MAX + 2000] {
            let refused = arrival(chunked(length), BODY_MAX, arriving()).await.unwrap_err();
            assert_eq!(refused.kind().code, "payload_too_large");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_missing_or_slow_body_times_out() {
        let never = Body::from_bytes_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
        for body in [never, dripping(Duration::from_millis(100))] {
            let started = Instant::now();
            let refused = arrival(body, BODY_MAX, arriving()).await.unwrap_err();
            assert_eq!(refused.kind().code, "request_timeout");
            assert!(started.elapsed() < ARRIVAL_GRACE + Duration::from_secs(1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_body_may_arrive_at_the_minimal_rate() {
        let pieces = BODY_MAX / 4096;
        let pause = Duration::from_millis(4096 * 1000 / ARRIVAL_RATE_MIN);
        let pieces = stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::io::Error>(vec![0_u8; 4096])
        });
        let (bytes, _arrived) = arrival(Body::from_bytes_stream(pieces.boxed()), BODY_MAX, arriving()).await.unwrap();
        assert_eq!(bytes.len(), BODY_MAX);
    }
}
