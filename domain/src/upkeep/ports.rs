//! What upkeep needs from the outside.

use async_trait::async_trait;

use crate::shared::{StoreError, Timestamp};

use super::Invariant;

/// What the audit found of one invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvariantReport {
    /// Which.
    pub invariant: Invariant,
    /// How many things break it.
    pub violations: u64,
    /// Some of them, for people; at most 5.
    pub examples: Vec<String>,
}

/// Checks the invariants.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Auditor: Send + Sync {
    /// Checks every [`Invariant`] in one snapshot, as of `now`; one report each, in the order of their numbers.
    ///
    /// # Errors
    /// What the store fails with.
    async fn audit(&self, now: Timestamp) -> Result<Vec<InvariantReport>, StoreError>;
}

/// Deletes what is no longer needed, a bounded number of rows a call.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Pruner: Send + Sync {
    /// Deletes at most `limit` entries of the outbox that occurred before an instant and that every consumer has passed,
    /// and moves the floors of their streams. Entries with parked events stay, and those after them. Returns how many.
    ///
    /// # Errors
    /// What the store fails with.
    async fn prune_outbox(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Deletes at most `limit` idempotency keys remembered before an instant. Returns how many.
    ///
    /// # Errors
    /// What the store fails with.
    async fn prune_idempotency_keys(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;

    /// Deletes at most `limit` refresh tokens that expired before an instant. Returns how many.
    ///
    /// # Errors
    /// What the store fails with.
    async fn prune_refresh_tokens(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
