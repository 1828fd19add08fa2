//! Refunding payments, against mocks.

use std::sync::mpsc;

use boxoffice_domain::bookings::{BookingStatus, CancelReason};
use boxoffice_domain::concerts::MemberRole;
use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord};
use boxoffice_domain::payments::{GatewayError, PaymentStatus, Refund, RefundOutcome, RefundStatus};
use boxoffice_domain::sales::payment::{RefundError, RefundPayment, RefundedPayment};
use boxoffice_domain::shared::{Actor, Role, StoreError};
use boxoffice_testing::{MockUnitOfWork, RefundBuilder, SequentialIds, failing_store};

use super::fixtures::{NOW, Outside, Sale, answer, appends, fan, no_answer, stranger, user};

/// The calls of a unit that writes a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    FindKey,
    GetPayment,
    GetBooking,
    OfPayments,
    Remember,
    Release,
    SaveBooking,
    SavePayment,
    AddRefund,
    ChangePurchase,
    ChangeCounts,
    Advance,
    Append,
}

const CALLS: [Call; 13] = [
    Call::FindKey,
    Call::GetPayment,
    Call::GetBooking,
    Call::OfPayments,
    Call::Remember,
    Call::Release,
    Call::SaveBooking,
    Call::SavePayment,
    Call::AddRefund,
    Call::ChangePurchase,
    Call::ChangeCounts,
    Call::Advance,
    Call::Append,
];

fn all() -> RefundPayment {
    RefundPayment { amount: None, reason: String::from("rain") }
}

fn part(amount: i64) -> RefundPayment {
    RefundPayment { amount: Some(amount), ..all() }
}

fn key() -> Option<IdempotencyKey> {
    IdempotencyKey::parse("refund-1")
}

/// Ports that let members of the organiser refund `sale`.
fn outside(sale: &Sale, units: impl IntoIterator<Item = MockUnitOfWork>) -> Outside {
    let mut outside = Outside::with(units);
    let Sale { payment, concert, .. } = sale.clone();
    outside.payments.expect_get().returning(move |_| Ok(Some(payment.clone())));
    outside.payments.expect_concert_of().returning(move |_| Ok(Some(concert.id)));
    outside
}

fn for_members(sale: &Sale, units: impl IntoIterator<Item = MockUnitOfWork>) -> Outside {
    let mut outside = outside(sale, units);
    outside.organisers.expect_role_at().returning(|_, _| Ok(Some(MemberRole::BoxOffice)));
    outside
}

/// A unit that reads `sale` and its `refunds` and accepts all writes; the call `failing` fails.
fn unit(sale: &Sale, refunds: &[Refund], failing: Option<Call>) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    let Sale { booking, payment, .. } = sale.clone();
    let refunds = refunds.to_vec();
    unit.payments.expect_get().returning(move |_| answer(failing, Call::GetPayment, vec![payment.clone()]));
    unit.bookings.expect_get().returning(move |_| answer(failing, Call::GetBooking, vec![booking.clone()]));
    unit.refunds.expect_of_payments().returning(move |_| answer(failing, Call::OfPayments, refunds.clone()));
    unit.tickets.expect_release().returning(move |_, _, _| answer(failing, Call::Release, ()));
    unit.bookings.expect_save().returning(move |_| answer(failing, Call::SaveBooking, ()));
    unit.payments.expect_save().returning(move |_| answer(failing, Call::SavePayment, ()));
    unit.refunds.expect_add().returning(move |_| answer(failing, Call::AddRefund, ()));
    unit.holdings.expect_change().returning(move |_, _| answer(failing, Call::ChangePurchase, ()));
    unit.sections.expect_change_counts().returning(move |_, _| answer(failing, Call::ChangeCounts, ()));
    unit.concerts.expect_advance().returning(move |_, _| answer(failing, Call::Advance, 2));
    unit.outbox.expect_append().returning(move |_| answer(failing, Call::Append, ()));
    unit
}

/// The same unit for a request with a new key.
fn keyed_unit(sale: &Sale, failing: Option<Call>) -> MockUnitOfWork {
    let mut unit = unit(sale, &[], failing);
    unit.idempotency.expect_find().returning(move |_| answer(failing, Call::FindKey, Vec::new()));
    unit.idempotency.expect_remember().returning(move |_| answer(failing, Call::Remember, ()));
    unit
}

/// A unit that reads `refund` of `sale`.
fn reading(sale: &Sale, refund: &Refund) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    sale.reads_payment(&mut unit);
    let refund = refund.clone();
    unit.refunds.expect_get().returning(move |_| Ok(Some(refund.clone())));
    sale.reads_booking(&mut unit);
    unit
}

/// A unit that fails to write the gateway's answer about a refund.
fn unsettled() -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    unit.refunds.expect_get().returning(|_| Err(StoreError::Busy));
    unit
}

fn pending(sale: &Sale) -> Refund {
    RefundBuilder::new(&SequentialIds::new(), &sale.payment).build()
}

#[tokio::test]
async fn only_those_who_manage_bookings_refund() {
    let sale = Sale::paid();
    let id = sale.payment.id;
    for actor in [Actor::Anonymous, Actor::System] {
        let refused = Outside::with([]).service().refund(&actor, id, all(), None).await;
        assert!(matches!(refused, Err(RefundError::LoginRequired)));
    }
    for (actor, role, seen) in [
        (user(fan()), None, true),
        (stranger(), Some(MemberRole::Viewer), true),
        (stranger(), Some(MemberRole::Scanner), false),
        (stranger(), None, false),
    ] {
        let mut outside = outside(&sale, []);
        outside.organisers.expect_role_at().returning(move |_, _| Ok(role));
        let refused = outside.service().refund(&actor, id, all(), None).await;
        assert_eq!(matches!(refused, Err(RefundError::Forbidden)), seen, "{role:?}");
        assert_eq!(matches!(refused, Err(RefundError::NotFound)), !seen, "{role:?}");
    }
    let mut nothing = Outside::with([]);
    nothing.payments.expect_get().returning(|_| Ok(None));
    let refused = nothing.service().refund(&stranger(), id, all(), None).await;
    assert!(matches!(refused, Err(RefundError::NotFound)));
}

#[tokio::test]
async fn all_faults_are_reported_at_once() {
    let sale = Sale::paid();
    let long = "x".repeat(201);
    for (amount, reason, pointers) in [
        (Some(0), "rain", ["/amount"].as_slice()),
        (Some(-1), " ", &["/reason", "/amount"]),
        (None, long.as_str(), &["/reason"]),
        (None, "a\0b", &["/reason"]),
    ] {
        let command = RefundPayment { amount, reason: reason.to_owned() };
        let refused = for_members(&sale, []).service().refund(&stranger(), sale.payment.id, command, None).await;
        let Err(RefundError::Invalid(faults)) = refused else { panic!("{refused:?}") };
        let found: Vec<_> = faults.as_slice().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(found, pointers);
    }
}

async fn refusal(sale: &Sale, refunds: &[Refund], command: RefundPayment) -> RefundError {
    let unit = unit(sale, refunds, None);
    let end = unit.end();
    let service = for_members(sale, [unit]).service();
    let refused = service.refund(&stranger(), sale.payment.id, command, None).await.unwrap_err();
    assert!(end.is_rolled_back());
    refused
}

#[tokio::test]
async fn unpaid_or_already_refunded_amounts_are_not_refunded() {
    for status in [PaymentStatus::Pending, PaymentStatus::Failed, PaymentStatus::Refunded] {
        let mut sale = Sale::paid();
        sale.payment.status = status;
        assert!(matches!(refusal(&sale, &[], all()).await, RefundError::NothingLeft), "{status:?}");
    }
    let sale = Sale::paid();
    let refunds = [pending(&sale)];
    assert!(matches!(refusal(&sale, &refunds, all()).await, RefundError::NothingLeft));
    assert!(matches!(refusal(&sale, &refunds, part(1)).await, RefundError::NothingLeft));
}

#[tokio::test]
async fn an_amount_is_below_all_that_is_left_of_a_confirmed_booking() {
    let sale = Sale::paid();
    let ids = SequentialIds::new();
    let refunds = [RefundBuilder::new(&ids, &sale.payment).amount(2_000).status(RefundStatus::Failed).build()];
    let too_much = refusal(&sale, &refunds, part(3_001)).await;
    assert!(matches!(too_much, RefundError::ExceedsLeft { left: 3_000 }), "{too_much:?}");
    let all_of_it = refusal(&sale, &refunds, part(3_000)).await;
    assert!(matches!(all_of_it, RefundError::AllThatIsLeft { left: 3_000 }), "{all_of_it:?}");
    let outside = for_members(&sale, [unit(&sale, &refunds, None), unsettled()]);
    let refunded = refund_unanswered(outside, &sale, part(2_999)).await;
    assert_eq!(refunded.refund.amount.minor(), 2_999);
}

/// Refunds while the gateway gives no answer, and the store fails to record that.
async fn refund_unanswered(mut outside: Outside, sale: &Sale, command: RefundPayment) -> RefundedPayment {
    outside.gateway.expect_refund().times(1).returning(|_| Err(no_answer()));
    let refunded = outside.service().refund(&stranger(), sale.payment.id, command, None).await.unwrap();
    assert_eq!(refunded.refund.status, RefundStatus::Pending);
    refunded
}

#[tokio::test]
async fn without_an_amount_all_that_is_left_is_refunded_and_the_booking_cancelled() {
    let sale = Sale::paid();
    let refunds = [RefundBuilder::new(&SequentialIds::new(), &sale.payment).amount(2_000).build()];
    let mut unit = MockUnitOfWork::new();
    sale.reads_payment(&mut unit);
    sale.reads_booking(&mut unit);
    unit.refunds.expect_of_payments().returning(move |_| Ok(refunds.to_vec()));
    unit.tickets.expect_release().withf(|_, _, tickets| tickets.len() == 2).times(1).returning(|_, _, _| Ok(()));
    unit.bookings
        .expect_save()
        .withf(|saved| {
            (saved[0].status, saved[0].cancel_reason) == (BookingStatus::Cancelled, Some(CancelReason::Manager))
        })
        .times(1)
        .returning(|_| Ok(()));
    unit.payments.expect_save().withf(|saved| saved[0].version == 2).times(1).returning(|_| Ok(()));
    unit.refunds.expect_add().withf(|added| added[0].amount.minor() == 3_000).times(1).returning(|_| Ok(()));
    unit.holdings.expect_change().withf(|_, changes| changes[0].tickets == -2).times(1).returning(|_, _| Ok(()));
    unit.sections.expect_change_counts().times(1).returning(|_, _| Ok(()));
    unit.concerts.expect_advance().withf(|_, available| *available == 2).times(1).returning(|_, _| Ok(2));
    appends(&mut unit, &["concert.seats_changed.v1", "booking.cancelled.v1", "payment.refund_started.v1"]);
    let admin = Actor::User { id: fan(), role: Role::Admin };
    let mut outside = outside(&sale, [unit, unsettled()]);
    outside.gateway.expect_refund().times(1).returning(|_| Err(no_answer()));
    let refunded = outside.service().refund(&admin, sale.payment.id, all(), None).await.unwrap();
    assert_eq!((refunded.refund.amount.minor(), refunded.refund.reason.as_str()), (3_000, "rain"));
}

#[tokio::test]
async fn with_an_amount_only_money_is_refunded() {
    let sale = Sale::paid();
    let mut unit = MockUnitOfWork::new();
    sale.reads_payment(&mut unit);
    sale.reads_booking(&mut unit);
    unit.refunds.expect_of_payments().returning(|_| Ok(Vec::new()));
    unit.payments.expect_save().times(1).returning(|_| Ok(()));
    unit.refunds.expect_add().times(1).returning(|_| Ok(()));
    appends(&mut unit, &["payment.refund_started.v1"]);
    let refunded = refund_unanswered(for_members(&sale, [unit, unsettled()]), &sale, part(1)).await;
    assert_eq!(refunded.refund.amount.minor(), 1);
}

#[tokio::test]
async fn the_rest_of_a_cancelled_bookings_payment_is_refunded_without_changing_the_booking() {
    let mut sale = Sale::paid();
    sale.booking.status = BookingStatus::Cancelled;
    sale.booking.cancel_reason = Some(CancelReason::User);
    let mut unit = MockUnitOfWork::new();
    sale.reads_payment(&mut unit);
    sale.reads_booking(&mut unit);
    unit.refunds.expect_of_payments().returning(|_| Ok(Vec::new()));
    unit.payments.expect_save().times(1).returning(|_| Ok(()));
    unit.refunds.expect_add().times(1).returning(|_| Ok(()));
    appends(&mut unit, &["payment.refund_started.v1"]);
    let refunded = refund_unanswered(for_members(&sale, [unit, unsettled()]), &sale, all()).await;
    assert_eq!(refunded.refund.amount, sale.payment.amount);
}

#[tokio::test]
async fn no_money_is_refunded_when_the_store_fails() {
    let sale = Sale::paid();
    for call in CALLS {
        let unit = keyed_unit(&sale, Some(call));
        let end = unit.end();
        let service = for_members(&sale, [unit]).service();
        let failed = service.refund(&stranger(), sale.payment.id, all(), key()).await;
        assert!(matches!(failed, Err(RefundError::Store(StoreError::Busy))), "{call:?}");
        assert!(end.is_rolled_back(), "{call:?}");
    }
    let mut unread = Outside::with([]);
    unread.payments.expect_get().returning(|_| Err(StoreError::Busy));
    let mut no_unit = Outside::over(failing_store(StoreError::Busy));
    let payment = sale.payment.clone();
    no_unit.payments.expect_get().returning(move |_| Ok(Some(payment.clone())));
    for outside in [unread, no_unit] {
        let admin = Actor::User { id: fan(), role: Role::Admin };
        let failed = outside.service().refund(&admin, sale.payment.id, all(), None).await;
        assert!(matches!(failed, Err(RefundError::Store(StoreError::Busy))));
    }
}

/// The record of a full refund of `sale` with [`key`].
async fn remembered(sale: &Sale) -> IdempotencyRecord {
    let (sent, kept) = mpsc::channel();
    let mut unit = unit(sale, &[], None);
    unit.idempotency.expect_find().returning(|_| Ok(Vec::new()));
    unit.idempotency.expect_remember().times(1).returning(move |requests| {
        sent.send(requests[0].clone()).unwrap();
        Ok(())
    });
    let mut outside = for_members(sale, [unit, unsettled()]);
    outside.gateway.expect_refund().returning(|_| Err(no_answer()));
    let refunded = outside.service().refund(&stranger(), sale.payment.id, all(), key()).await.unwrap();
    let remembered: IdempotencyRecord = kept.recv().unwrap();
    assert_eq!((remembered.resource, remembered.at), (refunded.refund.id.uuid(), NOW));
    remembered
}

#[tokio::test]
async fn a_repeated_request_returns_the_current_refund() {
    let sale = Sale::paid();
    let known = remembered(&sale).await;
    let other = IdempotencyRecord { command: CommandHash::of([b"another".as_slice()]), ..known.clone() };
    let refund = pending(&sale);
    for (known, replays) in [(known, true), (other, false)] {
        let mut unit = reading(&sale, &refund);
        unit.idempotency
            .expect_find()
            .withf({
                let name = known.key.clone();
                move |keys| keys == std::slice::from_ref(&name)
            })
            .times(1)
            .returning(move |_| Ok(vec![known.clone()]));
        let service = for_members(&sale, [unit]).service();
        let again = service.refund(&stranger(), sale.payment.id, all(), key()).await;
        if replays {
            let expected = RefundedPayment { refund: refund.clone(), payment: sale.payment.clone(), replayed: true };
            assert_eq!(again.unwrap(), expected);
        } else {
            assert!(matches!(again, Err(RefundError::KeyReused)));
        }
    }
}

/// Pushes `refund` of `sale`, with this answer of the gateway, and returns its new state.
async fn push(
    sale: &Sale,
    refund: &Refund,
    said: Result<RefundOutcome, GatewayError>,
    settling: MockUnitOfWork,
) -> Refund {
    let mut outside = Outside::with([reading(sale, refund), settling]);
    let transaction = sale.payment.transaction_id.clone().unwrap();
    let (id, amount) = (refund.id, refund.amount);
    outside
        .gateway
        .expect_refund()
        .withf(move |asked| (asked.refund, asked.amount, &asked.transaction_id) == (id, amount, &transaction))
        .times(1)
        .return_once(move |_| said);
    outside.service().push_refund(refund.id).await.unwrap()
}

#[tokio::test]
async fn a_completed_refund_has_an_event_with_its_payment() {
    let sale = Sale::paid();
    for (amount, status) in [(5_000, PaymentStatus::Refunded), (1_000, PaymentStatus::PartiallyRefunded)] {
        let refund = RefundBuilder::new(&SequentialIds::new(), &sale.payment).amount(amount).build();
        let mut settling = reading(&sale, &refund);
        settling
            .payments
            .expect_save()
            .withf(move |saved| (saved[0].status, saved[0].refunded, saved[0].version) == (status, amount, 2))
            .times(1)
            .returning(|_| Ok(()));
        settling.refunds.expect_save().times(1).returning(|_| Ok(()));
        appends(&mut settling, &["payment.refund_completed.v1"]);
        let said = Ok(RefundOutcome::Completed { reference: String::from("re-1") });
        let refund = push(&sale, &refund, said, settling).await;
        assert_eq!((refund.status, refund.gateway_reference.as_deref()), (RefundStatus::Completed, Some("re-1")));
    }
}

#[tokio::test]
async fn a_refused_or_unanswered_refund_is_retried_later() {
    let sale = Sale::paid();
    let mut refund = pending(&sale);
    let answers = [
        (Err(no_answer()), RefundStatus::Pending, 5),
        (Ok(RefundOutcome::Refused { failure: String::from("try_later") }), RefundStatus::Failed, 10),
        (Err(no_answer()), RefundStatus::Failed, 20),
    ];
    for (said, status, wait) in answers {
        let mut settling = reading(&sale, &refund);
        settling.refunds.expect_save().times(1).returning(|_| Ok(()));
        refund = push(&sale, &refund, said, settling).await;
        assert_eq!((refund.status, refund.next_attempt_at), (status, NOW.plus_seconds(wait)));
    }
    assert_eq!(refund.attempts, 3);
}

#[tokio::test]
async fn a_completed_refund_is_not_sent_or_settled_again() {
    let sale = Sale::paid();
    let waiting = pending(&sale);
    let mut done = waiting.clone();
    done.complete(String::from("re-1"), NOW).unwrap();
    let service = Outside::with([reading(&sale, &done)]).service();
    assert_eq!(service.push_refund(done.id).await.unwrap(), done);
    let said = Ok(RefundOutcome::Completed { reference: String::from("re-2") });
    assert_eq!(push(&sale, &waiting, said, reading(&sale, &done)).await, done);
}

#[tokio::test]
async fn a_refund_waits_for_the_gateway_that_charged_the_payment() {
    let mut sale = Sale::paid();
    sale.payment.gateway = String::from("another");
    let refund = pending(&sale);
    let mut settling = reading(&sale, &refund);
    settling.refunds.expect_save().times(1).returning(|_| Ok(()));
    let service = Outside::with([reading(&sale, &refund), settling]).service();
    assert_eq!(service.push_refund(refund.id).await.unwrap().attempts, 1);
}

#[tokio::test]
async fn read_failures_are_returned_and_unsettled_refunds_are_retried() {
    let sale = Sale::paid();
    let refund = pending(&sale);
    let mut gone = MockUnitOfWork::new();
    gone.refunds.expect_get().returning(|_| Ok(None));
    let failed = Outside::with([gone]).service().push_refund(refund.id).await;
    assert!(matches!(failed, Err(StoreError::Inconsistent(_))));
    let completed = || Ok(RefundOutcome::Completed { reference: String::from("re-1") });
    for lost in ["payment", "refund", "event"] {
        let mut settling = reading(&sale, &refund);
        let answer = move |call: &str| if call == lost { Err(StoreError::Busy) } else { Ok(()) };
        settling.payments.expect_save().returning(move |_| answer("payment"));
        settling.refunds.expect_save().returning(move |_| answer("refund"));
        settling.concerts.expect_advance().returning(|_, _| Ok(2));
        settling.outbox.expect_append().returning(move |_| answer("event"));
        let end = settling.end();
        assert_eq!(push(&sale, &refund, completed(), settling).await, refund, "{lost}");
        assert!(end.is_rolled_back(), "{lost}");
    }
}
