//! What is delivered to whom: in order for each aggregate, at least once, to one worker at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::outbox::{Aggregate, Delivery, Event, EventPayload, PUT_OFF_SECONDS_MAX};
use crate::shared::{Actor, EventId, StoreError, Timestamp, UserId};

use super::{BoxFuture, Ground, INSTANT};

const LEASE_SECONDS: i64 = 30;

async fn claim_at(ground: &Ground, consumer: &'static str, now: Timestamp, limit: u32) -> Vec<Delivery> {
    let lease = now.plus_seconds(LEASE_SECONDS);
    ground.ports.deliveries.claim(consumer, now, lease, limit).await.unwrap()
}

async fn claim(ground: &Ground, consumer: &'static str) -> Vec<(EventId, u32)> {
    let claimed = claim_at(ground, consumer, INSTANT, 100).await;
    claimed.into_iter().map(|delivery| (delivery.event.id, delivery.attempts)).collect()
}

async fn handled(ground: &Ground, consumer: &'static str, events: &[EventId]) {
    ground.ports.deliveries.handled(consumer, events, INSTANT).await.unwrap();
}

fn somebody(ground: &Ground) -> Aggregate {
    Aggregate::User(UserId::generate(ground.ids()))
}

/// Writes the versions `from` … `to` of an aggregate, each in a unit of its own.
async fn tell(ground: &Ground, aggregate: Aggregate, versions: std::ops::RangeInclusive<u64>) -> Vec<EventId> {
    let mut told = Vec::new();
    for version in versions {
        let event = Event::new(ground.ids(), INSTANT, Actor::System, aggregate, version, EventPayload::UserErased);
        let mut unit = ground.unit().await;
        unit.outbox().append(std::slice::from_ref(&event)).await.unwrap();
        unit.commit().await.unwrap();
        told.push(event.id);
    }
    told
}

/// Versions are handed out in order, together to one worker or when those before are handled, never beside them.
pub async fn events_of_one_aggregate_come_in_order(ground: &Ground) {
    let (ana, ben) = (somebody(ground), somebody(ground));
    let of_ana = tell(ground, ana, 1..=3).await;
    let of_ben = tell(ground, ben, 1..=1).await;
    let claimed = claim(ground, "mail").await;
    assert_eq!(claimed.len(), 4);
    assert!(claimed.contains(&(of_ben[0], 0)));
    let ana_s: Vec<_> = claimed.into_iter().map(|(event, _)| event).filter(|event| *event != of_ben[0]).collect();
    assert_eq!(ana_s, of_ana);
    let later = tell(ground, ana, 4..=4).await;
    for event in &of_ana {
        assert_eq!(claim(ground, "mail").await, []);
        handled(ground, "mail", &[*event]).await;
    }
    assert_eq!(claim(ground, "mail").await, [(later[0], 0)]);
}

/// What a newer version of the program wrote waits alone, longer each time, with what happened to the same thing after
/// it; everything else is handed out at once.
pub async fn an_event_that_cannot_be_read_holds_back_only_its_aggregate(ground: &Ground) {
    let mut others = Vec::new();
    let ana = somebody(ground);
    let of_ana = tell(ground, ana, 1..=3).await;
    for _ in 0..20 {
        others.extend(tell(ground, somebody(ground), 1..=2).await);
    }
    (ground.ports.make_unreadable)(of_ana[1]).await;
    let mut claimed: Vec<EventId> = claim(ground, "mail").await.into_iter().map(|(event, _)| event).collect();
    handled(ground, "mail", &claimed).await;
    let mut expected = others;
    expected.push(of_ana[0]);
    claimed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(claimed, expected);

    assert_eq!(claim(ground, "mail").await, []);
    let later = tell(ground, somebody(ground), 1..=1).await;
    let soon = INSTANT.plus_seconds(3_600);
    for _ in 0..3 {
        // Each look at it puts it off again.
        let claimed = claim_at(ground, "mail", soon, 100).await;
        assert!(claimed.iter().all(|delivery| delivery.event.id == later[0]), "{claimed:?}");
    }
}

/// What was told earlier may say that it happened later: units of different processes, or two that ran side by side.
pub async fn versions_count_and_not_the_time(ground: &Ground) {
    let aggregate = somebody(ground);
    let mut told = Vec::new();
    for (version, at) in [(1, 50), (2, 10), (3, 70), (4, 60), (5, 80)] {
        let now = INSTANT.plus_seconds(at);
        let event = Event::new(ground.ids(), now, Actor::System, aggregate, version, EventPayload::UserErased);
        let mut unit = ground.unit().await;
        unit.outbox().append(std::slice::from_ref(&event)).await.unwrap();
        unit.commit().await.unwrap();
        told.push(event.id);
    }
    let mut got = Vec::new();
    let now = INSTANT.plus_seconds(100);
    while got.len() < told.len() {
        let some: Vec<_> = claim_at(ground, "mail", now, 100).await.iter().map(|delivery| delivery.event.id).collect();
        assert!(!some.is_empty(), "something is held back: {got:?} of {told:?}");
        handled(ground, "mail", &some).await;
        got.extend(some);
    }
    assert_eq!(got, told);
}

/// While one worker has an event, no other gets it; handled once, it never comes again.
pub async fn a_lease_keeps_others_out(ground: &Ground) {
    let event = tell(ground, somebody(ground), 1..=1).await[0];
    assert_eq!(claim(ground, "mail").await, [(event, 0)]);
    let last_moment = Timestamp::from_micros(INSTANT.plus_seconds(LEASE_SECONDS).micros() - 1);
    assert_eq!(claim_at(ground, "mail", last_moment, 100).await, []);
    handled(ground, "mail", &[event, event]).await;
    handled(ground, "mail", &[event]).await;
    handled(ground, "mail", &[]).await;
    assert_eq!(claim_at(ground, "mail", INSTANT.plus_seconds(1_000), 100).await, []);
}

/// Its worker died: when the lease is over, the next one gets it, and sees that it was handed out before.
pub async fn an_event_comes_again_when_its_consumer_dies(ground: &Ground) {
    let events = tell(ground, somebody(ground), 1..=2).await;
    let mut now = INSTANT;
    for attempts in 0..3 {
        let claimed = claim_at(ground, "mail", now, 100).await;
        let claimed: Vec<_> = claimed.into_iter().map(|delivery| (delivery.event.id, delivery.attempts)).collect();
        assert_eq!(claimed, [(events[0], attempts), (events[1], attempts)]);
        now = now.plus_seconds(LEASE_SECONDS);
    }
    handled(ground, "mail", &[events[0]]).await;
    let claimed = claim_at(ground, "mail", now, 100).await;
    assert_eq!(claimed.iter().map(|delivery| delivery.event.id).collect::<Vec<_>>(), [events[1]]);
}

/// A clock was ahead by an hour while a lease was written and an event was given back, and was put right then. What is put
/// off for as long as anything may be still waits.
pub async fn what_a_clock_that_was_ahead_put_off_waits_no_longer(ground: &Ground) {
    let (ana, ben) = (somebody(ground), somebody(ground));
    let of_ana = tell(ground, ana, 1..=2).await;
    let of_ben = tell(ground, ben, 1..=1).await;
    let ahead = INSTANT.plus_seconds(3_600);
    assert_eq!(claim_at(ground, "mail", ahead, 100).await.len(), 3);
    ground.ports.deliveries.failed("mail", of_ben[0], INSTANT.plus_seconds(PUT_OFF_SECONDS_MAX)).await.unwrap();
    assert_eq!(claim(ground, "mail").await, [(of_ana[0], 1), (of_ana[1], 1)]);
    handled(ground, "mail", &of_ana).await;
    let at_last = claim_at(ground, "mail", INSTANT.plus_seconds(PUT_OFF_SECONDS_MAX), 100).await;
    assert_eq!(at_last.iter().map(|delivery| delivery.event.id).collect::<Vec<_>>(), of_ben);
}

/// Given back, it comes when it was said to; what follows it in its aggregate waits with it, other aggregates do not.
pub async fn a_failed_event_waits_and_holds_back_what_follows(ground: &Ground) {
    let failing = tell(ground, somebody(ground), 1..=2).await;
    assert_eq!(claim(ground, "mail").await, [(failing[0], 0), (failing[1], 0)]);
    let retry_at = INSTANT.plus_seconds(300);
    ground.ports.deliveries.failed("mail", failing[0], retry_at).await.unwrap();
    ground.ports.deliveries.failed("mail", failing[1], INSTANT).await.unwrap();
    let other = tell(ground, somebody(ground), 1..=1).await;
    assert_eq!(claim(ground, "mail").await, [(other[0], 0)]);
    handled(ground, "mail", &other).await;
    let too_early = Timestamp::from_micros(retry_at.micros() - 1);
    assert_eq!(claim_at(ground, "mail", too_early, 100).await, []);
    let again = claim_at(ground, "mail", retry_at, 100).await;
    assert_eq!((again[0].event.id, again[0].attempts), (failing[0], 1));
    handled(ground, "mail", &failing[..1]).await;
    let next = claim_at(ground, "mail", retry_at, 100).await;
    let following = again.get(1).or(next.first()).map(|delivery| (delivery.event.id, delivery.attempts));
    assert_eq!(following, Some((failing[1], 1)));
}

/// What one consumer handled or has, the other still gets, also what was told before its first claim.
pub async fn each_consumer_has_its_own_book(ground: &Ground) {
    let aggregate = somebody(ground);
    let first = tell(ground, aggregate, 1..=1).await;
    assert_eq!(claim(ground, "mail").await, [(first[0], 0)]);
    handled(ground, "mail", &first).await;
    let second = tell(ground, aggregate, 2..=2).await;
    assert_eq!(claim(ground, "search").await, [(first[0], 0), (second[0], 0)]);
    assert_eq!(claim(ground, "mail").await, [(second[0], 0)]);
    assert_eq!(claim(ground, "search").await, []);
    handled(ground, "search", &first).await;
    ground.ports.deliveries.failed("mail", second[0], INSTANT.plus_seconds(600)).await.unwrap();
    handled(ground, "search", &second).await;
    let much_later = INSTANT.plus_seconds(600);
    assert_eq!(claim_at(ground, "search", much_later, 100).await, []);
    assert_eq!(claim_at(ground, "mail", much_later, 100).await.len(), 1);
}

/// No more than asked at a time, and in the end all of them.
pub async fn a_claim_is_bounded(ground: &Ground) {
    let mut told = BTreeSet::new();
    for _ in 0..7 {
        told.extend(tell(ground, somebody(ground), 1..=1).await);
    }
    let mut claimed = BTreeSet::new();
    for expected in [3, 3, 1, 0] {
        let some = claim_at(ground, "mail", INSTANT, 3).await;
        assert_eq!(some.len(), expected);
        claimed.extend(some.into_iter().map(|delivery| delivery.event.id));
    }
    assert_eq!(claimed, told);
    let of_one = tell(ground, somebody(ground), 1..=5).await;
    for expected in [&of_one[..3], &of_one[3..]] {
        let some = claim_at(ground, "mail", INSTANT, 3).await;
        assert_eq!(some.iter().map(|delivery| delivery.event.id).collect::<Vec<_>>(), expected);
        handled(ground, "mail", expected).await;
    }
}

/// What a worker that lost against others came away with.
fn unless_contended<T: Default>(outcome: Result<T, StoreError>) -> T {
    match outcome {
        Ok(value) => value,
        Err(StoreError::Contention) => T::default(),
        Err(other) => panic!("{other:?}"),
    }
}

/// Claims for "mail" again and again, up to five events at a time, and returns all that it got.
fn worker(ground: &Ground, claims: u32, handles: bool) -> BoxFuture<'static, Vec<EventId>> {
    let deliveries = Arc::clone(&ground.ports.deliveries);
    Box::pin(async move {
        let lease = INSTANT.plus_seconds(LEASE_SECONDS);
        let mut own = Vec::new();
        for _ in 0..claims {
            let claimed = unless_contended(deliveries.claim("mail", INSTANT, lease, 5).await);
            let claimed: Vec<EventId> = claimed.into_iter().map(|delivery| delivery.event.id).collect();
            if handles {
                unless_contended(deliveries.handled("mail", &claimed, INSTANT).await);
            }
            own.extend(claimed);
        }
        own
    })
}

/// Eight workers of one consumer at once: no event is handed out to two of them, and none is lost.
pub async fn many_workers_share_the_events_of_one_consumer(ground: &Ground) {
    let mut told = Vec::new();
    for _ in 0..24 {
        told.extend(tell(ground, somebody(ground), 1..=1).await);
    }
    let mut claimed = ground.together((0..8).map(|_| worker(ground, 4, false)).collect()).await.concat();
    // Whoever lost against the others may have come away with nothing; what is left can still be claimed.
    claimed.extend(claim(ground, "mail").await.into_iter().map(|(event, _)| event));
    claimed.sort_unstable();
    assert_eq!(claimed, told);
}

/// Units that tell while workers claim: no event is passed over, whichever committed first.
pub async fn events_committed_late_are_not_passed_over(ground: &Ground) {
    let mut told: Vec<EventId> = Vec::new();
    let mut work: Vec<BoxFuture<'static, Vec<EventId>>> = vec![worker(ground, 20, true), worker(ground, 20, true)];
    for _ in 0..8 {
        let store = ground.ports.store.clone();
        let tell = |_| Event::new(ground.ids(), INSTANT, Actor::System, somebody(ground), 1, EventPayload::UserErased);
        let events: Vec<Event> = (0..5).map(tell).collect();
        told.extend(events.iter().map(|event| event.id));
        work.push(Box::pin(async move {
            for event in &events {
                let mut unit = store.begin().await.unwrap();
                unit.outbox().append(std::slice::from_ref(event)).await.unwrap();
                unit.commit().await.unwrap();
            }
            Vec::new()
        }));
    }
    let mut claimed = ground.together(work).await.concat();
    claimed.extend(claim(ground, "mail").await.into_iter().map(|(event, _)| event));
    claimed.sort_unstable();
    assert_eq!(claimed, told);
}
