//! How consumers get on in streams: in order, at least once, past what cannot be handled.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use boxoffice_domain::events::{
    COMPARE_SECONDS, CursorMove, Event, EventHandler, EventPayload, HandlerError, LEASE_SECONDS, LeaseHolder,
    OutboxEntry, RECENT_SECONDS, Relay,
};
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{Actor, BookingId, Clock, ConcertId, EventId, StoreError, Timestamp, UserId};
use boxoffice_domain::store::Store;
use boxoffice_domain::users::UserEvent;

use super::{BoxFuture, Fixture, INSTANT};
use crate::clock::FixedClock;

/// A consumer that notes what it handles, and cannot handle some of it.
struct Consumer {
    name: &'static str,
    failing: Mutex<BTreeSet<EventId>>,
    handled: Mutex<Vec<EventId>>,
}

impl Consumer {
    fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self { name, failing: Mutex::default(), handled: Mutex::default() })
    }

    fn fail_at(&self, events: impl IntoIterator<Item = EventId>) {
        self.failing.lock().unwrap().extend(events);
    }

    fn take_handled(&self) -> Vec<EventId> {
        std::mem::take(&mut self.handled.lock().unwrap())
    }
}

#[async_trait]
impl EventHandler for Consumer {
    fn consumer(&self) -> &'static str {
        self.name
    }

    async fn handle(&self, events: &[Event]) -> Result<(), HandlerError> {
        let failing = self.failing.lock().unwrap();
        if events.iter().any(|event| failing.contains(&event.id)) {
            return Err(HandlerError::Failed("it is too much".to_owned()));
        }
        self.handled.lock().unwrap().extend(events.iter().map(|event| event.id));
        Ok(())
    }
}

fn relay_at(fixture: &Fixture, consumer: &Arc<Consumer>, clock: &Arc<FixedClock>) -> Relay {
    let ports = &fixture.ports;
    Relay::new(ports.cursors.clone(), ports.parked.clone(), consumer.clone(), clock.clone(), fixture.ids())
}

async fn drain(relay: &Relay) {
    while relay.deliver_once().await.unwrap() > 0 {}
}

/// Lets a consumer of that name handle all that there is at an instant, and returns what it handled. Each time it is
/// another process that does it, once the lease of the one before is over.
async fn deliver_at(fixture: &Fixture, consumer: &Arc<Consumer>, now: Timestamp) -> Vec<EventId> {
    drain(&relay_at(fixture, consumer, &Arc::new(FixedClock::at(now)))).await;
    consumer.take_handled()
}

fn user_stream(fixture: &Fixture) -> Stream {
    Stream::User(UserId::generate(fixture.ids()))
}

fn event(fixture: &Fixture, aggregate: Aggregate, version: u64) -> Event {
    Event::new(fixture.ids(), INSTANT, Actor::System, aggregate, version, EventPayload::User(UserEvent::Erased))
}

fn own_event(fixture: &Fixture, stream: Stream, version: u64) -> Event {
    let aggregate = match stream {
        Stream::User(id) => Aggregate::User(id),
        Stream::Concert(id) => Aggregate::Concert(id),
    };
    event(fixture, aggregate, version)
}

async fn commit(store: &dyn Store<dyn SalesUnit>, entry: OutboxEntry) {
    let mut unit = store.begin().await.unwrap();
    unit.outbox().append(entry).await.unwrap();
    unit.commit().await.unwrap();
}

/// Writes an entry with these events in a unit of its own.
async fn write(fixture: &Fixture, stream: Stream, position: u64, events: Vec<Event>) -> Vec<EventId> {
    let ids = events.iter().map(|event| event.id).collect();
    commit(&*fixture.ports.store, OutboxEntry { stream, position, occurred_at: INSTANT, events }).await;
    ids
}

/// Writes the positions `from` … `to` of a stream, each with one event about the user or concert.
async fn fill(fixture: &Fixture, stream: Stream, positions: std::ops::RangeInclusive<u64>) -> Vec<EventId> {
    let mut ids = Vec::new();
    for position in positions {
        ids.extend(write(fixture, stream, position, vec![own_event(fixture, stream, position)]).await);
    }
    ids
}

fn sorted(mut ids: Vec<EventId>) -> Vec<EventId> {
    ids.sort_unstable();
    ids
}

/// Entry by entry, and within an entry as they were written; what comes later is delivered later, nothing twice.
pub async fn streams_are_delivered_in_order(fixture: &Fixture) {
    let concert = ConcertId::generate(fixture.ids());
    let stream = Stream::Concert(concert);
    let booking = Aggregate::Booking(BookingId::generate(fixture.ids()));
    let events = [
        vec![event(fixture, Aggregate::Concert(concert), 1)],
        vec![event(fixture, Aggregate::Concert(concert), 2), event(fixture, booking, 1)],
        vec![event(fixture, booking, 2)],
    ];
    let mut expected = Vec::new();
    for (position, events) in (1..).zip(events) {
        expected.extend(write(fixture, stream, position, events).await);
    }
    let consumer = Consumer::new("mail");
    let clock = Arc::new(FixedClock::at(INSTANT));
    let relay = relay_at(fixture, &consumer, &clock);
    drain(&relay).await;
    assert_eq!(consumer.take_handled(), expected);
    let later = fill(fixture, stream, 4..=5).await;
    drain(&relay).await;
    assert_eq!(consumer.take_handled(), [], "this process was not notified, and has just queried");
    clock.advance(1);
    drain(&relay).await;
    assert_eq!(consumer.take_handled(), later);
    clock.advance(COMPARE_SECONDS);
    drain(&relay).await;
    assert_eq!(consumer.take_handled(), []);
}

/// A process hears of what it commits itself at once.
pub async fn committed_entries_are_delivered_without_a_query(fixture: &Fixture) {
    use boxoffice_domain::events::CommittedEvents;

    let consumer = Consumer::new("mail");
    let relay = relay_at(fixture, &consumer, &Arc::new(FixedClock::at(INSTANT)));
    drain(&relay).await;
    let written = fill(fixture, user_stream(fixture), 1..=1).await;
    relay.committed(&fixture.recorder.entries());
    drain(&relay).await;
    assert_eq!(consumer.take_handled(), written);
}

/// A unit may commit long after what it says about the time, and after others that were delivered by then.
pub async fn a_unit_that_commits_late_is_not_passed_over(fixture: &Fixture) {
    let consumer = Consumer::new("mail");
    let clock = Arc::new(FixedClock::at(INSTANT));
    let relay = relay_at(fixture, &consumer, &clock);
    for late_seconds in [0, 10, RECENT_SECONDS - 1, RECENT_SECONDS + 100] {
        let begun_at = clock.now();
        clock.advance(late_seconds);
        let stream = user_stream(fixture);
        let punctual = Event { occurred_at: clock.now(), ..own_event(fixture, stream, 1) };
        commit(&*fixture.ports.store, OutboxEntry::of(stream, 1, punctual.clone())).await;
        clock.advance(1);
        drain(&relay).await;
        assert_eq!(consumer.take_handled(), [punctual.id]);
        let stream = user_stream(fixture);
        let late = Event { occurred_at: begun_at, ..own_event(fixture, stream, 1) };
        commit(&*fixture.ports.store, OutboxEntry::of(stream, 1, late.clone())).await;
        // The next comparison finds what the query for recent entries does not.
        clock.advance(if late_seconds < RECENT_SECONDS { 1 } else { COMPARE_SECONDS });
        drain(&relay).await;
        assert_eq!(consumer.take_handled(), [late.id], "{late_seconds} s late");
    }
}

/// What a newer version wrote is parked with what happened to the same thing afterwards; everything else goes on, in the
/// same stream too.
pub async fn what_cannot_be_decoded_is_parked(fixture: &Fixture) {
    let stream = Stream::Concert(ConcertId::generate(fixture.ids()));
    let [ana, ben] = [(); 2].map(|()| Aggregate::Booking(BookingId::generate(fixture.ids())));
    let mut written = Vec::new();
    for version in 1..=3 {
        written.push(write(fixture, stream, version, [ana, ben].map(|of| event(fixture, of, version)).into()).await);
    }
    (fixture.ports.make_unreadable)(written[1][0]).await;
    let consumer = Consumer::new("mail");
    let handled = deliver_at(fixture, &consumer, INSTANT).await;
    assert_eq!(handled, [written[0][0], written[0][1], written[1][1], written[2][1]]);
    let later = write(fixture, stream, 4, vec![event(fixture, ana, 4)]).await;
    let soon = INSTANT.plus_seconds(LEASE_SECONDS);
    assert_eq!(deliver_at(fixture, &consumer, soon).await, []);

    let parked = &fixture.ports.parked;
    let list = parked.list(100).await.unwrap();
    let ids: Vec<EventId> = list.iter().map(|parked| parked.event.id).collect();
    assert_eq!(sorted(ids), sorted(vec![written[1][0], written[2][0], later[0]]));
    let first = list.iter().find(|parked| parked.event.id == written[1][0]).unwrap();
    assert_eq!((first.consumer.as_str(), first.stream, first.position), ("mail", stream, 2));
    assert_eq!((first.event.aggregate.clone(), first.event.version), (ana.into(), 2));
    assert!(!first.error.is_empty() && first.parked_at == INSTANT, "{first:?}");
    assert_eq!(parked.list(2).await.unwrap().len(), 2);
    assert_eq!(parked.counts().await.unwrap(), [("mail".to_owned(), 3)]);

    let same = parked.of_same_aggregate("mail", later[0], 100).await.unwrap();
    let same: Vec<EventId> = same.iter().map(|event| event.header().id).collect();
    assert_eq!(same, [written[1][0], written[2][0], later[0]]);
    assert_eq!(parked.of_same_aggregate("mail", later[0], 2).await.unwrap().len(), 2);
    assert_eq!(parked.of_same_aggregate("search", later[0], 100).await.unwrap(), []);
    for event in same {
        assert!(parked.unpark("mail", event).await.unwrap());
        assert!(!parked.unpark("mail", event).await.unwrap());
    }
    let last = write(fixture, stream, 5, vec![event(fixture, ana, 5)]).await;
    assert_eq!(deliver_at(fixture, &consumer, soon.plus_seconds(LEASE_SECONDS)).await, last);
}

/// What a consumer cannot handle is parked for it, and for no other consumer.
pub async fn a_poison_event_delays_no_other(fixture: &Fixture) {
    let (ana, ben) = (user_stream(fixture), user_stream(fixture));
    let (of_ana, of_ben) = (fill(fixture, ana, 1..=3).await, fill(fixture, ben, 1..=3).await);
    let consumer = Consumer::new("mail");
    consumer.fail_at([of_ana[1]]);
    let handled = sorted(deliver_at(fixture, &consumer, INSTANT).await);
    assert_eq!(handled, sorted([&of_ana[..1], &of_ben].concat()));
    let parked = fixture.ports.parked.list(100).await.unwrap();
    let parked: Vec<EventId> = parked.into_iter().map(|parked| parked.event.id).collect();
    assert_eq!(sorted(parked), of_ana[1..]);
    let search = Consumer::new("search");
    assert_eq!(sorted(deliver_at(fixture, &search, INSTANT).await), sorted([of_ana, of_ben].concat()));
}

/// While one process delivers to a consumer, no other does; when it is gone, the next one goes on. A lease that a clock
/// gave that was ahead keeps no process out.
pub async fn a_lease_keeps_other_processes_out(fixture: &Fixture) {
    let [one, other] = [(); 2].map(|()| LeaseHolder(fixture.ids().next_uuid()));
    let cursors = &fixture.ports.cursors;
    let lease = async |holder, seconds| cursors.lease("mail", holder, INSTANT.plus_seconds(seconds)).await.unwrap();
    assert!(lease(one, 0).await);
    assert!(!lease(other, 1).await);
    assert!(lease(one, 1).await, "prolonged");
    assert!(!lease(other, LEASE_SECONDS).await);
    assert!(lease(other, LEASE_SECONDS + 1).await);
    assert!(!lease(one, LEASE_SECONDS + 2).await);
    assert!(cursors.lease("search", one, INSTANT).await.unwrap());
    assert!(lease(one, LEASE_SECONDS + 3_600).await);
    assert!(lease(other, 0).await, "the clock was an hour ahead");
}

/// A cursor that was moved by another process, or back by an operator, stays where it is.
pub async fn a_cursor_moves_only_from_where_it_was(fixture: &Fixture) {
    let (ana, ben) = (user_stream(fixture), user_stream(fixture));
    fill(fixture, ana, 1..=5).await;
    fill(fixture, ben, 1..=5).await;
    let cursors = &fixture.ports.cursors;
    let at = async || {
        let backlogs = cursors.backlog("mail", &[ana, ben], 100).await.unwrap();
        backlogs.iter().map(|backlog| (backlog.position, backlog.entries.len())).collect::<Vec<_>>()
    };
    let advance =
        async |stream, from, to| cursors.advance("mail", &[CursorMove { stream, from, to }], &[]).await.unwrap();
    assert_eq!(at().await, [(0, 5), (0, 5)]);
    let both = [ana, ben].map(|stream| CursorMove { stream, from: 0, to: 2 });
    cursors.advance("mail", &both, &[]).await.unwrap();
    assert_eq!(at().await, [(2, 3), (2, 3)]);
    advance(ana, 2, 4).await;
    advance(ben, 0, 5).await;
    assert_eq!(at().await, [(4, 1), (2, 3)]);
    cursors.advance("mail", &[], &[]).await.unwrap();
    assert_eq!(cursors.behind("mail", None, 100).await.unwrap().len(), 2);
    advance(ana, 4, 5).await;
    assert_eq!(cursors.behind("mail", None, 100).await.unwrap(), [ben]);
    assert_eq!(cursors.behind("mail", Some(INSTANT), 100).await.unwrap(), [ben]);
    assert_eq!(cursors.behind("mail", Some(INSTANT.plus_seconds(1)), 100).await.unwrap(), []);
    assert_eq!(cursors.behind("search", None, 1).await.unwrap().len(), 1);
}

/// What one consumer passed the other still gets, also what was written before it was there.
pub async fn each_consumer_has_its_own_cursors(fixture: &Fixture) {
    let stream = user_stream(fixture);
    let first = fill(fixture, stream, 1..=1).await;
    let (mail, search) = (Consumer::new("mail"), Consumer::new("search"));
    assert_eq!(deliver_at(fixture, &mail, INSTANT).await, first);
    let second = fill(fixture, stream, 2..=2).await;
    assert_eq!(deliver_at(fixture, &search, INSTANT).await, [first, second.clone()].concat());
    assert_eq!(deliver_at(fixture, &mail, INSTANT.plus_seconds(LEASE_SECONDS)).await, second);
}

/// No more entries than asked, and no stream behind the one at which the limit is reached.
pub async fn a_backlog_is_bounded(fixture: &Fixture) {
    let (ana, ben) = (user_stream(fixture), user_stream(fixture));
    fill(fixture, ana, 1..=4).await;
    fill(fixture, ben, 1..=4).await;
    for (limit, expected) in [(3, vec![3]), (4, vec![4]), (6, vec![4, 2]), (100, vec![4, 4])] {
        let backlogs = fixture.ports.cursors.backlog("mail", &[ana, ben], limit).await.unwrap();
        let entries: Vec<usize> = backlogs.iter().map(|backlog| backlog.entries.len()).collect();
        assert_eq!(entries, expected, "{limit}");
        for (backlog, position) in backlogs.iter().flat_map(|backlog| backlog.entries.iter().zip(1..)) {
            assert_eq!(backlog.position, position);
        }
    }
}

/// From an instant on everything comes again to one consumer; what is older, and other consumers, are left alone.
pub async fn a_replay_delivers_again(fixture: &Fixture) {
    let (ana, ben) = (user_stream(fixture), user_stream(fixture));
    let old = fill(fixture, ana, 1..=2).await;
    let entry = |stream, position, seconds| {
        let event = Event { occurred_at: INSTANT.plus_seconds(seconds), ..own_event(fixture, stream, position) };
        OutboxEntry::of(stream, position, event)
    };
    let recent = [entry(ana, 3, 60), entry(ana, 4, 50), entry(ben, 1, 60)];
    for entry in &recent {
        commit(&*fixture.ports.store, entry.clone()).await;
    }
    let recent = recent.map(|entry| entry.events[0].id).to_vec();
    let (mail, search) = (Consumer::new("mail"), Consumer::new("search"));
    for consumer in [&mail, &search] {
        assert_eq!(sorted(deliver_at(fixture, consumer, INSTANT).await), sorted([&old[..], &recent].concat()));
    }
    let cursors = &fixture.ports.cursors;
    assert_eq!(cursors.replay("mail", INSTANT.plus_seconds(61)).await.unwrap(), 0);
    assert_eq!(cursors.replay("mail", INSTANT.plus_seconds(60)).await.unwrap(), 2);
    let soon = INSTANT.plus_seconds(LEASE_SECONDS);
    assert_eq!(sorted(deliver_at(fixture, &mail, soon).await), sorted(recent));
    assert_eq!(deliver_at(fixture, &search, soon).await, []);
}

/// Units of many streams commit while two processes deliver, each as if it had the lease: nothing is passed over.
pub async fn two_processes_pass_nothing_over(fixture: &Fixture) {
    let consumer = Consumer::new("mail");
    let mut expected = Vec::new();
    let mut work: Vec<BoxFuture<'static, ()>> = Vec::new();
    for _ in 0..8 {
        let store = fixture.ports.store.clone();
        let stream = user_stream(fixture);
        let events: Vec<Event> = (1..=5).map(|version| own_event(fixture, stream, version)).collect();
        expected.extend(events.iter().map(|event| event.id));
        work.push(Box::pin(async move {
            for (position, event) in (1..).zip(events) {
                commit(&*store, OutboxEntry::of(stream, position, event)).await;
            }
        }));
    }
    for process in 0..2 {
        // So far apart that each finds the other's lease over.
        let clock = Arc::new(FixedClock::at(INSTANT.plus_seconds(process * 3_600)));
        let relay = relay_at(fixture, &consumer, &clock);
        work.push(Box::pin(async move {
            for _ in 0..20 {
                match relay.deliver_once().await {
                    Ok(_) | Err(StoreError::Contention) => clock.advance(COMPARE_SECONDS),
                    Err(error) => panic!("{error:?}"),
                };
            }
        }));
    }
    fixture.together(work).await;
    let mut handled = consumer.take_handled();
    handled.extend(deliver_at(fixture, &consumer, INSTANT.plus_seconds(24 * 3_600)).await);
    let handled: BTreeSet<EventId> = handled.into_iter().collect();
    assert_eq!(handled.into_iter().collect::<Vec<_>>(), sorted(expected));
}
