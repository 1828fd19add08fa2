//! Payments and refunds: money that agrees with the tickets at every moment.

mod desk;
mod errors;
mod payment;
mod ports;
mod reconcile;
mod refund;
mod refunding;
mod returning;
mod service;
mod settle;
mod settle_batch;
mod start;
mod start_batch;
#[cfg(test)]
mod tests;
mod units;

pub use desk::{PaymentDesk, SettleRequest, Settled, StartRequest};
pub use errors::{ReadPaymentError, RefundError, StartPaymentError};
pub use payment::{IllegalChange, Payment, PaymentStatus, RefundRefusal};
pub use ports::{
    CLOCK_AHEAD_SECONDS, Charge, ChargeOutcome, GatewayError, GatewayRefund, PaymentGateway, PaymentPosition,
    PaymentQueries, PaymentRepository, RefundOutcome, RefundRepository, VoidOutcome,
};
#[cfg(feature = "testing")]
pub use ports::{MockPaymentGateway, MockPaymentQueries, MockPaymentRepository, MockRefundRepository};
pub use reconcile::{RECONCILE_AFTER_SECONDS, RECONCILE_BATCH};
pub use refund::{Refund, RefundStatus};
pub use refunding::{RefundPayment, Refunded};
pub use returning::{FullReturn, ReturnReason, return_in_full};
pub use service::{PaymentPorts, PaymentSettings, Payments};
pub use settle::{NEVER_CHARGED, UNKNOWN_CHARGE_GRACE_SECONDS, VOIDED};
pub use start::{StartPayment, Started};
pub use units::PaymentUnits;
