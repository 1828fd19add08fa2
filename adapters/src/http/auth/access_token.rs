//! Bearer access tokens.

use boxoffice_domain::shared::{Actor, Timestamp};
use poem::http::{HeaderMap, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::super::edge::Edge;
use super::super::problem::{Problem, kind};

const SCHEME_NAME: &str = "access_token";
/// Longer texts are no token of ours, and not worth a signature check; in bytes.
const TOKEN_MAX: usize = 4096;

/// Tells who an access token was issued to.
pub trait VerifyAccessToken: Send + Sync {
    /// The user of a token that is genuine and has not expired at `now`; `None` for any other text.
    fn verify(&self, token: &str, now: Timestamp) -> Option<Actor>;
}

/// Whoever is logged in; a request without a token is refused.
#[derive(Debug)]
pub(crate) struct LoggedIn(pub(crate) Actor);

/// Whoever it is, logged in or not. A token that is no good is refused all the same: its sender wants to log in again
/// and not to see what strangers see.
#[derive(Debug)]
pub(crate) struct Anybody(pub(crate) Actor);

fn actor_of(request: &Request) -> Result<Actor, Problem> {
    let edge = Edge::of(request)?;
    let Some(token) = bearer_token(request.headers())? else {
        return Ok(Actor::Anonymous);
    };
    let actor = edge.tokens.verify(token, edge.now()).ok_or_else(|| Problem::new(kind::INVALID_TOKEN))?;
    if let Some(user) = actor.user_id() {
        tracing::Span::current().record("user", tracing::field::display(user));
    }
    Ok(actor)
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
        SCHEME_NAME,
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
        vec![SCHEME_NAME]
    }

    async fn from_request(
        request: &'request Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        match actor_of(request)? {
            Actor::Anonymous => Err(Problem::new(kind::LOGIN_REQUIRED).into()),
            actor @ (Actor::User { .. } | Actor::System) => Ok(Self(actor)),
        }
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
        Ok(Self(actor_of(request)?))
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
