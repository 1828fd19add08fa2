//! Starting a payment: one unit makes it the booking's live payment, then the gateway charges it, then another unit
//! settles it.

use crate::idempotency::IdempotencyKey;
use crate::shared::{Actor, Causes, Faults};

use super::{PaymentProcessor, StartPayment, StartPaymentError, StartRequest, StartedPayment};
use crate::payments::{Charge, Payment};

impl PaymentProcessor {
    /// Pays a booking. A payment that is declined, or whose outcome is not known yet, is no error: its status tells.
    ///
    /// # Errors
    /// [`StartPaymentError`]; then nothing was charged.
    pub async fn start(
        &self,
        actor: &Actor,
        command: StartPayment,
        key: Option<IdempotencyKey>,
    ) -> Result<StartedPayment, StartPaymentError> {
        if actor.user_id().is_none() {
            return Err(StartPaymentError::LoginRequired);
        }
        self.check_method(&command.method)?;
        let started = self.recorder.start(StartRequest { actor: *actor, command, key }).await?;
        if started.replayed {
            return Ok(started);
        }
        Ok(StartedPayment { payment: self.charge(*actor, started.payment).await, replayed: false })
    }

    fn check_method(&self, method: &str) -> Result<(), StartPaymentError> {
        let known = self.ports.gateway.methods();
        if known.contains(&method) {
            return Ok(());
        }
        let detail = format!("the ways to pay are {}", known.join(", "));
        Err(StartPaymentError::UnknownMethod(Faults::one("/method", "unknown_method", detail)))
    }

    /// Charges a payment and settles it. The payment is already committed, so a failure here leaves it pending, and
    /// [`PaymentProcessor::reconcile`] settles it later.
    async fn charge(&self, actor: Actor, payment: Payment) -> Payment {
        let outcome = match self.ports.gateway.charge(&Charge::of(&payment)).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::warn!(payment = %payment.id, error = %Causes(&error), "a charge got no answer");
                return payment;
            }
        };
        match self.settle_by(actor, payment.id, Some(payment.booking), outcome).await {
            Ok(settled) => settled.payment,
            Err(error) => {
                tracing::warn!(payment = %payment.id, error = %Causes(&error), "a charged payment could not be settled yet");
                payment
            }
        }
    }
}
