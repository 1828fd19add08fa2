//! The ports and settings of the payment use cases.

use std::sync::Arc;

use crate::bookings::BookingQueries;
use crate::concerts::OrganiserQueries;
use crate::payments::{PaymentGateways, PaymentQueries};
use crate::sales::SalesUnit;
use crate::shared::{Clock, IdGenerator};
use crate::store::Store;

/// The ports that [`PaymentProcessor`](super::PaymentProcessor) uses.
#[derive(Clone)]
pub struct PaymentPorts {
    /// Runs the units of work that write payments.
    pub store: Arc<dyn Store<dyn SalesUnit>>,
    /// Reads payments and refunds outside of units.
    pub payments: Arc<dyn PaymentQueries>,
    /// Reads the bookings of payments.
    pub bookings: Arc<dyn BookingQueries>,
    /// Reads who is a member of the concert's organiser.
    pub organisers: Arc<dyn OrganiserQueries>,
    /// Charge and refund money.
    pub gateways: Arc<PaymentGateways>,
    /// The source of the time.
    pub clock: Arc<dyn Clock>,
    /// The source of ids.
    pub ids: Arc<dyn IdGenerator>,
}

/// The settings of payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentSettings {
    /// How long a booking is held at least after its first payment was started, in seconds.
    pub grace_seconds: i64,
}

impl Default for PaymentSettings {
    fn default() -> Self {
        Self { grace_seconds: 120 }
    }
}
