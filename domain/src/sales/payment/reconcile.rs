//! Repairs payments and refunds whose outcome was lost between the gateway and a unit of work.

use std::sync::PoisonError;

use futures_util::future::join_all;

use crate::payments::{
    Charge, ChargeOutcome, GatewayError, Payment, PaymentGateway, PaymentPosition, RefundStatus, VoidOutcome,
};
use crate::shared::{Actor, Causes, StoreError};

use super::service::PaymentProcessor;
use super::settle_payment_unit::VOIDED;

/// How old a pending payment is before it is reconciled, in seconds. Until then the request that started it is likely
/// to settle it.
pub const RECONCILE_AFTER_SECONDS: i64 = 3;

/// The most payments, and the most refunds, of one gateway that one pass processes.
pub const RECONCILE_BATCH: u32 = 100;

/// The number of failures in a row that ends a gateway's pass. The gateway is then likely down, and each call waits for
/// its timeout.
const FAILURES_IN_A_ROW_MAX: u32 = 5;

impl PaymentProcessor {
    /// Runs one pass over the pending payments and due refunds of every gateway in use: gets their outcome from the
    /// gateway and applies it. Returns how many payments changed plus how many refunds completed. A failure at one
    /// payment or refund is logged and does not stop the others. The gateways are asked at the same time, so that one
    /// that is down does not delay the others.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails while payments or refunds are listed.
    pub async fn reconcile(&self) -> Result<u32, StoreError> {
        let gateways = self.ports.gateways.all().iter();
        let passes = join_all(gateways.map(|gateway| self.reconcile_gateway(gateway.as_ref()))).await;
        passes.into_iter().sum()
    }

    async fn reconcile_gateway(&self, gateway: &dyn PaymentGateway) -> Result<u32, StoreError> {
        let payments = self.reconcile_payments(gateway).await;
        let refunds = self.reconcile_refunds(gateway).await;
        Ok(payments? + refunds?)
    }

    async fn reconcile_payments(&self, gateway: &dyn PaymentGateway) -> Result<u32, StoreError> {
        let before = self.ports.clock.now().plus_seconds(-RECONCILE_AFTER_SECONDS);
        let after = self.reconciled_until(gateway);
        let pending = self.ports.payments.pending_since(gateway.name(), before, after, RECONCILE_BATCH).await?;
        let mut changed = 0;
        let mut failures = 0;
        let mut last_checked = None;
        for payment in &pending {
            last_checked = Some(PaymentPosition { created_at: payment.created_at, id: payment.id });
            match self.reconcile_payment(gateway, payment).await {
                Ok(has_changed) => {
                    failures = 0;
                    changed += u32::from(has_changed);
                }
                Err(Unanswered) => failures += 1,
            }
            if failures == FAILURES_IN_A_ROW_MAX {
                break;
            }
        }
        let more = pending.len() >= usize::try_from(RECONCILE_BATCH).unwrap_or(usize::MAX)
            || failures == FAILURES_IN_A_ROW_MAX;
        self.continue_after(gateway, last_checked.filter(|_| more));
        Ok(changed)
    }

    /// The payment after which the gateway's next pass continues; `None` begins with the oldest.
    fn reconciled_until(&self, gateway: &dyn PaymentGateway) -> Option<PaymentPosition> {
        self.reconciled_until.lock().unwrap_or_else(PoisonError::into_inner).get(gateway.name()).copied()
    }

    fn continue_after(&self, gateway: &dyn PaymentGateway, position: Option<PaymentPosition>) {
        let mut positions = self.reconciled_until.lock().unwrap_or_else(PoisonError::into_inner);
        match position {
            Some(position) => positions.insert(gateway.name(), position),
            None => positions.remove(gateway.name()),
        };
    }

    /// Reconciles one payment. Returns whether it changed.
    async fn reconcile_payment(&self, gateway: &dyn PaymentGateway, payment: &Payment) -> Result<bool, Unanswered> {
        let is_unwanted = match self.is_unwanted(payment).await {
            Ok(is_unwanted) => is_unwanted,
            Err(error) => {
                tracing::warn!(payment = %payment.id, error = %Causes(&error), "the booking of a payment could not be read");
                return Ok(false);
            }
        };
        let outcome = find_outcome(gateway, &Charge::of(payment), is_unwanted).await.map_err(|error| {
            tracing::warn!(payment = %payment.id, error = %Causes(&error), "the gateway did not report the outcome of a payment");
            Unanswered
        })?;
        match self.settle_by(Actor::System, payment.id, Some(payment.booking), outcome).await {
            Ok(settled) => Ok(settled.changed),
            Err(error) => {
                tracing::warn!(payment = %payment.id, error = %Causes(&error), "a payment could not be settled yet");
                Ok(false)
            }
        }
    }

    /// Whether the booking can never be confirmed again, so that its payment should be voided.
    async fn is_unwanted(&self, payment: &Payment) -> Result<bool, StoreError> {
        let booking = self.ports.bookings.get(payment.booking).await?;
        Ok(booking.is_some_and(|booking| booking.is_cancelled_for_good()))
    }

    async fn reconcile_refunds(&self, gateway: &dyn PaymentGateway) -> Result<u32, StoreError> {
        let due = self.ports.payments.refunds_due(gateway.name(), self.ports.clock.now(), RECONCILE_BATCH).await?;
        let mut completed = 0;
        let mut failures = 0;
        for refund in due {
            match self.push_refund(refund.id).await.map(|refund| refund.status) {
                Ok(RefundStatus::Pending) => failures += 1,
                Ok(status) => {
                    failures = 0;
                    completed += u32::from(status == RefundStatus::Completed);
                }
                Err(error) => {
                    tracing::warn!(refund = %refund.id, error = %Causes(&error), "a refund could not be read");
                }
            }
            if failures == FAILURES_IN_A_ROW_MAX {
                break;
            }
        }
        Ok(completed)
    }
}

/// Gets the outcome of a charge from the gateway. An unwanted charge is voided if that is still possible.
async fn find_outcome(
    gateway: &dyn PaymentGateway,
    charge: &Charge,
    is_unwanted: bool,
) -> Result<ChargeOutcome, GatewayError> {
    if is_unwanted && gateway.void(charge).await? == VoidOutcome::Voided {
        return Ok(ChargeOutcome::Declined { transaction_id: None, failure: VOIDED.to_owned() });
    }
    gateway.find(charge).await
}

/// The gateway gave no answer about a payment.
struct Unanswered;
