//! HTTP: the API under `/api/v1`, its document and documentation page, and the operator's port.

#![expect(dead_code, reason = "the resources that use all of this follow")]

mod admin;
mod auth;
mod client_address;
mod cursor;
mod edge;
mod etag;
mod idempotency;
mod instant;
mod json;
mod middleware;
mod page;
mod problem;
mod rate_limit;
mod reply;
mod server;

pub use admin::{AdminParts, Health, admin_endpoint};
pub use auth::VerifyAccessToken;
pub use client_address::{AddressRange, NoAddressRange};
pub use server::{BoundServer, Ending};
