//! Teams that sell concerts.

use crate::shared::{OrganiserId, Timestamp};

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organiser {
    /// Its id.
    pub id: OrganiserId,
    /// Its name.
    pub name: String,
    /// When it was founded.
    pub created_at: Timestamp,
}

/// What a member of an organiser may do there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberRole {
    /// Everything, members included.
    Owner,
    /// Concerts, sales and refunds.
    Manager,
    /// Sells and cancels at the counter.
    BoxOffice,
    /// Lets people in.
    Scanner,
    /// Reads only.
    Viewer,
}

impl MemberRole {
    const ALL: [Self; 5] = [Self::Owner, Self::Manager, Self::BoxOffice, Self::Scanner, Self::Viewer];

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

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// May create, change, publish, pause and cancel concerts, and block seats.
    pub const fn manages_concerts(self) -> bool {
        matches!(self, Self::Owner | Self::Manager)
    }

    /// May cancel customers' bookings and refund them.
    pub const fn manages_bookings(self) -> bool {
        matches!(self, Self::Owner | Self::Manager | Self::BoxOffice)
    }

    /// May read bookings and payments.
    pub const fn reads_bookings(self) -> bool {
        !matches!(self, Self::Scanner)
    }
}
