//! Security headers of responses.

use poem::http::{HeaderMap, HeaderName, HeaderValue, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The policy for data: nothing in it may run or be framed.
const DATA_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// One year, as required by browsers' preload lists.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// The content security policy of a page, attached to its response as data. Responses without it get the policy for
/// data.
#[derive(Debug, Clone)]
pub(crate) struct PageSecurity(pub(crate) HeaderValue);

/// Adds the headers to every response.
pub(crate) struct SecurityHeaders {
    /// Whether to send HSTS.
    pub(crate) hsts: bool,
}

impl<E: Endpoint> Middleware<E> for SecurityHeaders {
    type Output = SecurityHeadersEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        SecurityHeadersEndpoint { inner, hsts: self.hsts }
    }
}

pub(crate) struct SecurityHeadersEndpoint<E> {
    inner: E,
    hsts: bool,
}

impl<E: Endpoint> Endpoint for SecurityHeadersEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let mut answer = self.inner.call(request).await?.into_response();
        let policy = answer.data::<PageSecurity>().map_or(DATA_POLICY, |page| page.0.clone());
        add(answer.headers_mut(), policy, self.hsts);
        Ok(answer)
    }
}

/// Adds the headers to a data response.
pub(crate) fn add_for_data(headers: &mut HeaderMap, hsts: bool) {
    add(headers, DATA_POLICY, hsts);
}

fn add(headers: &mut HeaderMap, policy: HeaderValue, hsts: bool) {
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
    headers.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    // A response without a caching policy may contain personal data.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
}
