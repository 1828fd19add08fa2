//! The endpoints of the document and of its page, each rendered once.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use poem::endpoint::make_sync;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use poem_openapi::{OpenApi, OpenApiService, OperationId};
use sha2::{Digest, Sha256};

use super::super::etag::ETag;
use super::super::middleware::PageSecurity;
use super::super::request_context::RequestContext;
use crate::responses::{Accepted, CachedResponse};

/// Serves `/openapi.json`.
pub(crate) fn document_endpoint(document: &str) -> impl Endpoint<Output = Response> + 'static {
    static_endpoint("openApiDocument", "application/json", document.to_owned().into(), None)
}

/// Serves `/docs`: Swagger UI with the document embedded. Its scripts are allowed by hash, so that no other script
/// runs.
pub(crate) fn docs_endpoint<T: OpenApi>(
    service: &OpenApiService<T, ()>,
    document: &str,
) -> impl Endpoint<Output = Response> + 'static {
    // The page contains the document as poem-openapi wrote it. A closing tag in a text would end the script.
    let page = service.swagger_ui_html().replace(&service.spec(), &document.replace("</", "<\\/"));
    let security = PageSecurity(policy_of(&page));
    static_endpoint("documentationPage", "text/html; charset=utf-8", page.into(), Some(security))
}

fn static_endpoint(
    name: &'static str,
    content_type: &'static str,
    body: Bytes,
    security: Option<PageSecurity>,
) -> impl Endpoint<Output = Response> + 'static {
    let rendering = Arc::new(CachedResponse::lasting(ETag::of_content(&body).text(), body));
    make_sync(move |request: Request| {
        let now = RequestContext::of(&request)?.now();
        let form = rendering.form(Accepted::of(request.headers()), now);
        let known_as = request.header(header::IF_NONE_MATCH).and_then(|tags| rendering.known_as(tags, form));
        let mut answer = match known_as {
            Some(_) => StatusCode::NOT_MODIFIED.into_response(),
            None => form.body.clone().into_response(),
        };
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=0, must-revalidate"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if known_as.is_none() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            headers.extend(form.coding.header().map(|coding| (header::CONTENT_ENCODING, coding)));
        }
        headers.insert(header::ETAG, known_as.unwrap_or_else(|| form.etag.clone()));
        answer.set_data(OperationId(name));
        if let Some(security) = &security {
            answer.set_data(security.clone());
        }
        Ok::<_, poem::Error>(answer)
    })
}

/// Allows exactly the scripts of the page, the inline styles of Swagger UI, and calls to the API.
fn policy_of(page: &str) -> HeaderValue {
    let hashes: Vec<String> = scripts(page).map(hash_of).collect();
    let policy = format!(
        "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
         frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        hashes.join(" ")
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn hash_of(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

/// The texts between script tags.
fn scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("</script>").filter_map(|before| {
        let (_, tag_and_script) = before.split_once("<script")?;
        tag_and_script.split_once('>').map(|(_, script)| script)
    })
}

#[cfg(test)]
mod tests {
    use super::scripts;

    #[test]
    fn every_script_of_a_page_is_found() {
        let page = "<html><script charset=\"UTF-8\">one()</script><p>text</p><script>two()</script></html>";
        assert_eq!(scripts(page).collect::<Vec<_>>(), ["one()", "two()"]);
    }
}
