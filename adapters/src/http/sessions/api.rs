//! `/sessions`.

use std::sync::Arc;

use boxoffice_domain::shared::Clock;
use boxoffice_domain::users::{LogInError, RefreshError, Session, Sessions};
use poem_openapi::OpenApi;

use super::super::auth::{RefreshCookie, RefreshCookieSettings};
use super::super::json::{Json, OptionalJson};
use super::super::openapi::Tags;
use super::super::problem::Refused;
use super::super::rate_limit::{Attempt, PasswordAttempts};
use super::dto::{LogInBody, LoggedInReply, LoggedOutReply, RefreshTokenBody, RefreshTokenIn, SessionDocument};
use super::problem::LogOutError;

/// The operations on sessions.
pub(crate) struct SessionsApi {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) cookie: RefreshCookieSettings,
    pub(crate) clock: Arc<dyn Clock>,
    /// `None` when limits are switched off.
    pub(crate) attempts: Option<Arc<PasswordAttempts>>,
}

#[OpenApi(tag = "Tags::Sessions")]
impl SessionsApi {
    /// Log in
    ///
    /// Returns an access token that is valid for minutes and a refresh token that is valid for days. Browsers get the
    /// refresh token in a cookie; other clients request it in the body. After wrong passwords the next attempt must
    /// wait, longer each time.
    #[oai(path = "/sessions", method = "post", operation_id = "logIn")]
    async fn log_in(&self, body: Json<LogInBody>) -> Result<LoggedInReply, Refused<LogInError>> {
        let LogInBody { login, password, refresh_token_in } = body.0;
        let attempt = self.attempts.as_ref().map(|attempts| attempts.begin(&login)).transpose()?;
        let outcome = self.sessions.log_in(&login, &password).await;
        if let Some(attempt) = attempt {
            note(attempt, &outcome);
        }
        Ok(self.reply(outcome?, refresh_token_in.unwrap_or_default()))
    }

    /// Refresh a session
    ///
    /// Exchanges the refresh token, from the cookie or from the body, for a new pair of tokens. Each refresh token is
    /// valid for one use. When a response is lost, repeat the request with the same token: it returns the same refresh
    /// token until that one is used. A token that is repeated after that must have been stolen, and ends the session.
    /// Every session ends some time after its log-in.
    #[oai(path = "/sessions/refresh", method = "post", operation_id = "refreshSession")]
    async fn refresh(
        &self,
        cookie: RefreshCookie,
        body: OptionalJson<RefreshTokenBody>,
    ) -> Result<LoggedInReply, Refused<RefreshError>> {
        let (secret, refresh_token_in) = match body.0 {
            Some(body) => (body.secret(), RefreshTokenIn::Body),
            None => (cookie.0, RefreshTokenIn::Cookie),
        };
        let session = self.sessions.refresh(&secret.ok_or(RefreshError::Unknown)?).await?;
        Ok(self.reply(session, refresh_token_in))
    }

    /// Log out
    ///
    /// Ends the session of the refresh token in the cookie or in the body. Access tokens that are already issued stay
    /// valid until they expire.
    #[oai(path = "/sessions/current", method = "delete", operation_id = "logOut")]
    async fn log_out(
        &self,
        cookie: RefreshCookie,
        body: OptionalJson<RefreshTokenBody>,
    ) -> Result<LoggedOutReply, Refused<LogOutError>> {
        let secret = match body.0 {
            Some(body) => Some(body.secret().ok_or(LogOutError::NoToken)?),
            None => cookie.0,
        };
        if let Some(secret) = secret {
            self.sessions.log_out(&secret).await.map_err(LogOutError::Store)?;
        }
        Ok(LoggedOutReply { cookie: self.cookie.clear() })
    }
}

/// Records the outcome of a password attempt.
fn note(attempt: Attempt, outcome: &Result<Session, LogInError>) {
    match outcome {
        Ok(_) | Err(LogInError::Suspended) => attempt.succeeded(),
        Err(LogInError::WrongCredentials) => {}
        Err(LogInError::Busy | LogInError::Security(_) | LogInError::Store(_)) => attempt.void(),
    }
}

impl SessionsApi {
    fn reply(&self, session: Session, refresh_token_in: RefreshTokenIn) -> LoggedInReply {
        let cookie = match refresh_token_in {
            RefreshTokenIn::Cookie => self.cookie.store(&session.refresh, session.refresh_expires_at, self.clock.now()),
            RefreshTokenIn::Body => None,
        };
        LoggedInReply { session: SessionDocument::of(session, refresh_token_in), cookie }
    }
}
