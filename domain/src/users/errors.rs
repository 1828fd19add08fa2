//! What can come of a use case of users.

use crate::shared::{Faults, StoreError};
use crate::store::UnitError;

use super::HasherError;

/// Hashing or signing is broken: a defect, a stored hash of no known form, or a machine that cannot do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a security function is broken: {0}")]
pub struct SecurityError(pub String);

/// Why a user could not be written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AddUserError {
    /// Another account has this address.
    #[error("another account has this e-mail address")]
    EmailTaken,
    /// Another account has this name.
    #[error("another account has this username")]
    UsernameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AddUserError {
    /// The failure behind it where neither name nor address can be taken, because they did not change.
    pub(super) fn into_store_error(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            taken => StoreError::inconsistent(format!("a user kept name and address, but {taken}")),
        }
    }
}

/// Why somebody could not be registered.
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
    /// Too many passwords wait to be hashed; soon it is better.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// Hashing is broken.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why users are not shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadUserError {
    /// Nobody is logged in.
    #[error("log in first")]
    LoginRequired,
    /// Only admins may list users.
    #[error("only an admin may do this")]
    Forbidden,
    /// There is no such user, or not for this reader.
    #[error("there is no such user")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an admin could not change a user.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeUserError {
    /// Nobody is logged in.
    #[error("log in first")]
    LoginRequired,
    /// Whoever asks is no admin, or none any more.
    #[error("only an admin may do this")]
    Forbidden,
    /// There is no such user.
    #[error("there is no such user")]
    NotFound,
    /// Values break rules.
    #[error("the change has faults")]
    Invalid(Faults),
    /// The user erased the account.
    #[error("this account was erased")]
    Erased,
    /// Nobody would be left to run the installation.
    #[error("this is the last active admin")]
    LastAdmin,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why users could not change their own account.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeOwnError {
    /// Nobody is logged in, or with an account that cannot be used any more.
    #[error("log in first")]
    LoginRequired,
    /// Values break rules.
    #[error("the change has faults")]
    Invalid(Faults),
    /// The current password is another.
    #[error("this is not the current password")]
    WrongPassword,
    /// Another account has this address.
    #[error("another account has this e-mail address")]
    EmailTaken,
    /// Too many passwords wait to be hashed; soon it is better.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// Hashing is broken.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why users could not erase their own account.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EraseOwnError {
    /// Nobody is logged in, or with an account that cannot be used any more.
    #[error("log in first")]
    LoginRequired,
    /// The password is another.
    #[error("this is not the current password")]
    WrongPassword,
    /// Nobody would be left to run the installation.
    #[error("this is the last active admin")]
    LastAdmin,
    /// Too many passwords wait to be hashed; soon it is better.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// Hashing is broken.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why somebody could not log in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogInError {
    /// No account has this name or address together with this password.
    #[error("name, address or password is wrong")]
    WrongCredentials,
    /// The password is right, but an admin locked the account.
    #[error("this account is suspended")]
    Suspended,
    /// Too many passwords wait to be hashed; soon it is better.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// Hashing or signing is broken.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session did not go on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RefreshError {
    /// The token is worth nothing: never given out, expired, revoked, used before, or its account cannot be used.
    #[error("this refresh token is worth nothing; log in again")]
    Unknown,
    /// Signing is broken.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The store failed.
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
