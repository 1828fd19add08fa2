//! What payments need from the outside.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;

use crate::shared::{Money, PaymentId, RefundId, StoreError, Timestamp};

use super::{Payment, Refund};

/// Payments inside a unit of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PaymentRepository: Send {
    /// Writes new payments, in one statement.
    ///
    /// # Errors
    /// What the store fails with.
    async fn add(&mut self, payments: &[Payment]) -> Result<(), StoreError>;

    /// Reads payments by id; unknown ids are left out.
    ///
    /// # Errors
    /// What the store fails with.
    async fn get(&mut self, ids: &[PaymentId]) -> Result<Vec<Payment>, StoreError>;

    /// Writes what can change of payments over the versions before, in one statement.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when a stored version is not one less than given.
    async fn save(&mut self, payments: &[Payment]) -> Result<(), StoreError>;
}

/// Refunds inside a unit of work.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait RefundRepository: Send {
    /// Writes new refunds, in one statement.
    ///
    /// # Errors
    /// What the store fails with.
    async fn add(&mut self, refunds: &[Refund]) -> Result<(), StoreError>;

    /// Reads one.
    ///
    /// # Errors
    /// What the store fails with.
    async fn get(&mut self, id: RefundId) -> Result<Option<Refund>, StoreError>;

    /// The refunds of payments, by payment and oldest first.
    ///
    /// # Errors
    /// What the store fails with.
    async fn of_payments(&mut self, payments: &[PaymentId]) -> Result<Vec<Refund>, StoreError>;

    /// Writes what can change of a refund (status, reference, attempts, instants) unless it is completed already.
    ///
    /// # Errors
    /// [`StoreError::Contention`] when it is completed by now.
    async fn save(&mut self, refund: &Refund) -> Result<(), StoreError>;
}

/// How far after the instants that are asked for a payment may have been started before its clock counts as ahead, in
/// seconds.
pub const CLOCK_AHEAD_SECONDS: i64 = 60;

/// A place among the payments, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentPosition {
    /// Started when.
    pub created_at: Timestamp,
    /// Tie-break.
    pub id: PaymentId,
}

/// Payments outside of units.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PaymentQueries: Send + Sync {
    /// One payment.
    ///
    /// # Errors
    /// What the store fails with.
    async fn get(&self, id: PaymentId) -> Result<Option<Payment>, StoreError>;

    /// One refund.
    ///
    /// # Errors
    /// What the store fails with.
    async fn refund(&self, id: RefundId) -> Result<Option<Refund>, StoreError>;

    /// The refunds of a payment, oldest first.
    ///
    /// # Errors
    /// What the store fails with.
    async fn refunds_of(&self, payment: PaymentId) -> Result<Vec<Refund>, StoreError>;

    /// Pending payments started before an instant, oldest first and by id, those after a position, at most `limit`:
    /// whose outcome the gateway is to be asked for. One that was started more than [`CLOCK_AHEAD_SECONDS`] after it was
    /// written by a clock that was ahead, and is among them. Those that cannot be read are left out.
    ///
    /// # Errors
    /// What the store fails with.
    async fn pending_since(
        &self,
        before: Timestamp,
        after: Option<PaymentPosition>,
        limit: u32,
    ) -> Result<Vec<Payment>, StoreError>;

    /// Refunds that are not completed and may be tried at `now`, the longest due first, at most `limit`. One that was
    /// changed more than [`CLOCK_AHEAD_SECONDS`] after `now` was written by a clock that was ahead, and is due too.
    /// Those that cannot be read are left out.
    ///
    /// # Errors
    /// What the store fails with.
    async fn refunds_due(&self, now: Timestamp, limit: u32) -> Result<Vec<Refund>, StoreError>;
}

/// What the gateway is asked to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The key: asked twice, the gateway takes once.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// How.
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

/// What became of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The money is there.
    Completed {
        /// The gateway's name for it.
        transaction_id: String,
    },
    /// It will not come by this charge.
    Declined {
        /// The gateway's name for it, when it gave one.
        transaction_id: Option<String>,
        /// Why, in a word for programs.
        failure: String,
    },
    /// Not known yet.
    Pending {
        /// The gateway's name for it.
        transaction_id: String,
        /// What the customer has to do next.
        next_action: Option<String>,
    },
    /// The gateway never heard of it.
    Unknown,
}

/// What became of the wish to void a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoidOutcome {
    /// No money will be taken by it any more.
    Voided,
    /// The gateway has the money, has declined it, never heard of it, or cannot void: [`PaymentGateway::find`] says.
    NotVoided,
}

/// What the gateway is asked to give back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayRefund {
    /// The key: asked twice, the gateway gives once.
    pub refund: RefundId,
    /// Of which charge.
    pub transaction_id: String,
    /// How much.
    pub amount: Money,
}

/// What became of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOutcome {
    /// The money is back, or the gateway promised to bring it.
    Completed {
        /// The gateway's name for it.
        reference: String,
    },
    /// Not now.
    Refused {
        /// Why, in a word for programs.
        failure: String,
    },
}

/// Why a gateway gave no answer. Whether it did what was asked is unknown.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the payment gateway gave no answer")]
pub struct GatewayError(#[source] pub Arc<dyn Error + Send + Sync>);

/// A payment service. Every call is bounded in time by the adapter.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// Its name, as stored with each payment.
    fn name(&self) -> &'static str;

    /// The methods it knows.
    fn methods(&self) -> &'static [&'static str];

    /// Takes money.
    ///
    /// # Errors
    /// [`GatewayError`]: ask [`PaymentGateway::find`] later.
    async fn charge(&self, charge: &Charge) -> Result<ChargeOutcome, GatewayError>;

    /// What became of a charge.
    ///
    /// # Errors
    /// [`GatewayError`].
    async fn find(&self, charge: &Charge) -> Result<ChargeOutcome, GatewayError>;

    /// Gives up a charge that waits for its customer or a bank. Asked twice, the gateway says the same again.
    ///
    /// # Errors
    /// [`GatewayError`]: ask again later.
    async fn void(&self, charge: &Charge) -> Result<VoidOutcome, GatewayError>;

    /// Gives money back.
    ///
    /// # Errors
    /// [`GatewayError`]: ask again later, with the same key.
    async fn refund(&self, refund: &GatewayRefund) -> Result<RefundOutcome, GatewayError>;
}
