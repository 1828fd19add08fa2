//! Streams of events.

use uuid::Uuid;

use crate::shared::{ConcertId, UserId};

/// What events are ordered by. A concert's stream holds everything about the concert, its bookings, payments and refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// A user.
    User(UserId),
    /// A concert with its tickets, bookings, payments and refunds.
    Concert(ConcertId),
}

impl Stream {
    /// The stream's kind as stored.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Concert(_) => "concert",
        }
    }

    /// The id of the user or concert.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::Concert(id) => id.uuid(),
        }
    }

    /// The stream of a stored kind and id.
    pub fn from_stored(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "user" => Some(Self::User(UserId::from_uuid(id))),
            "concert" => Some(Self::Concert(ConcertId::from_uuid(id))),
            _ => None,
        }
    }
}
