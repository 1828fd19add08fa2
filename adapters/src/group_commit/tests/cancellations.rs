//! Tests of the group commit of cancellations over the in-memory store.

use std::sync::Arc;

use boxoffice_domain::bookings::CancelReason;
use boxoffice_domain::concerts::ConcertEvent;
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::sales::cancellation::{CancellationUnits, Cancellations};
use boxoffice_domain::shared::{Actor, Clock, Role, UserId};
use boxoffice_testing::{
    BookingBuilder, ConcertBuilder, FixedClock, Given, InMemoryStore, SequentialIds, assert_sound,
};
use futures_util::future::join_all;

use crate::group_commit::{BatchLimits, BatchSlots, GroupCommitCancellations};

/// How many bookings the fan has.
const BOOKINGS: u32 = 40;

#[tokio::test]
async fn concurrent_cancellations_are_processed_in_batches() {
    let (store, ids, clock) = (InMemoryStore::new(), Arc::new(SequentialIds::new()), Arc::new(FixedClock::default()));
    let shared = Arc::new(store.clone());
    let given = Given::new(shared.clone(), ids.clone());
    let view = given.add_concert(ConcertBuilder::new(ids.as_ref())).await;
    let fan = UserId::generate(ids.as_ref());
    let mut held = Vec::new();
    for number in 1..=BOOKINGS {
        let expires_at = clock.now().plus_seconds(if number % 2 == 0 { 600 } else { 0 });
        let booking = BookingBuilder::new(ids.as_ref(), &view).user(fan).tickets([number]).expires_at(expires_at);
        held.push(given.booking(booking.build()).await.id);
    }
    let returns = CancellationUnits::new(shared.clone(), clock.clone(), ids.clone());
    let placement = GroupCommitCancellations::new(returns, BatchSlots::one_in_the_database(), BatchLimits::default());
    let bookings = Cancellations::new(shared.clone(), shared.clone(), shared, clock.clone(), ids.clone())
        .with_units(Arc::new(placement));
    let before = store.events().len();

    let fan = Actor::User { id: fan, role: Role::User };
    let outcomes = join_all(held.iter().map(|id| bookings.cancel(&fan, *id))).await;
    let expired = bookings.expire_overdue().await.unwrap();

    for outcome in &outcomes {
        assert_eq!(outcome.as_ref().unwrap().cancel_reason, Some(CancelReason::User));
    }
    assert_eq!(expired, 0, "the expired bookings were cancelled too");
    let events = store.events().split_off(before);
    let units =
        events.iter().filter(|event| matches!(event.payload, EventPayload::Concert(ConcertEvent::SeatsChanged { .. })));
    assert!(units.count() <= 3, "the cancellations were not batched");
    assert_sound(&store, clock.now()).await;
}
