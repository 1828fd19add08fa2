//! The error of reading payments.

use crate::shared::StoreError;

/// Why a payment or a refund is not shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadPaymentError {
    /// The request has no logged-in user.
    #[error("log in to see payments")]
    LoginRequired,
    /// The payment or refund does not exist, or the caller may not see it.
    #[error("there is no such payment or refund")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
