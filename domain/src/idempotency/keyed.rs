//! A request with an idempotency key, for use cases that process one request per unit.

use uuid::Uuid;

use super::{CommandHash, IdempotencyKey, IdempotencyRecord, Operation, ScopedKey};
use crate::shared::{StoreError, Timestamp, UserId};
use crate::store::UnitOfWork;

/// A request with its idempotency key and the hash of its command.
#[derive(Debug, Clone)]
pub(crate) struct IdempotentRequest {
    name: ScopedKey,
    command: CommandHash,
}

/// Whether a request was made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// The request is new, or has no key.
    New,
    /// The request committed before and created the resource with this id.
    Before(Uuid),
    /// The key was used for another command.
    Reused,
}

impl IdempotentRequest {
    /// A request of `user` for `command`, with `key`.
    pub(crate) const fn new(user: UserId, operation: Operation, key: IdempotencyKey, command: CommandHash) -> Self {
        Self { name: ScopedKey { user, operation, key }, command }
    }

    /// The scoped key of the request.
    pub(crate) const fn name(&self) -> &ScopedKey {
        &self.name
    }

    /// The hash of its command.
    pub(crate) const fn command(&self) -> &CommandHash {
        &self.command
    }

    /// Whether another request with this key had the same command.
    pub(crate) fn is_same_command(&self, other: &CommandHash) -> bool {
        self.command == *other
    }

    /// The record to write when the request has created `resource`.
    pub(crate) fn remembered(&self, resource: Uuid, now: Timestamp) -> IdempotencyRecord {
        IdempotencyRecord { key: self.name.clone(), command: self.command, resource, at: now }
    }

    /// Reads whether the request committed before.
    pub(crate) async fn known(request: Option<&Self>, unit: &mut dyn UnitOfWork) -> Result<Known, StoreError> {
        let Some(request) = request else {
            return Ok(Known::New);
        };
        let found = unit.idempotency().find(std::slice::from_ref(&request.name)).await?;
        Ok(match found.first() {
            None => Known::New,
            Some(earlier) if earlier.command == request.command => Known::Before(earlier.resource),
            Some(_) => Known::Reused,
        })
    }

    /// Writes the record that the request created `resource`.
    pub(crate) async fn remember(
        request: Option<&Self>,
        unit: &mut dyn UnitOfWork,
        resource: Uuid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(request) = request else {
            return Ok(());
        };
        unit.idempotency().remember(&[request.remembered(resource, now)]).await
    }
}
