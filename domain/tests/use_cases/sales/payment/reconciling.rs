//! Reconciling payments and refunds, against mocks.

use std::sync::mpsc;

use boxoffice_domain::bookings::Booking;
use boxoffice_domain::payments::{
    ChargeOutcome, GatewayError, MockPaymentGateway, Payment, PaymentPosition, RefundOutcome, RefundStatus,
};
use boxoffice_domain::sales::payment::{RECONCILE_AFTER_SECONDS, RECONCILE_BATCH};
use boxoffice_domain::shared::{PaymentId, StoreError};
use boxoffice_testing::{MockUnitOfWork, RefundBuilder, SequentialIds};

use super::fixtures::{NOW, Outside, Sale, no_answer};

/// `count` pending payments, each of another booking.
fn pending(count: u128) -> Vec<Payment> {
    let numbered = |number: u128| Payment {
        id: PaymentId::from_uuid(uuid::Uuid::from_u128(number)),
        created_at: NOW.plus_seconds(-60),
        ..Sale::paying().payment
    };
    (1..=count).map(numbered).collect()
}

fn position_of(payment: &Payment) -> PaymentPosition {
    PaymentPosition { created_at: payment.created_at, id: payment.id }
}

/// A unit that settles a declined charge of `payment`.
fn declining(payment: &Payment) -> MockUnitOfWork {
    let sale = Sale { payment: payment.clone(), ..Sale::unpaid() };
    let mut unit = MockUnitOfWork::new();
    sale.reads_payment(&mut unit);
    let booking = sale.booking;
    unit.bookings.expect_get().returning(move |_| Ok(vec![booking.clone()]));
    unit.payments.expect_save().times(1).returning(|_| Ok(()));
    unit.concerts.expect_advance().returning(|_, _| Ok(2));
    unit.outbox.expect_append().times(1).returning(|_| Ok(()));
    unit
}

fn declined() -> ChargeOutcome {
    ChargeOutcome::Declined { transaction_id: None, failure: String::from("card_declined") }
}

fn no_bookings(outside: &mut Outside) {
    outside.bookings.expect_get().returning(|_| Ok(None));
}

fn no_refunds(outside: &mut Outside) {
    outside.payments.expect_refunds_due().returning(|_, _, _| Ok(Vec::new()));
}

fn no_payments(outside: &mut Outside) {
    outside.payments.expect_pending_since().returning(|_, _, _, _| Ok(Vec::new()));
}

#[tokio::test]
async fn pending_payments_are_reconciled_in_one_bounded_batch() {
    let mut outside = Outside::with([]);
    let before = NOW.plus_seconds(-RECONCILE_AFTER_SECONDS);
    outside
        .payments
        .expect_pending_since()
        .withf(move |gateway, asked, after, limit| {
            (gateway, *asked, *after, *limit) == ("fake", before, None, RECONCILE_BATCH)
        })
        .times(1)
        .returning(|_, _, _, _| Ok(Vec::new()));
    outside
        .payments
        .expect_refunds_due()
        .withf(|gateway, now, limit| (gateway, *now, *limit) == ("fake", NOW, RECONCILE_BATCH))
        .times(1)
        .returning(|_, _, _| Ok(Vec::new()));
    assert_eq!(outside.service().reconcile().await.unwrap(), 0);
}

#[tokio::test]
async fn one_payment_that_fails_does_not_stop_the_others() {
    let payments = pending(4);
    let mut broken = MockUnitOfWork::new();
    broken.payments.expect_get().returning(|_| Err(StoreError::Busy));
    let mut outside = Outside::with([declining(&payments[0]), broken, declining(&payments[3])]);
    no_refunds(&mut outside);
    no_bookings(&mut outside);
    let silent = payments[1].id;
    outside
        .gateway
        .expect_find()
        .times(4)
        .returning(move |charge| if charge.payment == silent { Err(no_answer()) } else { Ok(declined()) });
    outside.payments.expect_pending_since().times(1).returning(move |_, _, _, _| Ok(payments.clone()));
    assert_eq!(outside.service().reconcile().await.unwrap(), 2);
}

/// A gateway of this name that accepts no methods and reports the outcome of each charge.
fn gateway(
    name: &'static str,
    find: impl Fn() -> Result<ChargeOutcome, GatewayError> + Send + 'static,
) -> MockPaymentGateway {
    let mut gateway = MockPaymentGateway::new();
    gateway.expect_name().return_const(name);
    gateway.expect_methods().return_const([].as_slice());
    gateway.expect_find().returning(move |_| find());
    gateway
}

#[tokio::test]
async fn a_dead_gateway_does_not_stop_the_pass_of_the_others() {
    let dead = pending(7);
    let mut alive = pending(1).remove(0);
    alive.id = PaymentId::from_uuid(uuid::Uuid::from_u128(100));
    alive.gateway = String::from("alive");
    let mut outside = Outside::with([declining(&alive)]);
    no_refunds(&mut outside);
    no_bookings(&mut outside);
    outside.gateway.expect_find().times(5).returning(|_| Err(no_answer()));
    outside
        .payments
        .expect_pending_since()
        .times(2)
        .returning(move |gateway, _, _, _| Ok(if gateway == "alive" { vec![alive.clone()] } else { dead.clone() }));
    let service = outside.and(gateway("alive", || Ok(declined()))).service();
    assert_eq!(service.reconcile().await.unwrap(), 1);
}

/// Makes three passes over `payments` with a gateway that never answers, and returns after which position each one
/// continued. `booking` is what is read of the booking of each payment.
async fn three_passes(
    payments: Vec<Payment>,
    booking: impl Fn() -> Result<Option<Booking>, StoreError> + Send + 'static,
) -> Vec<Option<PaymentPosition>> {
    let mut outside = Outside::with([]);
    no_refunds(&mut outside);
    outside.bookings.expect_get().returning(move |_| booking());
    outside.gateway.expect_find().returning(|_| Err(no_answer()));
    let (sent, asked) = mpsc::channel();
    outside.payments.expect_pending_since().times(3).returning(move |_, _, after, limit| {
        sent.send(after).unwrap();
        let rest = payments.iter().filter(|payment| after.is_none_or(|after| payment.id > after.id));
        Ok(rest.take(limit.try_into().unwrap()).cloned().collect())
    });
    let service = outside.service();
    for _ in 0..3 {
        assert_eq!(service.reconcile().await.unwrap(), 0);
    }
    asked.try_iter().collect()
}

#[tokio::test]
async fn a_dead_gateway_ends_the_pass_and_the_next_pass_continues() {
    let payments = pending(8);
    let fifth = position_of(&payments[4]);
    assert_eq!(three_passes(payments, || Ok(None)).await, [None, Some(fifth), None]);
}

#[tokio::test]
async fn passes_continue_after_a_full_batch_and_start_again_after_the_last() {
    let payments = pending(u128::from(RECONCILE_BATCH) + 1);
    let last_of_batch = position_of(&payments[payments.len() - 2]);
    assert_eq!(three_passes(payments, || Err(StoreError::Busy)).await, [None, Some(last_of_batch), None]);
}

#[tokio::test]
async fn due_refunds_are_sent_and_one_that_fails_does_not_stop_the_others() {
    let sale = Sale::paid();
    let ids = SequentialIds::new();
    let refunds: Vec<_> = (0..3).map(|_| RefundBuilder::new(&ids, &sale.payment).amount(1_000).build()).collect();
    let reads = |index: usize| {
        let mut unit = MockUnitOfWork::new();
        sale.reads_payment(&mut unit);
        let refund = refunds[index].clone();
        unit.refunds.expect_get().returning(move |_| Ok(Some(refund.clone())));
        sale.reads_booking(&mut unit);
        unit
    };
    let mut unreadable = MockUnitOfWork::new();
    unreadable.refunds.expect_get().returning(|_| Err(StoreError::Busy));
    let mut refused = reads(1);
    refused.refunds.expect_save().withf(|refund| refund.status == RefundStatus::Failed).times(1).returning(|_| Ok(()));
    let mut completed = reads(2);
    completed.payments.expect_save().times(1).returning(|_| Ok(()));
    completed.refunds.expect_save().times(1).returning(|_| Ok(()));
    completed.concerts.expect_advance().returning(|_, _| Ok(2));
    completed.outbox.expect_append().times(1).returning(|_| Ok(()));
    let mut outside = Outside::with([unreadable, reads(1), refused, reads(2), completed]);
    no_payments(&mut outside);
    let last = refunds[2].id;
    outside.gateway.expect_refund().times(2).returning(move |refund| {
        Ok(if refund.refund == last {
            RefundOutcome::Completed { reference: String::from("re-1") }
        } else {
            RefundOutcome::Refused { failure: String::from("try_later") }
        })
    });
    let due = refunds.clone();
    outside.payments.expect_refunds_due().times(1).returning(move |_, _, _| Ok(due.clone()));
    assert_eq!(outside.service().reconcile().await.unwrap(), 1);
}

#[tokio::test]
async fn a_dead_gateway_ends_the_pass_over_refunds() {
    let sale = Sale::paid();
    let ids = SequentialIds::new();
    let refunds: Vec<_> = (0..7).map(|_| RefundBuilder::new(&ids, &sale.payment).amount(100).build()).collect();
    let units = refunds.iter().take(5).flat_map(|refund| [refund, refund]).map(|refund| {
        let mut unit = MockUnitOfWork::new();
        sale.reads_payment(&mut unit);
        let refund = refund.clone();
        unit.refunds.expect_get().returning(move |_| Ok(Some(refund.clone())));
        unit.refunds.expect_save().returning(|_| Ok(()));
        unit
    });
    let mut outside = Outside::with(units);
    no_payments(&mut outside);
    outside.gateway.expect_refund().times(5).returning(|_| Err(no_answer()));
    outside.payments.expect_refunds_due().times(1).returning(move |_, _, _| Ok(refunds.clone()));
    assert_eq!(outside.service().reconcile().await.unwrap(), 0);
}

#[tokio::test]
async fn failures_of_the_lists_are_returned_after_both_are_tried() {
    let mut no_list = Outside::with([]);
    no_list.payments.expect_pending_since().returning(|_, _, _, _| Err(StoreError::Busy));
    no_list.payments.expect_refunds_due().times(1).returning(|_, _, _| Ok(Vec::new()));
    let mut no_due = Outside::with([]);
    no_payments(&mut no_due);
    no_due.payments.expect_refunds_due().returning(|_, _, _| Err(StoreError::Busy));
    for outside in [no_list, no_due] {
        assert!(matches!(outside.service().reconcile().await, Err(StoreError::Busy)));
    }
}
