//! The bookings of a cancelled concert are cancelled and refunded, unit by unit, until no more can be placed.

use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, BookingQueries, BookingStatus, CancelReason, MockBookingQueries};
use boxoffice_domain::concerts::{Concert, ConcertEvent, ConcertStatus, Concerts, MockOrganiserQueries, Removed};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::outbox::Aggregate;
use boxoffice_domain::payments::{PaymentQueries, PaymentStatus};
use boxoffice_domain::sales::cancellation::{BOOKINGS_IN_A_UNIT_MAX, Cancellations};
use boxoffice_domain::sales::placement::{PlaceError, SaleClosed};
use boxoffice_domain::shared::{Actor, Clock, ConcertId, StoreError};
use boxoffice_testing::{
    BookingBuilder, FixedClock, MockStore, MockUnitOfWork, PaymentBuilder, failing_store, store_of,
};

use super::fixture::{Fixture, HOLD_SECONDS};
use super::mocked::{
    EndingWrite, Stage, cancellations_over, expect_ending, expect_ending_fails, other_ids, refused, unavailable,
};

/// How long a cancelled concert is still checked for bookings that were being placed, in seconds.
const LATE_SECONDS: i64 = 60;

async fn cancel_concert(fixture: &Fixture) {
    let store = Arc::new(fixture.store.clone());
    let concerts = Concerts::new(store.clone(), store, fixture.clock.clone(), fixture.ids.clone());
    let removed = concerts.remove(&Actor::System, fixture.concert()).await.unwrap();
    assert_matches!(removed, Removed::Cancelling(view) if view.concert.status == ConcertStatus::Cancelled);
}

async fn cancel_bookings(fixture: &Fixture) -> u32 {
    fixture.cancellations().cancel_concert_bookings().await.unwrap()
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
    let events = fixture.events_of(Aggregate::Concert(fixture.concert()));
    assert_eq!(
        events.last().map(|event| &event.payload),
        Some(&EventPayload::Concert(ConcertEvent::BookingsCancelled))
    );
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

/// Bookings over a store in which these concerts are cancelled but not all of their bookings.
fn worker(store: MockStore, concerts: Vec<ConcertId>) -> Cancellations {
    let mut queries = MockBookingQueries::new();
    queries
        .expect_cancelled_concerts_with_bookings()
        .withf(|limit| *limit == 100)
        .times(1)
        .returning(move |_| Ok(concerts.clone()));
    cancellations_over(store, queries, MockOrganiserQueries::new())
}

/// Runs one pass over the concert of this stage.
async fn pass_over(stage: &Stage, store: MockStore) -> Result<u32, StoreError> {
    worker(store, vec![stage.concert()]).cancel_concert_bookings().await
}

/// A unit that finds these bookings in this status, and none in the other one.
fn reading(status: BookingStatus, bookings: &[Booking]) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    let bookings = bookings.to_vec();
    unit.bookings
        .expect_of_concert()
        .withf(|_, _, limit| *limit == BOOKINGS_IN_A_UNIT_MAX)
        .returning(move |_, asked, _| Ok(if asked == status { bookings.clone() } else { Vec::new() }));
    unit
}

/// A unit that finds no booking that it can read.
fn reading_none(any_uncancelled: bool) -> MockUnitOfWork {
    let mut unit = reading(BookingStatus::Pending, &[]);
    unit.bookings.expect_any_uncancelled().times(1).returning(move |_| Ok(any_uncancelled));
    unit
}

fn failing_to_read(error: StoreError) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    unit.bookings.expect_of_concert().times(1).returning(move |_, _, _| Err(error.clone()));
    unit
}

/// The concert, cancelled so many seconds ago.
fn cancelled_since(stage: &Stage, seconds: i64) -> Concert {
    let cancelled_at = Some(FixedClock::START.plus_seconds(-seconds));
    Concert { status: ConcertStatus::Cancelled, cancelled_at, ..stage.view.concert.clone() }
}

fn concerts() -> Vec<ConcertId> {
    let ids = other_ids();
    (0..3).map(|_| ConcertId::generate(&ids)).collect()
}

#[tokio::test]
async fn pending_bookings_come_first_and_an_overdue_one_keeps_its_reason() {
    let stage = Stage::new();
    let pending = stage.booking(1);
    let overdue = Booking { expires_at: FixedClock::START, ..stage.booking(2) };
    let mut unit = reading(BookingStatus::Pending, &[pending.clone(), overdue.clone()]);
    let (written, end) = (expect_ending(&mut unit), unit.end());
    assert_eq!(pass_over(&stage, store_of([unit])).await.unwrap(), 1);
    let expected = [
        pending.cancelled(CancelReason::ConcertCancelled, FixedClock::START),
        overdue.cancelled(CancelReason::Expired, FixedClock::START),
    ];
    assert_eq!((written.bookings(), written.cancelled_by()), (expected.to_vec(), vec![Actor::System; 2]));
    assert!(end.is_committed());
}

#[tokio::test]
async fn a_paid_booking_is_cancelled_with_a_refund_in_the_same_unit() {
    let stage = Stage::new();
    let paid = stage.confirmed_booking(1);
    let mut payment = PaymentBuilder::new(stage.ids.as_ref(), &paid).status(PaymentStatus::Completed).build();
    payment.id = paid.payment.unwrap();
    let mut unit = reading(BookingStatus::Confirmed, std::slice::from_ref(&paid));
    unit.refunds.expect_of_payments().times(1).returning(|_| Ok(Vec::new()));
    unit.payments.expect_get().times(1).returning(move |_| Ok(vec![payment.clone()]));
    unit.payments.expect_save().times(1).returning(|_| Ok(()));
    let total = paid.total;
    unit.refunds
        .expect_add()
        .withf(move |added| added.len() == 1 && added[0].amount == total && added[0].reason == "concert_cancelled")
        .times(1)
        .returning(|_| Ok(()));
    let written = expect_ending(&mut unit);
    assert_eq!(pass_over(&stage, store_of([unit])).await.unwrap(), 1);
    assert_eq!(written.bookings(), [paid.cancelled(CancelReason::ConcertCancelled, FixedClock::START)]);
}

#[tokio::test]
async fn the_concert_is_closed_once_no_unit_can_add_a_booking() {
    let stage = Stage::new();
    for (since, closed) in [(LATE_SECONDS - 1, 0), (LATE_SECONDS, 1)] {
        let mut unit = reading_none(false);
        let concert = cancelled_since(&stage, since);
        unit.concerts.expect_get().times(1).returning(move |_| Ok(Some(concert.clone())));
        unit.concerts
            .expect_save()
            .withf(|saved| saved.cancellation_done_at == Some(FixedClock::START))
            .times(closed)
            .returning(|_| Ok(7));
        unit.outbox
            .expect_append()
            .withf(|entry| {
                let payloads: Vec<_> = entry.events.iter().map(|event| &event.payload).collect();
                entry.position == 7 && payloads == [&EventPayload::Concert(ConcertEvent::BookingsCancelled)]
            })
            .times(closed)
            .returning(|_| Ok(()));
        assert_eq!(pass_over(&stage, store_of([unit])).await.unwrap(), u32::try_from(closed).unwrap(), "{since}");
    }
}

#[tokio::test]
async fn a_concert_with_a_booking_that_cannot_be_read_is_not_closed() {
    assert_eq!(pass_over(&Stage::new(), store_of([reading_none(true)])).await.unwrap(), 0);
}

#[tokio::test]
async fn a_pass_without_cancelled_concerts_opens_no_unit() {
    assert_eq!(worker(store_of([]), Vec::new()).cancel_concert_bookings().await.unwrap(), 0);
}

#[tokio::test]
async fn a_pass_that_cannot_list_the_concerts_opens_no_unit() {
    let mut queries = MockBookingQueries::new();
    queries.expect_cancelled_concerts_with_bookings().times(1).returning(|_| Err(unavailable()));
    let worker = cancellations_over(store_of([]), queries, MockOrganiserQueries::new());
    assert_matches!(worker.cancel_concert_bookings().await, Err(StoreError::Unavailable(_)));
}

#[tokio::test]
async fn failures_at_some_concerts_do_not_stop_the_others_and_the_first_is_returned() {
    let stage = Stage::new();
    let failing = [failing_to_read(refused()), failing_to_read(StoreError::inconsistent("a booking"))];
    let mut fine = reading(BookingStatus::Pending, &[stage.booking(1)]);
    let (written, end) = (expect_ending(&mut fine), fine.end());
    let worker = worker(store_of(failing.into_iter().chain([fine])), concerts());
    assert_matches!(worker.cancel_concert_bookings().await, Err(StoreError::Rejected(_)));
    assert!(end.is_committed() && written.bookings().len() == 1);
}

#[tokio::test]
async fn a_concert_that_is_gone_is_skipped() {
    let mut gone = reading_none(false);
    gone.concerts.expect_get().times(1).returning(|_| Ok(None));
    assert_eq!(pass_over(&Stage::new(), store_of([gone])).await.unwrap(), 0);
}

#[tokio::test]
async fn a_busy_or_unavailable_store_ends_the_pass_at_once() {
    let busy = worker(store_of([failing_to_read(StoreError::Busy)]), concerts());
    assert_matches!(busy.cancel_concert_bookings().await, Err(StoreError::Busy));
    let unreachable = worker(failing_store(unavailable()), concerts());
    assert_matches!(unreachable.cancel_concert_bookings().await, Err(StoreError::Unavailable(_)));
}

#[tokio::test]
async fn each_failing_call_rolls_the_unit_back() {
    let stage = Stage::new();
    let mut units: Vec<_> = EndingWrite::ALL
        .into_iter()
        .map(|write| {
            let mut unit = reading(BookingStatus::Pending, &[stage.booking(1)]);
            expect_ending_fails(&mut unit, write, StoreError::Busy);
            unit
        })
        .collect();
    let mut any_left = reading(BookingStatus::Pending, &[]);
    any_left.bookings.expect_any_uncancelled().times(1).returning(|_| Err(StoreError::Busy));
    let mut no_concert = reading_none(false);
    no_concert.concerts.expect_get().times(1).returning(|_| Err(StoreError::Busy));
    let closing = || {
        let mut unit = reading_none(false);
        let concert = cancelled_since(&stage, LATE_SECONDS);
        unit.concerts.expect_get().times(1).returning(move |_| Ok(Some(concert.clone())));
        unit
    };
    let mut unsaved = closing();
    unsaved.concerts.expect_save().times(1).returning(|_| Err(StoreError::Busy));
    let mut untold = closing();
    untold.concerts.expect_save().times(1).returning(|_| Ok(2));
    untold.outbox.expect_append().times(1).returning(|_| Err(StoreError::Busy));
    units.extend([any_left, no_concert, unsaved, untold]);
    for unit in units {
        let end = unit.end();
        assert_matches!(pass_over(&stage, store_of([unit])).await, Err(StoreError::Busy));
        assert!(end.is_rolled_back());
    }
}

#[tokio::test]
async fn a_contended_unit_reads_again_what_is_left() {
    let stage = Stage::new();
    let (paid_before, left) = (stage.booking(1), stage.booking(2));
    let mut lost = reading(BookingStatus::Pending, &[paid_before, left.clone()]);
    expect_ending_fails(&mut lost, EndingWrite::SaveBookings, StoreError::Contention);
    let mut again = reading(BookingStatus::Pending, std::slice::from_ref(&left));
    let written = expect_ending(&mut again);
    let ends = [lost.end(), again.end()];
    assert_eq!(pass_over(&stage, store_of([lost, again])).await.unwrap(), 1);
    assert_eq!(written.bookings(), [left.cancelled(CancelReason::ConcertCancelled, FixedClock::START)]);
    assert!(ends[0].is_rolled_back() && ends[1].is_committed());
}
