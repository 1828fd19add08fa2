//! The life of payments, over the store in memory.

use boxoffice_domain::bookings::{BookingStatus, CancelReason};
use boxoffice_domain::payments::{PaymentQueries, PaymentStatus, Refund, RefundStatus};
use boxoffice_domain::sales::payment::{NEVER_CHARGED, StartPaymentError, UNKNOWN_CHARGE_GRACE_SECONDS, VOIDED};
use boxoffice_domain::shared::{BookingId, PaymentId};
use boxoffice_testing::{ChargeScript, RefundScript, VoidScript};

use super::fixtures::user;
use super::shop::Shop;

const CONFIRMED: (BookingStatus, Option<CancelReason>) = (BookingStatus::Confirmed, None);

impl Shop {
    async fn refunds_of(&self, payment: PaymentId) -> Vec<Refund> {
        self.store.refunds_of(payment).await.unwrap()
    }

    /// A booking of two seats whose payment waits at the gateway.
    async fn waiting(&self) -> (BookingId, PaymentId) {
        let booking = self.book(&["A-1-1", "A-1-2"]).await;
        self.gateway.script([ChargeScript::Wait]);
        let payment = self.pay(booking).await;
        assert_eq!((payment.status, payment.next_action.is_some()), (PaymentStatus::Pending, true));
        (booking, payment.id)
    }

    /// The gateway completes the charge, and the worker reconciles it.
    async fn come_through(&self, payment: PaymentId) -> PaymentStatus {
        self.gateway.settle(payment, true);
        self.clock.advance(5);
        assert_eq!(self.payments.reconcile().await.unwrap(), 1);
        self.payment(payment).await.status
    }
}

#[tokio::test]
async fn a_paid_booking_is_confirmed() {
    let shop = Shop::open().await;
    let booking = shop.book(&["A-1-1", "A-1-2"]).await;
    let payment = shop.pay(booking).await;
    assert_eq!((payment.status, payment.amount.minor()), (PaymentStatus::Completed, 5_000));
    assert_eq!(shop.status(booking).await, CONFIRMED);
    assert_eq!(shop.available().await, 98);
    shop.assert_sound(&[payment.id]).await;
    let again = shop.pay_with_key(booking, None).await;
    assert!(matches!(again, Err(StartPaymentError::BookingNotPayable)));
}

#[tokio::test]
async fn a_declined_booking_can_be_paid_again() {
    let shop = Shop::open().await;
    let booking = shop.book(&["A-1-1"]).await;
    shop.gateway.script([ChargeScript::Decline]);
    let declined = shop.pay(booking).await;
    assert_eq!(declined.failure.as_deref(), Some("card_declined"));
    assert_eq!(shop.booking(booking).await.payment, None);
    shop.assert_sound(&[declined.id]).await;
    let paid = shop.pay(booking).await;
    assert_eq!(shop.booking(booking).await.payment, Some(paid.id));
    shop.assert_sound(&[declined.id, paid.id]).await;
}

#[tokio::test]
async fn declined_payments_extend_the_hold_only_once() {
    let shop = Shop::open().await;
    let booking = shop.book(&["A-1-1"]).await;
    shop.gateway.script([ChargeScript::Decline, ChargeScript::Decline]);
    let start = shop.clock.advance(590);
    shop.pay(booking).await;
    assert_eq!(shop.booking(booking).await.expires_at, start.plus_seconds(120));
    shop.clock.advance(100);
    shop.pay(booking).await;
    assert_eq!(shop.booking(booking).await.expires_at, start.plus_seconds(120));
    shop.clock.advance(20);
    assert!(matches!(shop.pay_with_key(booking, None).await, Err(StartPaymentError::BookingExpired)));
}

#[tokio::test]
async fn a_lost_answer_is_reconciled() {
    let shop = Shop::open().await;
    let booking = shop.book(&["A-1-1"]).await;
    shop.gateway.script([ChargeScript::AnswerLost]);
    let payment = shop.pay(booking).await;
    assert_eq!(payment.status, PaymentStatus::Pending);
    assert!(matches!(shop.pay_with_key(booking, None).await, Err(StartPaymentError::PaymentInProgress)));
    shop.clock.advance(5);
    shop.gateway.silence_finds(1);
    assert_eq!(shop.payments.reconcile().await.unwrap(), 0);
    assert_eq!(shop.payments.reconcile().await.unwrap(), 1);
    assert_eq!(shop.status(booking).await, CONFIRMED);
    assert_eq!(shop.payments.reconcile().await.unwrap(), 0);
    shop.assert_sound(&[payment.id]).await;
}

#[tokio::test]
async fn a_charge_that_never_arrived_fails_and_its_booking_can_be_paid_again() {
    let shop = Shop::open().await;
    let booking = shop.book(&["A-1-1"]).await;
    shop.gateway.script([ChargeScript::NoAnswer]);
    let lost = shop.pay(booking).await;
    shop.clock.advance(UNKNOWN_CHARGE_GRACE_SECONDS - 1);
    assert_eq!(shop.payments.reconcile().await.unwrap(), 0);
    shop.clock.advance(1);
    assert_eq!(shop.payments.reconcile().await.unwrap(), 1);
    assert_eq!(shop.payment(lost.id).await.failure.as_deref(), Some(NEVER_CHARGED));
    let paid = shop.pay(booking).await;
    assert_eq!(paid.status, PaymentStatus::Completed);
    shop.assert_sound(&[lost.id, paid.id]).await;
}

#[tokio::test]
async fn a_payment_after_the_hold_expired_but_before_the_sweeper_confirms() {
    let shop = Shop::open().await;
    let (booking, payment) = shop.waiting().await;
    shop.clock.advance(600);
    assert_eq!(shop.come_through(payment).await, PaymentStatus::Completed);
    assert_eq!(shop.status(booking).await, CONFIRMED);
    assert_eq!(shop.cancellations.expire_overdue().await.unwrap(), 0);
    shop.assert_sound(&[payment]).await;
}

#[tokio::test]
async fn a_payment_after_the_sweeper_reclaims_the_seats_if_they_are_free() {
    let shop = Shop::open().await;
    let (booking, payment) = shop.waiting().await;
    shop.clock.advance(600);
    assert_eq!(shop.cancellations.expire_overdue().await.unwrap(), 1);
    assert_eq!(shop.available().await, 100);
    assert_eq!(shop.come_through(payment).await, PaymentStatus::Completed);
    assert_eq!(shop.status(booking).await, CONFIRMED);
    assert_eq!(shop.available().await, 98);
    shop.assert_sound(&[payment]).await;
}

#[tokio::test]
async fn a_late_payment_is_refunded_when_a_seat_is_taken() {
    let shop = Shop::open().await;
    let (booking, payment) = shop.waiting().await;
    shop.clock.advance(600);
    shop.cancellations.expire_overdue().await.unwrap();
    let other = shop.book(&["A-1-2"]).await;
    assert_eq!(shop.come_through(payment).await, PaymentStatus::Refunded);
    assert_eq!(shop.status(booking).await, (BookingStatus::Cancelled, Some(CancelReason::Expired)));
    assert_eq!(shop.status(other).await.0, BookingStatus::Pending);
    assert_eq!((shop.gateway.refunded(payment), shop.available().await), (5_000, 99));
    shop.assert_sound(&[payment]).await;
}

#[tokio::test]
async fn a_payment_for_a_cancelled_concert_is_refunded_before_and_after_its_bookings_are_cancelled() {
    for wound_up in [false, true] {
        let shop = Shop::open().await;
        let (booking, payment) = shop.waiting().await;
        shop.cancel_concert().await;
        if wound_up {
            shop.cancellations.cancel_concert_bookings().await.unwrap();
        }
        assert_eq!(shop.come_through(payment).await, PaymentStatus::Refunded);
        shop.cancellations.cancel_concert_bookings().await.unwrap();
        assert_eq!(shop.status(booking).await, (BookingStatus::Cancelled, Some(CancelReason::ConcertCancelled)));
        assert_eq!(shop.available().await, 100);
        shop.assert_sound(&[payment]).await;
    }
}

#[tokio::test]
async fn a_payment_of_a_cancelled_booking_is_voided_at_the_gateway() {
    for script in [VoidScript::Void, VoidScript::AnswerLost, VoidScript::NoAnswer] {
        for (by_member, expired) in [(false, false), (true, false), (false, true)] {
            let shop = Shop::open().await;
            shop.gateway.script_voids([script]);
            let (booking, payment) = shop.waiting().await;
            if expired {
                shop.clock.advance(600);
                shop.cancellations.expire_overdue().await.unwrap();
            }
            let actor = if by_member { shop.admin() } else { user(shop.fan) };
            shop.cancellations.cancel(&actor, booking).await.unwrap();
            shop.clock.advance(5);
            // The gateway is asked again when its answer was lost.
            for _ in 0..2 {
                shop.payments.reconcile().await.unwrap();
            }
            assert!(shop.gateway.is_voided(payment));
            assert_eq!(shop.payment(payment).await.failure.as_deref(), Some(VOIDED));
            shop.gateway.settle(payment, true);
            assert_eq!(shop.payments.reconcile().await.unwrap(), 0);
            let reason = if by_member { CancelReason::Manager } else { CancelReason::User };
            assert_eq!(shop.status(booking).await, (BookingStatus::Cancelled, Some(reason)));
            shop.assert_sound(&[payment]).await;
        }
    }
}

#[tokio::test]
async fn a_payment_of_an_expired_booking_keeps_waiting() {
    let shop = Shop::open().await;
    let (_, payment) = shop.waiting().await;
    shop.clock.advance(600);
    shop.cancellations.expire_overdue().await.unwrap();
    assert_eq!(shop.payments.reconcile().await.unwrap(), 0);
    assert!(!shop.gateway.is_voided(payment));
}

#[tokio::test]
async fn a_payment_of_a_cancelled_booking_is_refunded_if_it_cannot_be_voided() {
    for can_void in [true, false] {
        let shop = Shop::open().await;
        let (booking, payment) = shop.waiting().await;
        shop.cancellations.cancel(&user(shop.fan), booking).await.unwrap();
        shop.clock.advance(5);
        if !can_void {
            shop.gateway.script_voids([VoidScript::Refuse]);
            assert_eq!(shop.payments.reconcile().await.unwrap(), 0, "it keeps waiting");
        }
        assert_eq!(shop.come_through(payment).await, PaymentStatus::Refunded);
        assert_eq!(shop.status(booking).await, (BookingStatus::Cancelled, Some(CancelReason::User)));
        assert_eq!(shop.available().await, 100);
        let refunds = shop.refunds_of(payment).await;
        assert_eq!(refunds.iter().map(|refund| refund.reason.as_str()).collect::<Vec<_>>(), ["booking_cancelled"]);
        shop.assert_sound(&[payment]).await;
    }
}

#[tokio::test]
async fn of_two_completed_payments_one_is_refunded() {
    let shop = Shop::open().await;
    let (booking, late) = shop.waiting().await;
    shop.gateway.settle(late, false);
    shop.clock.advance(5);
    shop.payments.reconcile().await.unwrap();
    let paid = shop.pay(booking).await;
    shop.gateway.script_refunds([RefundScript::Refuse]);
    shop.gateway.settle(late, true);
    let outcome = boxoffice_domain::payments::ChargeOutcome::Completed { transaction_id: format!("fake-{late}") };
    assert_eq!(shop.payments.settle(late, &outcome).await.unwrap().status, PaymentStatus::Completed);
    shop.assert_sound(&[late, paid.id]).await;
    shop.clock.advance(60);
    assert_eq!(shop.payments.reconcile().await.unwrap(), 1);
    assert_eq!(shop.payment(late).await.status, PaymentStatus::Refunded);
    assert_eq!(shop.booking(booking).await.payment, Some(paid.id));
    assert_eq!(shop.status(booking).await, CONFIRMED);
    shop.assert_sound(&[late, paid.id]).await;
}

#[tokio::test]
async fn partial_refunds_keep_the_seats_and_a_full_one_releases_them() {
    let shop = Shop::open().await;
    let booking = shop.book(&["A-1-1", "A-1-2"]).await;
    let payment = shop.pay(booking).await.id;
    let part = shop.refund(payment, Some(2_000)).await;
    assert_eq!((part.payment.status, part.payment.refunded), (PaymentStatus::PartiallyRefunded, 2_000));
    assert_eq!(shop.status(booking).await, CONFIRMED);
    shop.assert_sound(&[payment]).await;
    let rest = shop.refund(payment, None).await;
    assert_eq!((rest.refund.amount.minor(), rest.payment.status), (3_000, PaymentStatus::Refunded));
    assert_eq!(shop.status(booking).await, (BookingStatus::Cancelled, Some(CancelReason::Manager)));
    assert_eq!(shop.available().await, 100);
    shop.assert_sound(&[payment]).await;
}

#[tokio::test]
async fn a_refund_is_retried_until_completed_and_paid_once() {
    let shop = Shop::open().await;
    let booking = shop.book(&["A-1-1"]).await;
    let payment = shop.pay(booking).await.id;
    shop.gateway.script_refunds([RefundScript::NoAnswer, RefundScript::Refuse, RefundScript::AnswerLost]);
    let refund = shop.refund(payment, None).await.refund;
    assert_eq!((refund.status, refund.attempts), (RefundStatus::Pending, 1));
    assert_eq!(shop.payments.reconcile().await.unwrap(), 0, "not before its time");
    for (wait, status) in [(5, RefundStatus::Failed), (10, RefundStatus::Failed)] {
        shop.clock.advance(wait);
        assert_eq!(shop.payments.reconcile().await.unwrap(), 0);
        assert_eq!(shop.refunds_of(payment).await[0].status, status);
        boxoffice_testing::assert_sound(&shop.store, boxoffice_domain::shared::Clock::now(&*shop.clock)).await;
    }
    shop.clock.advance(20);
    assert_eq!(shop.payments.reconcile().await.unwrap(), 1);
    assert_eq!(shop.gateway.refunded(payment), 2_500);
    shop.assert_sound(&[payment]).await;
}

#[tokio::test]
async fn a_cancelled_bookings_refund_is_pushed_or_left_to_the_worker() {
    for push in [true, false] {
        let shop = Shop::open().await;
        let booking = shop.book(&["A-1-1"]).await;
        let payment = shop.pay(booking).await.id;
        shop.cancellations.cancel(&user(shop.fan), booking).await.unwrap();
        let refund = shop.refunds_of(payment).await.remove(0);
        assert_eq!(refund.status, RefundStatus::Pending);
        if push {
            assert_eq!(shop.payments.push_refund(refund.id).await.unwrap().status, RefundStatus::Completed);
        } else {
            assert_eq!(shop.payments.reconcile().await.unwrap(), 1);
        }
        assert_eq!(shop.payment(payment).await.status, PaymentStatus::Refunded);
        shop.assert_sound(&[payment]).await;
    }
}

#[tokio::test]
async fn the_events_of_a_payment_have_no_gap() {
    let shop = Shop::open().await;
    let (booking, payment) = shop.waiting().await;
    shop.come_through(payment).await;
    shop.refund(payment, Some(1_000)).await;
    let events_of = |id: uuid::Uuid| {
        let events = shop.store.events().into_iter().filter(|event| event.aggregate.uuid() == id);
        events.map(|event| (event.version, event.payload.type_name())).collect::<Vec<_>>()
    };
    let life = ["started", "changed", "changed", "refund_started", "refund_completed"];
    let life: Vec<_> = (1..).zip(life.map(|name| format!("payment.{name}.v1"))).collect();
    assert!(events_of(payment.uuid()).into_iter().eq(life.iter().map(|(version, name)| (*version, name.as_str()))));
    let versions: Vec<_> = events_of(booking.uuid()).into_iter().collect();
    assert_eq!(versions, [(1, "booking.placed.v1"), (2, "booking.payment_changed.v1"), (3, "booking.confirmed.v1")]);
}
