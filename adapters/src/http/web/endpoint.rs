//! Answers requests for the web pages.

use std::sync::Arc;

use poem::endpoint::make_sync;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use poem_openapi::OperationId;

use super::super::middleware::PageSecurity;
use super::super::problem::{Problem, kind};
use super::files::{WebFiles, form_of};
use crate::cache::Accepted;

/// The page that every address of the shop shows; its scripts look at the address.
const INDEX: &str = "index.html";
/// Files whose names change with what is in them.
const HASHED: &str = "assets/";
/// Addresses of programs, which a page would only confuse.
const API: &str = "api";

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("no-cache");
const ALLOWED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The pages run their own scripts and talk to their own server, nothing else. Their components write styles, which is why
/// those are let in.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);

/// What people see of a program that was built without the pages.
const NOT_BUILT: &str = include_str!("not_built.html");

/// Answers with the files, and with the first page to whoever navigates to an address that is no file.
pub(crate) fn web_endpoint(files: Arc<dyn WebFiles>) -> impl Endpoint<Output = Response> + 'static {
    make_sync(move |request: Request| answer(files.as_ref(), &request))
}

fn answer(files: &dyn WebFiles, request: &Request) -> poem::Result<Response> {
    let path = request.original_uri().path().trim_start_matches('/');
    let is_file = files.find(path).is_some();
    let wants_page = path.is_empty() || (is_page_address(path) && navigates(request));
    if !is_file && !wants_page {
        return Err(Problem::new(kind::NOT_FOUND).into());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Problem::new(kind::METHOD_NOT_ALLOWED).with_header(header::ALLOW, ALLOWED_METHODS).into());
    }
    let path = if is_file { path } else { INDEX };
    Ok(file(files, path, request).unwrap_or_else(not_built))
}

/// Whether an address may be one of the shop's: those of the API and of files, which have an ending, are not.
fn is_page_address(path: &str) -> bool {
    let first = path.split('/').next();
    first != Some(API) && !path.starts_with(HASHED) && !path.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

/// Whether a person goes there, rather than a script that fetches something.
fn navigates(request: &Request) -> bool {
    request.header(header::ACCEPT).is_some_and(|accepted| accepted.contains("text/html"))
}

fn file(files: &dyn WebFiles, path: &str, request: &Request) -> Option<Response> {
    let form = form_of(files, path, Accepted::of(request.headers()))?;
    let known = form.etag.is_known_to(request.header(header::IF_NONE_MATCH));
    let mut answer = if known { StatusCode::NOT_MODIFIED.into_response() } else { form.bytes.into_response() };
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, if path.starts_with(HASHED) { IMMUTABLE } else { ASK_EACH_TIME });
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.extend(form.etag.header().map(|etag| (header::ETAG, etag)));
    if known {
        headers.remove(header::CONTENT_TYPE);
    } else {
        headers.insert(header::CONTENT_TYPE, media_type_of(path));
        headers.extend(form.coding.header().map(|coding| (header::CONTENT_ENCODING, coding)));
    }
    if path == INDEX {
        answer.set_data(PageSecurity(POLICY));
        answer.set_data(OperationId("webPage"));
    } else {
        answer.set_data(OperationId("webFile"));
    }
    Some(answer)
}

/// 404 with the way to build the pages.
fn not_built() -> Response {
    let mut answer = NOT_BUILT.into_response();
    answer.set_status(StatusCode::NOT_FOUND);
    answer.headers_mut().insert(header::CONTENT_TYPE, HTML);
    answer.set_data(PageSecurity(POLICY));
    answer.set_data(OperationId("webPage"));
    answer
}

/// The media types of what the builder of the pages writes.
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
