//! What can come of the use cases of payments.

use crate::shared::{Faults, StoreError};
use crate::store::UnitError;

/// Why a payment was not started.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartPaymentError {
    /// Nobody is logged in.
    #[error("log in to pay")]
    LoginRequired,
    /// There is no such booking, or it is somebody else's.
    #[error("there is no such booking")]
    BookingNotFound,
    /// The gateway has no such method.
    #[error("there is no such way to pay")]
    UnknownMethod(Faults),
    /// The booking was not paid in time.
    #[error("the booking has expired")]
    BookingExpired,
    /// The booking is confirmed, or cancelled by somebody.
    #[error("the booking is not waiting to be paid")]
    BookingNotPayable,
    /// Another payment of the booking is on its way.
    #[error("a payment of this booking is in progress")]
    PaymentInProgress,
    /// The concert will not take place.
    #[error("the concert is cancelled")]
    ConcertCancelled,
    /// The idempotency key was used for another command.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The store failed; [`StoreError::Contention`] after all attempts means: try again soon.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UnitError for StartPaymentError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a payment or a refund is not shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadPaymentError {
    /// Nobody is logged in.
    #[error("log in to see payments")]
    LoginRequired,
    /// There is no such payment or refund, or the caller may not see it.
    #[error("there is no such payment or refund")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a payment was not refunded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RefundError {
    /// Nobody is logged in.
    #[error("log in to refund")]
    LoginRequired,
    /// There is no such payment, or the caller may not see it.
    #[error("there is no such payment")]
    NotFound,
    /// The caller sees the payment but does not manage bookings of its concert.
    #[error("only those who manage the concert's bookings may refund")]
    Forbidden,
    /// An amount below 1, a reason that is missing or too long.
    #[error("the refund breaks a rule")]
    Invalid(Faults),
    /// Nothing was paid, or every part of it is refunded already or on its way back.
    #[error("nothing of this payment is left to refund")]
    NothingLeft,
    /// More was asked for than is left.
    #[error("less than this is left of the payment")]
    ExceedsLeft {
        /// In minor units, what no refund asks for yet.
        left: i64,
    },
    /// It was refunded in as many parts as it may; all that is left can still go back.
    #[error("the payment was refunded in too many parts")]
    TooManyParts,
    /// All that is left was asked for while the booking stays confirmed: a booking is not made free by refunds, it is
    /// cancelled.
    #[error("this is all that is left of the payment")]
    AllThatIsLeft {
        /// In minor units, what no refund asks for yet.
        left: i64,
    },
    /// The idempotency key was used for another command.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The store failed; [`StoreError::Contention`] after all attempts means: try again soon.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UnitError for RefundError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
