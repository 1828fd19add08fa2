//! Tests of the payment use cases: against mocks of their ports, and over the store in memory.

mod batch_units;
mod batches;
pub(crate) mod fixtures;
mod flows;
mod races;
mod reconciling;
mod refund_payment;
mod settle_payment;
mod shop;
mod start_payment;
