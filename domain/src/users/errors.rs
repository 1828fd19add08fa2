//! What can come of a use case of users.

use crate::shared::StoreError;

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
