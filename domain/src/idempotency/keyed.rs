//! A request with an idempotency key, alone in its unit or, as one of `BatchKeys`, with others.

use uuid::Uuid;

use super::{CommandHash, IdempotencyKey, IdempotencyRecord, IdempotencyRepository, Operation, ScopedKey};
use crate::shared::{StoreError, Timestamp, UserId};

/// A request with its idempotency key and the hash of its command.
#[derive(Debug, Clone)]
pub(crate) struct IdempotentRequest {
    key: ScopedKey,
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
        Self { key: ScopedKey { user, operation, key }, command }
    }

    /// The scoped key of the request.
    pub(crate) const fn key(&self) -> &ScopedKey {
        &self.key
    }

    /// The hash of its command.
    pub(crate) const fn command(&self) -> &CommandHash {
        &self.command
    }

    /// The record to write when the request has created `resource`.
    pub(crate) fn record(&self, resource: Uuid, now: Timestamp) -> IdempotencyRecord {
        IdempotencyRecord { key: self.key.clone(), command: self.command, resource, at: now }
    }

    /// Compares the request with the record of its key, if there is one.
    pub(super) fn compare(&self, earlier: Option<&IdempotencyRecord>) -> Known {
        match earlier {
            None => Known::New,
            Some(earlier) if earlier.command == self.command => Known::Before(earlier.resource),
            Some(_) => Known::Reused,
        }
    }

    /// Reads whether the request committed before.
    pub(crate) async fn known(
        request: Option<&Self>,
        keys: &mut dyn IdempotencyRepository,
    ) -> Result<Known, StoreError> {
        let Some(request) = request else {
            return Ok(Known::New);
        };
        let found = keys.find(std::slice::from_ref(&request.key)).await?;
        Ok(request.compare(found.first()))
    }

    /// Writes the record that the request created `resource`.
    pub(crate) async fn remember(
        request: Option<&Self>,
        keys: &mut dyn IdempotencyRepository,
        resource: Uuid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(request) = request else {
            return Ok(());
        };
        keys.remember(&[request.record(resource, now)]).await
    }
}
