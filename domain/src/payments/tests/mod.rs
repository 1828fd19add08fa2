//! The use cases of payments: against mocks of their ports, and over a store in memory.

mod batches;
mod fixtures;
mod flows;
mod races;
mod reading;
mod reconciling;
mod refunding;
mod settling;
mod shop;
mod starting;
