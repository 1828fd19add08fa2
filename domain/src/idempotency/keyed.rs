//! A request under its client's own name.

use uuid::Uuid;

use super::{CommandHash, IdempotencyKey, KeyOfUser, Operation, Remembered};
use crate::shared::{StoreError, Timestamp, UserId};
use crate::store::UnitOfWork;

/// A request that may come twice.
#[derive(Debug, Clone)]
pub(crate) struct KeyedRequest {
    name: KeyOfUser,
    command: CommandHash,
}

/// What is known of a request when it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is new, or has no name.
    New,
    /// It committed before and made this.
    Before(Uuid),
    /// Its name was used for another command.
    Reused,
}

impl KeyedRequest {
    /// A request of `user` under `key`, asking for `command`.
    pub(crate) const fn new(user: UserId, operation: Operation, key: IdempotencyKey, command: CommandHash) -> Self {
        Self { name: KeyOfUser { user, operation, key }, command }
    }

    /// Its name.
    pub(crate) const fn name(&self) -> &KeyOfUser {
        &self.name
    }

    /// What it asks for.
    pub(crate) const fn command(&self) -> &CommandHash {
        &self.command
    }

    /// Whether another request under this name asked for the same.
    pub(crate) fn is_same_command(&self, other: &CommandHash) -> bool {
        self.command == *other
    }

    /// What is to be remembered of it once it has made `resource`.
    pub(crate) fn remembered(&self, resource: Uuid, now: Timestamp) -> Remembered {
        Remembered { key: self.name.clone(), command: self.command, resource, at: now }
    }

    /// Whether the request committed before.
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

    /// Remembers that the request made `resource`.
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
