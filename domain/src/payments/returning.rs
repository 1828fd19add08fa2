//! Giving back all that is left of a payment.

use crate::outbox::EventPayload;
use crate::shared::{IdGenerator, Money, RefundId, Timestamp};

use super::{Payment, PaymentStatus, Refund, RefundStatus};

/// A payment that goes back in full: its next version, and the refund that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullReturn {
    /// The payment, one version on.
    pub payment: Payment,
    /// The refund, due at once.
    pub refund: Refund,
}

impl FullReturn {
    /// What to tell of it.
    pub fn event(&self) -> EventPayload {
        EventPayload::RefundStarted { refund: Box::new(self.refund.clone()) }
    }
}

/// Writes off what no refund of `payment` covers yet. `None` when the payment has no money to give back, or all of it is
/// on its way already.
pub fn return_in_full(
    payment: &Payment,
    refunds: &[Refund],
    reason: &str,
    ids: &dyn IdGenerator,
    now: Timestamp,
) -> Option<FullReturn> {
    if !matches!(payment.status, PaymentStatus::Completed | PaymentStatus::PartiallyRefunded) {
        return None;
    }
    let on_the_way = refunds
        .iter()
        .filter(|refund| refund.payment == payment.id)
        .try_fold(Money::zero(payment.amount.currency()), |sum, refund| sum.plus(refund.amount))
        .ok()?;
    let left = payment.amount.minus(on_the_way).ok().filter(|left| !left.is_zero())?;
    let refund = Refund {
        id: RefundId::generate(ids),
        payment: payment.id,
        amount: left,
        reason: reason.to_owned(),
        status: RefundStatus::Pending,
        gateway_reference: None,
        attempts: 0,
        next_attempt_at: now,
        created_at: now,
        updated_at: now,
    };
    let payment = Payment { version: payment.version + 1, updated_at: now, ..payment.clone() };
    Some(FullReturn { payment, refund })
}
