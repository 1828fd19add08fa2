//! Starting payments, against mocks.

use std::sync::mpsc;

use boxoffice_domain::bookings::{BookingStatus, CancelReason};
use boxoffice_domain::concerts::ConcertStatus;
use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord};
use boxoffice_domain::payments::{Charge, ChargeOutcome, PaymentStatus};
use boxoffice_domain::sales::payment::{StartPayment, StartPaymentError, StartedPayment};
use boxoffice_domain::shared::{Actor, BookingId, PaymentId, Role, StoreError};
use boxoffice_testing::{MockUnitOfWork, SequentialIds, failing_store};

use super::fixtures::{NOW, Outside, Sale, TRANSACTION, answer, appends, fan, no_answer, stranger, user};

/// The calls of a unit that starts a payment, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    FindKey,
    GetBooking,
    GetConcert,
    Remember,
    SaveBooking,
    AddPayment,
    Append,
}

const CALLS: [Call; 7] = [
    Call::FindKey,
    Call::GetBooking,
    Call::GetConcert,
    Call::Remember,
    Call::SaveBooking,
    Call::AddPayment,
    Call::Append,
];

/// A unit in which a payment of `sale` is started; the call `failing` fails.
fn unit(sale: &Sale, failing: Option<Call>) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    let booking = sale.booking.clone();
    unit.bookings.expect_get().returning(move |_| answer(failing, Call::GetBooking, vec![booking.clone()]));
    let concert = sale.concert.clone();
    unit.concerts.expect_get().returning(move |_| answer(failing, Call::GetConcert, Some(concert.clone())));
    unit.bookings.expect_save().returning(move |_| answer(failing, Call::SaveBooking, ()));
    unit.payments.expect_add().returning(move |_| answer(failing, Call::AddPayment, ()));
    unit.concerts.expect_advance().returning(|_, _| Ok(2));
    unit.outbox.expect_append().returning(move |_| answer(failing, Call::Append, ()));
    unit
}

/// The same unit for a request with a new key.
fn keyed_unit(sale: &Sale, failing: Option<Call>) -> MockUnitOfWork {
    let mut unit = unit(sale, failing);
    unit.idempotency.expect_find().returning(move |_| answer(failing, Call::FindKey, Vec::new()));
    unit.idempotency.expect_remember().returning(move |_| answer(failing, Call::Remember, ()));
    unit
}

fn command(sale: &Sale) -> StartPayment {
    StartPayment { booking: sale.booking.id, method: String::from("card") }
}

fn key() -> Option<IdempotencyKey> {
    IdempotencyKey::parse("pay-1")
}

/// The error when starting a payment of `sale` is refused.
async fn refusal(sale: &Sale, actor: Actor) -> StartPaymentError {
    let mut unit = MockUnitOfWork::new();
    sale.reads_booking(&mut unit);
    sale.reads_concert(&mut unit);
    Outside::with([unit]).service().start(&actor, command(sale), None).await.unwrap_err()
}

#[tokio::test]
async fn only_users_pay() {
    for actor in [Actor::Anonymous, Actor::System] {
        let refused = Outside::with([]).service().start(&actor, command(&Sale::unpaid()), None).await;
        assert!(matches!(refused, Err(StartPaymentError::LoginRequired)), "{actor:?}");
    }
}

#[tokio::test]
async fn an_unknown_method_is_a_fault_of_the_method() {
    let command = StartPayment { method: String::from("cash"), ..command(&Sale::unpaid()) };
    let refused = Outside::with([]).service().start(&user(fan()), command, None).await.unwrap_err();
    let StartPaymentError::UnknownMethod(faults) = refused else { panic!("{refused:?}") };
    assert_eq!(faults.as_slice()[0].pointer, "/method");
}

#[tokio::test]
async fn bookings_of_others_do_not_exist() {
    let sale = Sale::unpaid();
    let stranger = stranger().user_id().unwrap();
    for role in [Role::User, Role::Manager, Role::Admin] {
        let refused = refusal(&sale, Actor::User { id: stranger, role }).await;
        assert!(matches!(refused, StartPaymentError::BookingNotFound), "{role:?}: {refused}");
    }
    let mut unit = MockUnitOfWork::new();
    sale.reads_booking(&mut unit);
    let command = StartPayment { booking: BookingId::from_uuid(uuid::Uuid::nil()), ..command(&sale) };
    let refused = Outside::with([unit]).service().start(&user(fan()), command, None).await;
    assert!(matches!(refused, Err(StartPaymentError::BookingNotFound)));
}

#[tokio::test]
async fn an_overdue_booking_has_expired_whether_swept_or_not() {
    let mut sale = Sale::unpaid();
    sale.booking.expires_at = NOW;
    assert!(matches!(refusal(&sale, user(fan())).await, StartPaymentError::BookingExpired));
    sale.booking.status = BookingStatus::Cancelled;
    sale.booking.cancel_reason = Some(CancelReason::Expired);
    assert!(matches!(refusal(&sale, user(fan())).await, StartPaymentError::BookingExpired));
}

#[tokio::test]
async fn only_pending_bookings_can_be_paid() {
    let mut sale = Sale::paid();
    assert!(matches!(refusal(&sale, user(fan())).await, StartPaymentError::BookingNotPayable));
    for reason in [CancelReason::User, CancelReason::Manager] {
        sale.booking.status = BookingStatus::Cancelled;
        sale.booking.cancel_reason = Some(reason);
        assert!(matches!(refusal(&sale, user(fan())).await, StartPaymentError::BookingNotPayable), "{reason:?}");
    }
}

#[tokio::test]
async fn no_payment_starts_for_a_cancelled_concert_before_and_after_its_bookings_are_cancelled() {
    let mut sale = Sale::unpaid();
    sale.concert.status = ConcertStatus::Cancelled;
    assert!(matches!(refusal(&sale, user(fan())).await, StartPaymentError::ConcertCancelled));
    sale.booking.status = BookingStatus::Cancelled;
    sale.booking.cancel_reason = Some(CancelReason::ConcertCancelled);
    assert!(matches!(refusal(&sale, user(fan())).await, StartPaymentError::ConcertCancelled));
}

#[tokio::test]
async fn a_booking_has_one_live_payment() {
    assert!(matches!(refusal(&Sale::paying(), user(fan())).await, StartPaymentError::PaymentInProgress));
}

#[tokio::test]
async fn the_payment_becomes_the_live_one_before_it_is_charged() {
    let sale = Sale::unpaid();
    let mut unit = MockUnitOfWork::new();
    sale.reads_booking(&mut unit);
    sale.reads_concert(&mut unit);
    unit.bookings
        .expect_save()
        .withf(|saved| saved[0].payment.is_some() && saved[0].version == 2)
        .times(1)
        .returning(|_| Ok(()));
    let total = sale.booking.total;
    unit.payments
        .expect_add()
        .withf(move |added| {
            let [added] = added else { return false };
            (added.amount, added.status, added.version) == (total, PaymentStatus::Pending, 1)
                && added.user == Some(fan())
        })
        .times(1)
        .returning(|_| Ok(()));
    appends(&mut unit, &["booking.payment_changed.v1", "payment.started.v1"]);
    let end = unit.end();
    let mut outside = Outside::with([unit]);
    outside.gateway.expect_charge().times(1).returning(move |charge| {
        assert!(end.is_committed());
        assert_eq!((charge.amount, charge.method.as_str(), charge.started_at), (total, "card", NOW));
        Err(no_answer())
    });
    let started = outside.service().start(&user(fan()), command(&sale), None).await.unwrap();
    assert!(!started.replayed);
    assert_eq!(started.payment.status, PaymentStatus::Pending);
}

#[tokio::test]
async fn only_the_first_payment_moves_the_expiry_and_never_back() {
    for (hold_extended, left, expected) in [(false, 30, 120), (false, 600, 600), (true, 30, 30)] {
        let mut sale = Sale::unpaid();
        sale.booking.hold_extended = hold_extended;
        sale.booking.expires_at = NOW.plus_seconds(left);
        let mut unit = MockUnitOfWork::new();
        sale.reads_booking(&mut unit);
        sale.reads_concert(&mut unit);
        let expected = NOW.plus_seconds(expected);
        unit.bookings
            .expect_save()
            .withf(move |saved| saved[0].expires_at == expected && saved[0].hold_extended)
            .times(1)
            .returning(|_| Ok(()));
        unit.payments.expect_add().returning(|_| Ok(()));
        unit.concerts.expect_advance().returning(|_, _| Ok(2));
        unit.outbox.expect_append().returning(|_| Ok(()));
        let mut outside = Outside::with([unit]);
        outside.gateway.expect_charge().returning(|_| Err(no_answer()));
        outside.service().start(&user(fan()), command(&sale), None).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_charged_when_the_store_fails() {
    for call in CALLS {
        let unit = keyed_unit(&Sale::unpaid(), Some(call));
        let end = unit.end();
        let failed = Outside::with([unit]).service().start(&user(fan()), command(&Sale::unpaid()), key()).await;
        assert!(matches!(failed, Err(StartPaymentError::Store(StoreError::Busy))), "{call:?}");
        assert!(end.is_rolled_back(), "{call:?}");
    }
    let lost = keyed_unit(&Sale::unpaid(), None).failing_commit(StoreError::Busy);
    for outside in [Outside::with([lost]), Outside::over(failing_store(StoreError::Busy))] {
        let failed = outside.service().start(&user(fan()), command(&Sale::unpaid()), key()).await;
        assert!(matches!(failed, Err(StartPaymentError::Store(StoreError::Busy))));
    }
}

#[tokio::test]
async fn the_loser_of_a_race_for_a_booking_sees_the_payment_in_progress() {
    let lost = unit(&Sale::unpaid(), None).failing_commit(StoreError::Contention);
    let again = unit(&Sale::paying(), None);
    let outside = Outside::with([lost, again]);
    let refused = outside.service().start(&user(fan()), command(&Sale::unpaid()), None).await;
    assert!(matches!(refused, Err(StartPaymentError::PaymentInProgress)));
}

/// The record of `command` with [`key`], which started the payment of `sale`.
async fn remembered(command: StartPayment, sale: &Sale) -> IdempotencyRecord {
    let (sent, kept) = mpsc::channel();
    let mut unit = unit(&Sale::unpaid(), None);
    unit.idempotency.expect_find().returning(|_| Ok(Vec::new()));
    unit.idempotency.expect_remember().times(1).returning(move |requests| {
        sent.send(requests[0].clone()).unwrap();
        Ok(())
    });
    let mut outside = Outside::with([unit]);
    outside.gateway.expect_charge().returning(|_| Err(no_answer()));
    let started = outside.service().start(&user(fan()), command, key()).await.unwrap();
    let remembered: IdempotencyRecord = kept.recv().unwrap();
    assert_eq!((remembered.resource, remembered.at), (started.payment.id.uuid(), NOW));
    IdempotencyRecord { resource: sale.payment.id.uuid(), ..remembered }
}

/// Starts the payment of `sale` again while `remembered` is stored.
async fn start_again(remembered: IdempotencyRecord, sale: &Sale) -> Result<StartedPayment, StartPaymentError> {
    let mut unit = MockUnitOfWork::new();
    unit.idempotency.expect_find().times(1).returning(move |keys| {
        assert_eq!(keys, std::slice::from_ref(&remembered.key));
        Ok(vec![remembered.clone()])
    });
    sale.reads_payment(&mut unit);
    Outside::with([unit]).service().start(&user(fan()), command(sale), key()).await
}

#[tokio::test]
async fn a_repeated_request_returns_the_current_payment_and_charges_nothing() {
    let sale = Sale::paid();
    let remembered = remembered(command(&sale), &sale).await;
    let again = start_again(remembered, &sale).await.unwrap();
    assert_eq!(again, StartedPayment { payment: sale.payment, replayed: true });
}

#[tokio::test]
async fn a_key_cannot_be_used_for_another_command() {
    let sale = Sale::paid();
    let other = IdempotencyRecord {
        command: CommandHash::of([b"another".as_slice()]),
        ..remembered(command(&sale), &sale).await
    };
    assert!(matches!(start_again(other, &sale).await, Err(StartPaymentError::KeyReused)));
}

#[tokio::test]
async fn a_remembered_payment_that_is_missing_is_inconsistent_data() {
    let sale = Sale::paid();
    let lost = IdempotencyRecord { resource: uuid::Uuid::nil(), ..remembered(command(&sale), &sale).await };
    let failed = start_again(lost, &sale).await;
    assert!(matches!(failed, Err(StartPaymentError::Store(StoreError::Inconsistent(_)))));
}

/// Starts a payment that the gateway answers with `outcome`, with `settling` as the second unit.
async fn start_with(outcome: ChargeOutcome, settling: MockUnitOfWork) -> StartedPayment {
    let sale = Sale::unpaid();
    let mut outside = Outside::with([unit(&sale, None), settling]);
    outside.gateway.expect_charge().times(1).returning(move |_: &Charge| Ok(outcome.clone()));
    outside.service().start(&user(fan()), command(&sale), None).await.unwrap()
}

#[tokio::test]
async fn a_charge_that_cannot_be_settled_yet_stays_pending_and_is_no_error() {
    let outcome = ChargeOutcome::Completed { transaction_id: TRANSACTION.to_owned() };
    let mut settling = MockUnitOfWork::new();
    settling.payments.expect_get().returning(|_| Err(StoreError::Busy));
    let started = start_with(outcome, settling).await;
    assert_eq!(started.payment.status, PaymentStatus::Pending);
}

#[tokio::test]
async fn a_declined_payment_is_answered_as_failed() {
    let mut sale = Sale::paying();
    // The first id that the service generates.
    sale.payment.id = PaymentId::generate(&SequentialIds::new());
    sale.booking.payment = Some(sale.payment.id);
    let mut settling = MockUnitOfWork::new();
    sale.reads_booking(&mut settling);
    let payment = sale.payment.clone();
    settling.payments.expect_get().returning(move |_| Ok(vec![payment.clone()]));
    settling.bookings.expect_save().times(1).returning(|_| Ok(()));
    settling.payments.expect_save().times(1).returning(|_| Ok(()));
    settling.concerts.expect_advance().returning(|_, _| Ok(2));
    settling.outbox.expect_append().times(1).returning(|_| Ok(()));
    let outcome = ChargeOutcome::Declined { transaction_id: None, failure: String::from("card_declined") };
    let started = start_with(outcome, settling).await;
    assert_eq!(started.payment.status, PaymentStatus::Failed);
    assert_eq!(started.payment.failure.as_deref(), Some("card_declined"));
}
