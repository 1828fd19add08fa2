//! Remembered requests.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::idempotency::{IdempotencyKey, IdempotencyKeys, KeyOfUser, KnownKeys, Remembered};
use crate::shared::{StoreError, UserId};

use super::InMemoryStore;
use super::state::State;
use super::unit::MemoryUnit;

/// A key as the table sorts it.
fn row_key(key: &KeyOfUser) -> (UserId, &'static str, IdempotencyKey) {
    (key.user, key.operation.as_str(), key.key.clone())
}

fn known_of(state: &State, keys: &[KeyOfUser]) -> Vec<Remembered> {
    let keys: BTreeSet<_> = keys.iter().map(row_key).collect();
    keys.iter().filter_map(|key| state.keys.get(key)).cloned().collect()
}

#[async_trait]
impl KnownKeys for InMemoryStore {
    async fn known(&self, keys: &[KeyOfUser]) -> Result<Vec<Remembered>, StoreError> {
        Ok(known_of(&self.snapshot(), keys))
    }
}

#[async_trait]
impl IdempotencyKeys for MemoryUnit {
    async fn find(&mut self, keys: &[KeyOfUser]) -> Result<Vec<Remembered>, StoreError> {
        Ok(known_of(&self.state, keys))
    }

    async fn remember(&mut self, requests: &[Remembered]) -> Result<(), StoreError> {
        for request in requests {
            if !self.state.keys.insert(row_key(&request.key), request.clone()) {
                return Err(self.contention());
            }
        }
        Ok(())
    }
}
