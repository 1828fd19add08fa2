//! Cancelling one booking: who may, when, and what is refunded.

use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, BookingStatus, CancelReason};
use boxoffice_domain::concerts::{ConcertEvent, MemberRole};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::payments::{PaymentQueries, PaymentStatus, RefundStatus};
use boxoffice_domain::sales::cancellation::{CancelError, CancellationUnits};
use boxoffice_domain::sales::payment::{RefundPayment, StartPayment};
use boxoffice_domain::shared::{Actor, BookingId, Clock, Role};
use boxoffice_testing::{BookingBuilder, FixedClock};

use super::cancellation_units::accepted;
use super::fixture::{Fixture, HOLD_SECONDS, placed};

const DAY_SECONDS: i64 = 86_400;

/// A fixture whose customers may cancel confirmed bookings until tomorrow.
async fn refundable_until_tomorrow() -> Fixture {
    Fixture::with(|concert| concert.refundable_until(FixedClock::START.plus_seconds(DAY_SECONDS))).await
}

/// A paid booking.
async fn paid(fixture: &Fixture, actor: Actor, numbers: impl IntoIterator<Item = u32>) -> Booking {
    let builder = BookingBuilder::new(fixture.ids.as_ref(), &fixture.view).user(actor.user_id().unwrap());
    fixture.given.paid(builder.tickets(numbers).build()).await.0
}

#[tokio::test]
async fn a_pending_booking_is_cancelled_by_its_customer_and_its_seats_are_free_at_once() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let id = fixture.booked(fan, &["A-1-1", "A-1-2"]).await.id;
    let cancelled = fixture.cancellations().cancel(&fan, id).await.unwrap();
    assert_eq!((cancelled.status, cancelled.cancel_reason), (BookingStatus::Cancelled, Some(CancelReason::User)));
    assert_eq!(fixture.stored(id).await, cancelled);
    assert_eq!(fixture.told_of(id), ["booking.placed.v1", "booking.cancelled.v1"]);
    assert_eq!(fixture.counts().await, [(100, 0, 0)]);
    let holdings = fixture.holdings(fan).await.unwrap();
    assert_eq!((holdings.tickets, holdings.pending_bookings), (0, 0));
    assert_eq!(placed(&fixture.place(fixture.fan(), fixture.seats(&["A-1-2"])).await), ["A-1-2"]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn members_who_manage_bookings_cancel_those_of_others() {
    for (role, platform_role) in [
        (Some(MemberRole::BoxOffice), Role::User),
        (Some(MemberRole::Manager), Role::User),
        (Some(MemberRole::Owner), Role::User),
        (None, Role::Admin),
    ] {
        let fixture = Fixture::new().await;
        let id = fixture.booked(fixture.fan(), &["A-1-1"]).await.id;
        let actor = Actor::User { id: fixture.fan().user_id().unwrap(), role: platform_role };
        let cancelled = fixture.cancellations_for(role).cancel(&actor, id).await.unwrap();
        assert_eq!(cancelled.cancel_reason, Some(CancelReason::Manager));
        fixture.assert_sound().await;
    }
}

#[tokio::test]
async fn other_actors_cannot_cancel_it() {
    let fixture = Fixture::new().await;
    let id = fixture.booked(fixture.fan(), &["A-1-1"]).await.id;
    let stranger = fixture.fan();
    let cancel = async |actor: Actor, role, id| fixture.cancellations_for(role).cancel(&actor, id).await;
    assert_matches!(cancel(Actor::Anonymous, None, id).await, Err(CancelError::LoginRequired));
    assert_matches!(cancel(stranger, None, id).await, Err(CancelError::NotFound));
    assert_matches!(cancel(stranger, Some(MemberRole::Scanner), id).await, Err(CancelError::NotFound));
    assert_matches!(cancel(stranger, Some(MemberRole::Viewer), id).await, Err(CancelError::Forbidden));
    let manager = Actor::User { id: stranger.user_id().unwrap(), role: Role::Manager };
    assert_matches!(cancel(manager, None, id).await, Err(CancelError::NotFound));
    let unknown = BookingId::generate(fixture.ids.as_ref());
    assert_matches!(cancel(stranger, Some(MemberRole::Owner), unknown).await, Err(CancelError::NotFound));
    assert_eq!(fixture.stored(id).await.status, BookingStatus::Pending);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn cancelling_again_changes_nothing_and_returns_the_same() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let id = fixture.booked(fan, &["A-1-1"]).await.id;
    let cancelled = fixture.cancellations().cancel(&fan, id).await.unwrap();
    fixture.clock.advance(HOLD_SECONDS);
    assert_eq!(fixture.cancellations().cancel(&fan, id).await.unwrap(), cancelled);
    let by_member = fixture.cancellations_for(Some(MemberRole::Owner)).cancel(&fixture.fan(), id).await.unwrap();
    assert_eq!(by_member, cancelled, "the reason stays the customer's");
    assert_eq!(fixture.told_of(id), ["booking.placed.v1", "booking.cancelled.v1"]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_booking_whose_concert_was_cancelled_reads_the_same_when_it_is_cancelled_again() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let booking = fixture.booked(fan, &["A-1-1"]).await;
    let id = booking.id;
    fixture.given.cancelled(booking, CancelReason::ConcertCancelled).await;
    let again = fixture.cancellations().cancel(&fan, id).await.unwrap();
    assert_eq!((again.cancel_reason, again.version), (Some(CancelReason::ConcertCancelled), 2));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn an_expired_booking_can_be_cancelled_for_good() {
    for swept in [false, true] {
        let fixture = Fixture::new().await;
        let fan = fixture.fan();
        let id = fixture.booked(fan, &["A-1-1"]).await.id;
        fixture.clock.advance(HOLD_SECONDS);
        if swept {
            assert_eq!(fixture.cancellations().expire_overdue().await.unwrap(), 1);
        }
        let given_up = fixture.cancellations().cancel(&fan, id).await.unwrap();
        assert_eq!((given_up.status, given_up.cancel_reason), (BookingStatus::Cancelled, Some(CancelReason::User)));
        assert_eq!(fixture.stored(id).await, given_up);
        assert_eq!(fixture.cancellations().cancel(&fan, id).await.unwrap(), given_up);
        assert_eq!(fixture.cancellations().expire_overdue().await.unwrap(), 0);
        assert_eq!(fixture.counts().await, [(100, 0, 0)]);
        fixture.assert_sound().await;
    }
}

#[tokio::test]
async fn a_payment_is_refunded_in_full_while_the_customer_may_cancel() {
    let fixture = refundable_until_tomorrow().await;
    let fan = fixture.fan();
    let booking = paid(&fixture, fan, [1, 2]).await;
    fixture.clock.advance(DAY_SECONDS - 1);
    let cancelled = fixture.cancellations().cancel(&fan, booking.id).await.unwrap();
    assert_eq!((cancelled.status, cancelled.cancel_reason), (BookingStatus::Cancelled, Some(CancelReason::User)));
    assert_eq!(fixture.counts().await, [(100, 0, 0)]);
    let payment = booking.payment.unwrap();
    let refunds = fixture.store.refunds_of(payment).await.unwrap();
    assert_matches!(refunds[..], [refund] if refund.amount == booking.total && refund.reason == "user");
    assert_eq!((refunds[0].status, refunds[0].next_attempt_at), (RefundStatus::Pending, cancelled.updated_at));
    assert_eq!(PaymentQueries::get(&fixture.store, payment).await.unwrap().unwrap().status, PaymentStatus::Completed);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_paid_booking_is_not_cancelled_after_the_deadline_or_without_one() {
    let refundable = refundable_until_tomorrow().await;
    let never = Fixture::new().await;
    for fixture in [refundable, never] {
        let fan = fixture.fan();
        let booking = paid(&fixture, fan, [1]).await;
        fixture.clock.advance(DAY_SECONDS);
        assert_matches!(fixture.cancellations().cancel(&fan, booking.id).await, Err(CancelError::NotRefundable));
        assert_eq!(fixture.stored(booking.id).await, booking);
        fixture.assert_sound().await;
    }
}

#[tokio::test]
async fn members_cancel_and_refund_at_any_time() {
    let fixture = Fixture::new().await;
    let booking = paid(&fixture, fixture.fan(), [1]).await;
    fixture.clock.advance(DAY_SECONDS);
    let cancelled =
        fixture.cancellations_for(Some(MemberRole::BoxOffice)).cancel(&fixture.fan(), booking.id).await.unwrap();
    assert_eq!(cancelled.cancel_reason, Some(CancelReason::Manager));
    let refunds = fixture.store.refunds_of(booking.payment.unwrap()).await.unwrap();
    assert_matches!(refunds[..], [refund] if refund.amount == booking.total && refund.reason == "manager");
    fixture.assert_sound().await;
}

#[tokio::test]
async fn earlier_refunds_are_not_refunded_again() {
    let fixture = Fixture::new().await;
    let booking = paid(&fixture, fixture.fan(), [1]).await;
    let payment = booking.payment.unwrap();
    let owner = fixture.fan();
    let some = RefundPayment { amount: Some(1_000), reason: "a broken seat".to_owned() };
    fixture.payments_for(Some(MemberRole::Owner)).refund(&owner, payment, some, None).await.unwrap();
    fixture.clock.advance(1);
    fixture.cancellations_for(Some(MemberRole::Owner)).cancel(&owner, booking.id).await.unwrap();
    let amounts: Vec<_> = fixture.store.refunds_of(payment).await.unwrap().iter().map(|r| r.amount.minor()).collect();
    assert_eq!(amounts, [1_000, 1_500]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_free_booking_is_cancelled_like_a_paid_one_but_without_a_refund() {
    let tomorrow = FixedClock::START.plus_seconds(DAY_SECONDS);
    let fixture = Fixture::with(|concert| concert.standing("GA", 4, 0).refundable_until(tomorrow)).await;
    let fan = fixture.fan();
    let id = fixture.booked(fan, &["GA-000001"]).await.id;
    let cancelled = fixture.cancellations().cancel(&fan, id).await.unwrap();
    assert_eq!((cancelled.status, cancelled.payment), (BookingStatus::Cancelled, None));
    assert_eq!(fixture.counts().await, [(4, 0, 0)]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_free_booking_can_be_cancelled_until_the_concert_starts_unless_a_deadline_is_set() {
    let starts_at = FixedClock::START.plus_seconds(30 * DAY_SECONDS);
    for (refundable_until, cancellable_until) in
        [(None, starts_at), (Some(FixedClock::START.plus_seconds(5)), FixedClock::START.plus_seconds(5))]
    {
        for late in [false, true] {
            let fixture = Fixture::with(|concert| {
                let concert = concert.standing("GA", 4, 0).starts_at(starts_at);
                refundable_until.map_or(concert.clone(), |until| concert.refundable_until(until))
            })
            .await;
            let fan = fixture.fan();
            let id = fixture.booked(fan, &["GA-000001"]).await.id;
            fixture.clock.set(cancellable_until.plus_seconds(if late { 0 } else { -1 }));
            let outcome = fixture.cancellations().cancel(&fan, id).await;
            assert_eq!(outcome.is_err(), late, "{outcome:?}");
            fixture.assert_sound().await;
        }
    }
}

#[tokio::test]
async fn many_are_cancelled_in_one_unit_each_with_its_own_outcome() {
    let fixture = Fixture::new().await;
    let (ana, ben) = (fixture.fan(), fixture.fan());
    let (pending, paid) = (fixture.booked(ana, &["A-1-1", "A-1-2"]).await, fixture.booked(ben, &["A-2-1"]).await);
    let other = fixture.booked(ben, &["A-3-1"]).await;
    for booking in [&paid, &other] {
        let command = StartPayment { booking: booking.id, method: "card".to_owned() };
        fixture.payments_for(None).start(&ben, command, None).await.unwrap();
    }
    let member = (fixture.fan(), Some(MemberRole::BoxOffice), &other);
    let requests = accepted(&[(ana, None, &pending), (ana, None, &pending), (ben, None, &paid), member]).await;

    let before = fixture.store.events().len();
    let cancellation =
        CancellationUnits::new(Arc::new(fixture.store.clone()), fixture.clock.clone(), fixture.ids.clone());
    let outcomes = cancellation.cancel_batch(fixture.concert(), &requests).await;

    assert_matches!(&outcomes[0], Ok(booking) if *booking == pending.cancelled(CancelReason::User, fixture.clock.now()));
    assert_matches!(&outcomes[1], Ok(again) if Some(again) == outcomes[0].as_ref().ok());
    assert_matches!(outcomes[2], Err(CancelError::NotRefundable));
    assert_matches!(&outcomes[3], Ok(booking) if booking.cancel_reason == Some(CancelReason::Manager));
    let units = fixture.store.events()[before..]
        .iter()
        .filter(|event| matches!(event.payload, EventPayload::Concert(ConcertEvent::SeatsChanged { .. })))
        .count();
    assert_eq!(units, 1);
    assert_eq!(fixture.counts().await, [(99, 0, 1)]);
    fixture.assert_sound().await;
}
