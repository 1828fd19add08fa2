//! What can go wrong with a store, whatever it is made of.

use std::error::Error;
use std::sync::Arc;

/// A failure of the store. Cheap to clone: one failed batch is told to each of its callers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Other units changed the same rows first (lost claim, deadlock, lock wait). Nothing was changed; trying the unit
    /// again is safe and usually succeeds.
    #[error("other units changed the same rows first")]
    Contention,
    /// Too many want the same: no connection, or no place at the desk, became free within its wait. Nothing was changed.
    #[error("too many use the store at once")]
    Busy,
    /// The store cannot be reached, or went away. For a commit the outcome is unknown.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// The store refused a statement: a defect of this program or of its schema.
    #[error("the store refused a statement")]
    Refused(#[source] Arc<dyn Error + Send + Sync>),
    /// A row holds what the domain does not allow.
    #[error("stored data is inconsistent: {0}")]
    Inconsistent(String),
}

impl StoreError {
    /// A row that the domain does not allow.
    pub fn inconsistent(what: impl Into<String>) -> Self {
        Self::Inconsistent(what.into())
    }

    /// Whether running the whole unit again may succeed soon.
    pub const fn is_contention(&self) -> bool {
        matches!(self, Self::Contention)
    }
}
