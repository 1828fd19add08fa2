//! What happens to users.

use crate::shared::Role;

use super::UserStatus;

/// A change of a user. Its stored name is `user.<variant>.v1`; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserEvent {
    /// The user registered.
    Registered {
        /// The role.
        role: Role,
    },
    /// Role, status, address or password changed.
    Changed {
        /// The current role.
        role: Role,
        /// The current status.
        status: UserStatus,
    },
    /// The user was erased.
    Erased,
}

impl UserEvent {
    /// The event's type in the API and the store.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "user.registered.v1",
            Self::Changed { .. } => "user.changed.v1",
            Self::Erased => "user.erased.v1",
        }
    }
}
