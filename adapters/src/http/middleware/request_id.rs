//! A request id for each request: in the response, in every log line, and in every problem document.

use std::sync::Arc;

use boxoffice_domain::shared::IdGenerator;
use poem::http::{HeaderMap, HeaderName, HeaderValue};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use tracing::{Instrument, Span};
use uuid::fmt::Hyphenated;

/// The header of the request id, in requests and responses.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is accepted from a client, in characters.
const LENGTH_MAX: usize = 64;

/// The id of a request, attached to it as data.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of a request with these headers, as a header of its response.
    pub(crate) fn header(headers: &HeaderMap, ids: &dyn IdGenerator) -> HeaderValue {
        headers.get(X_REQUEST_ID).filter(|value| plain_text(value).is_some()).cloned().unwrap_or_else(|| {
            let mut text = [0; Hyphenated::LENGTH];
            let text = ids.next_uuid().hyphenated().encode_lower(&mut text);
            HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
        })
    }

    fn of_client(headers: &HeaderMap) -> Option<Self> {
        plain_text(headers.get(X_REQUEST_ID)?).map(|text| Self(text.into()))
    }
}

/// A client's own id if it is short and plain, so that it can neither forge log lines nor fill the log.
fn plain_text(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?;
    let fits = (1..=LENGTH_MAX).contains(&text.len());
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    (fits && plain).then_some(text)
}

/// The span of all log lines of a request, at the highest level, because all of them must carry the id.
pub(super) fn request_span(id: &str) -> Span {
    tracing::error_span!("request", request_id = id, user = tracing::field::Empty)
}

/// Assigns each request its id and its span.
pub(crate) struct RequestIds {
    /// Generates new ids.
    pub(crate) ids: Arc<dyn IdGenerator>,
}

impl<E: Endpoint> Middleware<E> for RequestIds {
    type Output = RequestIdsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        RequestIdsEndpoint { inner, ids: Arc::clone(&self.ids) }
    }
}

pub(crate) struct RequestIdsEndpoint<E> {
    inner: E,
    ids: Arc<dyn IdGenerator>,
}

impl<E: Endpoint> Endpoint for RequestIdsEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let id = RequestId::of_client(request.headers())
            .unwrap_or_else(|| RequestId(self.ids.next_uuid().to_string().into()));
        let span = request_span(id.as_str());
        request.set_data(id.clone());
        let mut answer = self.inner.call(request).instrument(span).await?.into_response();
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            answer.headers_mut().insert(X_REQUEST_ID, value);
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderMap, HeaderValue};

    use super::{RequestId, X_REQUEST_ID};

    fn is_accepted(text: &'static [u8]) -> bool {
        let headers = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_bytes(text).unwrap())]);
        RequestId::of_client(&headers).is_some()
    }

    #[test]
    fn only_short_plain_ids_are_accepted() {
        assert!(is_accepted(b"01980c2a-7b1e.x_Y"));
        for text in [b"".as_slice(), b"a b", b"a\"b", "é".as_bytes(), &[b'x'; 65]] {
            assert!(!is_accepted(text.to_vec().leak()), "{text:?}");
        }
    }
}
