//! Concurrent requests of many customers.

use std::collections::BTreeSet;

use boxoffice_domain::bookings::{BookingEvent, CancelReason};
use boxoffice_domain::concerts::{Caps, ConcertEvent, TicketStatus};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::outbox::Aggregate;
use boxoffice_domain::sales::placement::{Limit, PlaceBooking, PlaceError, PlacedBooking};
use boxoffice_domain::shared::Actor;
use tokio::task::JoinSet;

use super::fixture::{Fixture, HOLD_SECONDS, keyed, labels, unavailable};

const UNCAPPED: Caps =
    Caps { max_tickets_per_booking: None, max_tickets_per_user: None, max_pending_bookings_per_user: None };

/// Places all requests concurrently. Returns the outcomes in no order, each with its command.
async fn all_at_once(
    fixture: &Fixture,
    requests: impl IntoIterator<Item = (Actor, PlaceBooking)>,
) -> Vec<(PlaceBooking, Result<PlacedBooking, PlaceError>)> {
    let mut tasks = JoinSet::new();
    for (actor, command) in requests {
        let fixture = fixture.clone();
        tasks.spawn(async move {
            let outcome = fixture.place(actor, command.clone()).await;
            (command, outcome)
        });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_requests_for_the_same_two_seats_one_gets_them() {
    let fixture = Fixture::new().await;
    let in_order = [["A-5-5", "A-5-6"], ["A-5-6", "A-5-5"]];
    let requests = (0..64).map(|number| (fixture.fan(), fixture.seats(&in_order[number % 2])));
    let outcomes = all_at_once(&fixture, requests).await;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.iter().partition(|(_, outcome)| outcome.is_ok());
    assert_eq!((won.len(), lost.len()), (1, 63));
    for (command, outcome) in lost {
        let asked = if *command == fixture.seats(&in_order[0]) { in_order[0] } else { in_order[1] };
        assert_eq!(unavailable(outcome), asked);
    }
    assert_eq!(fixture.counts().await, [(98, 2, 0)]);
    fixture.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_hundred_requests_book_the_best_of_four_hundred_seats_until_sold_out() {
    let fixture = Fixture::with(|concert| concert.seated("A", 20, 20, 2_500).caps(UNCAPPED)).await;
    let requests = (0..300).map(|number| (fixture.fan(), fixture.best("A", 1 + number % 4)));
    let outcomes = all_at_once(&fixture, requests).await;
    let mut seats = BTreeSet::new();
    let mut smallest_refused = u32::MAX;
    for (command, outcome) in &outcomes {
        match outcome {
            Ok(placed) => {
                assert_eq!(command.selection.quantity(), u32::try_from(placed.booking.tickets.len()).unwrap());
                for seat in labels(&placed.booking) {
                    assert!(seats.insert(seat.to_owned()), "{seat} was given twice");
                }
            }
            Err(PlaceError::SoldOut { left, .. }) => {
                assert!(*left < command.selection.quantity(), "{left} were left");
                smallest_refused = smallest_refused.min(command.selection.quantity());
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    let left = fixture.counts().await[0].0;
    assert!(left < smallest_refused, "{left} are left, but {smallest_refused} were refused");
    assert_eq!(seats.len(), 400 - usize::try_from(left).unwrap());
    fixture.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_requests_of_one_user_stay_within_their_caps() {
    let pending = Caps { max_pending_bookings_per_user: Some(2), ..UNCAPPED };
    let tickets = Caps { max_tickets_per_user: Some(10), ..UNCAPPED };
    for (caps, granted, expected) in
        [(pending, 2, (Limit::PendingBookingsPerUser, 2, 0)), (tickets, 3, (Limit::TicketsPerUser, 10, 1))]
    {
        let fixture = Fixture::with(|concert| concert.seated("A", 20, 20, 2_500).caps(caps)).await;
        let fan = fixture.fan();
        let outcomes = all_at_once(&fixture, (0..50).map(|_| (fan, fixture.best("A", 3)))).await;
        let refused: Vec<_> = outcomes.iter().filter_map(|(_, outcome)| outcome.as_ref().err()).collect();
        assert_eq!(refused.len(), 50 - granted);
        for error in refused {
            match error {
                PlaceError::LimitReached { limit, allowed, left } => assert_eq!((*limit, *allowed, *left), expected),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(fixture.holdings(fan).await.unwrap().tickets, 3 * u32::try_from(granted).unwrap());
        fixture.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_copies_of_one_request_are_one_booking() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let (fixture, request) = (fixture.clone(), keyed(fan, fixture.best("A", 2), "key"));
        tasks.spawn(
            async move { fixture.placing().place_batch(fixture.concert(), &[request]).await.remove(0).unwrap() },
        );
    }
    let placed = tasks.join_all().await;
    let ids: BTreeSet<_> = placed.iter().map(|placed| placed.booking.id).collect();
    assert_eq!((ids.len(), placed.iter().filter(|placed| !placed.replayed).count()), (1, 1));
    assert_eq!(fixture.counts().await, [(98, 2, 0)]);
    fixture.assert_sound().await;
}

/// What happens before the requests of a race start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Nothing,
    Cancel,
    Sweep,
}

/// Cancels a booking 20 times while 20 workers expire overdue bookings, all at once. Returns the reasons of the
/// booking's cancellations, in order.
async fn cancel_and_sweep(overdue: bool, first: First) -> Vec<&'static str> {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let id = fixture.booked(fan, &["A-1-1"]).await.id;
    if overdue {
        fixture.clock.advance(HOLD_SECONDS);
    }
    let mut expired = 0;
    match first {
        First::Nothing => {}
        First::Cancel => drop(fixture.cancellations().cancel(&fan, id).await.unwrap()),
        First::Sweep => expired += fixture.cancellations().expire_overdue().await.unwrap(),
    }
    let (mut cancels, mut sweeps) = (JoinSet::new(), JoinSet::new());
    for _ in 0..20 {
        let (canceller, sweeper) = (fixture.clone(), fixture.clone());
        cancels.spawn(async move { canceller.cancellations().cancel(&fan, id).await });
        sweeps.spawn(async move { sweeper.cancellations().expire_overdue().await });
    }
    expired += sweeps.join_all().await.into_iter().map(Result::unwrap).sum::<u32>();
    let stored = fixture.stored(id).await;
    assert_eq!(stored.cancel_reason, Some(CancelReason::User));
    for cancelled in cancels.join_all().await {
        assert_eq!(cancelled.unwrap(), stored);
    }
    let freed = fixture.store.events().into_iter().filter(|event| {
        let EventPayload::Concert(ConcertEvent::SeatsChanged { seats }) = &event.payload else { return false };
        seats.iter().any(|seat| seat.status == TicketStatus::Available)
    });
    assert_eq!(freed.count(), 1);
    let reasons: Vec<_> = fixture
        .events_of(Aggregate::Booking(id))
        .iter()
        .filter_map(|event| match event.payload {
            EventPayload::Booking(BookingEvent::Cancelled { reason }) => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    let swept = reasons.iter().filter(|reason| **reason == "expired").count();
    assert_eq!(u32::try_from(swept).unwrap(), expired);
    fixture.assert_sound().await;
    reasons
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_requests_that_end_a_booking_one_frees_its_seats() {
    for (overdue, possible) in [(false, vec![vec!["user"]]), (true, vec![vec!["expired", "user"], vec!["user"]])] {
        let mut seen = BTreeSet::new();
        for round in 0..12 {
            // Two rounds decide who is first, so that each outcome is certain to be seen.
            let first = [First::Cancel, First::Sweep].get(round).copied().unwrap_or(First::Nothing);
            seen.insert(cancel_and_sweep(overdue, first).await);
        }
        assert_eq!(Vec::from_iter(seen), possible, "overdue: {overdue}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whole_batches_race_for_the_last_seats() {
    let fixture = Fixture::with(|concert| concert.standing("GA", 100, 1_000).caps(UNCAPPED)).await;
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let fixture = fixture.clone();
        tasks.spawn(async move {
            let requests: Vec<_> = (0..8).map(|_| (fixture.fan(), fixture.best("GA", 1))).collect();
            fixture.place_batch(requests).await
        });
    }
    let outcomes: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 100);
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_matches!(error, PlaceError::SoldOut { left: 0, .. });
    }
    assert_eq!(fixture.counts().await, [(0, 100, 0)]);
    fixture.assert_sound().await;
}
