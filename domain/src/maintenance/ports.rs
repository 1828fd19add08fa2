//! The ports of maintenance.

use async_trait::async_trait;

use crate::shared::{StoreError, Timestamp};

use super::Invariant;

/// The result of the audit for one invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvariantReport {
    /// The invariant that was checked.
    pub invariant: Invariant,
    /// The number of violations.
    pub violations: u64,
    /// Descriptions of some violations, for operators; at most 5.
    pub examples: Vec<String>,
}

/// Checks the invariants.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Auditor: Send + Sync {
    /// Checks every [`Invariant`] in one snapshot, as of `now`. Returns one report for each, in the order of their
    /// numbers.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn audit(&self, now: Timestamp) -> Result<Vec<InvariantReport>, StoreError>;
}

/// Deletes rows that are no longer needed, a bounded number per call.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Pruner: Send + Sync {
    /// Deletes at most `limit` entries of the outbox that occurred before an instant and that every consumer has passed,
    /// and moves the floors of their streams. Entries with parked events stay, and those after them. Returns how many.
    ///
    /// # Errors
    /// What the store fails with.
    async fn prune_outbox(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Deletes at most `limit` idempotency keys stored before `before`. Returns how many it deleted.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn prune_idempotency_keys(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Deletes at most `limit` refresh tokens that expired before `before`. Returns how many it deleted.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    async fn prune_refresh_tokens(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
