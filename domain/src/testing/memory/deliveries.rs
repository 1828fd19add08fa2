//! The outbox, what was delivered to whom, and the book of what happened.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::outbox::{
    ActivityLog, Aggregate, Delivery, Event, EventDeliveries, EventLog, History, Outbox, PUT_OFF_SECONDS_MAX,
    retry_pause_seconds,
};
use crate::shared::{Due, EventId, StoreError, Timestamp};

use super::InMemoryStore;
use super::bookings::items;
use super::state::{AggregateKey, DeliveryRow, EventRow, State, key_of};
use super::unit::MemoryUnit;

#[async_trait]
impl Outbox for MemoryUnit {
    async fn append(&mut self, events: &[Event]) -> Result<(), StoreError> {
        for event in events {
            let told = self.events.iter().any(|other| other.aggregate == event.aggregate);
            assert!(!told, "an aggregate occurs at most once in a unit");
            self.state.next_sequence += 1;
            let row = EventRow { event: event.clone(), sequence: self.state.next_sequence };
            if !self.state.outbox.insert((key_of(event.aggregate), event.version), row) {
                return Err(self.contention());
            }
            self.events.push(event.clone());
        }
        Ok(())
    }
}

impl State {
    /// The events that `consumer` has not handled and that may be handed out at `now`, in the order of commits, none of
    /// them behind one of its aggregate that may not.
    fn due(&self, consumer: &'static str, now: Timestamp) -> Vec<Delivery> {
        let mut held_back: BTreeSet<AggregateKey> = BTreeSet::new();
        let mut due = Vec::new();
        for event in self.events_in_order() {
            let (due_at, attempts) = match self.deliveries.get(&(consumer, event.id)) {
                Some(DeliveryRow::Handled) => continue,
                Some(DeliveryRow::Waiting { due_at, attempts }) => (*due_at, *attempts),
                None => (now, 0),
            };
            if !Due::at(now, PUT_OFF_SECONDS_MAX).includes(due_at) {
                held_back.insert(key_of(event.aggregate));
            } else if !held_back.contains(&key_of(event.aggregate)) {
                due.push(Delivery { event: event.clone(), attempts });
            }
        }
        due
    }

    /// What cannot be read waits, and so does what is behind it.
    fn put_off_unreadable(&mut self, consumer: &'static str, now: Timestamp) {
        let mut unreadable = self.due(consumer, now);
        unreadable.retain(|delivery| self.unreadable.get(&delivery.event.id).is_some());
        for delivery in unreadable {
            let due_at = now.plus_seconds(retry_pause_seconds(delivery.attempts));
            let waiting = DeliveryRow::Waiting { due_at, attempts: delivery.attempts + 1 };
            self.deliveries.put((consumer, delivery.event.id), waiting);
        }
    }

    fn hand_out(
        &mut self,
        consumer: &'static str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Vec<Delivery> {
        self.consumers.put(consumer, ());
        self.put_off_unreadable(consumer, now);
        let mut handed_out = self.due(consumer, now);
        handed_out.truncate(items(limit));
        for delivery in &handed_out {
            let leased = DeliveryRow::Waiting { due_at: lease_until, attempts: delivery.attempts + 1 };
            self.deliveries.put((consumer, delivery.event.id), leased);
        }
        handed_out
    }
}

#[async_trait]
impl EventLog for InMemoryStore {
    async fn after(&self, aggregate: Aggregate, version: u64, limit: u32) -> Result<History, StoreError> {
        let (state, key) = (self.snapshot(), key_of(aggregate));
        let later = state.outbox.range((key, version.saturating_add(1))..=(key, u64::MAX));
        let mut history = History::default();
        for (_, row) in later.take(items(limit)) {
            if state.unreadable.get(&row.event.id).is_some() {
                history.is_cut = true;
                break;
            }
            history.events.push(row.event.clone());
        }
        Ok(history)
    }
}

#[async_trait]
impl EventDeliveries for InMemoryStore {
    async fn claim(
        &self,
        consumer: &'static str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        Ok(self.change(|state| state.hand_out(consumer, now, lease_until, limit)).await)
    }

    async fn handled(&self, consumer: &'static str, events: &[EventId], _now: Timestamp) -> Result<(), StoreError> {
        self.change(|state| {
            for event in events {
                state.deliveries.put((consumer, *event), DeliveryRow::Handled);
            }
        })
        .await;
        Ok(())
    }

    async fn failed(&self, consumer: &'static str, event: EventId, retry_at: Timestamp) -> Result<(), StoreError> {
        self.change(|state| {
            if let Some(DeliveryRow::Waiting { due_at, .. }) = state.deliveries.get_mut(&(consumer, event)) {
                *due_at = retry_at;
            }
        })
        .await;
        Ok(())
    }
}

impl InMemoryStore {
    /// Makes an event one of a type that this version of the program does not know.
    pub async fn make_unreadable(&self, event: EventId) {
        self.change(|state| state.unreadable.put(event, ())).await;
    }

    /// What the activity log holds, in the order of its events' ids.
    pub fn activity(&self) -> Vec<Event> {
        self.snapshot().activity.values().cloned().collect()
    }
}

#[async_trait]
impl ActivityLog for InMemoryStore {
    async fn record(&self, events: &[Event]) -> Result<(), StoreError> {
        self.change(|state| {
            for event in events {
                // An entry that is there already stays as it is.
                let _is_new = state.activity.insert(event.id, event.clone());
            }
        })
        .await;
        Ok(())
    }
}
