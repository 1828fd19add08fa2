//! Test doubles of the ports of the domain, builders of its values, and the contract of all stores.
//!
//! Its own crate, because the tests of all other crates use it. Unit tests inside the domain cannot: for them its types
//! are those of another copy of the domain.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test support: a failure here is the test's failure"
)]

mod builders;
mod clock;
pub mod contract;
mod gateway;
mod given;
mod ids;
mod memory;
mod mocks;

pub use builders::{BookingBuilder, ConcertBuilder, PaymentBuilder, RefundBuilder, UserBuilder, refresh_token};
pub use clock::FixedClock;
pub use gateway::{ChargeScript, FakeGateway, RefundScript, VoidScript};
pub use given::{Given, assert_sound};
pub use ids::SequentialIds;
pub use memory::{InMemoryStore, OpenUnits};
pub use mocks::{MockOutbox, MockStore, MockUnitOfWork, UnitEnd, failing_store, store_making, store_of};
