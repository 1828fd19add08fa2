//! Delivering events to a consumer.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::events::CommittedEvents;
use crate::outbox::Stream;
use crate::shared::{Clock, Due, IdGenerator, StoreError, Timestamp};
use crate::store::UNIT_TIME_MAX;

use super::{
    AggregateKey, Backlog, CursorMove, Event, EventCursors, EventHandler, HandlerError, LeaseHolder, OutboxEntry,
    ParkedEvent, ParkedEventStore, StoredEntry, StoredEvent,
};

/// How long a process has a consumer to itself, in seconds. After a crash its events wait for so long.
pub const LEASE_SECONDS: i64 = 10;
/// How often the lease is prolonged, in seconds.
const RENEW_SECONDS: i64 = 3;

/// How often recent entries of all processes are looked at, in seconds.
const SCAN_SECONDS: i64 = 1;
/// How far back before the last look such a look goes, in seconds: longer than a unit takes, so that none is passed over
/// that commits late, and by a clock that is a little behind. Large units, which may take longer, are found by the next comparison.
pub const RECENT_SECONDS: i64 = 30;
const _: () = assert!(RECENT_SECONDS.unsigned_abs() > 2 * UNIT_TIME_MAX.as_secs());

/// How often every stream is compared with the consumer's cursor in it, in seconds.
pub const COMPARE_SECONDS: i64 = 300;

/// The most streams that one look names, and that are remembered to be looked at. What is beyond is found by the next
/// comparison.
const STREAMS_MAX: u32 = 10_000;
/// The most streams of one run.
const STREAMS_AT_ONCE_MAX: usize = 64;
/// The most entries of one run.
const ENTRIES_AT_ONCE_MAX: u32 = 256;
/// The consumer is given entries together until they have so many events.
const EVENTS_AT_ONCE: usize = 512;

/// How often the consumer is given an event alone that fails before it is parked.
const TRIES_MAX: u32 = 3;
/// Why an event is parked without being tried.
const BEHIND_PARKED: &str = "an earlier event of the same aggregate is parked";

/// Delivers every stream's entries to one consumer: at least once, and in order. Any number of processes may run one; the
/// one with the lease delivers.
pub struct Relay {
    cursors: Arc<dyn EventCursors>,
    parked: Arc<dyn ParkedEventStore>,
    handler: Arc<dyn EventHandler>,
    clock: Arc<dyn Clock>,
    holder: LeaseHolder,
    news: Mutex<News>,
}

/// What is to be looked at, and when.
#[derive(Default)]
struct News {
    streams: BTreeSet<Stream>,
    leased_at: Option<Timestamp>,
    scanned_at: Option<Timestamp>,
    compared_at: Option<Timestamp>,
}

impl News {
    fn add(&mut self, streams: impl IntoIterator<Item = Stream>) {
        self.streams.extend(streams);
        while self.streams.len() > usize::try_from(STREAMS_MAX).unwrap_or(usize::MAX) {
            self.streams.pop_last();
            self.compared_at = None;
        }
    }
}

/// Whether something that was last done at `last` is to be done again.
fn is_due(last: Option<Timestamp>, seconds: i64, now: Timestamp) -> bool {
    last.is_none_or(|last| Due::at(now, seconds).includes(last.plus_seconds(seconds)))
}

/// An entry of some stream, and where the consumer was before it.
struct Next {
    stream: Stream,
    from: u64,
    entry: StoredEntry,
}

impl Relay {
    /// A relay to `handler`. Let it hear the committed events.
    pub fn new(
        cursors: Arc<dyn EventCursors>,
        parked: Arc<dyn ParkedEventStore>,
        handler: Arc<dyn EventHandler>,
        clock: Arc<dyn Clock>,
        ids: &dyn IdGenerator,
    ) -> Self {
        Self { cursors, parked, handler, clock, holder: LeaseHolder(ids.next_uuid()), news: Mutex::default() }
    }

    /// The consumer's name.
    pub fn consumer(&self) -> &'static str {
        self.handler.consumer()
    }

    /// Delivers everything again that occurred since an instant, once the next comparison finds it. Returns the number of
    /// streams.
    ///
    /// # Errors
    /// What the store fails with.
    pub async fn replay(&self, from: Timestamp) -> Result<u64, StoreError> {
        self.cursors.replay(self.consumer(), from).await
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers what a few streams hold. Returns 0 when nothing is left to be delivered for now.
    ///
    /// # Errors
    /// What the store fails with, and [`StoreError::Unavailable`] when the consumer is unavailable; what was not noted as
    /// handled by then comes again.
    pub async fn deliver_once(&self) -> Result<u64, StoreError> {
        if !self.has_lease().await? {
            return Ok(0);
        }
        self.look_around().await?;
        let streams = self.take_streams();
        if streams.is_empty() {
            return Ok(0);
        }
        let delivered = self.deliver(&streams).await;
        if delivered.is_err() {
            self.news().add(streams);
        }
        delivered
    }

    async fn has_lease(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let leased_at = self.news().leased_at;
        if !is_due(leased_at, RENEW_SECONDS, now) {
            return Ok(true);
        }
        let has_lease = self.cursors.lease(self.consumer(), self.holder, now).await?;
        let mut news = self.news();
        if has_lease {
            news.leased_at = Some(now);
        } else {
            // Another process delivers; what happened until it stops is found by a comparison.
            *news = News::default();
        }
        Ok(has_lease)
    }

    /// Finds streams that other processes wrote to, and those that were missed.
    async fn look_around(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (scanned_at, compared_at) = {
            let news = self.news();
            (news.scanned_at, news.compared_at)
        };
        let since = match (is_due(compared_at, COMPARE_SECONDS, now), is_due(scanned_at, SCAN_SECONDS, now)) {
            (true, _) => None,
            (false, true) => Some(scanned_at.unwrap_or(now).min(now).plus_seconds(-RECENT_SECONDS)),
            (false, false) => return Ok(()),
        };
        let streams = self.cursors.behind(self.consumer(), since, STREAMS_MAX).await?;
        let is_all = u32::try_from(streams.len()).is_ok_and(|count| count < STREAMS_MAX);
        let mut news = self.news();
        news.scanned_at = Some(now);
        if since.is_none() {
            news.compared_at = Some(now);
        }
        news.add(streams);
        if !is_all {
            news.compared_at = None;
        }
        Ok(())
    }

    fn take_streams(&self) -> Vec<Stream> {
        let mut news = self.news();
        (0..STREAMS_AT_ONCE_MAX).map_while(|_| news.streams.pop_first()).collect()
    }

    async fn deliver(&self, streams: &[Stream]) -> Result<u64, StoreError> {
        let backlogs = self.cursors.backlog(self.consumer(), streams, ENTRIES_AT_ONCE_MAX).await?;
        let seen: HashSet<Stream> = backlogs.iter().map(|backlog| backlog.stream).collect();
        let last = backlogs.last().map(|backlog| backlog.stream);
        let entries: usize = backlogs.iter().map(|backlog| backlog.entries.len()).sum();
        let is_full = u32::try_from(entries).is_ok_and(|entries| entries >= ENTRIES_AT_ONCE_MAX);
        for group in groups(backlogs) {
            self.deliver_group(&group).await?;
        }
        // Where the limit was reached, and what it left out.
        let left =
            streams.iter().copied().filter(|stream| !seen.contains(stream) || (is_full && Some(*stream) == last));
        let mut news = self.news();
        if is_full {
            news.add(left);
        }
        let worked = u64::try_from(entries).unwrap_or(u64::MAX);
        Ok(if worked == 0 && !news.streams.is_empty() { 1 } else { worked })
    }

    /// Hands some entries to the consumer, and moves its cursors past them.
    async fn deliver_group(&self, group: &[Next]) -> Result<(), StoreError> {
        let events = || group.iter().flat_map(|next| next.entry.events.iter().map(move |event| (next, event)));
        let aggregates: BTreeSet<AggregateKey> = events().map(|(_, event)| event.aggregate()).collect();
        let aggregates: Vec<AggregateKey> = aggregates.into_iter().collect();
        let parked = self.parked.parked_among(self.consumer(), &aggregates).await?;
        let mut left_behind =
            LeftBehind { aggregates: parked.into_iter().collect(), events: Vec::new(), now: self.clock.now() };
        let mut ready = Vec::new();
        for (next, event) in events() {
            match event {
                _ if left_behind.includes(event) => left_behind.park(self.consumer(), next, event, BEHIND_PARKED),
                StoredEvent::Undecodable { error, .. } => left_behind.park(self.consumer(), next, event, error),
                StoredEvent::Decoded(decoded) => ready.push((next, event, decoded)),
            }
        }
        let decoded: Vec<Event> = ready.iter().map(|(_, _, decoded)| (*decoded).clone()).collect();
        if !decoded.is_empty() && self.handle(&decoded).await?.is_err() {
            for (next, event, decoded) in ready {
                if left_behind.includes(event) {
                    left_behind.park(self.consumer(), next, event, BEHIND_PARKED);
                } else if let Err(error) = self.try_singly(decoded).await? {
                    left_behind.park(self.consumer(), next, event, &error);
                }
            }
        }
        self.cursors.advance(self.consumer(), &moves(group), &left_behind.events).await
    }

    /// Hands an event to the consumer a few times, and returns why it failed the last time.
    async fn try_singly(&self, event: &Event) -> Result<Result<(), String>, StoreError> {
        let mut outcome = Ok(());
        for _ in 0..TRIES_MAX {
            outcome = self.handle(std::slice::from_ref(event)).await?;
            if outcome.is_ok() {
                break;
            }
        }
        Ok(outcome)
    }

    async fn handle(&self, events: &[Event]) -> Result<Result<(), String>, StoreError> {
        match self.handler.handle(events).await {
            Ok(()) => Ok(Ok(())),
            Err(HandlerError::Failed(error)) => Ok(Err(error)),
            Err(HandlerError::Unavailable(error)) => Err(StoreError::Unavailable(Arc::from(Box::from(error)))),
        }
    }
}

impl CommittedEvents for Relay {
    fn committed(&self, entries: &[OutboxEntry]) {
        self.news().add(entries.iter().map(|entry| entry.stream));
    }
}

/// What a consumer leaves behind so that it can go on.
struct LeftBehind {
    aggregates: HashSet<AggregateKey>,
    events: Vec<ParkedEvent>,
    now: Timestamp,
}

impl LeftBehind {
    fn includes(&self, event: &StoredEvent) -> bool {
        !self.aggregates.is_empty() && self.aggregates.contains(&event.aggregate())
    }

    fn park(&mut self, consumer: &'static str, next: &Next, event: &StoredEvent, error: &str) {
        let event = event.header();
        tracing::warn!(consumer, event = %event.id, r#type = event.type_name, error, "an event is parked");
        self.aggregates.insert(event.aggregate.clone());
        self.events.push(ParkedEvent {
            consumer: consumer.to_owned(),
            event,
            stream: next.stream,
            position: next.entry.position,
            error: error.to_owned(),
            parked_at: self.now,
        });
    }
}

/// Entries that the consumer is given together.
fn groups(backlogs: Vec<Backlog>) -> Vec<Vec<Next>> {
    let mut groups: Vec<Vec<Next>> = Vec::new();
    let mut events = EVENTS_AT_ONCE;
    for Backlog { stream, mut position, entries } in backlogs {
        for entry in entries {
            if events >= EVENTS_AT_ONCE {
                groups.push(Vec::new());
                events = 0;
            }
            events += entry.events.len();
            let from = std::mem::replace(&mut position, entry.position);
            if let Some(group) = groups.last_mut() {
                group.push(Next { stream, from, entry });
            }
        }
    }
    groups
}

/// One move a stream, past all of its entries.
fn moves(group: &[Next]) -> Vec<CursorMove> {
    let mut moves: Vec<CursorMove> = Vec::new();
    for Next { stream, from, entry } in group {
        match moves.last_mut() {
            Some(last) if last.stream == *stream => last.to = entry.position,
            _ => moves.push(CursorMove { stream: *stream, from: *from, to: entry.position }),
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::events::EventHeader;
    use crate::shared::{EventId, UserId};

    #[test]
    fn groups_end_where_they_have_enough_events() {
        let entry = |position, events| {
            let header = EventHeader {
                id: EventId::from_uuid(Uuid::nil()),
                aggregate: AggregateKey { kind: "user".to_owned(), id: Uuid::nil() },
                version: 1,
                type_name: "user.erased.v1".to_owned(),
            };
            let event = StoredEvent::Undecodable { header, error: String::new() };
            StoredEntry { position, events: vec![event; events] }
        };
        let [ana, ben] = [1, 2].map(|number| Stream::User(UserId::from_uuid(Uuid::from_u128(number))));
        let entries = vec![entry(8, EVENTS_AT_ONCE - 1), entry(9, 1), entry(10, 3 * EVENTS_AT_ONCE)];
        let groups = groups(vec![
            Backlog { stream: ana, position: 7, entries },
            Backlog { stream: ben, position: 0, entries: vec![entry(1, 1)] },
        ]);
        let moved: Vec<Vec<CursorMove>> = groups.iter().map(|group| moves(group)).collect();
        let step = |stream, from, to| CursorMove { stream, from, to };
        assert_eq!(moved, [vec![step(ana, 7, 9)], vec![step(ana, 9, 10)], vec![step(ben, 0, 1)]]);
    }
}
