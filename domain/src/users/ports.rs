//! What users need from the outside.

use async_trait::async_trait;

use crate::shared::{Page, PageLimit, RefreshFamilyId, RefreshTokenId, Role, StoreError, Timestamp, UserId};

use super::{
    AddUserError, Password, PasswordHash, PasswordStrength, RefreshToken, SealedSecret, SecurityError, TokenHash, User,
    UserProfile, UserStatus,
};

/// Users inside a unit of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UserRepository: Send {
    /// Writes a new user.
    ///
    /// # Errors
    /// Name or address taken, or the store's failure.
    async fn add(&mut self, user: &User) -> Result<(), AddUserError>;

    /// Reads one, whatever its status, and keeps other units from changing it until this one ends: whoever reads a
    /// user here decides about their sessions.
    ///
    /// # Errors
    /// What the store fails with.
    async fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Writes a changed user over the one with the version before.
    ///
    /// # Errors
    /// Name or address taken; [`StoreError::Contention`] when the stored version is another.
    async fn save(&mut self, user: &User) -> Result<(), AddUserError>;

    /// Counts the active admins, and keeps other units from counting or changing them until this one ends, so that two
    /// admins cannot both leave as the last but one.
    ///
    /// # Errors
    /// What the store fails with.
    async fn count_active_admins(&mut self) -> Result<u64, StoreError>;
}

/// Refresh tokens inside a unit of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RefreshTokenRepository: Send {
    /// Writes a new token.
    ///
    /// # Errors
    /// What the store fails with.
    async fn add(&mut self, token: &RefreshToken) -> Result<(), StoreError>;

    /// The token with that hash, used and revoked ones too.
    ///
    /// # Errors
    /// What the store fails with.
    async fn find(&mut self, hash: &TokenHash) -> Result<Option<RefreshToken>, StoreError>;

    /// Marks an unused token as used, with the secret of the one that was given for it.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when it is used or revoked by now.
    async fn mark_used(&mut self, id: RefreshTokenId, at: Timestamp, successor: SealedSecret)
    -> Result<(), StoreError>;

    /// Writes how often tokens of the log-in were repeated late, up to this one.
    ///
    /// # Errors
    /// What the store fails with.
    async fn set_late_repeats(&mut self, id: RefreshTokenId, late_repeats: u32) -> Result<(), StoreError>;

    /// Revokes every token of a family that is not revoked yet.
    ///
    /// # Errors
    /// What the store fails with.
    async fn revoke_family(&mut self, family: RefreshFamilyId, at: Timestamp) -> Result<(), StoreError>;

    /// Revokes every token of a user that is not revoked yet.
    ///
    /// # Errors
    /// What the store fails with.
    async fn revoke_all_of(&mut self, user: UserId, at: Timestamp) -> Result<(), StoreError>;
}

/// Which users a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only those whose name or address contains this lower-case text.
    pub search: Option<String>,
    /// Only those of this role.
    pub role: Option<Role>,
    /// Only those of this status.
    pub status: Option<UserStatus>,
}

/// A place in the list of users, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserPosition {
    /// Registered when.
    pub created_at: Timestamp,
    /// Tie-break.
    pub id: UserId,
}

/// An account that changed after it was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedUser {
    /// Whose it is.
    pub id: UserId,
    /// Its version now.
    pub version: u64,
    /// When it changed last.
    pub at: Timestamp,
}

/// Users outside of units. Lists leave out what cannot be read.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait UserQueries: Send + Sync {
    /// One user, whatever its status, with the password's hash.
    ///
    /// # Errors
    /// What the store fails with.
    async fn get(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user whose name or address is `login` (trimmed, lower case), with the password's hash.
    ///
    /// # Errors
    /// What the store fails with.
    async fn find_by_login(&self, login: &str) -> Result<Option<User>, StoreError>;

    /// At most `limit` accounts that changed at `since` or later and were not only registered, by instant and id; with
    /// `after`, only those behind this one of the instant `since`.
    ///
    /// # Errors
    /// What the store fails with.
    async fn changed_since(
        &self,
        since: Timestamp,
        after: Option<UserId>,
        limit: u16,
    ) -> Result<Vec<ChangedUser>, StoreError>;

    /// A page, newest first.
    ///
    /// # Errors
    /// What the store fails with.
    async fn list(
        &self,
        filter: &UserFilter,
        after: Option<UserPosition>,
        limit: PageLimit,
    ) -> Result<Page<UserProfile, UserPosition>, StoreError>;
}

/// Why a password was neither hashed nor checked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HasherError {
    /// Too many wait already.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// The hasher or the stored hash is broken.
    #[error(transparent)]
    Broken(#[from] SecurityError),
}

/// Work on passwords: judging, hashing and checking them takes long, so an implementation does a bounded number at a
/// time, away from the threads that answer requests.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// How hard a new password is to guess for somebody who knows the `hints`, such as name and address. Ask only when
    /// everything else about a request is right.
    ///
    /// # Errors
    /// [`HasherError`].
    async fn strength(&self, password: Password, hints: Vec<String>) -> Result<PasswordStrength, HasherError>;

    /// Hashes a password with a salt of its own.
    ///
    /// # Errors
    /// [`HasherError`].
    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError>;

    /// Whether the password has this hash. With `None` it takes as long and says no, so that an answer's time does not
    /// tell whether an account exists.
    ///
    /// # Errors
    /// [`HasherError`].
    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, HasherError>;
}

/// A signed access token.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The text for the `Authorization` header.
    pub token: String,
    /// Seconds until it is worth nothing.
    pub expires_in_seconds: u32,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken").field("expires_in_seconds", &self.expires_in_seconds).finish_non_exhaustive()
    }
}

/// Issues short-lived access tokens.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait AccessTokens: Send + Sync {
    /// A token that says who this is and what role they have, valid from `now`.
    ///
    /// # Errors
    /// [`SecurityError`] when signing breaks.
    fn issue(&self, user: &User, now: Timestamp) -> Result<AccessToken, SecurityError>;
}
