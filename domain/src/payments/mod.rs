//! Payments and refunds: what they are, how they are read, and the payment gateway. [`sales`](crate::sales) starts,
//! settles and refunds them.

mod errors;
mod events;
mod full_refund;
mod gateways;
mod illegal_change;
mod payment;
mod ports;
mod refund;
mod service;

pub use errors::ReadPaymentError;
pub use events::PaymentEvent;
pub use full_refund::{AutomaticRefundReason, FullRefund, refund_in_full};
pub use gateways::{AmbiguousGateways, PaymentGateways};
pub use illegal_change::IllegalChange;
pub use payment::{Payment, PaymentStatus, RefundRefusal};
pub use ports::{
    CLOCK_AHEAD_SECONDS, Charge, ChargeOutcome, GatewayError, GatewayRefund, PaymentGateway, PaymentPosition,
    PaymentQueries, PaymentRepository, RefundOutcome, RefundRepository, VoidOutcome,
};
#[cfg(feature = "mocks")]
pub use ports::{MockPaymentGateway, MockPaymentQueries, MockPaymentRepository, MockRefundRepository};
pub use refund::{Refund, RefundStatus};
pub use service::Payments;
pub(crate) use service::payment_access;
