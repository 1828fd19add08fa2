//! Why a payment is not started or not refunded.

use crate::shared::{Faults, StoreError};
use crate::store::UnitError;

/// Why a payment was not started.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartPaymentError {
    /// The request has no logged-in user.
    #[error("log in to pay")]
    LoginRequired,
    /// The booking does not exist, or belongs to another user.
    #[error("there is no such booking")]
    BookingNotFound,
    /// The gateway does not know the payment method.
    #[error("there is no such way to pay")]
    UnknownMethod(Faults),
    /// The booking was not paid in time.
    #[error("the booking has expired")]
    BookingExpired,
    /// The booking is confirmed, or a user cancelled it.
    #[error("the booking is not waiting to be paid")]
    BookingNotPayable,
    /// The booking already has a live payment.
    #[error("a payment of this booking is in progress")]
    PaymentInProgress,
    /// The concert is cancelled.
    #[error("the concert is cancelled")]
    ConcertCancelled,
    /// The idempotency key was used for another command.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The database failed. [`StoreError::Contention`] means that all retries lost; the client may try again soon.
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

/// Why a payment was not refunded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RefundError {
    /// The request has no logged-in user.
    #[error("log in to refund")]
    LoginRequired,
    /// The payment does not exist, or the caller may not see it.
    #[error("there is no such payment")]
    NotFound,
    /// The caller may see the payment but does not manage bookings of its concert.
    #[error("only those who manage the concert's bookings may refund")]
    Forbidden,
    /// The amount is below 1, or the reason is missing or too long.
    #[error("the refund breaks a rule")]
    Invalid(Faults),
    /// Nothing was paid, or refunds cover all of it.
    #[error("nothing of this payment is left to refund")]
    NothingLeft,
    /// The amount is higher than what is left.
    #[error("less than this is left of the payment")]
    ExceedsLeft {
        /// The amount that no refund covers yet, in minor units.
        left: i64,
    },
    /// The payment has the most partial refunds that it may have. All that is left can still be refunded at once.
    #[error("the payment was refunded in too many parts")]
    TooManyParts,
    /// A partial refund covers all that is left while the booking is confirmed. A confirmed booking must keep some of
    /// its payment: refund in full, without an amount, to cancel it.
    #[error("this is all that is left of the payment")]
    AllThatIsLeft {
        /// The amount that no refund covers yet, in minor units.
        left: i64,
    },
    /// The idempotency key was used for another command.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The database failed. [`StoreError::Contention`] means that all retries lost; the client may try again soon.
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
