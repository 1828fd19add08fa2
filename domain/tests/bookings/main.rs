//! Bookings: how they are placed, and what becomes of them.
//!
//! Where a test is about what a port may answer, the ports are mocks (`mocked`); where it is about what is true
//! afterwards, they are the store in memory (`house`), whose audit every such test ends with.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failure here is the test's failure")]

/// Asserts that a value has a form, and shows the value when it has not.
macro_rules! assert_matches {
    ($value:expr, $pattern:pat $(if $guard:expr)?) => {{
        let value = &$value;
        assert!(matches!(value, $pattern $(if $guard)?), "{value:#?}");
    }};
}

mod batches;
mod cancelling;
mod expiring;
mod foresight;
mod granting;
mod house;
mod keys;
mod life;
mod members;
mod mocked;
mod races;
mod reading;
mod refusals;
mod setbacks;
mod winding_up;
