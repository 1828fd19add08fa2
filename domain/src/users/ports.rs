//! The ports of users: repositories inside a unit of work, queries outside of one, password hashing and access tokens.

use async_trait::async_trait;

use crate::outbox::Outbox;
use crate::shared::{Page, PageLimit, RefreshFamilyId, RefreshTokenId, Role, StoreError, Timestamp, UserId};
use crate::store::{UnitObject, UnitOfWork};

use super::{
    AddUserError, HasherError, Password, PasswordHash, PasswordStrength, RefreshToken, SealedSecret, SecurityError,
    TokenHash, User, UserEvent, UserProfile, UserStatus,
};

/// A unit of work of users.
pub trait UserUnit: UnitOfWork {
    /// Users.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// Refresh tokens.
    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokenRepository;
    /// Events of users.
    fn user_outbox(&mut self) -> &mut dyn Outbox<UserEvent>;
}

impl UnitObject for dyn UserUnit {
    type Borrowed<'unit> = dyn UserUnit + 'unit;

    fn borrowed(&mut self) -> &mut Self::Borrowed<'_> {
        self
    }
}

/// Users inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait UserRepository: Send {
    /// Writes a new user.
    ///
    /// # Errors
    /// [`AddUserError`] when the name or address is taken, or when the database fails.
    async fn add(&mut self, user: &User) -> Result<(), AddUserError>;

    /// Reads one user in any status, and locks the row until the unit ends: callers decide about the user's sessions.
    /// `None` when the user does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Updates a changed user.
    ///
    /// # Errors
    /// [`AddUserError`] when the name or address is taken; [`StoreError::Contention`] when the stored version is not
    /// one less than the given version.
    async fn save(&mut self, user: &User) -> Result<(), AddUserError>;

    /// Counts the active admins, and keeps other units from counting or changing them until this one ends. Otherwise
    /// the last two admins could leave at the same time.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn count_active_admins(&mut self) -> Result<u64, StoreError>;
}

/// Refresh tokens inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RefreshTokenRepository: Send {
    /// Writes a new token.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn add(&mut self, token: &RefreshToken) -> Result<(), StoreError>;

    /// The token with this hash, used and revoked ones included; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn find(&mut self, hash: &TokenHash) -> Result<Option<RefreshToken>, StoreError>;

    /// Marks an unused token as used, and stores the sealed secret of its successor.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when the token is already used or revoked.
    async fn mark_used(&mut self, id: RefreshTokenId, at: Timestamp, successor: SealedSecret)
    -> Result<(), StoreError>;

    /// Writes how often tokens of the log-in, up to this one, were sent again after the grace period.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn set_late_repeats(&mut self, id: RefreshTokenId, late_repeats: u32) -> Result<(), StoreError>;

    /// Revokes all tokens of a user's family that are not revoked yet.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn revoke_family(&mut self, user: UserId, family: RefreshFamilyId, at: Timestamp) -> Result<(), StoreError>;

    /// Revokes all tokens of a user that are not revoked yet.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn revoke_all_of(&mut self, user: UserId, at: Timestamp) -> Result<(), StoreError>;
}

/// Which users a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only users whose name or address contains this lower-case text.
    pub search: Option<String>,
    /// Only users with this role.
    pub role: Option<Role>,
    /// Only users with this status.
    pub status: Option<UserStatus>,
}

/// A position in the list of users, newest first, for pagination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserPosition {
    /// When the user registered.
    pub created_at: Timestamp,
    /// Orders users who registered at the same time.
    pub id: UserId,
}

/// An account that changed after its registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedUser {
    /// The user's id.
    pub id: UserId,
    /// The current version.
    pub version: u64,
    /// When it changed last.
    pub at: Timestamp,
}

/// Reads users outside of units. Lists leave out rows that cannot be
/// read.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait UserQueries: Send + Sync {
    /// One user in any status, with the password hash; `None` when the user does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn get(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user whose name or address is `login` (trimmed, lower case), with the password hash; `None` when there is no
    /// such user.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn find_by_login(&self, login: &str) -> Result<Option<User>, StoreError>;

    /// At most `limit` accounts that changed at `since` or later, ordered by time and id. Accounts that never changed
    /// after their registration are left out. With `after`, of the accounts that changed at `since` itself only those
    /// with a greater id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn changed_since(
        &self,
        since: Timestamp,
        after: Option<UserId>,
        limit: u16,
    ) -> Result<Vec<ChangedUser>, StoreError>;

    /// A page of the users that match the filter, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn list(
        &self,
        filter: &UserFilter,
        after: Option<UserPosition>,
        limit: PageLimit,
    ) -> Result<Page<UserProfile, UserPosition>, StoreError>;
}

/// Judges, hashes and checks passwords. Each takes long, so an implementation processes a bounded number at a time, and
/// not on the threads that serve requests.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// How hard a new password is to guess for an attacker who knows the `hints`, such as name and address. Call it
    /// only when the rest of the request is valid.
    ///
    /// # Errors
    /// [`HasherError`]; each variant is one reason.
    async fn strength(&self, password: Password, hints: Vec<String>) -> Result<PasswordStrength, HasherError>;

    /// Hashes a password with a new random salt.
    ///
    /// # Errors
    /// [`HasherError`]; each variant is one reason.
    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError>;

    /// Whether the password matches this hash. With `None` it takes equally long and returns false, so that the
    /// response time does not reveal whether an account exists.
    ///
    /// # Errors
    /// [`HasherError`]; each variant is one reason.
    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, HasherError>;
}

/// A signed access token.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The text for the `Authorization` header.
    pub token: String,
    /// Seconds until it expires.
    pub expires_in_seconds: u32,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken").field("expires_in_seconds", &self.expires_in_seconds).finish_non_exhaustive()
    }
}

/// Issues short-lived access tokens.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait AccessTokens: Send + Sync {
    /// A token that carries the user's identity and role, valid from `now`.
    ///
    /// # Errors
    /// [`SecurityError`] when signing fails.
    fn issue(&self, user: &User, now: Timestamp) -> Result<AccessToken, SecurityError>;
}
