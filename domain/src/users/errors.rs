//! What can come of a use case of users.

use crate::shared::StoreError;

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
