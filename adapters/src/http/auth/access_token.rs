//! Bearer access tokens.

use std::fmt;
use std::sync::Arc;

use boxoffice_domain::shared::Actor;
use poem::http::{HeaderMap, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::super::problem::{Problem, kind};
use super::super::request_context::RequestContext;
use super::token_verifier::{TokenRefusal, VerifiedToken};

/// The name of the scheme in the API's description.
pub(crate) const ACCESS_TOKEN: &str = "access_token";
/// The longest access token, in bytes. A longer text is not worth a signature check.
const TOKEN_MAX: usize = 4096;

/// The logged-in user. A request without an access token is refused.
#[derive(Debug)]
pub(crate) struct LoggedIn(pub(crate) Actor, pub(crate) Grant);

/// The verified token of a request, for responses that last longer than a moment.
#[derive(Clone)]
pub(crate) struct Grant {
    request_context: Arc<RequestContext>,
    token: VerifiedToken,
}

impl Grant {
    /// Whether the account has changed since the request, so that the response must end.
    pub(crate) fn is_revoked(&self) -> bool {
        self.request_context.tokens.check(self.token, self.request_context.now()) == Err(TokenRefusal::Revoked)
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Grant").field(&self.token).finish()
    }
}

/// The user, if logged in. An invalid token is refused all the same: its sender must log in again and must not be
/// served as anonymous.
#[derive(Debug)]
pub(crate) struct MaybeUser(pub(crate) Actor);

/// The user of a request, and the token that proves it. `None` without a token.
fn grant_of(request: &Request) -> Result<Option<(Actor, Grant)>, Problem> {
    let request_context = RequestContext::of(request)?;
    let Some(token) = bearer_token(request.headers())? else {
        return Ok(None);
    };
    let token = request_context.tokens.verify(token, request_context.now())?;
    tracing::Span::current().record("user", tracing::field::display(token.user));
    let actor = Actor::User { id: token.user, role: token.role };
    Ok(Some((actor, Grant { request_context: Arc::clone(request_context), token })))
}

/// Refuses a request without a valid access token, before anything else is checked.
pub(crate) fn check_access_token(request: &Request) -> Result<(), Problem> {
    let request_context = RequestContext::of(request)?;
    let token = bearer_token(request.headers())?.ok_or_else(|| Problem::new(kind::LOGIN_REQUIRED))?;
    request_context.tokens.verify(token, request_context.now())?;
    Ok(())
}

fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let refused = || Problem::new(kind::INVALID_TOKEN);
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| refused())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(refused)?;
    let token = token.trim();
    let fits = scheme.eq_ignore_ascii_case("bearer") && (1..=TOKEN_MAX).contains(&token.len());
    if fits { Ok(Some(token)) } else { Err(refused()) }
}

fn register_scheme(registry: &mut Registry) {
    registry.create_security_scheme(
        ACCESS_TOKEN,
        MetaSecurityScheme {
            ty: "http",
            description: Some("The `access_token` of `POST /sessions`, valid for some minutes."),
            name: None,
            key_in: None,
            scheme: Some("bearer"),
            bearer_format: Some("JWT"),
            flows: None,
            openid_connect_url: None,
        },
    );
}

impl<'request> ApiExtractor<'request> for LoggedIn {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        register_scheme(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![ACCESS_TOKEN]
    }

    async fn from_request(
        request: &'request Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let (actor, grant) = grant_of(request)?.ok_or_else(|| Problem::new(kind::LOGIN_REQUIRED))?;
        Ok(Self(actor, grant))
    }
}

impl<'request> ApiExtractor<'request> for MaybeUser {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        register_scheme(registry);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![ACCESS_TOKEN]
    }

    fn has_security_fallback() -> bool {
        true
    }

    async fn from_request(
        request: &'request Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self(grant_of(request)?.map_or(Actor::Anonymous, |(actor, _)| actor)))
    }
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderMap, HeaderValue, header};

    use super::bearer_token;

    fn token(value: &str) -> Result<Option<String>, &'static str> {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap())]);
        bearer_token(&headers).map(|token| token.map(str::to_owned)).map_err(|problem| problem.kind().code)
    }

    #[test]
    fn only_a_bearer_token_is_accepted() {
        assert_eq!(bearer_token(&HeaderMap::new()).unwrap(), None);
        assert_eq!(token("bearer abc.def"), Ok(Some("abc.def".to_owned())));
        for value in ["Basic dXNlcg==", "Bearer", "Bearer ", "abc.def", &format!("Bearer {}", "x".repeat(5000))] {
            assert_eq!(token(value), Err("invalid_token"), "{value}");
        }
    }
}
