//! The errors of the concert use cases.

use crate::shared::{Faults, StoreError};
use crate::store::UnitError;

use super::denied::denied_as;
use super::{ConcertStatus, SeatLabel};

/// Why a concert was not created.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreateConcertError {
    /// The request has no logged-in user, or the account is no longer active.
    #[error("log in first")]
    LoginRequired,
    /// The user is not a manager, or may not act for this organiser.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// Values break rules.
    #[error("the concert has faults")]
    Invalid(Faults),
    /// The idempotency key was used for another concert.
    #[error("the key was used for another concert")]
    KeyReused,
    /// An earlier request with the same key created the concert, and it was deleted since.
    #[error("the concert was created before and is gone")]
    Gone,
    /// The organiser reached the daily limit of new concerts.
    #[error("the organiser created too many concerts today")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a concert was not changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeConcertError {
    /// The request has no logged-in user.
    #[error("log in first")]
    LoginRequired,
    /// The concert does not exist, or the actor may not see it.
    #[error("there is no such concert")]
    NotFound,
    /// The actor may not manage this concert.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// Values break rules.
    #[error("the change has faults")]
    Invalid(Faults),
    /// The concert was changed since the client read it.
    #[error("the concert was changed since it was read; its revision is {revision}")]
    Outdated {
        /// The current revision.
        revision: u64,
    },
    /// The sale has begun, so customers may have bought on these terms; or the concert is cancelled.
    #[error("these fields cannot be changed any more: {}", .fields.join(", "))]
    NotChangeable {
        /// The status of the concert.
        status: ConcertStatus,
        /// The changed fields that are fixed.
        fields: Vec<&'static str>,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a concert was neither published nor paused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConcertStatusError {
    /// The request has no logged-in user.
    #[error("log in first")]
    LoginRequired,
    /// The concert does not exist, or the actor may not see it.
    #[error("there is no such concert")]
    NotFound,
    /// The actor may not manage this concert.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// The concert was changed since the client read it.
    #[error("the concert was changed since it was read; its revision is {revision}")]
    Outdated {
        /// The current revision.
        revision: u64,
    },
    /// The status does not allow the change: a cancelled concert stays cancelled, and a draft has no sale to pause.
    #[error("a concert that is {} cannot become that", .0.as_str())]
    NotPossible(ConcertStatus),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a concert was neither deleted nor cancelled.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RemoveConcertError {
    /// The request has no logged-in user.
    #[error("log in first")]
    LoginRequired,
    /// The concert does not exist, or the actor may not see it.
    #[error("there is no such concert")]
    NotFound,
    /// The actor may not manage this concert.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// The concert was changed since the client read it.
    #[error("the concert was changed since it was read; its revision is {revision}")]
    Outdated {
        /// The current revision.
        revision: u64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why no seats were blocked or unblocked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BlockSeatsError {
    /// The request has no logged-in user.
    #[error("log in first")]
    LoginRequired,
    /// The concert does not exist, or the actor may not see it.
    #[error("there is no such concert")]
    NotFound,
    /// The actor may not manage this concert.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// Values break rules: unknown seats, seats named twice.
    #[error("the request has faults")]
    Invalid(Faults),
    /// Seats were sold, blocked or released since the client read them.
    #[error("the seats were changed since they were read; their version is {version}")]
    Outdated {
        /// The current version.
        version: u64,
    },
    /// The concert is cancelled.
    #[error("the concert is cancelled")]
    Cancelled,
    /// Some of the seats are in bookings.
    #[error("some of these seats are in bookings")]
    SeatsUnavailable {
        /// All seats that are in bookings, in the order requested.
        seats: Vec<SeatLabel>,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why concerts are not listed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ListConcertsError {
    /// The request is for the user's own concerts but has no logged-in user.
    #[error("log in first")]
    LoginRequired,
    /// The search breaks rules.
    #[error("the search has faults")]
    Invalid(Faults),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a concert is not shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadConcertError {
    /// The concert does not exist, or the actor may not see it.
    #[error("there is no such concert")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why seats are not shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadSeatsError {
    /// The concert does not exist, or the actor may not see it.
    #[error("there is no such concert")]
    NotFound,
    /// The section does not exist.
    #[error("there is no such section")]
    Invalid(Faults),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

denied_as!(ChangeConcertError, ConcertStatusError, RemoveConcertError, BlockSeatsError);

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

unit_errors!(CreateConcertError, ChangeConcertError, ConcertStatusError, RemoveConcertError, BlockSeatsError);
