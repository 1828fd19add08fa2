//! Tests of accounts and sessions.

mod accounts;
mod fixtures;
mod sessions;
