//! Cancelling one booking: who may, when, and what goes back.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use boxoffice_domain::bookings::{
    Booking, BookingStatus, Bookings, CancelError, CancelReason, CancelRequest, MockBookingQueries, Returns,
    ReturnsDesk,
};
use boxoffice_domain::concerts::{MemberRole, MockOrganiserQueries};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::payments::{PaymentQueries, PaymentStatus, RefundPayment, RefundStatus, StartPayment};
use boxoffice_domain::shared::{Actor, BookingId, Clock, ConcertId, PaymentId, Role, StoreError};
use boxoffice_domain::store::MockStore;
use boxoffice_domain::testing::{BookingBuilder, FixedClock, MockUnitOfWork, SequentialIds, failing_store, store_of};

use super::house::{HOLD_SECONDS, House, placed};
use super::mocked::{Stage, expect_writes_after_bookings, fan, other_ids, unavailable};

const DAY_SECONDS: i64 = 86_400;

/// A house whose customers may give back what they paid until tomorrow.
async fn refundable_until_tomorrow() -> House {
    House::with(|concert| concert.refundable_until(FixedClock::START.plus_seconds(DAY_SECONDS))).await
}

/// A booking that somebody paid.
async fn paid(house: &House, actor: Actor, numbers: impl IntoIterator<Item = u32>) -> Booking {
    let builder = BookingBuilder::new(house.ids.as_ref(), &house.view).user(actor.user_id().unwrap());
    house.given.paid(builder.tickets(numbers).build()).await.0
}

#[tokio::test]
async fn a_pending_booking_is_cancelled_by_its_customer_and_its_seats_are_free_at_once() {
    let house = House::new().await;
    let fan = house.fan();
    let id = house.booked(fan, &["A-1-1", "A-1-2"]).await.id;
    let cancelled = house.bookings().cancel(&fan, id).await.unwrap();
    assert_eq!((cancelled.status, cancelled.cancel_reason), (BookingStatus::Cancelled, Some(CancelReason::User)));
    assert_eq!(house.stored(id).await, cancelled);
    assert_eq!(house.told_of(id), ["booking.placed.v1", "booking.cancelled.v1"]);
    assert_eq!(house.counts().await, [(100, 0, 0)]);
    let purchase = house.purchase(fan).await.unwrap();
    assert_eq!((purchase.tickets, purchase.pending_bookings), (0, 0));
    assert_eq!(placed(&house.place(house.fan(), house.seats(&["A-1-2"])).await), ["A-1-2"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn somebody_elses_booking_is_cancelled_by_those_who_manage_bookings() {
    for (role, platform_role) in [
        (Some(MemberRole::BoxOffice), Role::User),
        (Some(MemberRole::Manager), Role::User),
        (Some(MemberRole::Owner), Role::User),
        (None, Role::Admin),
    ] {
        let house = House::new().await;
        let id = house.booked(house.fan(), &["A-1-1"]).await.id;
        let actor = Actor::User { id: house.fan().user_id().unwrap(), role: platform_role };
        let cancelled = house.bookings_for(role).cancel(&actor, id).await.unwrap();
        assert_eq!(cancelled.cancel_reason, Some(CancelReason::Manager));
        house.assert_sound().await;
    }
}

#[tokio::test]
async fn nobody_else_cancels_it() {
    let house = House::new().await;
    let id = house.booked(house.fan(), &["A-1-1"]).await.id;
    let stranger = house.fan();
    let cancel = async |actor: Actor, role, id| house.bookings_for(role).cancel(&actor, id).await;
    assert_matches!(cancel(Actor::Anonymous, None, id).await, Err(CancelError::LoginRequired));
    assert_matches!(cancel(stranger, None, id).await, Err(CancelError::NotFound));
    assert_matches!(cancel(stranger, Some(MemberRole::Scanner), id).await, Err(CancelError::NotFound));
    assert_matches!(cancel(stranger, Some(MemberRole::Viewer), id).await, Err(CancelError::Forbidden));
    let manager = Actor::User { id: stranger.user_id().unwrap(), role: Role::Manager };
    assert_matches!(cancel(manager, None, id).await, Err(CancelError::NotFound));
    let unknown = BookingId::generate(house.ids.as_ref());
    assert_matches!(cancel(stranger, Some(MemberRole::Owner), unknown).await, Err(CancelError::NotFound));
    assert_eq!(house.stored(id).await.status, BookingStatus::Pending);
    house.assert_sound().await;
}

#[tokio::test]
async fn to_cancel_again_changes_nothing_and_answers_the_same() {
    let house = House::new().await;
    let fan = house.fan();
    let id = house.booked(fan, &["A-1-1"]).await.id;
    let cancelled = house.bookings().cancel(&fan, id).await.unwrap();
    house.clock.advance(HOLD_SECONDS);
    assert_eq!(house.bookings().cancel(&fan, id).await.unwrap(), cancelled);
    let by_member = house.bookings_for(Some(MemberRole::Owner)).cancel(&house.fan(), id).await.unwrap();
    assert_eq!(by_member, cancelled, "it stays the customer's wish");
    assert_eq!(house.told_of(id), ["booking.placed.v1", "booking.cancelled.v1"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_booking_whose_concert_was_cancelled_reads_the_same_when_it_is_cancelled_again() {
    let house = House::new().await;
    let fan = house.fan();
    let booking = house.booked(fan, &["A-1-1"]).await;
    let id = booking.id;
    house.given.cancelled(booking, CancelReason::ConcertCancelled).await;
    let again = house.bookings().cancel(&fan, id).await.unwrap();
    assert_eq!((again.cancel_reason, again.version), (Some(CancelReason::ConcertCancelled), 2));
    house.assert_sound().await;
}

#[tokio::test]
async fn an_expired_booking_can_be_given_up_for_good() {
    for swept in [false, true] {
        let house = House::new().await;
        let fan = house.fan();
        let id = house.booked(fan, &["A-1-1"]).await.id;
        house.clock.advance(HOLD_SECONDS);
        if swept {
            assert_eq!(house.bookings().expire_overdue().await.unwrap(), 1);
        }
        let given_up = house.bookings().cancel(&fan, id).await.unwrap();
        assert_eq!((given_up.status, given_up.cancel_reason), (BookingStatus::Cancelled, Some(CancelReason::User)));
        assert_eq!(house.stored(id).await, given_up);
        assert_eq!(house.bookings().cancel(&fan, id).await.unwrap(), given_up);
        assert_eq!(house.bookings().expire_overdue().await.unwrap(), 0);
        assert_eq!(house.counts().await, [(100, 0, 0)]);
        house.assert_sound().await;
    }
}

#[tokio::test]
async fn what_was_paid_goes_back_in_full_while_the_customer_may_still_cancel() {
    let house = refundable_until_tomorrow().await;
    let fan = house.fan();
    let booking = paid(&house, fan, [1, 2]).await;
    house.clock.advance(DAY_SECONDS - 1);
    let cancelled = house.bookings().cancel(&fan, booking.id).await.unwrap();
    assert_eq!((cancelled.status, cancelled.cancel_reason), (BookingStatus::Cancelled, Some(CancelReason::User)));
    assert_eq!(house.counts().await, [(100, 0, 0)]);
    let payment = booking.payment.unwrap();
    let refunds = house.store.refunds_of(payment).await.unwrap();
    assert_matches!(refunds[..], [refund] if refund.amount == booking.total && refund.reason == "user");
    assert_eq!((refunds[0].status, refunds[0].next_attempt_at), (RefundStatus::Pending, cancelled.updated_at));
    assert_eq!(PaymentQueries::get(&house.store, payment).await.unwrap().unwrap().status, PaymentStatus::Completed);
    house.assert_sound().await;
}

#[tokio::test]
async fn what_was_paid_stays_paid_once_the_time_is_over_or_never_was() {
    let refundable = refundable_until_tomorrow().await;
    let never = House::new().await;
    for house in [refundable, never] {
        let fan = house.fan();
        let booking = paid(&house, fan, [1]).await;
        house.clock.advance(DAY_SECONDS);
        assert_matches!(house.bookings().cancel(&fan, booking.id).await, Err(CancelError::NotRefundable));
        assert_eq!(house.stored(booking.id).await, booking);
        house.assert_sound().await;
    }
}

#[tokio::test]
async fn members_give_back_what_was_paid_at_any_time() {
    let house = House::new().await;
    let booking = paid(&house, house.fan(), [1]).await;
    house.clock.advance(DAY_SECONDS);
    let cancelled = house.bookings_for(Some(MemberRole::BoxOffice)).cancel(&house.fan(), booking.id).await.unwrap();
    assert_eq!(cancelled.cancel_reason, Some(CancelReason::Manager));
    let refunds = house.store.refunds_of(booking.payment.unwrap()).await.unwrap();
    assert_matches!(refunds[..], [refund] if refund.amount == booking.total && refund.reason == "manager");
    house.assert_sound().await;
}

#[tokio::test]
async fn what_went_back_before_does_not_go_back_again() {
    let house = House::new().await;
    let booking = paid(&house, house.fan(), [1]).await;
    let payment = booking.payment.unwrap();
    let owner = house.fan();
    let some = RefundPayment { amount: Some(1_000), reason: "a broken seat".to_owned() };
    house.payments_for(Some(MemberRole::Owner)).refund(&owner, payment, some, None).await.unwrap();
    house.clock.advance(1);
    house.bookings_for(Some(MemberRole::Owner)).cancel(&owner, booking.id).await.unwrap();
    let amounts: Vec<_> = house.store.refunds_of(payment).await.unwrap().iter().map(|r| r.amount.minor()).collect();
    assert_eq!(amounts, [1_000, 1_500]);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_free_booking_is_given_back_like_a_paid_one_but_without_money() {
    let tomorrow = FixedClock::START.plus_seconds(DAY_SECONDS);
    let house = House::with(|concert| concert.standing("GA", 4, 0).refundable_until(tomorrow)).await;
    let fan = house.fan();
    let id = house.booked(fan, &["GA-000001"]).await.id;
    let cancelled = house.bookings().cancel(&fan, id).await.unwrap();
    assert_eq!((cancelled.status, cancelled.payment), (BookingStatus::Cancelled, None));
    assert_eq!(house.counts().await, [(4, 0, 0)]);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_free_booking_is_given_back_until_the_concert_begins_unless_its_organiser_decided_otherwise() {
    let starts_at = FixedClock::START.plus_seconds(30 * DAY_SECONDS);
    for (refundable_until, given_back_until) in
        [(None, starts_at), (Some(FixedClock::START.plus_seconds(5)), FixedClock::START.plus_seconds(5))]
    {
        for late in [false, true] {
            let house = House::with(|concert| {
                let concert = concert.standing("GA", 4, 0).starts_at(starts_at);
                refundable_until.map_or(concert.clone(), |until| concert.refundable_until(until))
            })
            .await;
            let fan = house.fan();
            let id = house.booked(fan, &["GA-000001"]).await.id;
            house.clock.set(given_back_until.plus_seconds(if late { 0 } else { -1 }));
            let outcome = house.bookings().cancel(&fan, id).await;
            assert_eq!(outcome.is_err(), late, "{outcome:?}");
            house.assert_sound().await;
        }
    }
}

/// A desk that takes requests and does nothing.
#[derive(Default)]
struct Tray(Mutex<Vec<CancelRequest>>);

#[async_trait]
impl ReturnsDesk for Tray {
    async fn cancel(&self, request: CancelRequest) -> Result<Booking, CancelError> {
        self.0.lock().unwrap().push(request);
        Err(CancelError::Store(StoreError::Busy))
    }

    async fn expire(&self, _: ConcertId) -> Result<u32, StoreError> {
        Ok(0)
    }
}

#[tokio::test]
async fn many_are_cancelled_in_one_unit_each_with_its_own_outcome() {
    let house = House::new().await;
    let (ana, ben) = (house.fan(), house.fan());
    let (pending, paid) = (house.booked(ana, &["A-1-1", "A-1-2"]).await, house.booked(ben, &["A-2-1"]).await);
    let other = house.booked(ben, &["A-3-1"]).await;
    for booking in [&paid, &other] {
        let command = StartPayment { booking: booking.id, method: "card".to_owned() };
        house.payments_for(None).start(&ben, command, None).await.unwrap();
    }
    let tray = Arc::new(Tray::default());
    for (actor, booking) in [(ana, &pending), (ana, &pending), (ben, &paid)] {
        house.bookings().at_desk(tray.clone()).cancel(&actor, booking.id).await.unwrap_err();
    }
    let member = house.fan();
    let as_member = house.bookings_for(Some(MemberRole::BoxOffice)).at_desk(tray.clone());
    as_member.cancel(&member, other.id).await.unwrap_err();

    let before = house.store.events().len();
    let returns = Returns::new(Arc::new(house.store.clone()), house.clock.clone(), house.ids.clone());
    let requests = std::mem::take(&mut *tray.0.lock().unwrap());
    let outcomes = returns.cancel_batch(house.concert(), &requests).await;

    assert_matches!(&outcomes[0], Ok(booking) if *booking == pending.cancelled(CancelReason::User, house.clock.now()));
    assert_matches!(&outcomes[1], Ok(again) if Some(again) == outcomes[0].as_ref().ok());
    assert_matches!(outcomes[2], Err(CancelError::NotRefundable));
    assert_matches!(&outcomes[3], Ok(booking) if booking.cancel_reason == Some(CancelReason::Manager));
    let units = house.store.events()[before..]
        .iter()
        .filter(|event| matches!(event.payload, EventPayload::SeatsChanged { .. }))
        .count();
    assert_eq!(units, 1);
    assert_eq!(house.counts().await, [(99, 0, 1)]);
    house.assert_sound().await;
}

/// Cancels a pending booking of fan 1 that these ports know.
async fn cancel_over(stage: &Stage, store: MockStore) -> (Booking, Result<Booking, CancelError>) {
    let booking = booking_of(stage);
    let mut queries = MockBookingQueries::new();
    let seen = booking.clone();
    queries.expect_get().times(1).returning(move |_| Ok(Some(seen.clone())));
    let mut organisers = MockOrganiserQueries::new();
    organisers.expect_role_at().times(1).returning(|_, _| Ok(None));
    let (clock, ids) = (Arc::new(FixedClock::default()), Arc::new(SequentialIds::new()));
    let bookings = Bookings::new(Arc::new(store), Arc::new(queries), Arc::new(organisers), clock, ids);
    let outcome = bookings.cancel(&fan(1), booking.id).await;
    (booking, outcome)
}

fn booking_of(stage: &Stage) -> Booking {
    BookingBuilder::new(&other_ids(), &stage.view).user(fan(1).user_id().unwrap()).tickets([1]).build()
}

fn unit_with(booking: &Booking) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    let found = booking.clone();
    unit.bookings.expect_get().times(1).returning(move |_| Ok(vec![found.clone()]));
    unit
}

#[tokio::test]
async fn what_counts_is_what_the_unit_reads() {
    let stage = Stage::new();
    let pending = booking_of(&stage);
    let mut late = unit_with(&pending);
    late.tickets.expect_release().times(1).returning(|_, _, _| Err(StoreError::Contention));
    let mut again = unit_with(&pending.clone().confirmed(PaymentId::generate(&other_ids()), FixedClock::START));
    let concert = stage.view.concert.clone();
    again.concerts.expect_get().times(1).returning(move |_| Ok(Some(concert.clone())));
    let late_end = late.end();
    let (_, outcome) = cancel_over(&stage, store_of([late, again])).await;
    assert_matches!(outcome, Err(CancelError::NotRefundable));
    assert!(late_end.is_rolled_back());
}

#[tokio::test]
async fn a_booking_that_is_gone_is_not_found() {
    let mut unit = MockUnitOfWork::new();
    unit.bookings.expect_get().times(1).returning(|_| Ok(Vec::new()));
    let (_, outcome) = cancel_over(&Stage::new(), store_of([unit])).await;
    assert_matches!(outcome, Err(CancelError::NotFound));
}

#[tokio::test]
async fn failures_of_the_store_are_passed_on() {
    let stage = Stage::new();
    let (_, outcome) = cancel_over(&stage, failing_store(StoreError::Busy)).await;
    assert_matches!(outcome, Err(CancelError::Store(StoreError::Busy)));

    let mut unit = unit_with(&booking_of(&stage));
    unit.tickets.expect_release().times(1).returning(|_, _, _| Ok(()));
    unit.bookings.expect_save().times(1).returning(|_| Ok(()));
    expect_writes_after_bookings(&mut unit);
    let unit = unit.failing_commit(unavailable());
    let end = unit.end();
    let (_, outcome) = cancel_over(&stage, store_of([unit])).await;
    assert_matches!(outcome, Err(CancelError::Store(StoreError::Unavailable(_))));
    assert!(end.is_commit_failed());
}
