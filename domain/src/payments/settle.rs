//! Settling a payment: what the gateway says becomes true of payment, booking and tickets in one unit.

use crate::bookings::Booking;
use crate::shared::{Actor, BookingId, PaymentId, StoreError};
use crate::store::UnitOfWork;

use super::{ChargeOutcome, IllegalChange, Payment, Payments, SettleRequest, Settled};

/// How long after its start a payment that the gateway never heard of is given up, in seconds. Until then its charge
/// may still be on the way.
pub const UNKNOWN_CHARGE_GRACE_SECONDS: i64 = 60;

/// Why a payment failed that never reached the gateway.
pub const NEVER_CHARGED: &str = "never_charged";

/// Why a payment failed that was given up because its booking was cancelled.
pub const VOIDED: &str = "voided";

impl Payments {
    /// Makes true what the gateway says of a payment. To say it twice changes nothing.
    ///
    /// # Errors
    /// What the store fails with; [`Payments::reconcile`] asks the gateway again.
    pub async fn settle(&self, id: PaymentId, outcome: &ChargeOutcome) -> Result<Payment, StoreError> {
        self.settle_by(Actor::System, id, None, outcome.clone()).await.map(|settled| settled.payment)
    }

    pub(super) async fn settle_by(
        &self,
        actor: Actor,
        id: PaymentId,
        booking: Option<BookingId>,
        outcome: ChargeOutcome,
    ) -> Result<Settled, StoreError> {
        let mut settled = self.desk.settle(SettleRequest { actor, payment: id, booking, outcome }).await?;
        if let Some(refund) = settled.returned.take() {
            tracing::info!(payment = %id, refund = %refund.id, "a payment came too late and goes back");
            settled.payment = self.send_refund(refund, settled.payment).await.payment;
        }
        Ok(settled)
    }
}

/// Reads a payment that was written before.
pub(super) async fn payment_in(unit: &mut dyn UnitOfWork, id: PaymentId) -> Result<Payment, StoreError> {
    let found = unit.payments().get(&[id]).await?.pop();
    found.ok_or_else(|| StoreError::inconsistent(format!("the payment {id} is gone")))
}

/// Reads what a payment is for.
pub(super) async fn booking_of(unit: &mut dyn UnitOfWork, payment: &Payment) -> Result<Booking, StoreError> {
    let found = unit.bookings().get(&[payment.booking]).await?.pop();
    found.ok_or_else(|| StoreError::inconsistent(format!("the booking of the payment {} is gone", payment.id)))
}

/// What was just read allowed the change, so this never happens.
pub(super) fn illegal(error: IllegalChange) -> StoreError {
    StoreError::inconsistent(error.to_string())
}
