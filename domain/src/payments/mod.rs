//! Payments and refunds: money that agrees with the tickets at every moment.

mod payment;
mod ports;

pub use payment::{Payment, PaymentStatus, Refund, RefundStatus};
pub use ports::{
    Charge, ChargeOutcome, GatewayError, GatewayRefund, PaymentGateway, PaymentQueries, PaymentRepository,
    RefundOutcome, RefundRepository,
};
#[cfg(feature = "testing")]
pub use ports::{MockPaymentGateway, MockPaymentQueries, MockPaymentRepository, MockRefundRepository};
