//! The port through which payments are started and settled, with its requests and results.

use async_trait::async_trait;

use crate::idempotency::{BatchOutcome, CommandHash, IdempotencyKey, IdempotentRequest, Operation};
use crate::payments::{ChargeOutcome, Payment, Refund};
use crate::shared::{Actor, BookingId, PaymentId, StoreError};

use super::StartPaymentError;

/// The command to pay a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartPayment {
    /// The booking to pay.
    pub booking: BookingId,
    /// The gateway's name of the payment method.
    pub method: String,
}

/// A payment that was started, now or by an earlier request with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedPayment {
    /// The payment in its current state: pending, completed or failed.
    pub payment: Payment,
    /// Whether an earlier request with the same idempotency key started it.
    pub replayed: bool,
}

/// A request to start a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// Who pays.
    pub actor: Actor,
    /// Which booking to pay, and by which method.
    pub command: StartPayment,
    /// The name of the gateway that accepts the method.
    pub gateway: &'static str,
    /// The client's idempotency key, if it sent one.
    pub key: Option<IdempotencyKey>,
}

impl StartRequest {
    /// The request with its idempotency key and the hash of its command; `None` without a key or without a user.
    pub(crate) fn idempotent(&self) -> Option<IdempotentRequest> {
        let (user, key) = (self.actor.user_id()?, self.key.clone()?);
        let booking = self.command.booking.uuid().into_bytes();
        let parts = [booking.as_slice(), self.command.method.as_bytes()];
        Some(IdempotentRequest::new(user, Operation::StartPayment, key, CommandHash::of(parts)))
    }
}

impl BatchOutcome for Result<StartedPayment, StartPaymentError> {
    fn key_reused() -> Self {
        Err(StartPaymentError::KeyReused)
    }

    fn repeated(self) -> Self {
        self.map(|started| StartedPayment { replayed: true, ..started })
    }
}

/// A request to apply the gateway's outcome to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettleRequest {
    /// Who settles the payment.
    pub actor: Actor,
    /// The payment to settle.
    pub payment: PaymentId,
    /// The booking of the payment, if known. It is used to batch requests for the same concert.
    pub booking: Option<BookingId>,
    /// The gateway's outcome of the charge.
    pub outcome: ChargeOutcome,
}

/// A payment after it was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledPayment {
    /// The payment in its current state.
    pub payment: Payment,
    /// Whether settling changed the payment.
    pub changed: bool,
    /// The refund that was written because the booking could not be confirmed. The caller must still send it to the gateway.
    pub automatic_refund: Option<Refund>,
}

/// Starts and settles payments, each in a unit of work of its own or in a batch with others of the same concert.
#[async_trait]
pub trait PaymentRecorder: Send + Sync {
    /// Writes a pending payment and makes it the live payment of its booking. Charges nothing.
    ///
    /// # Errors
    /// [`StartPaymentError`]; each variant is one reason.
    async fn start(&self, request: StartRequest) -> Result<StartedPayment, StartPaymentError>;

    /// Applies the gateway's outcome to a payment, its booking and the booking's tickets.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn settle(&self, request: SettleRequest) -> Result<SettledPayment, StoreError>;
}
