//! Repairing what was lost between a unit and the gateway.

use std::sync::PoisonError;

use crate::shared::{Actor, Causes, StoreError};

use super::{
    Charge, ChargeOutcome, GatewayError, Payment, PaymentPosition, Payments, RefundStatus, VOIDED, VoidOutcome,
};

/// How old a pending payment is before the gateway is asked what became of it, in seconds: until then whoever started
/// it is likely to settle it themselves.
pub const RECONCILE_AFTER_SECONDS: i64 = 3;

/// The most payments, and the most refunds, of one pass.
pub const RECONCILE_BATCH: u32 = 100;

/// After so many questions in a row without an answer a pass ends: the gateway is down, and each question waits long.
const SILENCES_MAX: u32 = 5;

impl Payments {
    /// One pass over pending payments and due refunds: asks the gateway and settles what it says. Returns how many
    /// payments changed and refunds completed; what fails for one payment or refund is logged and leaves the others
    /// alone.
    ///
    /// # Errors
    /// What the store fails with while the payments or refunds are listed.
    pub async fn reconcile(&self) -> Result<u32, StoreError> {
        let payments = self.reconcile_payments().await;
        let refunds = self.reconcile_refunds().await;
        Ok(payments? + refunds?)
    }

    async fn reconcile_payments(&self) -> Result<u32, StoreError> {
        let before = self.ports.clock.now().plus_seconds(-RECONCILE_AFTER_SECONDS);
        let after = *self.reconciled_until.lock().unwrap_or_else(PoisonError::into_inner);
        let pending = self.ports.payments.pending_since(before, after, RECONCILE_BATCH).await?;
        let mut changed = 0;
        let mut silences = 0;
        let mut asked_last = None;
        for payment in &pending {
            asked_last = Some(PaymentPosition { created_at: payment.created_at, id: payment.id });
            match self.reconcile_payment(payment).await {
                Ok(news) => {
                    silences = 0;
                    changed += u32::from(news);
                }
                Err(Unanswered) => silences += 1,
            }
            if silences == SILENCES_MAX {
                break;
            }
        }
        let more = pending.len() >= usize::try_from(RECONCILE_BATCH).unwrap_or(usize::MAX) || silences == SILENCES_MAX;
        *self.reconciled_until.lock().unwrap_or_else(PoisonError::into_inner) = asked_last.filter(|_| more);
        Ok(changed)
    }

    /// Whether the gateway had news of a payment.
    async fn reconcile_payment(&self, payment: &Payment) -> Result<bool, Unanswered> {
        if payment.gateway != self.ports.gateway.name() {
            tracing::debug!(payment = %payment.id, gateway = payment.gateway, "a pending payment waits for another gateway");
            return Ok(false);
        }
        let is_unwanted = match self.is_unwanted(payment).await {
            Ok(is_unwanted) => is_unwanted,
            Err(error) => {
                tracing::warn!(payment = %payment.id, error = %Causes(&error), "the booking of a payment could not be read");
                return Ok(false);
            }
        };
        let outcome = self.ask_for_outcome(&Charge::of(payment), is_unwanted).await.map_err(|error| {
            tracing::warn!(payment = %payment.id, error = %Causes(&error), "the gateway did not say what became of a payment");
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

    /// Whether the booking can no longer be confirmed by anything, so that its payment is better given up.
    async fn is_unwanted(&self, payment: &Payment) -> Result<bool, StoreError> {
        let booking = self.ports.bookings.get(payment.booking).await?;
        Ok(booking.is_some_and(|booking| booking.is_cancelled_for_good()))
    }

    /// What became of a charge; one that is unwanted is voided if it still can be.
    async fn ask_for_outcome(&self, charge: &Charge, is_unwanted: bool) -> Result<ChargeOutcome, GatewayError> {
        let gateway = &self.ports.gateway;
        if is_unwanted && gateway.void(charge).await? == VoidOutcome::Voided {
            return Ok(ChargeOutcome::Declined { transaction_id: None, failure: VOIDED.to_owned() });
        }
        gateway.find(charge).await
    }

    async fn reconcile_refunds(&self) -> Result<u32, StoreError> {
        let due = self.ports.payments.refunds_due(self.ports.clock.now(), RECONCILE_BATCH).await?;
        let mut completed = 0;
        let mut silences = 0;
        for refund in due {
            match self.push_refund(refund.id).await.map(|refund| refund.status) {
                Ok(RefundStatus::Pending) => silences += 1,
                Ok(status) => {
                    silences = 0;
                    completed += u32::from(status == RefundStatus::Completed);
                }
                Err(error) => {
                    tracing::warn!(refund = %refund.id, error = %Causes(&error), "a refund could not be read");
                }
            }
            if silences == SILENCES_MAX {
                break;
            }
        }
        Ok(completed)
    }
}

/// The gateway gave no answer.
struct Unanswered;
