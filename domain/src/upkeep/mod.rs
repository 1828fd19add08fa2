//! Keeping the store sound and small: the audit of the invariants, and pruning.

mod invariant;
mod ports;

pub use invariant::Invariant;
pub use ports::{Auditor, InvariantReport, Pruner};
#[cfg(feature = "testing")]
pub use ports::{MockAuditor, MockPruner};
