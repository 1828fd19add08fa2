//! Test doubles, builders and the storage contract suite.
#![expect(clippy::indexing_slicing, reason = "test support: a failure here is the test's failure")]

mod clock;
mod ids;
mod memory;
mod mocks;

pub use clock::FixedClock;
pub use ids::SequentialIds;
pub use memory::{InMemoryStore, OpenUnits};
pub use mocks::{MockUnitOfWork, UnitEnd, failing_store, store_of};
