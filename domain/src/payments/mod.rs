//! Payments and refunds, kept consistent with bookings and tickets.
//!
//! The use cases are [`Payments`]. No unit of work is open while the gateway is called.

mod dependencies;
mod errors;
mod full_refund;
mod illegal_change;
mod payment;
mod payment_units;
mod ports;
mod processing;
mod reconcile;
mod refund;
mod refund_payment;
mod service;
mod settle_payment;
mod settle_payment_unit;
mod start_payment;
mod start_payment_unit;
#[cfg(test)]
mod tests;

pub use dependencies::{PaymentPorts, PaymentSettings};
pub use errors::{ReadPaymentError, RefundError, StartPaymentError};
pub use full_refund::{AutomaticRefundReason, FullRefund, refund_in_full};
pub use illegal_change::IllegalChange;
pub use payment::{Payment, PaymentStatus, RefundRefusal};
pub use payment_units::PaymentUnits;
pub use ports::{
    CLOCK_AHEAD_SECONDS, Charge, ChargeOutcome, GatewayError, GatewayRefund, PaymentGateway, PaymentPosition,
    PaymentQueries, PaymentRepository, RefundOutcome, RefundRepository, VoidOutcome,
};
#[cfg(feature = "testing")]
pub use ports::{MockPaymentGateway, MockPaymentQueries, MockPaymentRepository, MockRefundRepository};
pub use processing::{PaymentProcessing, SettleRequest, SettledPayment, StartPayment, StartRequest, StartedPayment};
pub use reconcile::{RECONCILE_AFTER_SECONDS, RECONCILE_BATCH};
pub use refund::{Refund, RefundStatus};
pub use refund_payment::{RefundPayment, RefundedPayment};
pub use service::Payments;
pub use settle_payment_unit::{NEVER_CHARGED, UNKNOWN_CHARGE_GRACE_SECONDS, VOIDED};
