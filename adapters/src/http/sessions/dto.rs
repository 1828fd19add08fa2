//! Documents of sessions.

use boxoffice_domain::users::{RefreshTokenSecret, Session};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaHeader, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{Example, Type};
use poem_openapi::{ApiResponse, Enum, Object};
use serde::{Deserialize, Serialize};

use super::super::json::{Json, response_with};
use super::super::strict_object::{present, read_from_objects};
use super::super::users::UserDocument;

read_from_objects!(LogInBody, RefreshTokenBody);

/// Where the refresh token is returned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefreshTokenIn {
    /// In a cookie that scripts cannot read; for browsers.
    #[default]
    Cookie,
    /// In the body; for other clients.
    Body,
}

/// A log-in.
#[derive(Object, Deserialize)]
#[oai(rename = "LogIn", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct LogInBody {
    /// The username or the e-mail address.
    #[oai(validator(max_length = 254))]
    pub(crate) login: String,
    /// The password.
    #[oai(validator(max_length = 128))]
    pub(crate) password: String,
    /// Where the refresh token is returned; `cookie` if absent.
    #[serde(default, deserialize_with = "present")]
    pub(crate) refresh_token_in: Option<RefreshTokenIn>,
}

impl Example for LogInBody {
    fn example() -> Self {
        Self { login: "ana".to_owned(), password: "velvet otter harbour 9".to_owned(), refresh_token_in: None }
    }
}

/// The refresh token of a client that stores it itself.
#[derive(Object, Deserialize)]
#[oai(rename = "RefreshToken", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct RefreshTokenBody {
    /// The newest `refresh_token` of the session.
    #[oai(validator(max_length = 64))]
    refresh_token: String,
}

impl RefreshTokenBody {
    /// The token; `None` if it is malformed.
    pub(crate) fn secret(&self) -> Option<RefreshTokenSecret> {
        RefreshTokenSecret::parse(&self.refresh_token)
    }
}

impl Example for RefreshTokenBody {
    fn example() -> Self {
        Self { refresh_token: "9f".repeat(32) }
    }
}

/// A session.
#[derive(Object, Serialize, Deserialize)]
#[oai(rename = "Session", skip_serializing_if_is_none, example)]
pub(crate) struct SessionDocument {
    /// For the header `Authorization: Bearer …` of each request.
    access_token: String,
    /// Always `Bearer`.
    token_type: String,
    /// Seconds until the access token expires.
    expires_in: u32,
    /// The logged-in user.
    user: UserDocument,
    /// The refresh token for `POST /sessions/refresh`, valid for one use; only if it was requested in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

impl SessionDocument {
    /// The document of a session; with the refresh token if the client stores it itself.
    pub(crate) fn of(session: Session, refresh_token_in: RefreshTokenIn) -> Self {
        let refresh_token = match refresh_token_in {
            RefreshTokenIn::Cookie => None,
            RefreshTokenIn::Body => Some(session.refresh.expose()),
        };
        Self {
            access_token: session.access.token,
            token_type: "Bearer".to_owned(),
            expires_in: session.access.expires_in_seconds,
            user: session.user.into(),
            refresh_token,
        }
    }
}

impl Example for SessionDocument {
    fn example() -> Self {
        Self {
            access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTk4In0.Zm9v".to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: 600,
            user: UserDocument::example(),
            refresh_token: None,
        }
    }
}

fn set_cookie_header() -> MetaHeader {
    MetaHeader {
        name: "Set-Cookie".to_owned(),
        description: Some("The refresh cookie: stored, or cleared.".to_owned()),
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}

fn set_cookie(answer: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

/// 200 with a session, and with the cookie if the refresh token is stored in it.
pub(crate) struct LoggedInReply {
    /// The session.
    pub(crate) session: SessionDocument,
    /// The `Set-Cookie` header.
    pub(crate) cookie: Option<HeaderValue>,
}

impl IntoResponse for LoggedInReply {
    fn into_response(self) -> Response {
        let mut answer = Json(self.session).into_response();
        set_cookie(&mut answer, self.cookie);
        answer
    }
}

impl ApiResponse for LoggedInReply {
    fn meta() -> MetaResponses {
        let mut shown = response_with::<SessionDocument>(StatusCode::OK, "Success");
        shown.headers = vec![set_cookie_header()];
        MetaResponses { responses: vec![shown] }
    }

    fn register(registry: &mut Registry) {
        SessionDocument::register(registry);
    }
}

/// 204 that clears the cookie.
pub(crate) struct LoggedOutReply {
    /// The `Set-Cookie` header, with an empty and expired cookie.
    pub(crate) cookie: Option<HeaderValue>,
}

impl IntoResponse for LoggedOutReply {
    fn into_response(self) -> Response {
        let mut answer = StatusCode::NO_CONTENT.into_response();
        set_cookie(&mut answer, self.cookie);
        answer
    }
}

impl ApiResponse for LoggedOutReply {
    fn meta() -> MetaResponses {
        let done = MetaResponse {
            description: "Logged out, or was not logged in",
            status: Some(StatusCode::NO_CONTENT.as_u16()),
            status_range: None,
            content: Vec::new(),
            headers: vec![set_cookie_header()],
        };
        MetaResponses { responses: vec![done] }
    }

    fn register(_registry: &mut Registry) {}
}
