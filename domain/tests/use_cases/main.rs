//! Tests of the use cases through the interface of the crate, in one folder for each module of it.
//!
//! Where a test is about what a port may answer, the ports are mocks; where it is about what is true afterwards, they are
//! the store in memory, whose audit every such test ends with. One binary holds them all, because each costs a link.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failure here is the test's failure")]

/// Asserts that a value matches a pattern, and prints the value if it does not.
macro_rules! assert_matches {
    ($value:expr, $pattern:pat $(if $guard:expr)?) => {{
        let value = &$value;
        assert!(matches!(value, $pattern $(if $guard)?), "{value:#?}");
    }};
}

mod bookings;
mod concerts;
mod events;
mod maintenance;
mod payments;
mod reports;
mod sales;
mod store;
mod users;
