//! Refresh tokens: in an HttpOnly cookie for browsers, in the body for other clients.

use boxoffice_domain::shared::Timestamp;
use boxoffice_domain::users::RefreshTokenSecret;
use poem::http::{HeaderMap, HeaderValue, header};
use poem::web::cookie::{Cookie, SameSite};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::super::problem::{Problem, kind};
use super::super::request_context::RequestContext;

const SCHEME_NAME: &str = "refresh_token";
const COOKIE_NAME: &str = "boxoffice_refresh";
/// The only path that browsers send the cookie to.
const COOKIE_PATH: &str = "/api/v1/sessions";

/// The attributes of the cookie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RefreshCookieSettings {
    /// Whether browsers send it over HTTPS only.
    pub(crate) secure: bool,
}

impl RefreshCookieSettings {
    /// The `Set-Cookie` header that stores a token until it expires.
    pub(crate) fn store(
        self,
        token: &RefreshTokenSecret,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Option<HeaderValue> {
        let seconds = u64::try_from(expires_at.seconds_since(now)).unwrap_or(0);
        self.header(&token.expose(), std::time::Duration::from_secs(seconds))
    }

    /// The `Set-Cookie` header that deletes the token.
    pub(crate) fn clear(self) -> Option<HeaderValue> {
        self.header("", std::time::Duration::ZERO)
    }

    fn header(self, value: &str, max_age: std::time::Duration) -> Option<HeaderValue> {
        let mut cookie = Cookie::new_with_str(COOKIE_NAME, value);
        cookie.set_path(COOKIE_PATH);
        cookie.set_http_only(true);
        cookie.set_secure(self.secure);
        cookie.set_same_site(SameSite::Strict);
        cookie.set_max_age(max_age);
        HeaderValue::from_str(&cookie.to_string()).ok()
    }
}

/// The token in the request's cookie, if present. Browsers send the cookie automatically, so a request that carries it
/// must come from one of our own pages.
#[derive(Debug)]
pub(crate) struct RefreshCookie(pub(crate) Option<RefreshTokenSecret>);

impl<'request> ApiExtractor<'request> for RefreshCookie {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            SCHEME_NAME,
            MetaSecurityScheme {
                ty: "apiKey",
                description: Some("The refresh token of `POST /sessions`; browsers keep and send it by themselves."),
                name: Some(COOKIE_NAME),
                key_in: Some("cookie"),
                scheme: None,
                bearer_format: None,
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME_NAME]
    }

    fn has_security_fallback() -> bool {
        true
    }

    async fn from_request(
        request: &'request Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let request_context = RequestContext::of(request)?;
        let Some(value) = cookie_value(request.headers()) else {
            return Ok(Self(None));
        };
        let own_authority =
            request.header("host").or_else(|| request.original_uri().authority().map(|own| own.as_str()));
        if !comes_from_own_page(request.headers(), own_authority, &request_context.allowed_origins) {
            return Err(Problem::new(kind::CROSS_SITE_REQUEST).into());
        }
        Ok(Self(RefreshTokenSecret::parse(value)))
    }
}

fn cookie_value(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, value)| (name == COOKIE_NAME && !value.is_empty()).then_some(value))
}

/// Whether the request comes from one of our own pages. A client that sends neither `Sec-Fetch-Site` nor `Origin` is
/// not a modern browser, so no foreign page can make it send the cookie.
fn comes_from_own_page(headers: &HeaderMap, own_authority: Option<&str>, allowed_origins: &[String]) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let origin = text("origin");
    if origin.is_some_and(|origin| allowed_origins.iter().any(|allowed| allowed == origin)) {
        return true;
    }
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    origin.is_none_or(|origin| origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == own_authority))
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::Timestamp;
    use boxoffice_domain::users::RefreshTokenSecret;
    use poem::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{RefreshCookieSettings, comes_from_own_page, cookie_value};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn the_cookie_is_hidden_from_scripts_and_other_sites() {
        let token = RefreshTokenSecret::parse(&"a7".repeat(32)).unwrap();
        let now = Timestamp::from_micros(0);
        let header = RefreshCookieSettings { secure: true }.store(&token, now.plus_seconds(3600), now).unwrap();
        let header = header.to_str().unwrap();
        for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/api/v1/sessions", "Max-Age=3600"] {
            assert!(header.contains(part), "{part} is missing in {header}");
        }
        let cleared = RefreshCookieSettings { secure: false }.clear().unwrap();
        assert!(cleared.to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(cookie_value(&headers(&[("cookie", "theme=dark; boxoffice_refresh=abc")])), Some("abc"));
        assert_eq!(cookie_value(&headers(&[("cookie", "xboxoffice_refresh=abc; boxoffice_refresh=")])), None);
    }

    #[test]
    fn only_own_pages_use_the_cookie() {
        let own = |pairs: &[(&'static str, &'static str)]| {
            comes_from_own_page(&headers(pairs), Some("a.example"), &["https://tickets.example".to_owned()])
        };
        assert!(own(&[]));
        assert!(own(&[("origin", "https://a.example")]));
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("origin", "https://tickets.example"), ("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("origin", "https://evil.example")]));
        assert!(!own(&[("origin", "null")]));
        assert!(!own(&[("origin", "https://a.example"), ("sec-fetch-site", "same-site")]));
    }
}
