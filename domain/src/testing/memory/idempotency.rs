//! Remembered requests.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::idempotency::{IdempotencyKey, IdempotencyKeys, KeyOfUser, Remembered};
use crate::shared::{StoreError, UserId};

use super::unit::MemoryUnit;

/// A key as the table sorts it.
fn row_key(key: &KeyOfUser) -> (UserId, &'static str, IdempotencyKey) {
    (key.user, key.operation.as_str(), key.key.clone())
}

#[async_trait]
impl IdempotencyKeys for MemoryUnit {
    async fn find(&mut self, keys: &[KeyOfUser]) -> Result<Vec<Remembered>, StoreError> {
        let keys: BTreeSet<_> = keys.iter().map(row_key).collect();
        Ok(keys.iter().filter_map(|key| self.state.keys.get(key)).cloned().collect())
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
