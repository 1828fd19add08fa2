//! Sessions: an access token that lives for minutes, and a chain of refresh tokens, each used once.

use std::sync::Arc;

use crate::shared::{Clock, IdGenerator, RefreshFamilyId, RefreshTokenId, StoreError, Timestamp, UserId};
use crate::store::{Store, UnitOfWork, in_unit};

use super::email::login_forms;
use super::{
    AccessToken, AccessTokens, Email, LogInError, Password, PasswordHasher, RefreshError, RefreshToken,
    RefreshTokenSecret, TokenHash, User, UserProfile, UserQueries, UserStatus,
};

#[cfg(test)]
mod tests;

/// How soon after its use a refresh token may come again without being counted, in seconds: two tabs may send the same
/// one.
const GRACE_SECONDS: i64 = 10;
/// How often in a session a token may come again later than that. Answers are lost on a journey now and then; somebody who
/// goes on with stolen tokens beside their owner repeats one of them each time.
const LATE_REPEATS_MAX: u32 = 10;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLifetimes {
    /// Without being used, in seconds.
    pub unused_seconds: i64,
    /// In any case, in seconds from the log-in.
    pub absolute_seconds: i64,
}

impl Default for SessionLifetimes {
    /// 30 days unused, 90 days in any case.
    fn default() -> Self {
        Self { unused_seconds: 30 * DAY_SECONDS, absolute_seconds: 90 * DAY_SECONDS }
    }
}

/// The longest name or address to log in with, in bytes as typed: characters of full width take three times as many.
const LOGIN_LENGTH_MAX: usize = 3 * Email::MAX_LENGTH;

/// What a client holds after logging in or going on.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who logged in.
    pub user: UserProfile,
    /// For each request.
    pub access: AccessToken,
    /// For the next access token.
    pub refresh: RefreshTokenSecret,
    /// When the refresh token is worth nothing any more.
    pub refresh_expires_at: Timestamp,
}

/// The use cases of sessions. Each unit reads the user before it decides, which makes units about one user's sessions
/// wait for each other: a session cannot slip through while its account is being locked.
pub struct Sessions {
    store: Arc<dyn Store>,
    queries: Arc<dyn UserQueries>,
    hasher: Arc<dyn PasswordHasher>,
    access_tokens: Arc<dyn AccessTokens>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    lifetimes: SessionLifetimes,
}

/// What became of a refresh token that was offered.
enum Offered {
    GoesOn(Box<Session>),
    /// Worth nothing; what the unit revoked because of it is to be kept.
    Refused,
}

impl Sessions {
    /// The use cases over these ports.
    pub fn new(
        store: Arc<dyn Store>,
        queries: Arc<dyn UserQueries>,
        hasher: Arc<dyn PasswordHasher>,
        access_tokens: Arc<dyn AccessTokens>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        lifetimes: SessionLifetimes,
    ) -> Self {
        Self { store, queries, hasher, access_tokens, clock, ids, lifetimes }
    }

    /// Begins a session for the user with this name or address. An unknown one and a wrong password cannot be told
    /// apart, by the answer or by its time.
    ///
    /// # Errors
    /// [`LogInError`].
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

    async fn begin(&self, unit: &mut dyn UnitOfWork, checked: &User) -> Result<Session, LogInError> {
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
        let descent =
            Descent { family: RefreshFamilyId::generate(self.ids.as_ref()), session_started_at: now, late_repeats: 0 };
        let refresh = RefreshTokenSecret::generate(self.ids.as_ref());
        let refresh_expires_at = self.give_out(unit, user.id, &refresh, descent, now).await?;
        Ok(Session { user: user.profile(), access, refresh, refresh_expires_at })
    }

    /// Exchanges a refresh token for the next one of the same log-in. A token that comes again gets the same next one, for
    /// as long as that was not used: its answer was lost, or two tabs sent it. When the next one was used already, one of
    /// the two was stolen, from the user or by the sender: the whole log-in ends.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(&self, secret: &RefreshTokenSecret) -> Result<Session, RefreshError> {
        let offered =
            in_unit(self.store.as_ref(), "sessions.refresh", |unit, _| Box::pin(self.exchange(unit, secret))).await?;
        match offered {
            Offered::GoesOn(session) => Ok(*session),
            Offered::Refused => Err(RefreshError::Unknown),
        }
    }

    async fn exchange(&self, unit: &mut dyn UnitOfWork, secret: &RefreshTokenSecret) -> Result<Offered, RefreshError> {
        let now = self.clock.now();
        let Some((token, user)) = self.token_and_user(unit, &secret.hash()).await? else {
            return Ok(Offered::Refused);
        };
        if token.revoked_at.is_some() || token.expires_at <= now || !user.is_active() {
            return Ok(Offered::Refused);
        }
        let next = match token.used_at {
            None => Some(self.succeed(unit, secret, &token, now).await?),
            Some(used_at) => self.repeat(unit, secret, &token, used_at, now).await?,
        };
        let Some((refresh, refresh_expires_at)) = next else {
            tracing::warn!(user = %user.id, family = %token.family, "a used refresh token came again; its log-in ends");
            unit.refresh_tokens().revoke_family(token.family, now).await?;
            return Ok(Offered::Refused);
        };
        let access = self.access_tokens.issue(&user, now)?;
        Ok(Offered::GoesOn(Box::new(Session { user: user.profile(), access, refresh, refresh_expires_at })))
    }

    /// Uses a token up and gives the next one.
    async fn succeed(
        &self,
        unit: &mut dyn UnitOfWork,
        secret: &RefreshTokenSecret,
        token: &RefreshToken,
        now: Timestamp,
    ) -> Result<(RefreshTokenSecret, Timestamp), StoreError> {
        let next = RefreshTokenSecret::generate(self.ids.as_ref());
        unit.refresh_tokens().mark_used(token.id, now, secret.seal(&next)).await?;
        let expires_at = self.give_out(unit, token.user, &next, Descent::of(token), now).await?;
        Ok((next, expires_at))
    }

    /// Gives the token again that a used one got, if it is still unused and this does not happen all the time.
    async fn repeat(
        &self,
        unit: &mut dyn UnitOfWork,
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

    /// Ends the log-in that a refresh token belongs to. A token that is worth nothing ends nothing, and that is fine.
    ///
    /// # Errors
    /// What the store fails with.
    pub async fn log_out(&self, secret: &RefreshTokenSecret) -> Result<(), StoreError> {
        let hash = secret.hash();
        in_unit(self.store.as_ref(), "sessions.log_out", |unit, _| Box::pin(self.end(unit, hash))).await
    }

    async fn end(&self, unit: &mut dyn UnitOfWork, hash: TokenHash) -> Result<(), StoreError> {
        let now = self.clock.now();
        if let Some((token, _)) = self.token_and_user(unit, &hash).await? {
            unit.refresh_tokens().revoke_family(token.family, now).await?;
        }
        Ok(())
    }

    /// The token is read again once its user's other units have to wait: one of them may have just revoked it.
    async fn token_and_user(
        &self,
        unit: &mut dyn UnitOfWork,
        hash: &TokenHash,
    ) -> Result<Option<(RefreshToken, User)>, StoreError> {
        let Some(owner) = unit.refresh_tokens().find(hash).await?.map(|token| token.user) else {
            return Ok(None);
        };
        let user = unit.users().get(owner).await?;
        let token = unit.refresh_tokens().find(hash).await?;
        Ok(token.zip(user))
    }

    /// Writes a new token; tells until when it is good.
    async fn give_out(
        &self,
        unit: &mut dyn UnitOfWork,
        user: UserId,
        secret: &RefreshTokenSecret,
        descent: Descent,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let session_ends_at = descent.session_started_at.plus_seconds(self.lifetimes.absolute_seconds);
        let expires_at = now.plus_seconds(self.lifetimes.unused_seconds).min(session_ends_at);
        let token = RefreshToken {
            id: RefreshTokenId::generate(self.ids.as_ref()),
            family: descent.family,
            user,
            hash: secret.hash(),
            session_started_at: descent.session_started_at,
            issued_at: now,
            expires_at,
            used_at: None,
            successor: None,
            late_repeats: descent.late_repeats,
            revoked_at: None,
        };
        unit.refresh_tokens().add(&token).await?;
        Ok(expires_at)
    }
}

/// What a token has of the one before.
#[derive(Clone, Copy)]
struct Descent {
    family: RefreshFamilyId,
    session_started_at: Timestamp,
    late_repeats: u32,
}

impl Descent {
    const fn of(token: &RefreshToken) -> Self {
        Self { family: token.family, session_started_at: token.session_started_at, late_repeats: token.late_repeats }
    }
}
