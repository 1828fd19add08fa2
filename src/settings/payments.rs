//! The payment gateway.

use serde::Deserialize;

use super::{Environment, require_within};

/// A payment gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Gateway {
    /// The sandbox, which moves no money.
    Sandbox,
}

impl TryFrom<String> for Gateway {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "sandbox" => Ok(Self::Sandbox),
            _ => Err("must be sandbox"),
        }
    }
}

/// Section `payments`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentSettings {
    /// The gateway that charges customers.
    pub gateway: Gateway,
    /// Starting a payment extends the hold of its booking to at least this time from then.
    pub grace_seconds: u32,
    /// How long the method `sandbox_pending` stays pending.
    pub sandbox_pending_seconds: u32,
    /// The delay before each answer of the sandbox.
    pub sandbox_latency_ms: u32,
    /// Lets production use the sandbox, which takes no real money.
    pub allow_sandbox: bool,
}

impl PaymentSettings {
    pub(super) fn validate(&self, environment: Environment, faults: &mut Vec<String>) {
        require_within(1..=86_400, self.grace_seconds.into(), "payments.grace_seconds", faults);
        require_within(0..=86_400, self.sandbox_pending_seconds.into(), "payments.sandbox_pending_seconds", faults);
        require_within(0..=60_000, self.sandbox_latency_ms.into(), "payments.sandbox_latency_ms", faults);
        if environment.is_production() && self.gateway == Gateway::Sandbox && !self.allow_sandbox {
            faults.push(
                "payments.gateway: production does not use the sandbox unless payments.allow_sandbox is true"
                    .to_owned(),
            );
        }
    }
}
