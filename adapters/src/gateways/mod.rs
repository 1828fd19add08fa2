//! Payment gateways.

mod sandbox;

pub use sandbox::{SandboxGateway, SandboxSettings};
