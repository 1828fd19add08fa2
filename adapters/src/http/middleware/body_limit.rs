//! A bound on request bodies, in bytes and in time, whether they say their length beforehand or not.

use std::time::Duration;

use futures_util::TryStreamExt;
use poem::http::Method;
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response};

use super::super::problem::{Problem, kind};

/// The longest request body, in bytes.
pub(crate) const BODY_MAX: usize = 64 * 1024;
/// How much of a body that is too long is read and thrown away, in bytes, so that its sender sees the answer instead of
/// a broken connection.
const DISCARDED_MAX: usize = 1024 * 1024;
/// How long a body may take to arrive.
const ARRIVAL_MAX: Duration = Duration::from_secs(30);

/// Reads each body before the operation starts.
pub(crate) struct BodyLimit;

impl<E: Endpoint> Middleware<E> for BodyLimit {
    type Output = BodyLimitEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        BodyLimitEndpoint { inner }
    }
}

pub(crate) struct BodyLimitEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for BodyLimitEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let body = request.take_body();
        // No operation reads the body of a GET, and an empty one needs no reading.
        if !(body.is_empty() || matches!(*request.method(), Method::GET | Method::HEAD)) {
            let bytes = tokio::time::timeout(ARRIVAL_MAX, read(body))
                .await
                .unwrap_or_else(|_| Err(Problem::new(kind::REQUEST_TIMEOUT)))?;
            request.set_body(bytes);
        }
        Ok(self.inner.call(request).await?.into_response())
    }
}

async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    let mut chunks = body.into_bytes_stream();
    let mut bytes = Vec::new();
    let mut length = 0;
    let cut_off = |_| Problem::malformed(None, "The request body did not arrive whole.");
    while let Some(chunk) = chunks.try_next().await.map_err(cut_off)? {
        length += chunk.len();
        if length <= BODY_MAX {
            bytes.extend_from_slice(&chunk);
        } else if length > DISCARDED_MAX {
            break;
        }
    }
    if length > BODY_MAX {
        let detail = format!("A request body has at most {BODY_MAX} bytes.");
        return Err(Problem::new(kind::PAYLOAD_TOO_LARGE).with_detail(detail));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use poem::Body;

    use super::{BODY_MAX, DISCARDED_MAX, read};

    fn chunked(length: usize) -> Body {
        let chunks =
            vec![0_u8; length].chunks(1000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>();
        Body::from_bytes_stream(futures_util::stream::iter(chunks))
    }

    #[tokio::test]
    async fn the_limit_is_exact_and_holds_for_chunked_bodies_too() {
        assert_eq!(read(chunked(BODY_MAX)).await.unwrap().len(), BODY_MAX);
        for length in [BODY_MAX + 1, DISCARDED_MAX + 2000] {
            assert_eq!(read(chunked(length)).await.unwrap_err().kind().code, "payload_too_large");
        }
    }
}
