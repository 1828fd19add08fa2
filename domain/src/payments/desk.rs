//! Where units of payments are run.

use async_trait::async_trait;

use crate::idempotency::IdempotencyKey;
use crate::shared::{Actor, BookingId, PaymentId, StoreError};

use super::{ChargeOutcome, Payment, Refund, StartPayment, StartPaymentError, Started};

/// A payment that somebody wants to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// Who pays.
    pub actor: Actor,
    /// What, and how.
    pub command: StartPayment,
    /// The client's name for this request, if it may be sent twice.
    pub key: Option<IdempotencyKey>,
}

/// What the gateway says of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettleRequest {
    /// On whose behalf.
    pub actor: Actor,
    /// Which payment.
    pub payment: PaymentId,
    /// What it is for, if that is known: it tells which requests belong together.
    pub booking: Option<BookingId>,
    /// What the gateway says.
    pub outcome: ChargeOutcome,
}

/// A payment after it was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The payment as it is now.
    pub payment: Payment,
    /// Whether that was news.
    pub changed: bool,
    /// The refund that was written because the payment came too late; it is still to be sent.
    pub returned: Option<Refund>,
}

/// Runs the units of payments: each alone, or those of one concert together.
#[async_trait]
pub trait PaymentDesk: Send + Sync {
    /// Writes a pending payment and makes it the live one of its booking. Nothing is charged.
    ///
    /// # Errors
    /// [`StartPaymentError`].
    async fn start(&self, request: StartRequest) -> Result<Started, StartPaymentError>;

    /// Makes true what the gateway says of a payment.
    ///
    /// # Errors
    /// What the store fails with.
    async fn settle(&self, request: SettleRequest) -> Result<Settled, StoreError>;
}
