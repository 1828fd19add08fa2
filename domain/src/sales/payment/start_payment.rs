//! Starting a payment: one unit makes it the booking's live payment, then the gateway charges it, then another unit
//! settles it.

use crate::idempotency::IdempotencyKey;
use crate::payments::{Charge, Payment, PaymentGateway};
use crate::shared::{Actor, Causes, Faults};

use super::{PaymentProcessor, StartPayment, StartPaymentError, StartRequest, StartedPayment};

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
        let gateway = self.gateway_for(&command.method)?;
        let request = StartRequest { actor: *actor, command, gateway: gateway.name(), key };
        let started = self.recorder.start(request).await?;
        if started.replayed {
            return Ok(started);
        }
        Ok(StartedPayment { payment: self.charge(gateway, *actor, started.payment).await, replayed: false })
    }

    fn gateway_for(&self, method: &str) -> Result<&dyn PaymentGateway, StartPaymentError> {
        self.ports.gateways.accepting(method).ok_or_else(|| {
            let known: Vec<_> = self.ports.gateways.methods().collect();
            let detail = format!("the ways to pay are {}", known.join(", "));
            StartPaymentError::UnknownMethod(Faults::one("/method", "unknown_method", detail))
        })
    }

    /// Charges a payment and settles it. The payment is already committed, so a failure here leaves it pending, and
    /// [`PaymentProcessor::reconcile`] settles it later.
    async fn charge(&self, gateway: &dyn PaymentGateway, actor: Actor, payment: Payment) -> Payment {
        let outcome = match gateway.charge(&Charge::of(&payment)).await {
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
