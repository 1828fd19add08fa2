//! Public responses, served from the cache.

use std::sync::Arc;

use boxoffice_domain::shared::Timestamp;
use bytes::Bytes;
use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use poem::{FromRequest, Request, RequestBody};

use super::middleware::X_REQUEST_ID;
use super::request_context::RequestContext;
use crate::concert_state::Freshness;
use crate::responses::{Accepted, CachedResponse, EncodedBody};

pub(super) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// For public responses: shared caches may store them, but must revalidate before each use.
pub(super) const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");
/// The response was in the cache.
const HIT: HeaderValue = HeaderValue::from_static("boxoffice; hit");
/// The response was rendered for this request.
pub(super) const MISS: HeaderValue = HeaderValue::from_static("boxoffice; fwd=miss");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const BY_CODING: HeaderValue = HeaderValue::from_static("accept-encoding");

/// The most headers of a response.
const HEADERS: usize = 18;

/// The conditions of a request for a public response, apart from `If-None-Match`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// The content codings that the client accepts.
    pub(crate) accepted: Accepted,
    /// How fresh the response must be.
    pub(crate) freshness: Freshness,
    /// When the request arrived.
    pub(crate) asked_at: Timestamp,
}

impl Conditions {
    /// Parses the headers of a request.
    pub(crate) fn of(headers: &HeaderMap, asked_at: Timestamp) -> Self {
        Self { accepted: Accepted::of(headers), freshness: freshness_of(headers), asked_at }
    }
}

fn freshness_of(headers: &HeaderMap) -> Freshness {
    let no_cache = |line: &HeaderValue| {
        line.to_str().is_ok_and(|line| line.split(',').any(|item| item.trim().eq_ignore_ascii_case("no-cache")))
    };
    if headers.contains_key(header::CACHE_CONTROL) && headers.get_all(header::CACHE_CONTROL).iter().any(no_cache) {
        Freshness::Insisted
    } else {
        Freshness::Usual
    }
}

impl<'request> FromRequest<'request> for Conditions {
    async fn from_request(request: &'request Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let now = RequestContext::of(request)?.now();
        Ok(Self::of(request.headers(), now))
    }
}

/// A public response: 200, or 304 when the client has this version already.
#[derive(Debug)]
pub(crate) struct PublicAnswer {
    known_as: Option<HeaderValue>,
    form: EncodedBody,
    from_memory: bool,
}

impl PublicAnswer {
    /// The best encoding for a client whose `If-None-Match` is given.
    pub(crate) fn new(
        rendering: &Arc<CachedResponse>,
        from_memory: bool,
        if_none_match: Option<&str>,
        conditions: Conditions,
    ) -> Self {
        let form = rendering.form(conditions.accepted, conditions.asked_at);
        let known_as = if_none_match.and_then(|tags| rendering.known_as(tags, form));
        Self { known_as, form: form.clone(), from_memory }
    }

    /// `304` if the client has this version, otherwise `200`.
    pub(crate) const fn status(&self) -> StatusCode {
        if self.known_as.is_some() { StatusCode::NOT_MODIFIED } else { StatusCode::OK }
    }

    /// Headers and body as sent by the early responder. `complete` adds the headers that the middleware would add.
    /// Afterwards only the request id is missing, for which a header slot is reserved.
    pub(crate) fn into_head_and_body(
        self,
        rendering: &CachedResponse,
        complete: impl FnOnce(&mut HeaderMap),
    ) -> (HeaderMap, Bytes) {
        let (etag, coding, is_known) = (self.form.etag.clone(), self.form.coding, self.known_as.is_some());
        if self.known_as.as_ref().is_some_and(|tag| *tag != etag) {
            let mut headers = HeaderMap::with_capacity(HEADERS);
            let body = self.into_parts(&mut headers);
            complete(&mut headers);
            return (headers, body);
        }
        let body = if is_known { Bytes::new() } else { self.form.body.clone() };
        let head = rendering.head(coding, is_known, || {
            let mut headers = HeaderMap::with_capacity(HEADERS);
            self.into_parts(&mut headers);
            complete(&mut headers);
            headers.insert(X_REQUEST_ID, HeaderValue::from_static(""));
            headers
        });
        (head, body)
    }

    /// Inserts the headers and returns the body.
    pub(crate) fn into_parts(self, headers: &mut HeaderMap) -> Bytes {
        headers.insert(CACHE_STATUS, if self.from_memory { HIT } else { MISS });
        headers.insert(header::CACHE_CONTROL, PUBLIC);
        headers.insert(header::VARY, BY_CODING);
        if let Some(etag) = self.known_as {
            headers.insert(header::ETAG, etag);
            return Bytes::new();
        }
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(header::ETAG, self.form.etag);
        if let Some(coding) = self.form.coding.header() {
            headers.insert(header::CONTENT_ENCODING, coding);
        }
        self.form.body
    }
}
