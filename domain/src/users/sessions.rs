//! Sessions: short-lived access tokens, and a chain of refresh tokens, each used once.

use std::sync::Arc;

use crate::shared::{Clock, IdGenerator, RefreshFamilyId, RefreshTokenId, StoreError, Timestamp, UserId};
use crate::store::{Store, in_unit};

use super::email::login_forms;
use super::{
    AccessToken, AccessTokens, Email, LogInError, Password, PasswordHasher, RefreshError, RefreshToken,
    RefreshTokenSecret, TokenHash, User, UserProfile, UserQueries, UserStatus, UserUnit,
};

/// How long after its use a refresh token may be sent again without being counted, in seconds. Two tabs of a browser
/// can send the same token.
const GRACE_SECONDS: i64 = 10;
/// How often tokens of one log-in may be sent again after the grace period. On a bad network, responses are lost now
/// and then. A thief who uses stolen tokens beside their owner repeats a token each time, and so reaches the limit.
const LATE_REPEATS_MAX: u32 = 10;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The lifetimes of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLifetimes {
    /// How long a session lasts without being used, in seconds.
    pub unused_seconds: i64,
    /// How long a session lasts at most after the log-in, in seconds.
    pub absolute_seconds: i64,
}

impl Default for SessionLifetimes {
    /// 30 days unused, 90 days at most.
    fn default() -> Self {
        Self { unused_seconds: 30 * DAY_SECONDS, absolute_seconds: 90 * DAY_SECONDS }
    }
}

/// The longest name or address to log in with, in bytes as typed. Full-width characters take three bytes each.
const LOGIN_LENGTH_MAX: usize = 3 * Email::MAX_LENGTH;

/// The tokens that a client gets by logging in or refreshing.
#[derive(Debug, Clone)]
pub struct Session {
    /// The user who logged in.
    pub user: UserProfile,
    /// The token to send with each request.
    pub access: AccessToken,
    /// The token to exchange for the next session tokens.
    pub refresh: RefreshTokenSecret,
    /// When the refresh token expires.
    pub refresh_expires_at: Timestamp,
}

/// The use cases of sessions. Each unit locks the user's row before it decides, so units for the same user run one
/// after another: no session can begin or continue while its account is being suspended.
pub struct Sessions {
    store: Arc<dyn Store<dyn UserUnit>>,
    queries: Arc<dyn UserQueries>,
    hasher: Arc<dyn PasswordHasher>,
    access_tokens: Arc<dyn AccessTokens>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    lifetimes: SessionLifetimes,
}

/// The outcome of exchanging a refresh token.
enum Exchange {
    Continued(Box<Session>),
    /// The token is refused. No error, so that the unit commits what it revoked.
    Refused,
}

impl Sessions {
    /// Creates the service over these ports.
    pub fn new(
        store: Arc<dyn Store<dyn UserUnit>>,
        queries: Arc<dyn UserQueries>,
        hasher: Arc<dyn PasswordHasher>,
        access_tokens: Arc<dyn AccessTokens>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        lifetimes: SessionLifetimes,
    ) -> Self {
        Self { store, queries, hasher, access_tokens, clock, ids, lifetimes }
    }

    /// Begins a session for the user with this name or address. An unknown user and a wrong password give the same
    /// error after the same time.
    ///
    /// # Errors
    /// [`LogInError`]; each variant is one reason.
    pub async fn log_in(&self, login: &str, password: &str) -> Result<Session, LogInError> {
        let password = Password::offered(password).ok_or(LogInError::WrongCredentials)?;
        if login.len() > LOGIN_LENGTH_MAX {
            return Err(LogInError::WrongCredentials);
        }
        let mut found = None;
        for form in login_forms(login) {
            found = self.queries.find_by_login(&form).await?;
            if found.is_some() {
                break;
            }
        }
        let hash = found.as_ref().and_then(|user| user.password_hash.clone());
        let is_right = self.hasher.verify(password, hash).await?;
        let Some(checked) = found.filter(|_| is_right) else {
            return Err(LogInError::WrongCredentials);
        };
        let checked = &checked;
        in_unit(self.store.as_ref(), "sessions.log_in", |unit, _| Box::pin(self.begin(unit, checked))).await
    }

    async fn begin(&self, unit: &mut dyn UserUnit, checked: &User) -> Result<Session, LogInError> {
        let now = self.clock.now();
        let found = unit.users().get(checked.id).await?;
        let unchanged = found.filter(|user| user.password_hash == checked.password_hash);
        let user = unchanged.ok_or(LogInError::WrongCredentials)?;
        match user.status {
            UserStatus::Active => {}
            UserStatus::Suspended => return Err(LogInError::Suspended),
            UserStatus::Erased => return Err(LogInError::WrongCredentials),
        }
        let access = self.access_tokens.issue(&user, now)?;
        let family =
            TokenFamily { id: RefreshFamilyId::generate(self.ids.as_ref()), session_started_at: now, late_repeats: 0 };
        let refresh = RefreshTokenSecret::generate(self.ids.as_ref());
        let refresh_expires_at = self.issue_refresh_token(unit, user.id, &refresh, family, now).await?;
        Ok(Session { user: user.profile(), access, refresh, refresh_expires_at })
    }

    /// Exchanges a refresh token for the next one of the same log-in. A token that is sent again gets the same next
    /// one, as long as that is unused: the response was lost, or two tabs sent the token. If the next one is already
    /// used, a token was stolen, and the whole log-in is revoked.
    ///
    /// # Errors
    /// [`RefreshError`]; each variant is one reason.
    pub async fn refresh(&self, secret: &RefreshTokenSecret) -> Result<Session, RefreshError> {
        let exchange =
            in_unit(self.store.as_ref(), "sessions.refresh", |unit, _| Box::pin(self.exchange(unit, secret))).await?;
        match exchange {
            Exchange::Continued(session) => Ok(*session),
            Exchange::Refused => Err(RefreshError::Unknown),
        }
    }

    async fn exchange(&self, unit: &mut dyn UserUnit, secret: &RefreshTokenSecret) -> Result<Exchange, RefreshError> {
        let now = self.clock.now();
        let Some((token, user)) = self.token_and_user(unit, &secret.hash()).await? else {
            return Ok(Exchange::Refused);
        };
        if token.revoked_at.is_some() || token.expires_at <= now || !user.is_active() {
            return Ok(Exchange::Refused);
        }
        let next = match token.used_at {
            None => Some(self.succeed(unit, secret, &token, now).await?),
            Some(used_at) => self.repeat(unit, secret, &token, used_at, now).await?,
        };
        let Some((refresh, refresh_expires_at)) = next else {
            tracing::warn!(user = %user.id, family = %token.family, "a refresh token was reused; its log-in is revoked");
            unit.refresh_tokens().revoke_family(token.user, token.family, now).await?;
            return Ok(Exchange::Refused);
        };
        let access = self.access_tokens.issue(&user, now)?;
        Ok(Exchange::Continued(Box::new(Session { user: user.profile(), access, refresh, refresh_expires_at })))
    }

    /// Marks a token as used and issues the next one.
    async fn succeed(
        &self,
        unit: &mut dyn UserUnit,
        secret: &RefreshTokenSecret,
        token: &RefreshToken,
        now: Timestamp,
    ) -> Result<(RefreshTokenSecret, Timestamp), StoreError> {
        let next = RefreshTokenSecret::generate(self.ids.as_ref());
        unit.refresh_tokens().mark_used(token.id, now, secret.seal(&next)).await?;
        let expires_at = self.issue_refresh_token(unit, token.user, &next, TokenFamily::of(token), now).await?;
        Ok((next, expires_at))
    }

    /// Returns the next token of a used one again, if it is unused and the log-in does not have too many late repeats.
    async fn repeat(
        &self,
        unit: &mut dyn UserUnit,
        secret: &RefreshTokenSecret,
        token: &RefreshToken,
        used_at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<(RefreshTokenSecret, Timestamp)>, StoreError> {
        let Some(next) = token.successor.map(|sealed| secret.open(&sealed)) else {
            return Ok(None);
        };
        let found = unit.refresh_tokens().find(&next.hash()).await?;
        let Some(unused) = found.filter(|found| found.used_at.is_none() && found.expires_at > now) else {
            return Ok(None);
        };
        if now >= used_at.plus_seconds(GRACE_SECONDS) {
            if unused.late_repeats >= LATE_REPEATS_MAX {
                return Ok(None);
            }
            unit.refresh_tokens().set_late_repeats(unused.id, unused.late_repeats + 1).await?;
        }
        Ok(Some((next, unused.expires_at)))
    }

    /// Ends the log-in that a refresh token belongs to. An unknown token is ignored.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn log_out(&self, secret: &RefreshTokenSecret) -> Result<(), StoreError> {
        let hash = secret.hash();
        in_unit(self.store.as_ref(), "sessions.log_out", |unit, _| Box::pin(self.end(unit, hash))).await
    }

    async fn end(&self, unit: &mut dyn UserUnit, hash: TokenHash) -> Result<(), StoreError> {
        let now = self.clock.now();
        if let Some((token, _)) = self.token_and_user(unit, &hash).await? {
            unit.refresh_tokens().revoke_family(token.user, token.family, now).await?;
        }
        Ok(())
    }

    /// Reads the token and locks its user, then reads the token again: another unit of the user may have revoked it
    /// before the lock.
    async fn token_and_user(
        &self,
        unit: &mut dyn UserUnit,
        hash: &TokenHash,
    ) -> Result<Option<(RefreshToken, User)>, StoreError> {
        let Some(owner) = unit.refresh_tokens().find(hash).await?.map(|token| token.user) else {
            return Ok(None);
        };
        let user = unit.users().get(owner).await?;
        let token = unit.refresh_tokens().find(hash).await?;
        Ok(token.zip(user))
    }

    /// Writes a new token and returns when it expires.
    async fn issue_refresh_token(
        &self,
        unit: &mut dyn UserUnit,
        user: UserId,
        secret: &RefreshTokenSecret,
        family: TokenFamily,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let session_ends_at = family.session_started_at.plus_seconds(self.lifetimes.absolute_seconds);
        let expires_at = now.plus_seconds(self.lifetimes.unused_seconds).min(session_ends_at);
        let token = RefreshToken {
            id: RefreshTokenId::generate(self.ids.as_ref()),
            family: family.id,
            user,
            hash: secret.hash(),
            session_started_at: family.session_started_at,
            issued_at: now,
            expires_at,
            used_at: None,
            successor: None,
            late_repeats: family.late_repeats,
            revoked_at: None,
        };
        unit.refresh_tokens().add(&token).await?;
        Ok(expires_at)
    }
}

/// The values that a token inherits from the one before.
#[derive(Clone, Copy)]
struct TokenFamily {
    id: RefreshFamilyId,
    session_started_at: Timestamp,
    late_repeats: u32,
}

impl TokenFamily {
    const fn of(token: &RefreshToken) -> Self {
        Self { id: token.family, session_started_at: token.session_started_at, late_repeats: token.late_repeats }
    }
}
