//! Settling a payment: applies the gateway's outcome to payment, booking and tickets in one unit.

use crate::bookings::Booking;
use crate::payments::{ChargeOutcome, Payment};
use crate::sales::SalesUnit;
use crate::shared::{Actor, BookingId, PaymentId, StoreError};

use super::{PaymentProcessor, SettleRequest, SettledPayment};

impl PaymentProcessor {
    /// Applies the gateway's outcome to a payment. Applying it twice changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; [`PaymentProcessor::reconcile`] settles the payment later.
    pub async fn settle(&self, id: PaymentId, outcome: &ChargeOutcome) -> Result<Payment, StoreError> {
        self.settle_by(Actor::System, id, None, outcome.clone()).await.map(|settled| settled.payment)
    }

    pub(super) async fn settle_by(
        &self,
        actor: Actor,
        id: PaymentId,
        booking: Option<BookingId>,
        outcome: ChargeOutcome,
    ) -> Result<SettledPayment, StoreError> {
        let mut settled = self.recorder.settle(SettleRequest { actor, payment: id, booking, outcome }).await?;
        if let Some(refund) = settled.automatic_refund.take() {
            tracing::info!(payment = %id, refund = %refund.id, "a payment is refunded, because its booking could not be confirmed");
            settled.payment = self.send_refund(refund, settled.payment).await.payment;
        }
        Ok(settled)
    }
}

/// Reads a payment that must exist.
pub(super) async fn payment_in(unit: &mut dyn SalesUnit, id: PaymentId) -> Result<Payment, StoreError> {
    let found = unit.payments().get(&[id]).await?.pop();
    found.ok_or_else(|| StoreError::inconsistent(format!("the payment {id} is gone")))
}

/// Reads the booking of a payment.
pub(super) async fn booking_of(unit: &mut dyn SalesUnit, payment: &Payment) -> Result<Booking, StoreError> {
    let found = unit.bookings().get(&[payment.booking]).await?.pop();
    found.ok_or_else(|| StoreError::inconsistent(format!("the booking of the payment {} is gone", payment.id)))
}
