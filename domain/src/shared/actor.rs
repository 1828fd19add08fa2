//! The actor of a use case: a user, an anonymous client or the system.

use super::UserId;

/// What a user may do on the platform. Each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// May book seats.
    User,
    /// May also put concerts on sale.
    Manager,
    /// May also administer the installation.
    Admin,
}

impl Role {
    /// The role's name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    /// The role with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::User, Self::Manager, Self::Admin].into_iter().find(|role| role.as_str() == name)
    }
}

/// On whose behalf a use case runs. The HTTP adapter authenticates the actor; the use case authorises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A client that is not logged in.
    Anonymous,
    /// A logged-in user.
    User {
        /// The user's id.
        id: UserId,
        /// The role at the time the access token was issued.
        role: Role,
    },
    /// A background worker of this system.
    System,
}

impl Actor {
    /// The id of the logged-in user; `None` for other actors.
    pub const fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Anonymous | Self::System => None,
        }
    }

    /// Whether the actor is a user with at least `role`.
    pub fn has_role(&self, role: Role) -> bool {
        matches!(self, Self::User { role: own, .. } if *own >= role)
    }

    /// Whether the actor is an admin.
    pub fn is_admin(&self) -> bool {
        self.has_role(Role::Admin)
    }
}
