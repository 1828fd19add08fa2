//! The errors of the user use cases.

use crate::shared::{Faults, StoreError};
use crate::store::UnitError;

/// Hashing or signing failed: because of a defect, a stored hash in an unknown format, or missing resources.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a security function is broken: {0}")]
pub struct SecurityError(pub String);

/// Why a password was neither judged, hashed nor checked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HasherError {
    /// Too many passwords are waiting.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// The hasher or the stored hash is broken.
    #[error(transparent)]
    Broken(#[from] SecurityError),
}

/// Why a user could not be written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AddUserError {
    /// Another account has this address.
    #[error("another account has this e-mail address")]
    EmailTaken,
    /// Another account has this name.
    #[error("another account has this username")]
    UsernameTaken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AddUserError {
    /// The store's error, for a change that keeps name and address, so that neither can be taken.
    pub(super) fn into_store_error(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            taken => StoreError::inconsistent(format!("a user kept name and address, but {taken}")),
        }
    }
}

/// Why a user could not be registered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RegisterError {
    /// Values break rules.
    #[error("the registration has faults")]
    Invalid(Faults),
    /// Another account has this address.
    #[error("another account has this e-mail address")]
    EmailTaken,
    /// Another account has this name.
    #[error("another account has this username")]
    UsernameTaken,
    /// Too many passwords are waiting to be hashed. The client may try again soon.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// Hashing failed.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why users are not shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadUserError {
    /// The request has no logged-in user.
    #[error("log in first")]
    LoginRequired,
    /// Only admins may list users.
    #[error("only an admin may do this")]
    Forbidden,
    /// The user does not exist, or the actor may not see it.
    #[error("there is no such user")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an admin could not change a user.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeUserError {
    /// The request has no logged-in user.
    #[error("log in first")]
    LoginRequired,
    /// The actor is not an admin, or no longer one.
    #[error("only an admin may do this")]
    Forbidden,
    /// The user does not exist.
    #[error("there is no such user")]
    NotFound,
    /// Values break rules.
    #[error("the change has faults")]
    Invalid(Faults),
    /// The user erased the account.
    #[error("this account was erased")]
    Erased,
    /// The change would leave no active admin.
    #[error("this is the last active admin")]
    LastAdmin,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why users could not change their own account.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeOwnError {
    /// The request has no logged-in user, or the account is no longer active.
    #[error("log in first")]
    LoginRequired,
    /// Values break rules.
    #[error("the change has faults")]
    Invalid(Faults),
    /// The current password is wrong.
    #[error("this is not the current password")]
    WrongPassword,
    /// Another account has this address.
    #[error("another account has this e-mail address")]
    EmailTaken,
    /// Too many passwords are waiting to be hashed. The client may try again soon.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// Hashing failed.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why users could not erase their own account.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EraseOwnError {
    /// The request has no logged-in user, or the account is no longer active.
    #[error("log in first")]
    LoginRequired,
    /// The password is wrong.
    #[error("this is not the current password")]
    WrongPassword,
    /// The change would leave no active admin.
    #[error("this is the last active admin")]
    LastAdmin,
    /// Too many passwords are waiting to be hashed. The client may try again soon.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// Hashing failed.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a user could not log in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogInError {
    /// No account has this name or address together with this password.
    #[error("name, address or password is wrong")]
    WrongCredentials,
    /// The password is right, but an admin has suspended the account.
    #[error("this account is suspended")]
    Suspended,
    /// Too many passwords are waiting to be hashed. The client may try again soon.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// Hashing or signing failed.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session was not continued.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RefreshError {
    /// The token is invalid: unknown, expired, revoked or reused; or its account is not active.
    #[error("this refresh token is worth nothing; log in again")]
    Unknown,
    /// Signing failed.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

macro_rules! unit_errors {
    ($($error:ident),*) => {$(
        impl UnitError for $error {
            fn store_error(&self) -> Option<&StoreError> {
                match self {
                    Self::Store(error) => Some(error),
                    _ => None,
                }
            }
        }
    )*};
}

unit_errors!(RegisterError, ChangeUserError, ChangeOwnError, EraseOwnError, LogInError, RefreshError);

macro_rules! from_hasher_error {
    ($($error:ident),*) => {$(
        impl From<HasherError> for $error {
            fn from(error: HasherError) -> Self {
                match error {
                    HasherError::Busy => Self::Busy,
                    HasherError::Broken(error) => Self::Security(error),
                }
            }
        }
    )*};
}

from_hasher_error!(RegisterError, ChangeOwnError, EraseOwnError, LogInError);

macro_rules! from_faults {
    ($($error:ident),*) => {$(
        impl From<Faults> for $error {
            fn from(faults: Faults) -> Self {
                Self::Invalid(faults)
            }
        }
    )*};
}

from_faults!(RegisterError, ChangeUserError, ChangeOwnError);

impl From<AddUserError> for RegisterError {
    fn from(error: AddUserError) -> Self {
        match error {
            AddUserError::EmailTaken => Self::EmailTaken,
            AddUserError::UsernameTaken => Self::UsernameTaken,
            AddUserError::Store(error) => Self::Store(error),
        }
    }
}

impl From<AddUserError> for ChangeOwnError {
    fn from(error: AddUserError) -> Self {
        match error {
            AddUserError::EmailTaken => Self::EmailTaken,
            AddUserError::UsernameTaken => Self::Store(error.into_store_error()),
            AddUserError::Store(error) => Self::Store(error),
        }
    }
}
