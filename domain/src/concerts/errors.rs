//! What can come of a use case of concerts.

use crate::shared::{Faults, StoreError};
use crate::store::UnitError;

use super::{ConcertStatus, SeatLabel};

/// Why a concert was not created.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreateConcertError {
    /// Nobody is logged in, or with an account that cannot be used any more.
    #[error("log in first")]
    LoginRequired,
    /// Whoever asks is no manager, or must not act for this organiser.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// Values break rules.
    #[error("the concert has faults")]
    Invalid(Faults),
    /// The idempotency key was used for another concert.
    #[error("the key was used for another concert")]
    KeyReused,
    /// An earlier request with the same key created it, and it was deleted since.
    #[error("the concert was created before and is gone")]
    Gone,
    /// The organiser created as many today as one may.
    #[error("the organiser created too many concerts today")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a concert was not changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ChangeConcertError {
    /// Nobody is logged in.
    #[error("log in first")]
    LoginRequired,
    /// There is no such concert, or not for whoever asks.
    #[error("there is no such concert")]
    NotFound,
    /// Whoever asks must not manage this concert.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// Values break rules.
    #[error("the change has faults")]
    Invalid(Faults),
    /// The concert was changed since it was read.
    #[error("the concert was changed meanwhile; it is at revision {revision} now")]
    Outdated {
        /// Its revision now.
        revision: u64,
    },
    /// People have bought on these terms, or the concert is cancelled.
    #[error("these fields cannot be changed any more: {}", .fields.join(", "))]
    NotChangeable {
        /// What the concert is.
        status: ConcertStatus,
        /// What cannot be changed then.
        fields: Vec<&'static str>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a concert was neither published nor paused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConcertStatusError {
    /// Nobody is logged in.
    #[error("log in first")]
    LoginRequired,
    /// There is no such concert, or not for whoever asks.
    #[error("there is no such concert")]
    NotFound,
    /// Whoever asks must not manage this concert.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// The concert was changed since it was read.
    #[error("the concert was changed meanwhile; it is at revision {revision} now")]
    Outdated {
        /// Its revision now.
        revision: u64,
    },
    /// A concert of this status cannot become what was asked: a cancelled one stays so, and a draft has no sale to pause.
    #[error("a concert that is {} cannot become that", .0.as_str())]
    NotPossible(ConcertStatus),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a concert was neither deleted nor cancelled.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RemoveConcertError {
    /// Nobody is logged in.
    #[error("log in first")]
    LoginRequired,
    /// There is no such concert, or not for whoever asks.
    #[error("there is no such concert")]
    NotFound,
    /// Whoever asks must not manage this concert.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// The concert was changed since it was read.
    #[error("the concert was changed meanwhile; it is at revision {revision} now")]
    Outdated {
        /// Its revision now.
        revision: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why no seats were blocked or unblocked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BlockSeatsError {
    /// Nobody is logged in.
    #[error("log in first")]
    LoginRequired,
    /// There is no such concert, or not for whoever asks.
    #[error("there is no such concert")]
    NotFound,
    /// Whoever asks must not manage this concert.
    #[error("only a manager of the organiser may do this")]
    Forbidden,
    /// Values break rules: unknown seats, seats named twice.
    #[error("the request has faults")]
    Invalid(Faults),
    /// Its seats were sold, blocked or freed since they were looked at.
    #[error("the seats changed meanwhile; they are at version {version} now")]
    Outdated {
        /// Their version now.
        version: u64,
    },
    /// The concert is cancelled.
    #[error("the concert is cancelled")]
    Cancelled,
    /// Some of the seats are in bookings.
    #[error("some of these seats are in bookings")]
    SeatsUnavailable {
        /// All that are, in the order asked.
        seats: Vec<SeatLabel>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why concerts are not listed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ListConcertsError {
    /// One's own concerts are asked for, but nobody is logged in.
    #[error("log in first")]
    LoginRequired,
    /// The search breaks rules.
    #[error("the search has faults")]
    Invalid(Faults),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a concert is not shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadConcertError {
    /// There is no such concert, or not for whoever asks.
    #[error("there is no such concert")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why seats are not shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadSeatsError {
    /// There is no such concert, or not for whoever asks.
    #[error("there is no such concert")]
    NotFound,
    /// There is no such section.
    #[error("there is no such section")]
    Invalid(Faults),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why somebody must not manage a concert.
#[derive(Debug, Clone)]
pub(super) enum Denied {
    LoginRequired,
    NotFound,
    Forbidden,
    Store(StoreError),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

macro_rules! managing_errors {
    ($($error:ident),*) => {$(
        impl From<Denied> for $error {
            fn from(denied: Denied) -> Self {
                match denied {
                    Denied::LoginRequired => Self::LoginRequired,
                    Denied::NotFound => Self::NotFound,
                    Denied::Forbidden => Self::Forbidden,
                    Denied::Store(error) => Self::Store(error),
                }
            }
        }
    )*};
}

managing_errors!(ChangeConcertError, ConcertStatusError, RemoveConcertError, BlockSeatsError);

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
