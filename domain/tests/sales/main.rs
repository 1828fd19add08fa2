//! Tests of bookings: placing, reading, cancelling and expiring them.
//!
//! Where a test is about what a port may answer, the ports are mocks (`mocked`); where it is about what is true
//! afterwards, they are the store in memory (`fixture`), whose audit every such test ends with.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failure here is the test's failure")]

/// Asserts that a value matches a pattern, and prints the value if it does not.
macro_rules! assert_matches {
    ($value:expr, $pattern:pat $(if $guard:expr)?) => {{
        let value = &$value;
        assert!(matches!(value, $pattern $(if $guard)?), "{value:#?}");
    }};
}

mod batches;
mod cancel_concert_bookings;
mod cancellation_units;
mod cancelling;
mod expiring;
mod expiry_units;
mod fixture;
mod granting;
mod keys;
mod life;
mod members;
mod mocked;
mod precheck;
mod races;
mod reading;
mod refusals;
mod retries;
