//! The bookings of a cancelled concert are cancelled and refunded, unit by unit, until no more can be placed.

use std::sync::Arc;

use boxoffice_domain::bookings::{
    Booking, BookingQueries, BookingStatus, Bookings, CancelReason, MockBookingQueries, PlaceError, SaleClosed,
};
use boxoffice_domain::concerts::{ConcertStatus, Concerts, MockOrganiserQueries, Removed};
use boxoffice_domain::events::{Aggregate, EventPayload};
use boxoffice_domain::payments::PaymentQueries;
use boxoffice_domain::shared::{Actor, Clock, ConcertId, StoreError};
use boxoffice_domain::testing::{BookingBuilder, FixedClock, MockUnitOfWork, SequentialIds, store_of};

use super::fixture::{Fixture, HOLD_SECONDS};
use super::mocked::{other_ids, refused};

/// How long a cancelled concert is still checked for bookings that were being placed, in seconds.
const LATE_SECONDS: i64 = 60;

async fn cancel_concert(fixture: &Fixture) {
    let store = Arc::new(fixture.store.clone());
    let concerts = Concerts::new(store.clone(), store, fixture.clock.clone(), fixture.ids.clone());
    let removed = concerts.remove(&Actor::System, fixture.concert()).await.unwrap();
    assert_matches!(removed, Removed::Cancelling(view) if view.concert.status == ConcertStatus::Cancelled);
}

async fn cancel_bookings(fixture: &Fixture) -> u32 {
    fixture.bookings().cancel_concert_bookings().await.unwrap()
}

fn ended_as(booking: &Booking) -> (BookingStatus, Option<CancelReason>) {
    (booking.status, booking.cancel_reason)
}

const CONCERT_CANCELLED: (BookingStatus, Option<CancelReason>) =
    (BookingStatus::Cancelled, Some(CancelReason::ConcertCancelled));

#[tokio::test]
async fn all_bookings_are_cancelled_and_all_payments_refunded() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let pending = fixture.booked(fan, &["A-1-1", "A-1-2"]).await.id;
    let builder = BookingBuilder::new(fixture.ids.as_ref(), &fixture.view).user(fixture.fan().user_id().unwrap());
    let (paid, payment) = fixture.given.paid(builder.tickets([5, 6]).build()).await;
    let counter_sale = BookingBuilder::new(fixture.ids.as_ref(), &fixture.view).tickets([9]).build();
    let counter_sale = fixture.given.booking(counter_sale).await.id;
    assert_eq!(cancel_bookings(&fixture).await, 0, "nothing is cancelled yet");
    cancel_concert(&fixture).await;
    assert_matches!(
        fixture.place(fixture.fan(), fixture.best("A", 1)).await,
        Err(PlaceError::SaleClosed(SaleClosed::Cancelled))
    );
    assert_eq!((cancel_bookings(&fixture).await, cancel_bookings(&fixture).await), (1, 1));
    for id in [pending, paid.id, counter_sale] {
        assert_eq!(ended_as(&fixture.stored(id).await), CONCERT_CANCELLED);
    }
    let refunds = fixture.store.refunds_of(payment.id).await.unwrap();
    assert_matches!(refunds[..], [refund] if refund.amount == paid.total && refund.reason == "concert_cancelled");
    assert_eq!(fixture.counts().await, [(100, 0, 0)]);
    assert_eq!(fixture.holdings(fan).await.unwrap().tickets, 0);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn it_continues_in_units_of_five_hundred_and_ends_when_no_booking_can_be_placed_any_more() {
    let fixture = Fixture::with(|concert| concert.standing("GA", 600, 1_000).standing("FREE", 9, 0)).await;
    let requests: Vec<_> = (0..501).map(|_| (fixture.fan(), fixture.best("GA", 1))).collect();
    assert!(fixture.place_batch(requests).await.iter().all(Result::is_ok));
    fixture.place(fixture.fan(), fixture.best("FREE", 2)).await.unwrap();
    cancel_concert(&fixture).await;
    let mut left = Vec::new();
    for _ in 0..3 {
        assert_eq!(cancel_bookings(&fixture).await, 1);
        let counts = fixture.counts().await;
        left.push((counts[0].1, counts[1].2));
        fixture.assert_sound().await;
    }
    assert_eq!(left, [(1, 2), (0, 2), (0, 0)]);

    fixture.clock.advance(LATE_SECONDS - 1);
    assert_eq!(cancel_bookings(&fixture).await, 0, "a booking may still be placed");
    assert_eq!(fixture.store.cancelled_concerts_with_bookings(9).await.unwrap(), [fixture.concert()]);
    fixture.clock.advance(1);
    assert_eq!((cancel_bookings(&fixture).await, cancel_bookings(&fixture).await), (1, 0));
    assert!(fixture.store.cancelled_concerts_with_bookings(9).await.unwrap().is_empty());
    let told = fixture.events_of(Aggregate::Concert(fixture.concert()));
    assert_eq!(told.last().map(|event| &event.payload), Some(&EventPayload::ConcertWoundUp));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_booking_that_was_being_placed_is_cancelled_too() {
    let fixture = Fixture::new().await;
    cancel_concert(&fixture).await;
    fixture.clock.advance(LATE_SECONDS);
    let late = BookingBuilder::new(fixture.ids.as_ref(), &fixture.view).tickets([1]).build();
    let late = fixture.given.at(fixture.clock.now()).booking(late).await.id;
    assert_eq!(cancel_bookings(&fixture).await, 1);
    assert_eq!(ended_as(&fixture.stored(late).await), CONCERT_CANCELLED);
    assert_eq!((cancel_bookings(&fixture).await, cancel_bookings(&fixture).await), (1, 0));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_booking_that_had_expired_before_stays_expired() {
    let fixture = Fixture::new().await;
    let id = fixture.booked(fixture.fan(), &["A-1-1"]).await.id;
    fixture.clock.advance(HOLD_SECONDS);
    cancel_concert(&fixture).await;
    let read_as = fixture.stored(id).await.status_at(fixture.clock.now());
    assert_eq!(cancel_bookings(&fixture).await, 1);
    assert_eq!(ended_as(&fixture.stored(id).await), read_as);
    assert_eq!(read_as, (BookingStatus::Cancelled, Some(CancelReason::Expired)));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_failure_at_one_concert_does_not_stop_the_others() {
    let ids = other_ids();
    let concerts = vec![ConcertId::generate(&ids), ConcertId::generate(&ids)];
    let mut queries = MockBookingQueries::new();
    queries.expect_cancelled_concerts_with_bookings().times(1).returning(move |_| Ok(concerts.clone()));
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
    assert_matches!(bookings.cancel_concert_bookings().await, Err(StoreError::Refused(_)));
}
