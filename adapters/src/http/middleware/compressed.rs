//! Compresses responses for logged-in users, and gives lists an entity tag, so that an unchanged list is not sent
//! again.
//!
//! Only responses to `GET` are compressed. Tokens are returned by `POST` only, and no `GET` is authenticated by a
//! cookie: a page of another origin cannot make a browser request a response that contains a secret beside text of the
//! page's choice, and measure its length (BREACH). Public responses are compressed in the cache, once for all clients.

use bytes::Bytes;
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};

use super::super::admission::Admission;
use super::super::etag::ETag;
use super::super::problem::Problem;
use super::super::reply::PRIVATE;
use crate::responses::{Accepted, COMPRESSED_MIN, Coding};

/// Compresses private responses.
pub(crate) struct Compressed;

impl<E: Endpoint> Middleware<E> for Compressed {
    type Output = CompressedEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        CompressedEndpoint { inner }
    }
}

pub(crate) struct CompressedEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for CompressedEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if *request.method() != Method::GET {
            return Ok(self.inner.call(request).await?.into_response());
        }
        let is_list = request.data::<Admission>().is_some_and(|admission| admission.is_list);
        let accepted = Accepted::of(request.headers());
        let if_none_match = request.headers().get(header::IF_NONE_MATCH).cloned();
        let answer = self.inner.call(request).await?.into_response();
        // A response with `Vary` comes from the cache, which has chosen its encoding.
        if !is_json(&answer) || answer.headers().contains_key(header::VARY) {
            return Ok(answer);
        }
        Ok(compress(answer, is_list, accepted, if_none_match.as_ref()).await?)
    }
}

fn is_json(answer: &Response) -> bool {
    let json = HeaderValue::from_static("application/json");
    answer.status() == StatusCode::OK && answer.headers().get(header::CONTENT_TYPE) == Some(&json)
}

async fn compress(
    answer: Response,
    is_list: bool,
    accepted: Accepted,
    if_none_match: Option<&HeaderValue>,
) -> Result<Response, Problem> {
    let (mut parts, body) = answer.into_parts();
    let body = body.into_bytes().await.map_err(Problem::internal)?;
    parts.headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_list && !parts.headers.contains_key(header::ETAG) {
        let etag = ETag::of_content(&body);
        let known = etag.known_as(if_none_match.and_then(|tags| tags.to_str().ok()));
        let is_known = known.is_some();
        parts.headers.extend(known.unwrap_or(etag).header().map(|tag| (header::ETAG, tag)));
        parts.headers.insert(header::CACHE_CONTROL, PRIVATE);
        if is_known {
            parts.status = StatusCode::NOT_MODIFIED;
            parts.headers.remove(header::CONTENT_TYPE);
            return Ok(Response::from_parts(parts, poem::Body::empty()));
        }
    }
    let coding = accepted.codings().next().filter(|_| body.len() >= COMPRESSED_MIN);
    let Some(coding) = coding else {
        return Ok(Response::from_parts(parts, body.into()));
    };
    let encoded = encoded(coding, body.clone()).await?;
    if encoded.len() >= body.len() {
        return Ok(Response::from_parts(parts, body.into()));
    }
    describe(&mut parts.headers, coding);
    Ok(Response::from_parts(parts, encoded.into()))
}

/// Compresses on the blocking pool, so that the threads that serve requests are not blocked.
#[expect(clippy::disallowed_methods, reason = "one for each request that has a permit to read")]
async fn encoded(coding: Coding, body: Bytes) -> Result<Bytes, Problem> {
    tokio::task::spawn_blocking(move || coding.encode(&body))
        .await
        .map_err(Problem::internal)?
        .map_err(Problem::internal)
}

/// Sets the coding. Another coding is another representation and has an entity tag of its own.
fn describe(headers: &mut HeaderMap, coding: Coding) {
    headers.extend(coding.header().map(|name| (header::CONTENT_ENCODING, name)));
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).zip(coding.name());
    let tag = tag.and_then(|(tag, name)| HeaderValue::from_str(&format!("{}-{name}\"", tag.strip_suffix('"')?)).ok());
    if let Some(tag) = tag {
        headers.insert(header::ETAG, tag);
    }
}
