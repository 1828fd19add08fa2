//! The outbox, the cursors of its consumers, parked events, and the audit log.

use std::collections::BTreeSet;

use async_trait::async_trait;
use boxoffice_domain::events::{
    AggregateKey, AuditLog, Backlog, CursorMove, Event, EventCursors, EventHeader, EventLog, EventPayload,
    LEASE_SECONDS, LeaseHolder, OutboxEntry, ParkedEvent, ParkedEventStore, SeatUpdate, StoredEntry, StoredEvent,
};
use boxoffice_domain::outbox::{self, Outbox, Stream};
use boxoffice_domain::shared::{ConcertId, Due, EventId, StoreError, Timestamp};

use super::InMemoryStore;
use super::bookings::items;
use super::state::{EntryRow, LeaseRow, State};
use super::unit::MemoryUnit;

#[async_trait]
impl<P: Into<EventPayload> + Send + 'static> Outbox<P> for MemoryUnit {
    async fn append(&mut self, entry: outbox::OutboxEntry<P>) -> Result<(), StoreError> {
        let entry: OutboxEntry = entry.into_entry();
        let is_first = self.entries.iter().all(|other| other.stream != entry.stream);
        assert!(is_first, "a unit writes one entry a stream");
        let aggregates: BTreeSet<AggregateKey> = entry.events.iter().map(|event| event.aggregate.into()).collect();
        assert_eq!(aggregates.len(), entry.events.len(), "an aggregate occurs at most once in a unit");
        self.state.next_sequence += 1;
        let row = EntryRow { entry: entry.clone(), sequence: self.state.next_sequence };
        if !self.state.outbox.insert((entry.stream, entry.position), row) {
            return Err(self.contention());
        }
        self.entries.push(entry);
        Ok(())
    }
}

impl State {
    fn cursor(&self, consumer: &str, stream: Stream) -> u64 {
        self.cursors.get(&(consumer.to_owned(), stream)).copied().unwrap_or_default()
    }

    fn entries_after(&self, stream: Stream, position: u64) -> impl Iterator<Item = &OutboxEntry> {
        let later = self.outbox.range((stream, position.saturating_add(1))..=(stream, u64::MAX));
        later.map(|(_, row)| &row.entry)
    }

    fn stored(&self, event: &Event) -> StoredEvent {
        let decoded = StoredEvent::Decoded(event.clone());
        match self.unreadable.get(&event.id) {
            None => decoded,
            Some(()) => {
                let header = EventHeader { type_name: "made.unreadable.v7".to_owned(), ..decoded.header() };
                StoredEvent::Undecodable { header, error: "it was made unreadable".to_owned() }
            }
        }
    }

    fn stored_entry(&self, entry: &OutboxEntry) -> StoredEntry {
        let events = entry.events.iter().map(|event| self.stored(event)).collect();
        StoredEntry { position: entry.position, events }
    }
}

#[async_trait]
impl EventLog for InMemoryStore {
    async fn after(&self, concert: ConcertId, position: u64, limit: u32) -> Result<Vec<SeatUpdate>, StoreError> {
        let state = self.snapshot();
        let update = |entry: &OutboxEntry| SeatUpdate {
            position: entry.position,
            seats: entry.seat_changes().map(<[_]>::to_vec),
        };
        Ok(state.entries_after(Stream::Concert(concert), position).take(items(limit)).map(update).collect())
    }
}

#[async_trait]
impl EventCursors for InMemoryStore {
    async fn lease(&self, consumer: &'static str, holder: LeaseHolder, now: Timestamp) -> Result<bool, StoreError> {
        let lease = |state: &mut State| {
            let held = state.consumers.get(&consumer.to_owned());
            let is_free =
                held.is_none_or(|held| held.holder == holder || Due::at(now, LEASE_SECONDS).includes(held.until));
            if is_free {
                state.consumers.put(consumer.to_owned(), LeaseRow { holder, until: now.plus_seconds(LEASE_SECONDS) });
            }
            is_free
        };
        Ok(self.change(lease).await)
    }

    async fn behind(
        &self,
        consumer: &'static str,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Stream>, StoreError> {
        let state = self.snapshot();
        let entries = state.outbox.values().map(|row| &row.entry);
        let behind: BTreeSet<Stream> = entries
            .filter(|entry| since.is_none_or(|since| entry.occurred_at >= since))
            .filter(|entry| state.cursor(consumer, entry.stream) < entry.position)
            .map(|entry| entry.stream)
            .collect();
        Ok(behind.into_iter().take(items(limit)).collect())
    }

    async fn backlog(
        &self,
        consumer: &'static str,
        streams: &[Stream],
        limit: u32,
    ) -> Result<Vec<Backlog>, StoreError> {
        let state = self.snapshot();
        let mut left = items(limit);
        let mut backlogs = Vec::new();
        for stream in streams.iter().copied() {
            if left == 0 {
                break;
            }
            let position = state.cursor(consumer, stream);
            let entries = state.entries_after(stream, position).take(left).map(|entry| state.stored_entry(entry));
            let entries: Vec<StoredEntry> = entries.collect();
            left -= entries.len();
            backlogs.push(Backlog { stream, position, entries });
        }
        Ok(backlogs)
    }

    async fn advance(
        &self,
        consumer: &'static str,
        moves: &[CursorMove],
        parked: &[ParkedEvent],
    ) -> Result<(), StoreError> {
        self.change(|state| {
            for parked in parked {
                // What is parked already stays as it is.
                let _is_new = state.parked.insert((parked.consumer.clone(), parked.event.id), parked.clone());
            }
            for CursorMove { stream, from, to } in moves {
                if state.cursor(consumer, *stream) == *from {
                    state.cursors.put((consumer.to_owned(), *stream), *to);
                }
            }
        })
        .await;
        Ok(())
    }

    async fn replay(&self, consumer: &str, from: Timestamp) -> Result<u64, StoreError> {
        let replay = |state: &mut State| {
            let mut moved = 0;
            let cursors: Vec<_> = state
                .cursors
                .iter()
                .filter(|((of, _), _)| of == consumer)
                .map(|(key, at)| (key.clone(), *at))
                .collect();
            for (key, position) in cursors {
                let first = state.entries_after(key.1, 0).find(|entry| entry.occurred_at >= from);
                if let Some(first) = first.filter(|first| first.position <= position) {
                    let before = first.position - 1;
                    state.cursors.put(key, before);
                    moved += 1;
                }
            }
            moved
        };
        Ok(self.change(replay).await)
    }
}

#[async_trait]
impl ParkedEventStore for InMemoryStore {
    async fn parked_among(
        &self,
        consumer: &'static str,
        aggregates: &[AggregateKey],
    ) -> Result<Vec<AggregateKey>, StoreError> {
        let state = self.snapshot();
        let parked = state.parked.values().filter(|parked| parked.consumer == consumer);
        let parked: BTreeSet<&AggregateKey> = parked.map(|parked| &parked.event.aggregate).collect();
        Ok(aggregates.iter().filter(|aggregate| parked.contains(aggregate)).cloned().collect())
    }

    async fn list(&self, limit: u32) -> Result<Vec<ParkedEvent>, StoreError> {
        let mut parked: Vec<ParkedEvent> = self.snapshot().parked.values().cloned().collect();
        parked.sort_by_key(|parked| (parked.parked_at, parked.event.id));
        parked.truncate(items(limit));
        Ok(parked)
    }

    async fn counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut counts = std::collections::BTreeMap::new();
        for parked in self.snapshot().parked.values() {
            *counts.entry(parked.consumer.clone()).or_default() += 1;
        }
        Ok(counts.into_iter().collect())
    }

    async fn of_same_aggregate(
        &self,
        consumer: &str,
        event: EventId,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let state = self.snapshot();
        let Some(named) = state.parked.get(&(consumer.to_owned(), event)) else { return Ok(Vec::new()) };
        let same =
            |parked: &&ParkedEvent| parked.consumer == consumer && parked.event.aggregate == named.event.aggregate;
        let mut parked: Vec<&ParkedEvent> = state.parked.values().filter(same).collect();
        parked.sort_by_key(|parked| parked.event.version);
        let stored = |parked: &ParkedEvent| {
            let row = state.outbox.get(&(parked.stream, parked.position))?;
            row.entry.events.iter().find(|event| event.id == parked.event.id).map(|event| state.stored(event))
        };
        Ok(parked.into_iter().take(items(limit)).filter_map(stored).collect())
    }

    async fn unpark(&self, consumer: &str, event: EventId) -> Result<bool, StoreError> {
        let key = (consumer.to_owned(), event);
        let unpark = |state: &mut State| {
            let was_parked = state.parked.get(&key).is_some();
            state.parked.remove(&key);
            was_parked
        };
        Ok(self.change(unpark).await)
    }
}

impl InMemoryStore {
    /// Makes an event one of a type that this version of the program does not know.
    pub async fn make_unreadable(&self, event: EventId) {
        self.change(|state| state.unreadable.put(event, ())).await;
    }

    /// What the audit log holds, in the order of its events' ids.
    pub fn audit_log(&self) -> Vec<Event> {
        self.snapshot().audit_log.values().cloned().collect()
    }
}

#[async_trait]
impl AuditLog for InMemoryStore {
    async fn record(&self, events: &[Event]) -> Result<(), StoreError> {
        self.change(|state| {
            for event in events {
                // What is recorded already stays as it is.
                let _is_new = state.audit_log.insert(event.id, event.clone());
            }
        })
        .await;
        Ok(())
    }
}
