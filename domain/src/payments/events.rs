//! What happens to payments and their refunds.

use super::{Payment, Refund};

/// A change of a payment. Its stored name is `payment.<variant>.v1`; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The payment was started.
    Started {
        /// The payment as it was started.
        payment: Box<Payment>,
    },
    /// The payment has another status, or waits for its customer.
    Changed {
        /// The payment after the change.
        payment: Box<Payment>,
    },
    /// A refund was written.
    RefundStarted {
        /// The refund, not yet sent to the gateway.
        refund: Box<Refund>,
    },
    /// The payment completed for a booking that could not be confirmed any more, and is refunded in full. Its stored
    /// name is `payment.returned.v1`.
    CompletedAndRefunded {
        /// The completed payment.
        payment: Box<Payment>,
        /// Its refund, not yet sent to the gateway.
        refund: Box<Refund>,
    },
    /// The gateway completed a refund.
    RefundCompleted {
        /// The completed refund.
        refund: Box<Refund>,
        /// The payment, which says how much of it is refunded.
        payment: Box<Payment>,
    },
}

impl PaymentEvent {
    /// The event's type in the API and the store.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "payment.started.v1",
            Self::Changed { .. } => "payment.changed.v1",
            Self::RefundStarted { .. } => "payment.refund_started.v1",
            Self::CompletedAndRefunded { .. } => "payment.returned.v1",
            Self::RefundCompleted { .. } => "payment.refund_completed.v1",
        }
    }
}
