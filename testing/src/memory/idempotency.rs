//! Idempotency keys.

use std::collections::BTreeSet;

use async_trait::async_trait;
use boxoffice_domain::idempotency::{
    IdempotencyKey, IdempotencyQueries, IdempotencyRecord, IdempotencyRepository, ScopedKey,
};
use boxoffice_domain::shared::{StoreError, UserId};

use super::InMemoryStore;
use super::state::State;
use super::unit::MemoryUnit;

/// A key in the sort order of the table.
fn row_key(key: &ScopedKey) -> (UserId, &'static str, IdempotencyKey) {
    (key.user, key.operation.as_str(), key.key.clone())
}

fn known_of(state: &State, keys: &[ScopedKey]) -> Vec<IdempotencyRecord> {
    let keys: BTreeSet<_> = keys.iter().map(row_key).collect();
    keys.iter().filter_map(|key| state.keys.get(key)).cloned().collect()
}

#[async_trait]
impl IdempotencyQueries for InMemoryStore {
    async fn known(&self, keys: &[ScopedKey]) -> Result<Vec<IdempotencyRecord>, StoreError> {
        Ok(known_of(&self.snapshot(), keys))
    }
}

#[async_trait]
impl IdempotencyRepository for MemoryUnit {
    async fn find(&mut self, keys: &[ScopedKey]) -> Result<Vec<IdempotencyRecord>, StoreError> {
        Ok(known_of(&self.state, keys))
    }

    async fn remember(&mut self, requests: &[IdempotencyRecord]) -> Result<(), StoreError> {
        for request in requests {
            if !self.state.keys.insert(row_key(&request.key), request.clone()) {
                return Err(self.contention());
            }
        }
        Ok(())
    }
}
