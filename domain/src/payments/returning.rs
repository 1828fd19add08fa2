//! Giving back all that is left of a payment.

use crate::outbox::EventPayload;
use crate::shared::{IdGenerator, RefundId, Timestamp};

use super::{Payment, Refund};

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
    let mut payment = payment.clone();
    let left = payment.left(refunds);
    let refund = payment.start_refund(RefundId::generate(ids), left, reason, refunds, now).ok()?;
    Some(FullReturn { payment, refund })
}
