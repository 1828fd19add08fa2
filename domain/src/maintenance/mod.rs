//! Maintenance of the store: the audit of the invariants, and pruning of old rows.

mod invariant;
mod ports;
mod service;

pub use invariant::Invariant;
pub use ports::{Auditor, InvariantReport, Pruner};
#[cfg(feature = "mocks")]
pub use ports::{MockAuditor, MockPruner};
pub use service::{EVENT_RETENTION_SECONDS, Maintenance};
