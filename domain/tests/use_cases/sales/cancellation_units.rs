//! Cancelling over mocked ports: who reaches the store, what one unit writes, batches, and failures of the store.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use boxoffice_domain::bookings::{Booking, CancelReason, MockBookingQueries};
use boxoffice_domain::concerts::{MemberRole, MockOrganiserQueries};
use boxoffice_domain::payments::PaymentStatus;
use boxoffice_domain::sales::cancellation::{BookingCancellation, CancelError, CancelRequest, CancellationUnits};
use boxoffice_domain::shared::{Actor, ConcertId, Role, StoreError};
use boxoffice_domain::store::UNIT_ATTEMPTS_MAX;
use boxoffice_testing::{
    FixedClock, MockStore, MockUnitOfWork, PaymentBuilder, RefundBuilder, SequentialIds, failing_store, store_making,
    store_of,
};

use super::mocked::{
    EndingWrite, Stage, cancellations_over, expect_ending, expect_ending_fails, expect_writes_after_bookings, fan,
    members, refused, unavailable, user,
};

/// A cancellation port that records requests and does nothing.
#[derive(Default)]
struct RecordedCancellations(Mutex<Vec<CancelRequest>>);

#[async_trait]
impl BookingCancellation for RecordedCancellations {
    async fn cancel(&self, request: CancelRequest) -> Result<Booking, CancelError> {
        self.0.lock().unwrap().push(request);
        Err(CancelError::Store(StoreError::Busy))
    }

    async fn expire(&self, _: ConcertId) -> Result<u32, StoreError> {
        Ok(0)
    }
}

/// The requests that reach the cancellation port when these actors, with these roles at the organiser, cancel these
/// bookings.
pub(crate) async fn accepted(cancels: &[(Actor, Option<MemberRole>, &Booking)]) -> Vec<CancelRequest> {
    let recorded = Arc::new(RecordedCancellations::default());
    for (actor, role, booking) in cancels {
        let bookings = cancellations_over(store_of([]), finding(booking), members(*role)).with_units(recorded.clone());
        bookings.cancel(actor, booking.id).await.unwrap_err();
    }
    std::mem::take(&mut *recorded.0.lock().unwrap())
}

/// The query finds this booking.
fn finding(booking: &Booking) -> MockBookingQueries {
    let mut queries = MockBookingQueries::new();
    let seen = booking.clone();
    queries.expect_get().times(1).returning(move |id| Ok(Some(seen.clone()).filter(|seen| seen.id == id)));
    queries
}

/// A unit that reads those of these bookings that it is asked for, in the opposite order.
fn reading(bookings: &[Booking]) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    let bookings = bookings.to_vec();
    unit.bookings
        .expect_get()
        .times(1)
        .returning(move |ids| Ok(bookings.iter().rev().filter(|booking| ids.contains(&booking.id)).cloned().collect()));
    unit
}

/// A unit in which a write of the booking's cancellation fails.
fn failing(booking: &Booking, write: EndingWrite, error: StoreError) -> MockUnitOfWork {
    let mut unit = reading(std::slice::from_ref(booking));
    expect_ending_fails(&mut unit, write, error);
    unit
}

/// A unit in which the booking is cancelled.
fn cancelling(booking: &Booking) -> MockUnitOfWork {
    let mut unit = reading(std::slice::from_ref(booking));
    expect_ending(&mut unit);
    unit
}

/// A booking of fan 1 is cancelled by them.
async fn cancel_over(store: MockStore, booking: &Booking) -> Result<Booking, CancelError> {
    cancellations_over(store, finding(booking), members(None)).cancel(&fan(1), booking.id).await
}

fn cancelled(booking: &Booking, reason: CancelReason) -> Booking {
    booking.clone().cancelled(reason, FixedClock::START)
}

#[tokio::test]
async fn the_reason_and_the_event_tell_who_cancelled() {
    let stage = Stage::new();
    let booking = stage.booking(1);
    for (actor, role, reason) in [
        (fan(1), None, CancelReason::User),
        (fan(1), Some(MemberRole::Viewer), CancelReason::User),
        (fan(1), Some(MemberRole::Owner), CancelReason::User),
        (user(1, Role::Admin), None, CancelReason::User),
        (fan(2), Some(MemberRole::BoxOffice), CancelReason::Manager),
        (fan(2), Some(MemberRole::Manager), CancelReason::Manager),
        (fan(2), Some(MemberRole::Owner), CancelReason::Manager),
        (user(2, Role::Admin), None, CancelReason::Manager),
    ] {
        let mut unit = reading(std::slice::from_ref(&booking));
        let (written, end) = (expect_ending(&mut unit), unit.end());
        let bookings = cancellations_over(store_of([unit]), finding(&booking), members(role));
        let outcome = bookings.cancel(&actor, booking.id).await.unwrap();
        assert_eq!(outcome, cancelled(&booking, reason), "{actor:?} {role:?}");
        assert_eq!((written.bookings(), written.cancelled_by()), (vec![outcome], vec![actor]));
        assert!(end.is_committed());
    }
}

#[tokio::test]
async fn a_refused_actor_opens_no_unit() {
    let booking = Stage::new().booking(1);
    let refusal = async |actor: Actor, role| {
        let bookings = cancellations_over(store_of([]), finding(&booking), members(role));
        bookings.cancel(&actor, booking.id).await
    };
    assert_matches!(refusal(fan(2), Some(MemberRole::Viewer)).await, Err(CancelError::Forbidden));
    assert_matches!(refusal(fan(2), Some(MemberRole::Scanner)).await, Err(CancelError::NotFound));
    assert_matches!(refusal(fan(2), None).await, Err(CancelError::NotFound));
    assert_matches!(refusal(user(2, Role::Manager), None).await, Err(CancelError::NotFound));
}

#[tokio::test]
async fn an_actor_without_an_account_does_not_reach_the_store() {
    let booking = Stage::new().booking(1);
    for actor in [Actor::Anonymous, Actor::System] {
        let bookings = cancellations_over(store_of([]), MockBookingQueries::new(), MockOrganiserQueries::new());
        assert_matches!(bookings.cancel(&actor, booking.id).await, Err(CancelError::LoginRequired));
    }
}

#[tokio::test]
async fn a_missing_booking_is_not_found_before_and_inside_the_unit() {
    let booking = Stage::new().booking(1);
    let mut unknown = MockBookingQueries::new();
    unknown.expect_get().times(1).returning(|_| Ok(None));
    let bookings = cancellations_over(store_of([]), unknown, MockOrganiserQueries::new());
    assert_matches!(bookings.cancel(&user(2, Role::Admin), booking.id).await, Err(CancelError::NotFound));
    assert_matches!(cancel_over(store_of([reading(&[])]), &booking).await, Err(CancelError::NotFound));
}

#[tokio::test]
async fn the_data_read_in_the_unit_decides() {
    let stage = Stage::new();
    let (pending, confirmed) = (stage.booking(1), stage.confirmed_booking(1));
    let late = failing(&pending, EndingWrite::ReleaseTickets, StoreError::Contention);
    let mut again = reading(&[Booking { id: pending.id, ..confirmed }]);
    let concert = stage.view.concert.clone();
    again.concerts.expect_get().times(1).returning(move |_| Ok(Some(concert.clone())));
    let late_end = late.end();
    let outcome = cancel_over(store_of([late, again]), &pending).await;
    assert_matches!(outcome, Err(CancelError::NotRefundable));
    assert!(late_end.is_rolled_back());
}

/// A unit that cancels a paid booking: it reads the payment, of which 5.00 are refunded already.
fn refunding(stage: &Stage, paid: &Booking) -> MockUnitOfWork {
    let mut unit = reading(std::slice::from_ref(paid));
    let concert = stage.view.concert.clone();
    unit.concerts.expect_get().times(1).returning(move |_| Ok(Some(concert.clone())));
    let mut payment = PaymentBuilder::new(stage.ids.as_ref(), paid).status(PaymentStatus::Completed).build();
    payment.id = paid.payment.unwrap();
    let earlier = RefundBuilder::new(stage.ids.as_ref(), &payment).amount(500).build();
    unit.refunds.expect_of_payments().times(1).returning(move |_| Ok(vec![earlier.clone()]));
    unit.payments.expect_get().times(1).returning(move |_| Ok(vec![payment.clone()]));
    unit
}

fn refundable() -> Stage {
    Stage::with(|concert| concert.refundable_until(FixedClock::START.plus_seconds(1)))
}

#[tokio::test]
async fn what_is_left_of_the_payment_is_refunded_in_the_same_unit() {
    let stage = refundable();
    let paid = stage.confirmed_booking(1);
    let (payment, left) = (paid.payment.unwrap(), paid.total.minor() - 500);
    let mut unit = refunding(&stage, &paid);
    unit.payments
        .expect_save()
        .withf(move |saved| saved.len() == 1 && saved[0].id == payment)
        .times(1)
        .returning(|_| Ok(()));
    unit.refunds
        .expect_add()
        .withf(move |added| added.len() == 1 && (added[0].amount.minor(), added[0].reason.as_str()) == (left, "user"))
        .times(1)
        .returning(|_| Ok(()));
    let (written, end) = (expect_ending(&mut unit), unit.end());
    let outcome = cancel_over(store_of([unit]), &paid).await.unwrap();
    assert_eq!(outcome, cancelled(&paid, CancelReason::User));
    let payloads: Vec<_> = written.payloads().iter().map(|payload| payload.type_name()).collect();
    assert_eq!(payloads, ["concert.seats_changed.v1", "payment.refund_started.v1", "booking.cancelled.v1"]);
    assert!(end.is_committed());
}

#[tokio::test]
async fn a_booking_is_not_cancelled_when_its_refund_cannot_be_written() {
    let stage = refundable();
    let paid = stage.confirmed_booking(1);
    let mut no_concert = reading(std::slice::from_ref(&paid));
    no_concert.concerts.expect_get().times(1).returning(|_| Err(StoreError::Busy));
    let read_terms = |unit: &mut MockUnitOfWork| {
        let concert = stage.view.concert.clone();
        unit.concerts.expect_get().times(1).returning(move |_| Ok(Some(concert.clone())));
    };
    let mut no_refunds = reading(std::slice::from_ref(&paid));
    read_terms(&mut no_refunds);
    no_refunds.refunds.expect_of_payments().times(1).returning(|_| Err(StoreError::Busy));
    let mut no_payment = reading(std::slice::from_ref(&paid));
    read_terms(&mut no_payment);
    no_payment.refunds.expect_of_payments().times(1).returning(|_| Ok(Vec::new()));
    no_payment.payments.expect_get().times(1).returning(|_| Err(StoreError::Busy));
    let written = |mut unit: MockUnitOfWork| {
        unit.tickets.expect_release().times(1).returning(|_, _, _| Ok(()));
        unit.bookings.expect_save().times(1).returning(|_| Ok(()));
        unit
    };
    let mut unsaved = written(refunding(&stage, &paid));
    unsaved.payments.expect_save().times(1).returning(|_| Err(StoreError::Busy));
    let mut not_added = written(refunding(&stage, &paid));
    not_added.payments.expect_save().times(1).returning(|_| Ok(()));
    not_added.refunds.expect_add().times(1).returning(|_| Err(StoreError::Busy));
    for unit in [no_concert, no_refunds, no_payment, unsaved, not_added] {
        let end = unit.end();
        let outcome = cancel_over(store_of([unit]), &paid).await;
        assert_matches!(outcome, Err(CancelError::Store(StoreError::Busy)));
        assert!(end.is_rolled_back());
    }
}

#[tokio::test]
async fn failures_of_the_queries_are_returned_and_open_no_unit() {
    let booking = Stage::new().booking(1);
    let mut no_booking = MockBookingQueries::new();
    no_booking.expect_get().times(1).returning(|_| Err(StoreError::Busy));
    let bookings = cancellations_over(store_of([]), no_booking, MockOrganiserQueries::new());
    assert_matches!(bookings.cancel(&fan(1), booking.id).await, Err(CancelError::Store(StoreError::Busy)));

    let mut no_members = MockOrganiserQueries::new();
    no_members.expect_role_at().times(1).returning(|_, _| Err(unavailable()));
    let bookings = cancellations_over(store_of([]), finding(&booking), no_members);
    assert_matches!(bookings.cancel(&fan(1), booking.id).await, Err(CancelError::Store(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_unit_that_cannot_begin_is_not_retried() {
    let booking = Stage::new().booking(1);
    let outcome = cancel_over(failing_store(StoreError::Busy), &booking).await;
    assert_matches!(outcome, Err(CancelError::Store(StoreError::Busy)));
    let outcome = cancel_over(failing_store(unavailable()), &booking).await;
    assert_matches!(outcome, Err(CancelError::Store(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn each_failing_write_rolls_the_unit_back() {
    let booking = Stage::new().booking(1);
    for write in EndingWrite::ALL {
        let unit = failing(&booking, write, StoreError::Busy);
        let end = unit.end();
        let outcome = cancel_over(store_of([unit]), &booking).await;
        assert_matches!(outcome, Err(CancelError::Store(StoreError::Busy)));
        assert!(end.is_rolled_back(), "{write:?}");
    }
}

#[tokio::test]
async fn contention_is_retried_until_the_booking_is_cancelled() {
    let booking = Stage::new().booking(1);
    let mut units: Vec<_> =
        EndingWrite::ALL.map(|write| failing(&booking, write, StoreError::Contention)).into_iter().collect();
    units.push(cancelling(&booking));
    let ends: Vec<_> = units.iter().map(MockUnitOfWork::end).collect();
    let outcome = cancel_over(store_of(units), &booking).await.unwrap();
    assert_eq!(outcome, cancelled(&booking, CancelReason::User));
    let (won, lost) = ends.split_last().unwrap();
    assert!(won.is_committed() && lost.iter().all(|end| end.is_rolled_back()));
}

#[tokio::test]
async fn after_all_attempts_contention_is_returned() {
    let booking = Stage::new().booking(1);
    let units = (0..UNIT_ATTEMPTS_MAX).map(|_| failing(&booking, EndingWrite::SaveBookings, StoreError::Contention));
    let outcome = cancel_over(store_of(units), &booking).await;
    assert_matches!(outcome, Err(CancelError::Store(StoreError::Contention)));
}

#[tokio::test]
async fn a_commit_that_met_contention_is_retried_and_one_with_an_unknown_outcome_is_not() {
    let booking = Stage::new().booking(1);
    let lost = cancelling(&booking).failing_commit(StoreError::Contention);
    let vanished = cancelling(&booking).failing_commit(unavailable());
    let ends = [lost.end(), vanished.end()];
    let outcome = cancel_over(store_of([lost, vanished]), &booking).await;
    assert_matches!(outcome, Err(CancelError::Store(StoreError::Unavailable(_))));
    assert!(ends.iter().all(|end| end.is_commit_failed()));
}

/// Cancels these requests in one batch.
async fn cancel_batch(
    stage: &Stage,
    store: MockStore,
    requests: &[CancelRequest],
) -> Vec<Result<Booking, CancelError>> {
    let ids = Arc::new(SequentialIds::new());
    let units = CancellationUnits::new(Arc::new(store), Arc::new(FixedClock::default()), ids);
    units.cancel_batch(stage.concert(), requests).await
}

/// The requests of the customers of these bookings, the first of fan 1.
async fn by_their_customers(bookings: &[Booking]) -> Vec<CancelRequest> {
    let numbered: Vec<_> = (1..).map(fan).zip(bookings).map(|(fan, booking)| (fan, None, booking)).collect();
    accepted(&numbered).await
}

#[tokio::test]
async fn a_batch_has_its_outcomes_in_the_order_of_the_requests_and_one_unit() {
    let stage = Stage::new();
    let bookings = [stage.booking(1), stage.booking(2), stage.confirmed_booking(3), stage.booking(4)];
    let requests = by_their_customers(&bookings).await;
    let [first, _missing, confirmed, last] = &bookings;
    let mut unit = reading(&[first.clone(), confirmed.clone(), last.clone()]);
    let concert = stage.view.concert.clone();
    unit.concerts.expect_get().times(1).returning(move |_| Ok(Some(concert.clone())));
    let (written, end) = (expect_ending(&mut unit), unit.end());
    // The last booking's request comes first.
    let requests: Vec<_> = requests.into_iter().rev().collect();
    let outcomes = cancel_batch(&stage, store_of([unit]), &requests).await;
    let by_user = |booking| cancelled(booking, CancelReason::User);
    assert_matches!(&outcomes[0], Ok(outcome) if *outcome == by_user(last));
    assert_matches!(&outcomes[1], Err(CancelError::NotRefundable));
    assert_matches!(&outcomes[2], Err(CancelError::NotFound));
    assert_matches!(&outcomes[3], Ok(outcome) if *outcome == by_user(first));
    assert_eq!(outcomes.len(), 4);
    assert_eq!(written.bookings(), [by_user(first), by_user(last)]);
    assert!(end.is_committed());
}

#[tokio::test]
async fn a_booking_that_a_batch_names_twice_is_cancelled_once_for_the_first_reason() {
    let stage = Stage::new();
    let booking = stage.booking(1);
    let requests = accepted(&[(fan(2), Some(MemberRole::BoxOffice), &booking), (fan(1), None, &booking)]).await;
    let mut unit = reading(std::slice::from_ref(&booking));
    let written = expect_ending(&mut unit);
    let outcomes = cancel_batch(&stage, store_of([unit]), &requests).await;
    let by_member = cancelled(&booking, CancelReason::Manager);
    let outcomes: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_eq!(outcomes, [by_member.clone(), by_member.clone()]);
    assert_eq!((written.bookings(), written.cancelled_by()), (vec![by_member], vec![fan(2)]));
}

#[tokio::test]
async fn a_retried_batch_returns_what_others_cancelled_before_it() {
    let stage = Stage::new();
    let bookings = [stage.booking(1), stage.booking(2)];
    let requests = by_their_customers(&bookings).await;
    let mut lost = reading(&bookings);
    expect_ending_fails(&mut lost, EndingWrite::SaveBookings, StoreError::Contention);
    let by_member = cancelled(&bookings[0], CancelReason::Manager);
    let mut again = reading(&[by_member.clone(), bookings[1].clone()]);
    let written = expect_ending(&mut again);
    let outcomes = cancel_batch(&stage, store_of([lost, again]), &requests).await;
    let outcomes: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
    let by_user = cancelled(&bookings[1], CancelReason::User);
    assert_eq!(outcomes, [by_member, by_user.clone()]);
    assert_eq!(written.bookings(), [by_user]);
}

#[tokio::test]
async fn a_rejected_batch_is_bisected_to_isolate_the_bad_requests() {
    let stage = Stage::new();
    let bookings: Vec<_> = (1..=7).map(|number| stage.booking(number)).collect();
    let bad = [bookings[1].id, bookings[4].id];
    let stored = bookings.clone();
    let store = store_making(move || {
        let mut unit = reading(&stored);
        unit.tickets.expect_release().returning(|_, _, _| Ok(()));
        unit.bookings.expect_save().returning(move |saved| {
            let is_bad = |booking: &Booking| bad.contains(&booking.id);
            if saved.iter().any(is_bad) { Err(refused()) } else { Ok(()) }
        });
        expect_writes_after_bookings(&mut unit);
        unit
    });
    let outcomes = cancel_batch(&stage, store, &by_their_customers(&bookings).await).await;
    assert_eq!(outcomes.len(), 7);
    for (booking, outcome) in bookings.iter().zip(outcomes) {
        if bad.contains(&booking.id) {
            assert_matches!(outcome, Err(CancelError::Store(StoreError::Rejected(_))));
        } else {
            assert_eq!(outcome.unwrap(), cancelled(booking, CancelReason::User));
        }
    }
}

#[tokio::test]
async fn each_request_of_a_batch_gets_the_failure_of_the_store() {
    let stage = Stage::new();
    let requests = by_their_customers(&[1, 2, 3].map(|number| stage.booking(number))).await;
    let outcomes = cancel_batch(&stage, failing_store(StoreError::Busy), &requests).await;
    assert_matches!(
        outcomes[..],
        [
            Err(CancelError::Store(StoreError::Busy)),
            Err(CancelError::Store(StoreError::Busy)),
            Err(CancelError::Store(StoreError::Busy)),
        ]
    );
}
