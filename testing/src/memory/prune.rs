//! Pruning.

use async_trait::async_trait;
use boxoffice_domain::maintenance::Pruner;
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::shared::{StoreError, Timestamp};

use super::InMemoryStore;
use super::bookings::items;
use super::state::State;

impl State {
    /// Whether every consumer has passed an entry, and nothing that they left behind in its stream needs it.
    fn is_passed_by_all(&self, stream: Stream, position: u64) -> bool {
        let has_passed =
            |consumer: &String| self.cursors.get(&(consumer.clone(), stream)).copied().unwrap_or_default() >= position;
        self.consumers.iter().all(|(consumer, _)| has_passed(consumer))
            && !self.parked.values().any(|parked| parked.stream == stream && parked.position <= position)
    }

    /// The oldest entries that are needed no more, none behind one that is.
    fn prune_entries(&mut self, before: Timestamp, limit: u32) -> u64 {
        let mut prunable = Vec::new();
        let mut needed = None;
        for ((stream, position), row) in self.outbox.iter() {
            if needed == Some(*stream) {
                continue;
            }
            if row.entry.occurred_at < before && self.is_passed_by_all(*stream, *position) {
                prunable.push((*stream, *position));
            } else {
                needed = Some(*stream);
            }
        }
        prunable.truncate(items(limit));
        for key in &prunable {
            self.outbox.remove(key);
            self.floors.put(key.0, key.1 + 1);
        }
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
    async fn prune_outbox(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.change(|state| state.prune_entries(before, limit)).await)
    }

    async fn prune_idempotency_keys(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.change(|state| state.prune_keys(before, limit)).await)
    }

    async fn prune_refresh_tokens(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        Ok(self.change(|state| state.prune_tokens(before, limit)).await)
    }
}
