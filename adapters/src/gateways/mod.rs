//! Adapters of the port `PaymentGateway`, a file each.

mod sandbox;

pub use sandbox::{SandboxGateway, SandboxSettings};
