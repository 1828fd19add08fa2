//! Who acts.

use super::UserId;

/// What a user may do on the platform; each role contains the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Books seats.
    User,
    /// Also puts concerts on sale.
    Manager,
    /// Also runs the installation.
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

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::User, Self::Manager, Self::Admin].into_iter().find(|role| role.as_str() == name)
    }
}

/// On whose behalf a use case runs. HTTP decides who it is, the use case what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Somebody who did not log in.
    Anonymous,
    /// A logged-in user.
    User {
        /// Who.
        id: UserId,
        /// The role at the time the access token was issued.
        role: Role,
    },
    /// A worker of this system.
    System,
}

impl Actor {
    /// The user behind it, if there is one.
    pub const fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::Anonymous | Self::System => None,
        }
    }

    /// Whether a user of at least `role` acts.
    pub fn has_role(&self, role: Role) -> bool {
        matches!(self, Self::User { role: own, .. } if *own >= role)
    }

    /// Whether an admin acts.
    pub fn is_admin(&self) -> bool {
        self.has_role(Role::Admin)
    }
}
