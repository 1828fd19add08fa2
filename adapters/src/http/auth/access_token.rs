//! Bearer access tokens.

use std::fmt;
use std::sync::Arc;

use boxoffice_domain::shared::{Actor, Role, Timestamp, UserId};
use poem::http::{HeaderMap, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::super::edge::Edge;
use super::super::problem::{Problem, kind};

/// The name of the scheme in the API's description.
pub(crate) const ACCESS_TOKEN: &str = "access_token";
/// Longer texts are no token of ours, and not worth a signature check; in bytes.
const TOKEN_MAX: usize = 4096;

/// What an access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedToken {
    /// Who it was issued to.
    pub user: UserId,
    /// Their role then.
    pub role: Role,
    /// Which version of their account that was.
    pub version: u64,
}

/// Why an access token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    /// It is not genuine, or has expired.
    Invalid,
    /// The account has changed since it was issued.
    Revoked,
    /// Whether the account has changed cannot be known at the moment.
    Unknown,
}

impl From<TokenRefusal> for Problem {
    fn from(refusal: TokenRefusal) -> Self {
        match refusal {
            TokenRefusal::Invalid => Self::new(kind::INVALID_TOKEN),
            TokenRefusal::Revoked => Self::new(kind::TOKEN_REVOKED),
            TokenRefusal::Unknown => Self::unavailable(),
        }
    }
}

/// Tells who an access token was issued to.
pub trait VerifyAccessToken: Send + Sync {
    /// What a token says that counts at `now`.
    ///
    /// # Errors
    /// [`TokenRefusal`].
    fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, TokenRefusal>;

    /// Whether the account of a token that was verified before is still as it was; the token itself may have expired.
    ///
    /// # Errors
    /// [`TokenRefusal`], never `Invalid`.
    fn check(&self, token: VerifiedToken, now: Timestamp) -> Result<(), TokenRefusal>;
}

/// Whoever is logged in; a request without a token is refused.
#[derive(Debug)]
pub(crate) struct LoggedIn(pub(crate) Actor, pub(crate) Grant);

/// The right by which somebody is logged in, for answers that take longer than a moment.
#[derive(Clone)]
pub(crate) struct Grant {
    edge: Arc<Edge>,
    token: VerifiedToken,
}

impl Grant {
    /// Whether the account has changed meanwhile, so that the answer must end.
    pub(crate) fn is_revoked(&self) -> bool {
        self.edge.tokens.check(self.token, self.edge.now()) == Err(TokenRefusal::Revoked)
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Grant").field(&self.token).finish()
    }
}

/// Whoever it is, logged in or not. A token that is no good is refused all the same: its sender wants to log in again
/// and not to see what strangers see.
#[derive(Debug)]
pub(crate) struct Anybody(pub(crate) Actor);

/// Who is logged in, and by which right.
fn grant_of(request: &Request) -> Result<Option<(Actor, Grant)>, Problem> {
    let edge = Edge::of(request)?;
    let Some(token) = bearer_token(request.headers())? else {
        return Ok(None);
    };
    let token = edge.tokens.verify(token, edge.now())?;
    tracing::Span::current().record("user", tracing::field::display(token.user));
    let actor = Actor::User { id: token.user, role: token.role };
    Ok(Some((actor, Grant { edge: Arc::clone(edge), token })))
}

/// Refuses a request that has no access token, or one that is no good, before anything else of it is looked at.
pub(crate) fn check_access_token(request: &Request) -> Result<(), Problem> {
    let edge = Edge::of(request)?;
    let token = bearer_token(request.headers())?.ok_or_else(|| Problem::new(kind::LOGIN_REQUIRED))?;
    edge.tokens.verify(token, edge.now())?;
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
            description: Some("The `access_token` of `POST /sessions`, good for some minutes."),
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

impl<'request> ApiExtractor<'request> for Anybody {
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
    fn only_a_bearer_token_is_a_token() {
        assert_eq!(bearer_token(&HeaderMap::new()).unwrap(), None);
        assert_eq!(token("bearer abc.def"), Ok(Some("abc.def".to_owned())));
        for value in ["Basic dXNlcg==", "Bearer", "Bearer ", "abc.def", &format!("Bearer {}", "x".repeat(5000))] {
            assert_eq!(token(value), Err("invalid_token"), "{value}");
        }
    }
}
