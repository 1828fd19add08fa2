//! The errors of a store, independent of the database behind it.

use std::error::Error;
use std::sync::Arc;

/// A failure of the store. Cheap to clone, because each caller of a failed batch gets its own copy.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Other units changed the same rows first (lost claim, deadlock, lock wait). Nothing was changed; a retry of the
    /// unit is safe and usually succeeds.
    #[error("other units changed the same rows first")]
    Contention,
    /// Overload: no connection or no place in a batch became free in time. Nothing was changed.
    #[error("too many use the store at once")]
    Busy,
    /// The store cannot be reached, or the connection was lost. The outcome of a commit is then unknown.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// The store refused a statement, which is a defect of this program or of its schema.
    #[error("the store refused a statement")]
    Rejected(#[source] Arc<dyn Error + Send + Sync>),
    /// A row has a value that the domain does not allow.
    #[error("stored data is inconsistent: {0}")]
    Inconsistent(String),
}

impl StoreError {
    /// An [`Inconsistent`](Self::Inconsistent) error with this description.
    pub fn inconsistent(what: impl Into<String>) -> Self {
        Self::Inconsistent(what.into())
    }

    /// Whether a retry of the whole unit may succeed soon.
    pub const fn is_contention(&self) -> bool {
        matches!(self, Self::Contention)
    }
}
