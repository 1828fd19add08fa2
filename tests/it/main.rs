//! The whole program over real sockets, on both kinds of database.
//!
//! Start with [`harness`]: it starts the application in this process or as a process of its own, gives each test a
//! database that nobody else sees, and speaks HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails with the place it happened at"
)]

#[macro_use]
mod harness;

mod bad_input;
mod crash;
mod desk;
mod flows;
mod program;
mod races;
mod reads;
mod replica;
mod reports;
mod responsiveness;
mod revocation;
mod slow_clients;
