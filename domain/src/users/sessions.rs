//! Sessions: an access token that lives for minutes, and a chain of refresh tokens, each used once.

use std::sync::Arc;

use crate::shared::{Clock, IdGenerator, RefreshFamilyId, RefreshTokenId, StoreError, Timestamp};
use crate::store::{Store, UnitOfWork, in_unit};

use super::email::login_forms;
use super::{
    AccessToken, AccessTokens, Email, LogInError, Password, PasswordHasher, RefreshError, RefreshToken,
    RefreshTokenSecret, TokenHash, User, UserProfile, UserQueries, UserStatus,
};

#[cfg(test)]
mod tests;

/// How long a refresh token is good for unless it is said otherwise, in seconds: 30 days from its last use.
pub const REFRESH_LIFETIME_SECONDS: i64 = 30 * 24 * 60 * 60;

/// How long a used refresh token still gets a successor, in seconds: two tabs may send the same one.
const GRACE_SECONDS: i64 = 10;

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
    refresh_lifetime_seconds: i64,
}

/// What became of a refresh token that was offered.
enum Offered {
    GoesOn(Box<Session>),
    /// Worth nothing; what the unit revoked because of it is to be kept.
    Refused,
}

impl Sessions {
    /// The use cases over these ports; a refresh token lives for `refresh_lifetime_seconds`.
    pub fn new(
        store: Arc<dyn Store>,
        queries: Arc<dyn UserQueries>,
        hasher: Arc<dyn PasswordHasher>,
        access_tokens: Arc<dyn AccessTokens>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        refresh_lifetime_seconds: i64,
    ) -> Self {
        Self { store, queries, hasher, access_tokens, clock, ids, refresh_lifetime_seconds }
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
        let family = RefreshFamilyId::generate(self.ids.as_ref());
        Ok(self.give_out(unit, &user, family, access, now).await?)
    }

    /// Exchanges a refresh token for a new session of the same log-in. A token that comes again later than two tabs
    /// would send it was stolen, from the user or by the sender: the whole log-in ends.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(&self, secret: &RefreshTokenSecret) -> Result<Session, RefreshError> {
        let hash = secret.hash();
        let offered =
            in_unit(self.store.as_ref(), "sessions.refresh", |unit, _| Box::pin(self.exchange(unit, hash))).await?;
        match offered {
            Offered::GoesOn(session) => Ok(*session),
            Offered::Refused => Err(RefreshError::Unknown),
        }
    }

    async fn exchange(&self, unit: &mut dyn UnitOfWork, hash: TokenHash) -> Result<Offered, RefreshError> {
        let now = self.clock.now();
        let Some((token, user)) = self.token_and_user(unit, &hash).await? else {
            return Ok(Offered::Refused);
        };
        if token.revoked_at.is_some() || token.expires_at <= now || !user.is_active() {
            return Ok(Offered::Refused);
        }
        match token.used_at {
            None => unit.refresh_tokens().mark_used(token.id, now).await?,
            Some(used_at) if now < used_at.plus_seconds(GRACE_SECONDS) => {}
            Some(_) => {
                tracing::warn!(user = %user.id, family = %token.family, "a used refresh token came again; its log-in ends");
                unit.refresh_tokens().revoke_family(token.family, now).await?;
                return Ok(Offered::Refused);
            }
        }
        let access = self.access_tokens.issue(&user, now)?;
        let session = self.give_out(unit, &user, token.family, access, now).await?;
        Ok(Offered::GoesOn(Box::new(session)))
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

    async fn give_out(
        &self,
        unit: &mut dyn UnitOfWork,
        user: &User,
        family: RefreshFamilyId,
        access: AccessToken,
        now: Timestamp,
    ) -> Result<Session, StoreError> {
        let secret = RefreshTokenSecret::generate(self.ids.as_ref());
        let token = RefreshToken {
            id: RefreshTokenId::generate(self.ids.as_ref()),
            family,
            user: user.id,
            hash: secret.hash(),
            issued_at: now,
            expires_at: now.plus_seconds(self.refresh_lifetime_seconds),
            used_at: None,
            revoked_at: None,
        };
        unit.refresh_tokens().add(&token).await?;
        Ok(Session { user: user.profile(), access, refresh: secret, refresh_expires_at: token.expires_at })
    }
}
