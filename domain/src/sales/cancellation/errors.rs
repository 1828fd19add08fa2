//! Why a booking is not cancelled.

use crate::shared::StoreError;
use crate::store::UnitError;

/// Every reason not to cancel a booking.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CancelError {
    /// The request has no logged-in user.
    #[error("log in to cancel a booking")]
    LoginRequired,
    /// The booking does not exist, or the caller may not see it.
    #[error("there is no such booking")]
    NotFound,
    /// The caller may see the booking but does not manage the bookings of its organiser.
    #[error("only those who manage the concert's bookings may cancel the bookings of others")]
    Forbidden,
    /// The booking is confirmed, and customers cannot cancel it: the deadline is over or was never set.
    #[error("the booking cannot be cancelled any more")]
    NotRefundable,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UnitError for CancelError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
