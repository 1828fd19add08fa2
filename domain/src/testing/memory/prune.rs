//! Pruning.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::outbox::Event;
use crate::shared::{StoreError, Timestamp};
use crate::upkeep::Pruner;

use super::InMemoryStore;
use super::bookings::items;
use super::state::{AggregateKey, DeliveryRow, State, key_of};

impl State {
    fn is_handled_by_all(&self, event: &Event) -> bool {
        let handled =
            |consumer: &&'static str| self.deliveries.get(&(*consumer, event.id)) == Some(&DeliveryRow::Handled);
        self.consumers.iter().all(|(consumer, ())| handled(consumer))
    }

    /// The oldest events that nobody needs any more, none behind one that is still needed.
    fn prunable_events(&self, before: Timestamp, limit: u32) -> Vec<Event> {
        let mut needed: BTreeSet<AggregateKey> = BTreeSet::new();
        let mut prunable = Vec::new();
        for event in self.events_in_order() {
            let key = key_of(event.aggregate);
            if needed.contains(&key) || event.occurred_at >= before || !self.is_handled_by_all(event) {
                needed.insert(key);
            } else {
                prunable.push(event.clone());
            }
        }
        prunable.truncate(items(limit));
        prunable
    }

    fn prune_events(&mut self, before: Timestamp, limit: u32) -> u64 {
        let prunable = self.prunable_events(before, limit);
        for event in &prunable {
            let key = key_of(event.aggregate);
            self.outbox.remove(&(key, event.version));
            self.floors.put(key, event.version + 1);
        }
        let gone: BTreeSet<_> = prunable.iter().map(|event| event.id).collect();
        self.deliveries.retain(|(_, event), _| !gone.contains(event));
        prunable.iter().map(|_| 1).sum()
    }

    fn prune_keys(&mut self, before: Timestamp, limit: u32) -> u64 {
        let old = self.keys.iter().filter(|(_, remembered)| remembered.at < before);
        let old: Vec<_> = old.take(items(limit)).map(|(key, _)| key.clone()).collect();
        old.iter().for_each(|key| self.keys.remove(key));
        old.iter().map(|_| 1).sum()
    }

    fn prune_tokens(&mut self, before: Timestamp, limit: u32) -> u64 {
        let old = self.refresh_tokens.values().filter(|token| token.expires_at < before);
        let old: Vec<_> = old.take(items(limit)).map(|token| token.id).collect();
        old.iter().for_each(|id| self.refresh_tokens.remove(id));
        old.iter().map(|_| 1).sum()
    }
}

#[async_trait]
impl Pruner for InMemoryStore {
    async fn prune_events(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.change(|state| state.prune_events(before, limit)).await)
    }

    async fn prune_idempotency_keys(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.change(|state| state.prune_keys(before, limit)).await)
    }

    async fn prune_refresh_tokens(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.change(|state| state.prune_tokens(before, limit)).await)
    }
}
