//! Bookings that were not paid in time give their seats back: by the worker, or to whoever wants them first.

use std::sync::Arc;

use boxoffice_domain::bookings::{BookingStatus, Bookings, CancelReason, Limit, MockBookingQueries, PlaceError};
use boxoffice_domain::concerts::{Caps, MockOrganiserQueries};
use boxoffice_domain::events::{Aggregate, EventPayload};
use boxoffice_domain::shared::{BookingId, ConcertId, StoreError};
use boxoffice_domain::store::MockStore;
use boxoffice_domain::testing::{FixedClock, MockUnitOfWork, SequentialIds, store_of};

use super::house::{HOLD_SECONDS, House, placed, unavailable};
use super::mocked::{other_ids, refused};

const EXPIRED: (BookingStatus, Option<CancelReason>) = (BookingStatus::Cancelled, Some(CancelReason::Expired));

async fn ended_as(house: &House, id: BookingId) -> (BookingStatus, Option<CancelReason>) {
    let booking = house.stored(id).await;
    (booking.status, booking.cancel_reason)
}

#[tokio::test]
async fn the_worker_frees_seats_and_caps_once_the_time_is_up() {
    let house = House::new().await;
    let fan = house.fan();
    let first = house.booked(fan, &["A-1-1", "A-1-2"]).await.id;
    house.clock.advance(1);
    let second = house.booked(fan, &["A-1-3"]).await.id;
    house.clock.advance(HOLD_SECONDS - 2);
    assert_eq!(house.bookings().expire_overdue().await.unwrap(), 0);
    house.clock.advance(1);
    assert_eq!(house.bookings().expire_overdue().await.unwrap(), 1);
    assert_eq!(ended_as(&house, first).await, EXPIRED);
    assert_eq!(ended_as(&house, second).await, (BookingStatus::Pending, None));
    assert_eq!(house.told_of(first), ["booking.placed.v1", "booking.cancelled.v1"]);
    assert_eq!(house.counts().await, [(99, 1, 0)]);
    let purchase = house.purchase(fan).await.unwrap();
    assert_eq!((purchase.tickets, purchase.pending_bookings), (1, 1));
    assert_eq!(house.bookings().expire_overdue().await.unwrap(), 0);
    house.assert_sound().await;
}

#[tokio::test]
async fn one_call_expires_at_most_five_hundred_bookings_of_a_concert() {
    let house = House::with(|concert| concert.standing("GA", 600, 1_000)).await;
    let requests: Vec<_> = (0..501).map(|_| (house.fan(), house.best("GA", 1))).collect();
    assert!(house.place_batch(requests).await.iter().all(Result::is_ok));
    house.clock.advance(HOLD_SECONDS);
    let mut expired = Vec::new();
    for _ in 0..3 {
        expired.push(house.bookings().expire_overdue().await.unwrap());
    }
    assert_eq!(expired, [500, 1, 0]);
    assert_eq!(house.counts().await, [(600, 0, 0)]);
    house.assert_sound().await;
}

#[tokio::test]
async fn whoever_names_the_seats_of_an_overdue_booking_gets_them() {
    let house = House::new().await;
    let (late, next) = (house.fan(), house.fan());
    let overdue = house.booked(late, &["A-1-1", "A-1-2"]).await.id;
    house.clock.advance(HOLD_SECONDS);
    let version = house.events_of(Aggregate::Concert(house.concert())).len();
    assert_eq!(placed(&house.place(next, house.seats(&["A-1-2", "A-1-3"])).await), ["A-1-2", "A-1-3"]);
    assert_eq!(ended_as(&house, overdue).await, EXPIRED);
    assert_eq!(house.counts().await, [(98, 2, 0)]);
    assert_eq!(house.purchase(late).await.unwrap().tickets, 0);
    let events = house.events_of(Aggregate::Concert(house.concert()));
    assert_eq!(events.len(), version + 1, "one unit tells of the concert once");
    assert_matches!(&events[version].payload, EventPayload::SeatsChanged { seats } if seats.len() == 3);
    house.assert_sound().await;
}

#[tokio::test]
async fn the_seats_of_one_overdue_booking_go_to_several_in_one_batch() {
    let house = House::new().await;
    house.booked(house.fan(), &["A-1-1", "A-1-2", "A-1-3"]).await;
    house.clock.advance(HOLD_SECONDS);
    let outcomes = house
        .place_batch([
            (house.fan(), house.seats(&["A-1-1"])),
            (house.fan(), house.seats(&["A-1-1", "A-1-2"])),
            (house.fan(), house.seats(&["A-1-3", "A-1-2"])),
        ])
        .await;
    assert_eq!(placed(&outcomes[0]), ["A-1-1"]);
    assert_eq!(unavailable(&outcomes[1]), ["A-1-1"]);
    assert_eq!(placed(&outcomes[2]), ["A-1-2", "A-1-3"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn the_overdue_are_expired_even_when_the_one_who_met_them_is_refused() {
    let house = House::new().await;
    let overdue = house.booked(house.fan(), &["A-1-1"]).await.id;
    house.clock.advance(1);
    house.booked(house.fan(), &["A-1-2"]).await;
    house.clock.advance(HOLD_SECONDS - 1);
    assert_eq!(unavailable(&house.place(house.fan(), house.seats(&["A-1-1", "A-1-2"])).await), ["A-1-2"]);
    assert_eq!(ended_as(&house, overdue).await, EXPIRED);
    house.assert_sound().await;
}

#[tokio::test]
async fn nobody_is_told_sold_out_while_overdue_bookings_hold_seats() {
    let house = House::with(|concert| concert.standing("GA", 3, 1_000)).await;
    house.booked(house.fan(), &["GA-000001", "GA-000002"]).await;
    house.clock.advance(1);
    house.booked(house.fan(), &["GA-000003"]).await;
    house.clock.advance(HOLD_SECONDS - 1);
    let outcomes = house.place_batch([(house.fan(), house.best("GA", 2)), (house.fan(), house.best("GA", 1))]).await;
    assert_eq!(placed(&outcomes[0]), ["GA-000001", "GA-000002"]);
    assert_matches!(outcomes[1], Err(PlaceError::SoldOut { left: 0, .. }));
    house.assert_sound().await;
}

#[tokio::test]
async fn nobody_is_held_to_a_cap_by_overdue_bookings() {
    let caps =
        Caps { max_tickets_per_booking: None, max_tickets_per_user: Some(4), max_pending_bookings_per_user: Some(2) };
    for (first, second, wanted) in [(1, 1, 1), (3, 1, 2)] {
        let house = House::with(|concert| concert.caps(caps)).await;
        let fan = house.fan();
        house.place(fan, house.best("A", first)).await.unwrap();
        house.clock.advance(1);
        house.place(fan, house.best("A", second)).await.unwrap();
        let refused = house.place(fan, house.best("A", wanted)).await;
        assert_matches!(refused, Err(PlaceError::LimitReached { left: 0, .. }));
        house.clock.advance(HOLD_SECONDS - 1);
        house.place(fan, house.best("A", wanted)).await.unwrap();
        let refused = house.place(fan, house.best("A", 3)).await;
        assert_matches!(refused, Err(PlaceError::LimitReached { limit: Limit::TicketsPerUser, .. }));
        house.assert_sound().await;
    }
}

#[tokio::test]
async fn a_customer_books_the_same_seats_again_after_they_expired() {
    let caps =
        Caps { max_tickets_per_booking: None, max_tickets_per_user: Some(2), max_pending_bookings_per_user: Some(1) };
    let house = House::with(|concert| concert.caps(caps)).await;
    let fan = house.fan();
    house.booked(fan, &["A-1-1", "A-1-2"]).await;
    house.clock.advance(HOLD_SECONDS);
    house.booked(fan, &["A-1-1", "A-1-2"]).await;
    let purchase = house.purchase(fan).await.unwrap();
    assert_eq!((purchase.tickets, purchase.pending_bookings), (2, 1));
    house.assert_sound().await;
}

/// Workers over a store in which these concerts have overdue bookings.
fn worker(store: MockStore, concerts: Vec<ConcertId>) -> Bookings {
    let mut queries = MockBookingQueries::new();
    queries.expect_concerts_with_overdue().times(1).returning(move |_, _| Ok(concerts.clone()));
    Bookings::new(
        Arc::new(store),
        Arc::new(queries),
        Arc::new(MockOrganiserQueries::new()),
        Arc::new(FixedClock::default()),
        Arc::new(SequentialIds::new()),
    )
}

fn concerts() -> Vec<ConcertId> {
    let ids = other_ids();
    (0..3).map(|_| ConcertId::generate(&ids)).collect()
}

#[tokio::test]
async fn a_concert_that_fails_does_not_keep_the_others_waiting() {
    let mut failing = MockUnitOfWork::new();
    failing.bookings.expect_overdue().times(1).returning(|_, _, _, _| Err(refused()));
    let fine = || {
        let mut unit = MockUnitOfWork::new();
        unit.bookings.expect_overdue().times(1).returning(|_, _, _, _| Ok(Vec::new()));
        unit
    };
    let worker = worker(store_of([failing, fine(), fine()]), concerts());
    assert_matches!(worker.expire_overdue().await, Err(StoreError::Refused(_)));
}

#[tokio::test]
async fn a_store_without_a_connection_is_not_asked_for_every_concert() {
    let mut failing = MockUnitOfWork::new();
    failing.bookings.expect_overdue().times(1).returning(|_, _, _, _| Err(StoreError::Busy));
    let worker = worker(store_of([failing]), concerts());
    assert_matches!(worker.expire_overdue().await, Err(StoreError::Busy));
}
