//! The whole program over real sockets, on both kinds of database.
//!
//! Start with [`harness`]. It starts the application within the test process or as a separate process, gives each test
//! a database of its own, and provides an HTTP client.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails with the place it happened at"
)]

#[macro_use]
mod harness;

mod authorisation;
mod bad_input;
mod crash;
mod flows;
mod group_commit;
mod program;
mod races;
mod reads;
mod replica;
mod reports;
mod responsiveness;
mod revocation;
mod services_apart;
mod slow_clients;
mod starts;
