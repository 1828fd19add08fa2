//! Test doubles, builders and the storage contract suite.

mod clock;
mod ids;
mod mocks;

pub use clock::FixedClock;
pub use ids::SequentialIds;
pub use mocks::{MockUnitOfWork, UnitEnd, failing_store, store_of};
