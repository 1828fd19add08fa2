//! Keeping the store sound and small: the audit of the invariants, and pruning.

mod invariant;
mod ports;
mod service;

pub use invariant::Invariant;
pub use ports::{Auditor, InvariantReport, Pruner};
#[cfg(feature = "testing")]
pub use ports::{MockAuditor, MockPruner};
pub use service::{EVENT_RETENTION_SECONDS, Upkeep};
