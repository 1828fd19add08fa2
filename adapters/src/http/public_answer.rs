//! Answers that everybody may read, out of the shop window.

use std::sync::Arc;

use boxoffice_domain::shared::Timestamp;
use bytes::Bytes;
use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use poem::{FromRequest, Request, RequestBody};

use super::edge::Edge;
use super::middleware::X_REQUEST_ID;
use crate::cache::{Accepted, Form, Recency, Rendering};

pub(super) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// For what everybody may read: shared caches may keep it, but ask whether it is still true before each use.
pub(super) const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");
/// The answer was in memory.
const HIT: HeaderValue = HeaderValue::from_static("boxoffice; hit");
/// The store was asked.
pub(super) const MISS: HeaderValue = HeaderValue::from_static("boxoffice; fwd=miss");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const BY_CODING: HeaderValue = HeaderValue::from_static("accept-encoding");

/// The most headers of an answer.
const HEADERS: usize = 18;

/// What a client said about the answer, apart from the version that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// What it can decode.
    pub(crate) accepted: Accepted,
    /// How recent the answer has to be.
    pub(crate) recency: Recency,
    /// When it asked.
    pub(crate) asked_at: Timestamp,
}

impl Conditions {
    /// What the headers of a request say.
    pub(crate) fn of(headers: &HeaderMap, asked_at: Timestamp) -> Self {
        Self { accepted: Accepted::of(headers), recency: recency_of(headers), asked_at }
    }
}

fn recency_of(headers: &HeaderMap) -> Recency {
    let no_cache = |line: &HeaderValue| {
        line.to_str().is_ok_and(|line| line.split(',').any(|item| item.trim().eq_ignore_ascii_case("no-cache")))
    };
    if headers.contains_key(header::CACHE_CONTROL) && headers.get_all(header::CACHE_CONTROL).iter().any(no_cache) {
        Recency::Insisted
    } else {
        Recency::Usual
    }
}

impl<'request> FromRequest<'request> for Conditions {
    async fn from_request(request: &'request Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let now = Edge::of(request)?.now();
        Ok(Self::of(request.headers(), now))
    }
}

/// An answer that everybody may read: 200, or 304 when the client has it already.
#[derive(Debug)]
pub(crate) struct PublicAnswer {
    known_as: Option<HeaderValue>,
    form: Form,
    from_memory: bool,
}

impl PublicAnswer {
    /// The best form of what is rendered, for a client that has the versions of `if_none_match`.
    pub(crate) fn new(
        rendering: &Arc<Rendering>,
        from_memory: bool,
        if_none_match: Option<&str>,
        conditions: Conditions,
    ) -> Self {
        let form = rendering.form(conditions.accepted, conditions.asked_at);
        let known_as = if_none_match.and_then(|tags| rendering.known_as(tags, form));
        Self { known_as, form: form.clone(), from_memory }
    }

    /// Its status.
    pub(crate) const fn status(&self) -> StatusCode {
        if self.known_as.is_some() { StatusCode::NOT_MODIFIED } else { StatusCode::OK }
    }

    /// Its headers and its body, as they are sent past the routes. `complete` adds what the routes would have added; all
    /// but the id is there afterwards, for which there is room.
    pub(crate) fn into_head_and_body(
        self,
        rendering: &Rendering,
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

    /// Writes its headers and returns its body.
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
