//! A gateway that moves no money and keeps no state. The outcome of a charge follows from the charge and the time, so
//! the gateway gives the same answers after a crash.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::payments::{
    Charge, ChargeOutcome, GatewayError, GatewayRefund, PaymentGateway, RefundOutcome, VoidOutcome,
};
use boxoffice_domain::shared::Clock;

/// Always completes.
const APPROVE: &str = "sandbox_approve";
/// Always declined.
const DECLINE: &str = "sandbox_decline";
/// Pending for a while, then completes.
const PENDING: &str = "sandbox_pending";

/// The behaviour of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxSettings {
    /// How long `sandbox_pending` stays pending, in seconds.
    pub pending_seconds: i64,
    /// The delay before each answer.
    pub latency: Duration,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self { pending_seconds: 5, latency: Duration::ZERO }
    }
}

/// A gateway for development, demonstrations and tests.
pub struct SandboxGateway {
    clock: Arc<dyn Clock>,
    settings: SandboxSettings,
}

impl SandboxGateway {
    /// Creates a sandbox with these settings and this clock.
    pub fn new(clock: Arc<dyn Clock>, settings: SandboxSettings) -> Self {
        Self { clock, settings }
    }

    fn outcome(&self, charge: &Charge) -> ChargeOutcome {
        let transaction_id = format!("sandbox-{}", charge.payment);
        let declined = |failure: &str| ChargeOutcome::Declined {
            transaction_id: Some(transaction_id.clone()),
            failure: failure.to_owned(),
        };
        match charge.method.as_str() {
            APPROVE => ChargeOutcome::Completed { transaction_id },
            DECLINE => declined("card_declined"),
            PENDING if self.clock.now() < charge.started_at.plus_seconds(self.settings.pending_seconds) => {
                ChargeOutcome::Pending { transaction_id, next_action: None }
            }
            PENDING => ChargeOutcome::Completed { transaction_id },
            _ => declined("unknown_method"),
        }
    }

    async fn take_time(&self) {
        if !self.settings.latency.is_zero() {
            tokio::time::sleep(self.settings.latency).await;
        }
    }
}

#[async_trait]
impl PaymentGateway for SandboxGateway {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn methods(&self) -> &'static [&'static str] {
        &[APPROVE, DECLINE, PENDING]
    }

    async fn charge(&self, charge: &Charge) -> Result<ChargeOutcome, GatewayError> {
        self.take_time().await;
        Ok(self.outcome(charge))
    }

    async fn find(&self, charge: &Charge) -> Result<ChargeOutcome, GatewayError> {
        self.take_time().await;
        Ok(self.outcome(charge))
    }

    /// The sandbox does not remember a void. If the same charge is requested again later, it completes, and its money
    /// is refunded.
    async fn void(&self, charge: &Charge) -> Result<VoidOutcome, GatewayError> {
        self.take_time().await;
        let is_waiting = matches!(self.outcome(charge), ChargeOutcome::Pending { .. });
        Ok(if is_waiting { VoidOutcome::Voided } else { VoidOutcome::NotVoided })
    }

    async fn refund(&self, refund: &GatewayRefund) -> Result<RefundOutcome, GatewayError> {
        self.take_time().await;
        Ok(RefundOutcome::Completed { reference: format!("sandbox-{}", refund.refund) })
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::payments::{
        Charge, ChargeOutcome, GatewayRefund, PaymentGateway, RefundOutcome, VoidOutcome,
    };
    use boxoffice_domain::shared::{Currency, Money, PaymentId, RefundId};
    use boxoffice_testing::FixedClock;
    use uuid::Uuid;

    use super::{Arc, SandboxGateway, SandboxSettings};

    const TRANSACTION: &str = "sandbox-00000000-0000-0000-0000-000000000007";

    fn charge(method: &str) -> Charge {
        Charge {
            payment: PaymentId::from_uuid(Uuid::from_u128(7)),
            amount: Money::new(4_200, Currency::parse("EUR").unwrap()).unwrap(),
            method: method.to_owned(),
            started_at: FixedClock::START,
        }
    }

    fn gateway(clock: &Arc<FixedClock>) -> SandboxGateway {
        SandboxGateway::new(clock.clone(), SandboxSettings::default())
    }

    fn completed() -> ChargeOutcome {
        ChargeOutcome::Completed { transaction_id: TRANSACTION.to_owned() }
    }

    #[tokio::test]
    async fn approved_charges_complete_immediately_and_another_gateway_finds_them() {
        let clock = Arc::new(FixedClock::default());
        let approve = charge("sandbox_approve");
        assert_eq!(gateway(&clock).charge(&approve).await.unwrap(), completed());
        assert_eq!(gateway(&clock).find(&approve).await.unwrap(), completed());
    }

    #[tokio::test]
    async fn declined_and_unknown_methods_state_the_reason() {
        let clock = Arc::new(FixedClock::default());
        for (method, reason) in [("sandbox_decline", "card_declined"), ("cash", "unknown_method")] {
            let outcome = gateway(&clock).charge(&charge(method)).await.unwrap();
            assert!(matches!(outcome, ChargeOutcome::Declined { failure, .. } if failure == reason), "{method}");
        }
    }

    #[tokio::test]
    async fn pending_charges_complete_after_five_seconds() {
        let clock = Arc::new(FixedClock::default());
        let gateway = gateway(&clock);
        let pending = charge("sandbox_pending");
        let waiting = ChargeOutcome::Pending { transaction_id: TRANSACTION.to_owned(), next_action: None };
        assert_eq!(gateway.charge(&pending).await.unwrap(), waiting);
        clock.advance(4);
        assert_eq!(gateway.find(&pending).await.unwrap(), waiting);
        clock.advance(1);
        assert_eq!(gateway.find(&pending).await.unwrap(), completed());
    }

    #[tokio::test]
    async fn only_a_pending_charge_is_voided() {
        let clock = Arc::new(FixedClock::default());
        let gateway = gateway(&clock);
        for method in ["sandbox_approve", "sandbox_decline", "cash"] {
            assert_eq!(gateway.void(&charge(method)).await.unwrap(), VoidOutcome::NotVoided, "{method}");
        }
        let pending = charge("sandbox_pending");
        clock.advance(4);
        assert_eq!(gateway.void(&pending).await.unwrap(), VoidOutcome::Voided);
        assert_eq!(gateway.void(&pending).await.unwrap(), VoidOutcome::Voided);
        clock.advance(1);
        assert_eq!(gateway.void(&pending).await.unwrap(), VoidOutcome::NotVoided);
    }

    #[tokio::test]
    async fn a_completed_refund_has_a_reference_of_its_own() {
        let gateway = gateway(&Arc::new(FixedClock::default()));
        let refund = GatewayRefund {
            refund: RefundId::from_uuid(Uuid::from_u128(9)),
            transaction_id: TRANSACTION.to_owned(),
            amount: charge("sandbox_approve").amount,
        };
        let outcome = gateway.refund(&refund).await.unwrap();
        let reference = String::from("sandbox-00000000-0000-0000-0000-000000000009");
        assert_eq!(outcome, RefundOutcome::Completed { reference });
    }
}
