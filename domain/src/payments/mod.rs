//! Payments and refunds: money that agrees with the tickets at every moment.

mod errors;
mod payment;
mod ports;
mod refund;
mod returning;

pub use errors::{ReadPaymentError, RefundError, StartPaymentError};
pub use payment::{IllegalChange, Payment, PaymentStatus, RefundRefusal};
pub use ports::{
    Charge, ChargeOutcome, GatewayError, GatewayRefund, PaymentGateway, PaymentPosition, PaymentQueries,
    PaymentRepository, RefundOutcome, RefundRepository,
};
#[cfg(feature = "testing")]
pub use ports::{MockPaymentGateway, MockPaymentQueries, MockPaymentRepository, MockRefundRepository};
pub use refund::{Refund, RefundStatus};
pub use returning::{FullReturn, return_in_full};
