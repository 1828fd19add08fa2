//! Payments and refunds: money that agrees with the tickets at every moment.

mod payment;
mod ports;
mod returning;

pub use payment::{Payment, PaymentStatus, Refund, RefundStatus};
pub use ports::{
    Charge, ChargeOutcome, GatewayError, GatewayRefund, PaymentGateway, PaymentQueries, PaymentRepository,
    RefundOutcome, RefundRepository,
};
#[cfg(feature = "testing")]
pub use ports::{MockPaymentGateway, MockPaymentQueries, MockPaymentRepository, MockRefundRepository};
pub use returning::{FullReturn, return_in_full};
