//! Organisers, the teams that sell concerts, and the roles of their members.

use crate::shared::{OrganiserId, Timestamp};

/// A team that sells concerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organiser {
    /// The organiser's id.
    pub id: OrganiserId,
    /// The name shown to its members.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// What a member of an organiser may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberRole {
    /// May do everything, and manages the members.
    Owner,
    /// Manages concerts, bookings and refunds.
    Manager,
    /// Sells and cancels at the counter.
    BoxOffice,
    /// Checks tickets at the entrance.
    Scanner,
    /// May only read.
    Viewer,
}

impl MemberRole {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Manager, Self::BoxOffice, Self::Scanner, Self::Viewer];

    /// The role's name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::BoxOffice => "box_office",
            Self::Scanner => "scanner",
            Self::Viewer => "viewer",
        }
    }

    /// The role with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// Whether the role may create, change, publish, pause and cancel concerts, and block seats.
    pub const fn manages_concerts(self) -> bool {
        matches!(self, Self::Owner | Self::Manager)
    }

    /// Whether the role may cancel customers' bookings and refund them.
    pub const fn manages_bookings(self) -> bool {
        matches!(self, Self::Owner | Self::Manager | Self::BoxOffice)
    }

    /// Whether the role may read bookings and payments.
    pub const fn reads_bookings(self) -> bool {
        !matches!(self, Self::Scanner)
    }
}
