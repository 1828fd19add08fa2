//! The service of payments. `start_payment.rs`, `settle_payment.rs`, `refund_payment.rs` and `reconcile.rs` hold its use
//! cases.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use crate::payments::PaymentPosition;

use super::dependencies::{PaymentPorts, PaymentSettings};
use super::payment_recorder::PaymentRecorder;
use super::payment_units::PaymentUnits;

/// Starts, settles, refunds and reconciles payments.
///
/// No unit of work is open while the gateway is called: a payment and a refund go through a unit, the gateway and
/// another unit. [`PaymentProcessor::reconcile`] repairs what is lost in between.
pub struct PaymentProcessor {
    pub(super) ports: PaymentPorts,
    pub(super) recorder: Arc<dyn PaymentRecorder>,
    /// The pending payment of each gateway after which the next [`PaymentProcessor::reconcile`] continues, so that
    /// payments which stay pending for long do not block newer ones.
    pub(super) reconciled_until: Mutex<HashMap<&'static str, PaymentPosition>>,
}

impl fmt::Debug for PaymentProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentProcessor").finish_non_exhaustive()
    }
}

impl PaymentProcessor {
    /// Creates the service over these ports. It records each payment in units of its own.
    pub fn new(ports: PaymentPorts, settings: PaymentSettings) -> Self {
        let recorder = Arc::new(PaymentUnits::new(&ports, settings));
        Self { ports, recorder, reconciled_until: Mutex::default() }
    }

    /// The same service with another recorder, for example one that groups commits.
    #[must_use]
    pub fn with_recorder(self, recorder: Arc<dyn PaymentRecorder>) -> Self {
        Self { recorder, ..self }
    }
}
