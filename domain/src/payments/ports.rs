//! The ports of payments: repositories inside a unit of work, queries outside of one, and the payment gateway.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;

use crate::shared::{BookingId, ConcertId, Money, PaymentId, RefundId, StoreError, Timestamp};

use super::{Payment, Refund};

/// Payments inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PaymentRepository: Send {
    /// Writes new payments, in one statement.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn add(&mut self, payments: &[Payment]) -> Result<(), StoreError>;

    /// Reads payments by id; unknown ids are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn get(&mut self, ids: &[PaymentId]) -> Result<Vec<Payment>, StoreError>;

    /// Updates the fields of payments that can change, in one statement.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a stored version is not one less than the given version.
    async fn save(&mut self, payments: &[Payment]) -> Result<(), StoreError>;
}

/// Refunds inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RefundRepository: Send {
    /// Writes new refunds, in one statement.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn add(&mut self, refunds: &[Refund]) -> Result<(), StoreError>;

    /// Reads one refund; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn get(&mut self, id: RefundId) -> Result<Option<Refund>, StoreError>;

    /// The refunds of these payments, grouped by payment, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn of_payments(&mut self, payments: &[PaymentId]) -> Result<Vec<Refund>, StoreError>;

    /// Updates the fields of a refund that can change (status, reference, attempts, times).
    ///
    /// # Errors
    /// [`StoreError::Contention`] when the stored refund is already completed.
    async fn save(&mut self, refund: &Refund) -> Result<(), StoreError>;
}

/// How far after the time of a query a payment may have been started, or a refund changed, before it counts as written
/// by a clock that was ahead, in seconds.
pub const CLOCK_AHEAD_SECONDS: i64 = 60;

/// A position in the list of payments, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentPosition {
    /// When the payment was started.
    pub created_at: Timestamp,
    /// Orders payments that were started at the same time.
    pub id: PaymentId,
}

/// Reads payments and refunds outside of units of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PaymentQueries: Send + Sync {
    /// One payment; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn get(&self, id: PaymentId) -> Result<Option<Payment>, StoreError>;

    /// One refund; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn refund(&self, id: RefundId) -> Result<Option<Refund>, StoreError>;

    /// The refunds of a payment, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn refunds_of(&self, payment: PaymentId) -> Result<Vec<Refund>, StoreError>;

    /// The concert of a booking; `None` when the booking does not exist.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn concert_of(&self, booking: BookingId) -> Result<Option<ConcertId>, StoreError>;

    /// At most `limit` pending payments of a gateway to reconcile: those started before `before`, oldest first and then
    /// by id, after a position. A payment started more than [`CLOCK_AHEAD_SECONDS`] after `before` was written by a clock that was
    /// ahead; it is included. Payments whose rows cannot be read are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn pending_since(
        &self,
        gateway: &str,
        before: Timestamp,
        after: Option<PaymentPosition>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError>;

    /// At most `limit` refunds of payments of a gateway that are not completed and due at `now`, the longest due first. A refund changed more
    /// than [`CLOCK_AHEAD_SECONDS`] after `now` was written by a clock that was ahead; it is included. Refunds whose
    /// rows cannot be read are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn refunds_due(&self, gateway: &str, now: Timestamp, limit: u32) -> Result<Vec<Refund>, StoreError>;
}

/// A charge for the gateway to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The idempotency key: the gateway charges once for the same key.
    pub payment: PaymentId,
    /// The amount to charge.
    pub amount: Money,
    /// The gateway's name of the payment method.
    pub method: String,
    /// When the payment was started.
    pub started_at: Timestamp,
}

impl Charge {
    /// The charge of a payment.
    pub fn of(payment: &Payment) -> Self {
        Self {
            payment: payment.id,
            amount: payment.amount,
            method: payment.method.clone(),
            started_at: payment.created_at,
        }
    }
}

/// The outcome of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The gateway has the money.
    Completed {
        /// The gateway's id of the charge.
        transaction_id: String,
    },
    /// The charge failed for good.
    Declined {
        /// The gateway's id of the charge, if it gave one.
        transaction_id: Option<String>,
        /// The reason, as a code for programs.
        failure: String,
    },
    /// The outcome is not known yet.
    Pending {
        /// The gateway's id of the charge.
        transaction_id: String,
        /// What the customer has to do next, such as a URL to visit.
        next_action: Option<String>,
    },
    /// The gateway does not know the charge.
    NotFound,
}

/// The outcome of voiding a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoidOutcome {
    /// The charge will never take money.
    Voided,
    /// The charge is completed, declined or unknown, or the gateway cannot void: [`PaymentGateway::find`] tells.
    NotVoided,
}

/// A refund for the gateway to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayRefund {
    /// The idempotency key: the gateway refunds once for the same key.
    pub refund: RefundId,
    /// The gateway's id of the charge to refund.
    pub transaction_id: String,
    /// The amount to refund.
    pub amount: Money,
}

/// The outcome of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOutcome {
    /// The gateway has refunded the money, or promised to.
    Completed {
        /// The gateway's id of the refund.
        reference: String,
    },
    /// The gateway refused the refund for now.
    Refused {
        /// The reason, as a code for programs.
        failure: String,
    },
}

/// The gateway gave no answer. Whether it carried out the call is unknown.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the payment gateway gave no answer")]
pub struct GatewayError(#[source] pub Arc<dyn Error + Send + Sync>);

/// A payment service. The adapter bounds the time of every call.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// The gateway's name, as stored with each payment.
    fn name(&self) -> &'static str;

    /// The payment methods that the gateway accepts.
    fn methods(&self) -> &'static [&'static str];

    /// Charges money.
    ///
    /// # Errors
    /// [`GatewayError`] when there was no answer. Call [`PaymentGateway::find`] later for the outcome.
    async fn charge(&self, charge: &Charge) -> Result<ChargeOutcome, GatewayError>;

    /// The outcome of a charge.
    ///
    /// # Errors
    /// [`GatewayError`] when there was no answer.
    async fn find(&self, charge: &Charge) -> Result<ChargeOutcome, GatewayError>;

    /// Voids a charge that waits for its customer or a bank. Voiding it again returns the same outcome.
    ///
    /// # Errors
    /// [`GatewayError`] when there was no answer. Try again later.
    async fn void(&self, charge: &Charge) -> Result<VoidOutcome, GatewayError>;

    /// Refunds money.
    ///
    /// # Errors
    /// [`GatewayError`] when there was no answer. Try again later, with the same key.
    async fn refund(&self, refund: &GatewayRefund) -> Result<RefundOutcome, GatewayError>;
}
