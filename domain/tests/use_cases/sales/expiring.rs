//! Bookings that were not paid in time release their seats: through the worker, or when a request needs the seats.

use std::sync::Arc;

use boxoffice_domain::bookings::{BookingStatus, CancelReason};
use boxoffice_domain::concerts::{Caps, ConcertEvent};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::outbox::Aggregate;
use boxoffice_domain::sales::cancellation::CancellationUnits;
use boxoffice_domain::sales::placement::{Limit, PlaceError};
use boxoffice_domain::shared::BookingId;

use super::fixture::{Fixture, HOLD_SECONDS, placed, unavailable};

const EXPIRED: (BookingStatus, Option<CancelReason>) = (BookingStatus::Cancelled, Some(CancelReason::Expired));

async fn ended_as(fixture: &Fixture, id: BookingId) -> (BookingStatus, Option<CancelReason>) {
    let booking = fixture.stored(id).await;
    (booking.status, booking.cancel_reason)
}

#[tokio::test]
async fn the_worker_releases_seats_and_caps_once_the_hold_expired() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let first = fixture.booked(fan, &["A-1-1", "A-1-2"]).await.id;
    fixture.clock.advance(1);
    let second = fixture.booked(fan, &["A-1-3"]).await.id;
    fixture.clock.advance(HOLD_SECONDS - 2);
    assert_eq!(fixture.cancellations().expire_overdue().await.unwrap(), 0);
    fixture.clock.advance(1);
    assert_eq!(fixture.cancellations().expire_overdue().await.unwrap(), 1);
    assert_eq!(ended_as(&fixture, first).await, EXPIRED);
    assert_eq!(ended_as(&fixture, second).await, (BookingStatus::Pending, None));
    assert_eq!(fixture.told_of(first), ["booking.placed.v1", "booking.cancelled.v1"]);
    assert_eq!(fixture.counts().await, [(99, 1, 0)]);
    let holdings = fixture.holdings(fan).await.unwrap();
    assert_eq!((holdings.tickets, holdings.pending_bookings), (1, 1));
    assert_eq!(fixture.cancellations().expire_overdue().await.unwrap(), 0);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn one_call_expires_at_most_five_hundred_bookings_of_a_concert() {
    let fixture = Fixture::with(|concert| concert.standing("GA", 600, 1_000)).await;
    let requests: Vec<_> = (0..501).map(|_| (fixture.fan(), fixture.best("GA", 1))).collect();
    assert!(fixture.place_batch(requests).await.iter().all(Result::is_ok));
    fixture.clock.advance(HOLD_SECONDS);
    let mut expired = Vec::new();
    for _ in 0..3 {
        expired.push(fixture.cancellations().expire_overdue().await.unwrap());
    }
    assert_eq!(expired, [500, 1, 0]);
    assert_eq!(fixture.counts().await, [(600, 0, 0)]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_request_that_names_the_seats_of_an_overdue_booking_gets_them() {
    let fixture = Fixture::new().await;
    let (late, next) = (fixture.fan(), fixture.fan());
    let overdue = fixture.booked(late, &["A-1-1", "A-1-2"]).await.id;
    fixture.clock.advance(HOLD_SECONDS);
    let version = fixture.events_of(Aggregate::Concert(fixture.concert())).len();
    assert_eq!(placed(&fixture.place(next, fixture.seats(&["A-1-2", "A-1-3"])).await), ["A-1-2", "A-1-3"]);
    assert_eq!(ended_as(&fixture, overdue).await, EXPIRED);
    assert_eq!(fixture.counts().await, [(98, 2, 0)]);
    assert_eq!(fixture.holdings(late).await.unwrap().tickets, 0);
    let events = fixture.events_of(Aggregate::Concert(fixture.concert()));
    assert_eq!(events.len(), version + 1, "one unit has one event of the concert");
    assert_matches!(&events[version].payload, EventPayload::Concert(ConcertEvent::SeatsChanged { seats }) if seats.len() == 3);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn the_seats_of_one_overdue_booking_go_to_several_in_one_batch() {
    let fixture = Fixture::new().await;
    fixture.booked(fixture.fan(), &["A-1-1", "A-1-2", "A-1-3"]).await;
    fixture.clock.advance(HOLD_SECONDS);
    let outcomes = fixture
        .place_batch([
            (fixture.fan(), fixture.seats(&["A-1-1"])),
            (fixture.fan(), fixture.seats(&["A-1-1", "A-1-2"])),
            (fixture.fan(), fixture.seats(&["A-1-3", "A-1-2"])),
        ])
        .await;
    assert_eq!(placed(&outcomes[0]), ["A-1-1"]);
    assert_eq!(unavailable(&outcomes[1]), ["A-1-1"]);
    assert_eq!(placed(&outcomes[2]), ["A-1-2", "A-1-3"]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn overdue_bookings_are_expired_even_when_the_request_is_refused() {
    let fixture = Fixture::new().await;
    let overdue = fixture.booked(fixture.fan(), &["A-1-1"]).await.id;
    fixture.clock.advance(1);
    fixture.booked(fixture.fan(), &["A-1-2"]).await;
    fixture.clock.advance(HOLD_SECONDS - 1);
    assert_eq!(unavailable(&fixture.place(fixture.fan(), fixture.seats(&["A-1-1", "A-1-2"])).await), ["A-1-2"]);
    assert_eq!(ended_as(&fixture, overdue).await, EXPIRED);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn no_request_is_refused_as_sold_out_while_overdue_bookings_hold_seats() {
    let fixture = Fixture::with(|concert| concert.standing("GA", 3, 1_000)).await;
    fixture.booked(fixture.fan(), &["GA-000001", "GA-000002"]).await;
    fixture.clock.advance(1);
    fixture.booked(fixture.fan(), &["GA-000003"]).await;
    fixture.clock.advance(HOLD_SECONDS - 1);
    let outcomes =
        fixture.place_batch([(fixture.fan(), fixture.best("GA", 2)), (fixture.fan(), fixture.best("GA", 1))]).await;
    assert_eq!(placed(&outcomes[0]), ["GA-000001", "GA-000002"]);
    assert_matches!(outcomes[1], Err(PlaceError::SoldOut { left: 0, .. }));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn overdue_bookings_do_not_count_against_the_caps() {
    let caps =
        Caps { max_tickets_per_booking: None, max_tickets_per_user: Some(4), max_pending_bookings_per_user: Some(2) };
    for (first, second, wanted) in [(1, 1, 1), (3, 1, 2)] {
        let fixture = Fixture::with(|concert| concert.caps(caps)).await;
        let fan = fixture.fan();
        fixture.place(fan, fixture.best("A", first)).await.unwrap();
        fixture.clock.advance(1);
        fixture.place(fan, fixture.best("A", second)).await.unwrap();
        let refused = fixture.place(fan, fixture.best("A", wanted)).await;
        assert_matches!(refused, Err(PlaceError::LimitReached { left: 0, .. }));
        fixture.clock.advance(HOLD_SECONDS - 1);
        fixture.place(fan, fixture.best("A", wanted)).await.unwrap();
        let refused = fixture.place(fan, fixture.best("A", 3)).await;
        assert_matches!(refused, Err(PlaceError::LimitReached { limit: Limit::TicketsPerUser, .. }));
        fixture.assert_sound().await;
    }
}

#[tokio::test]
async fn a_customer_books_the_same_seats_again_after_they_expired() {
    let caps =
        Caps { max_tickets_per_booking: None, max_tickets_per_user: Some(2), max_pending_bookings_per_user: Some(1) };
    let fixture = Fixture::with(|concert| concert.caps(caps)).await;
    let fan = fixture.fan();
    fixture.booked(fan, &["A-1-1", "A-1-2"]).await;
    fixture.clock.advance(HOLD_SECONDS);
    fixture.booked(fan, &["A-1-1", "A-1-2"]).await;
    let holdings = fixture.holdings(fan).await.unwrap();
    assert_eq!((holdings.tickets, holdings.pending_bookings), (2, 1));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn each_part_expires_other_bookings_and_part_zero_those_that_are_overdue_the_longest() {
    let fixture = Fixture::with(|concert| concert.standing("GA", 600, 1_000)).await;
    let first = fixture.place(fixture.fan(), fixture.best("GA", 1)).await.unwrap().booking.id;
    fixture.clock.advance(1);
    let requests: Vec<_> = (0..499).map(|_| (fixture.fan(), fixture.best("GA", 1))).collect();
    assert!(fixture.place_batch(requests).await.iter().all(Result::is_ok));
    fixture.clock.advance(1);
    let last = fixture.place(fixture.fan(), fixture.best("GA", 1)).await.unwrap().booking.id;
    fixture.clock.advance(HOLD_SECONDS);
    let units = CancellationUnits::new(Arc::new(fixture.store.clone()), fixture.clock.clone(), fixture.ids.clone());
    let expire = async |part| units.expire_part(fixture.concert(), part).await.unwrap();
    assert_eq!((expire(2).await, expire(1).await), (0, 1));
    assert_eq!(ended_as(&fixture, last).await, EXPIRED);
    assert_eq!(ended_as(&fixture, first).await, (BookingStatus::Pending, None));
    assert_eq!((expire(1).await, expire(0).await, expire(0).await), (0, 500, 0));
    assert_eq!(ended_as(&fixture, first).await, EXPIRED);
    assert_eq!(fixture.counts().await, [(600, 0, 0)]);
    fixture.assert_sound().await;
}
