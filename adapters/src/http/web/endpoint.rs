//! Serves the web pages.

use std::sync::Arc;

use bytes::Bytes;
use poem::endpoint::make;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use poem_openapi::OperationId;

use super::super::etag::ETag;
use super::super::middleware::PageSecurity;
use super::super::problem::{Problem, kind};
use super::files::{EncodedFile, WebFiles, encoded_file};
use super::metadata::{Metadata, PublicConcerts};
use super::origin::Origins;
use super::page_addresses::{PageAddresses, concert_of};
use crate::responses::{Accepted, Coding};

/// The page of all addresses; its scripts render what the address names.
const INDEX: &str = "index.html";
/// The folder of files whose names contain a hash of their content.
const HASHED: &str = "assets/";
/// The first segment of API addresses, which never get a page.
const API: &str = "api";

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("no-cache");
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The pages may run their own scripts and connect to their own server, nothing else. Their components write inline
/// styles, so these are allowed.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);

/// Shown by a program that was built without the pages.
const NOT_BUILT: &str = include_str!("not_built.html");

/// The dependencies of the web pages.
pub(crate) struct WebPages {
    /// The files of the pages.
    pub(crate) files: Arc<dyn WebFiles>,
    /// The public concerts, for the pages about them.
    pub(crate) concerts: Arc<dyn PublicConcerts>,
    /// Computes the origin of the pages.
    pub(crate) origins: Origins,
}

/// Serves the files, and the page for every other address unless the client accepts JSON. For an unknown address or a
/// concert that is not public, the page is sent with status 404, and its scripts show the message.
pub(crate) fn web_endpoint(pages: WebPages) -> impl Endpoint<Output = Response> + 'static {
    let (pages, addresses) = (Arc::new(pages), Arc::new(PageAddresses::of_shop()));
    make(move |request: Request| {
        let (pages, addresses) = (Arc::clone(&pages), Arc::clone(&addresses));
        async move { pages.answer(&addresses, &request).await }
    })
}

impl WebPages {
    async fn answer(&self, addresses: &PageAddresses, request: &Request) -> poem::Result<Response> {
        let path = request.original_uri().path().trim_start_matches('/');
        let is_file = self.files.find(path).is_some();
        let wants_page = path.is_empty() || (may_be_page(path) && !asks_for_json(request));
        if !is_file && !wants_page {
            return Err(Problem::new(kind::NOT_FOUND).into());
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Problem::new(kind::METHOD_NOT_ALLOWED).with_header(header::ALLOW, ALLOWED_METHODS).into());
        }
        if is_file && path != INDEX {
            return Ok(self.file(path, request).unwrap_or_else(not_built));
        }
        Ok(self.page(addresses, path, request).await)
    }

    async fn page(&self, addresses: &PageAddresses, path: &str, request: &Request) -> Response {
        let is_index = path == INDEX;
        let mut status = if is_index || addresses.contains(path) { StatusCode::OK } else { StatusCode::NOT_FOUND };
        let mut metadata = None;
        if let Some(id) = concert_of(path).filter(|_| status == StatusCode::OK) {
            match id {
                Ok(id) => match self.concerts.find(id).await {
                    Ok(Some(concert)) => metadata = Some(Metadata::of_concert(id, &concert)),
                    Ok(None) => status = StatusCode::NOT_FOUND,
                    // The scripts of the page report the failure.
                    Err(error) => tracing::debug!(%error, "a page is sent without its metadata"),
                },
                Err(_) => status = StatusCode::NOT_FOUND,
            }
        }
        let page = match metadata {
            Some(metadata) => self.described_page(&metadata, request),
            None => self.file(INDEX, request),
        };
        let mut page = page.unwrap_or_else(not_built);
        // A 304 stays: the client has the page already.
        if status == StatusCode::NOT_FOUND && page.status() == StatusCode::OK {
            page.set_status(status);
        }
        page.set_data(PageSecurity(POLICY));
        page.set_data(OperationId("webPage"));
        page
    }

    fn file(&self, path: &str, request: &Request) -> Option<Response> {
        let file = encoded_file(self.files.as_ref(), path, Accepted::of(request.headers()))?;
        let mut answer = answer_with(file, media_type_of(path), request);
        let caching = if path.starts_with(HASHED) { IMMUTABLE } else { ASK_EACH_TIME };
        answer.headers_mut().insert(header::CACHE_CONTROL, caching);
        answer.set_data(OperationId("webFile"));
        Some(answer)
    }

    fn described_page(&self, metadata: &Metadata, request: &Request) -> Option<Response> {
        let index = self.files.find(INDEX)?;
        let html = metadata.written_into(std::str::from_utf8(&index.bytes).ok()?, &self.origins.of(request));
        let bytes = Bytes::from(html);
        let page = EncodedFile { etag: ETag::of_content(&bytes), bytes, coding: Coding::Identity };
        let mut answer = answer_with(page, HTML, request);
        answer.headers_mut().insert(header::CACHE_CONTROL, ASK_EACH_TIME);
        Some(answer)
    }
}

/// Whether the path may be that of a page. Paths of the API and of files, which have an extension, are not.
fn may_be_page(path: &str) -> bool {
    let first = path.split('/').next();
    first != Some(API) && !path.starts_with(HASHED) && !path.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

/// Whether the client accepts JSON and not HTML. Browsers accept HTML; link previewers accept anything.
fn asks_for_json(request: &Request) -> bool {
    let accepted = request.header(header::ACCEPT).unwrap_or_default();
    accepted.contains("json") && !accepted.contains("text/html")
}

fn answer_with(file: EncodedFile, media_type: HeaderValue, request: &Request) -> Response {
    let is_known = file.etag.known_as(request.header(header::IF_NONE_MATCH)).is_some();
    let mut answer = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { file.bytes.into_response() };
    let headers = answer.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.extend(file.etag.header().map(|etag| (header::ETAG, etag)));
    if is_known {
        headers.remove(header::CONTENT_TYPE);
    } else {
        headers.insert(header::CONTENT_TYPE, media_type);
        headers.extend(file.coding.header().map(|coding| (header::CONTENT_ENCODING, coding)));
    }
    answer
}

/// 404 with instructions to build the pages.
fn not_built() -> Response {
    let mut answer = NOT_BUILT.into_response();
    answer.set_status(StatusCode::NOT_FOUND);
    answer.headers_mut().insert(header::CONTENT_TYPE, HTML);
    answer.set_data(PageSecurity(POLICY));
    answer.set_data(OperationId("webPage"));
    answer
}

/// The media types of the files that the web build writes.
fn media_type_of(path: &str) -> HeaderValue {
    HeaderValue::from_static(match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    })
}
