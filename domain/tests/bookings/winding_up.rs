//! The bookings of a cancelled concert are cancelled and what was paid goes back, in units, until none can come.

use std::sync::Arc;

use boxoffice_domain::bookings::{
    Booking, BookingQueries, BookingStatus, Bookings, CancelReason, MockBookingQueries, PlaceError, SaleClosed,
};
use boxoffice_domain::concerts::{ConcertStatus, Concerts, MockOrganiserQueries, Removed};
use boxoffice_domain::events::{Aggregate, EventPayload};
use boxoffice_domain::payments::PaymentQueries;
use boxoffice_domain::shared::{Actor, Clock, ConcertId, StoreError};
use boxoffice_domain::testing::{BookingBuilder, FixedClock, MockUnitOfWork, SequentialIds, store_of};

use super::house::{HOLD_SECONDS, House};
use super::mocked::{other_ids, refused};

/// How long a cancelled concert stays open for bookings that were being placed, in seconds.
const LATE_SECONDS: i64 = 60;

async fn cancel_concert(house: &House) {
    let store = Arc::new(house.store.clone());
    let concerts = Concerts::new(store.clone(), store, house.clock.clone(), house.ids.clone());
    let removed = concerts.remove(&Actor::System, house.concert()).await.unwrap();
    assert_matches!(removed, Removed::Cancelling(view) if view.concert.status == ConcertStatus::Cancelled);
}

async fn wind_up(house: &House) -> u32 {
    house.bookings().wind_up_cancelled().await.unwrap()
}

fn ended_as(booking: &Booking) -> (BookingStatus, Option<CancelReason>) {
    (booking.status, booking.cancel_reason)
}

const CONCERT_CANCELLED: (BookingStatus, Option<CancelReason>) =
    (BookingStatus::Cancelled, Some(CancelReason::ConcertCancelled));

#[tokio::test]
async fn every_booking_is_cancelled_and_every_payment_goes_back() {
    let house = House::new().await;
    let fan = house.fan();
    let pending = house.booked(fan, &["A-1-1", "A-1-2"]).await.id;
    let builder = BookingBuilder::new(house.ids.as_ref(), &house.view).user(house.fan().user_id().unwrap());
    let (paid, payment) = house.given.paid(builder.tickets([5, 6]).build()).await;
    let counter_sale = BookingBuilder::new(house.ids.as_ref(), &house.view).tickets([9]).build();
    let counter_sale = house.given.booking(counter_sale).await.id;
    assert_eq!(wind_up(&house).await, 0, "nothing is cancelled yet");
    cancel_concert(&house).await;
    assert_matches!(
        house.place(house.fan(), house.best("A", 1)).await,
        Err(PlaceError::SaleClosed(SaleClosed::Cancelled))
    );
    assert_eq!((wind_up(&house).await, wind_up(&house).await), (1, 1));
    for id in [pending, paid.id, counter_sale] {
        assert_eq!(ended_as(&house.stored(id).await), CONCERT_CANCELLED);
    }
    let refunds = house.store.refunds_of(payment.id).await.unwrap();
    assert_matches!(refunds[..], [refund] if refund.amount == paid.total && refund.reason == "concert_cancelled");
    assert_eq!(house.counts().await, [(100, 0, 0)]);
    assert_eq!(house.purchase(fan).await.unwrap().tickets, 0);
    house.assert_sound().await;
}

#[tokio::test]
async fn it_goes_on_in_units_of_five_hundred_and_closes_when_no_booking_can_come_any_more() {
    let house = House::with(|concert| concert.standing("GA", 600, 1_000).standing("FREE", 9, 0)).await;
    let requests: Vec<_> = (0..501).map(|_| (house.fan(), house.best("GA", 1))).collect();
    assert!(house.place_batch(requests).await.iter().all(Result::is_ok));
    house.place(house.fan(), house.best("FREE", 2)).await.unwrap();
    cancel_concert(&house).await;
    let mut left = Vec::new();
    for _ in 0..3 {
        assert_eq!(wind_up(&house).await, 1);
        let counts = house.counts().await;
        left.push((counts[0].1, counts[1].2));
        house.assert_sound().await;
    }
    assert_eq!(left, [(1, 2), (0, 2), (0, 0)]);

    house.clock.advance(LATE_SECONDS - 1);
    assert_eq!(wind_up(&house).await, 0, "a booking may still come");
    assert_eq!(house.store.concerts_to_wind_up(9).await.unwrap(), [house.concert()]);
    house.clock.advance(1);
    assert_eq!((wind_up(&house).await, wind_up(&house).await), (1, 0));
    assert!(house.store.concerts_to_wind_up(9).await.unwrap().is_empty());
    let told = house.events_of(Aggregate::Concert(house.concert()));
    assert_eq!(told.last().map(|event| &event.payload), Some(&EventPayload::ConcertWoundUp));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_booking_that_was_being_placed_meanwhile_is_cancelled_too() {
    let house = House::new().await;
    cancel_concert(&house).await;
    house.clock.advance(LATE_SECONDS);
    let late = BookingBuilder::new(house.ids.as_ref(), &house.view).tickets([1]).build();
    let late = house.given.at(house.clock.now()).booking(late).await.id;
    assert_eq!(wind_up(&house).await, 1);
    assert_eq!(ended_as(&house.stored(late).await), CONCERT_CANCELLED);
    assert_eq!((wind_up(&house).await, wind_up(&house).await), (1, 0));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_booking_that_had_expired_before_stays_expired() {
    let house = House::new().await;
    let id = house.booked(house.fan(), &["A-1-1"]).await.id;
    house.clock.advance(HOLD_SECONDS);
    cancel_concert(&house).await;
    let read_as = house.stored(id).await.status_at(house.clock.now());
    assert_eq!(wind_up(&house).await, 1);
    assert_eq!(ended_as(&house.stored(id).await), read_as);
    assert_eq!(read_as, (BookingStatus::Cancelled, Some(CancelReason::Expired)));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_concert_that_fails_does_not_keep_the_others_waiting() {
    let ids = other_ids();
    let concerts = vec![ConcertId::generate(&ids), ConcertId::generate(&ids)];
    let mut queries = MockBookingQueries::new();
    queries.expect_concerts_to_wind_up().times(1).returning(move |_| Ok(concerts.clone()));
    let mut failing = MockUnitOfWork::new();
    failing.bookings.expect_of_concert().times(1).returning(|_, _, _| Err(refused()));
    let mut gone = MockUnitOfWork::new();
    gone.bookings.expect_of_concert().times(2).returning(|_, _, _| Ok(Vec::new()));
    gone.bookings.expect_any_uncancelled().times(1).returning(|_| Ok(false));
    gone.concerts.expect_get().times(1).returning(|_| Ok(None));
    let (clock, ids) = (Arc::new(FixedClock::default()), Arc::new(SequentialIds::new()));
    let store = Arc::new(store_of([failing, gone]));
    let organisers = Arc::new(MockOrganiserQueries::new());
    let bookings = Bookings::new(store, Arc::new(queries), organisers, clock, ids);
    assert_matches!(bookings.wind_up_cancelled().await, Err(StoreError::Refused(_)));
}
