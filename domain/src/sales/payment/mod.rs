//! Starting, settling, refunding and reconciling payments. No unit of work is open while the gateway is called.

mod dependencies;
mod errors;
mod payment_recorder;
mod payment_units;
mod reconcile;
mod refund_payment;
mod service;
mod settle_payment;
mod settle_payment_unit;
mod start_payment;
mod start_payment_unit;

pub use dependencies::{PaymentPorts, PaymentSettings};
pub use errors::{RefundError, StartPaymentError};
pub use payment_recorder::{
    PaymentRecorder, SettleRequest, SettledPayment, StartPayment, StartRequest, StartedPayment,
};
pub use payment_units::PaymentUnits;
pub use reconcile::{RECONCILE_AFTER_SECONDS, RECONCILE_BATCH};
pub use refund_payment::{RefundPayment, RefundedPayment};
pub use service::PaymentProcessor;
pub use settle_payment_unit::{NEVER_CHARGED, UNKNOWN_CHARGE_GRACE_SECONDS, VOIDED};
