//! Units that start or settle several payments, against mocks: the order of the outcomes, what is written once, and
//! failures of the store.

use boxoffice_domain::bookings::{Booking, BookingStatus};
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::payments::{ChargeOutcome, Payment, PaymentStatus};
use boxoffice_domain::sales::payment::{
    SettleRequest, SettledPayment, StartPayment, StartPaymentError, StartRequest, StartedPayment,
};
use boxoffice_domain::shared::{Actor, BookingId, ConcertId, PaymentId, StoreError};
use boxoffice_testing::{MockUnitOfWork, failing_store, store_making, store_of};

use super::fixtures::{Outside, Sale, appends, fan, stranger, user};

/// Several bookings without a payment.
fn unpaid(count: usize) -> Vec<Sale> {
    let mut sales = Sale::several(count);
    for sale in &mut sales {
        sale.booking.payment = None;
    }
    sales
}

/// A unit that reads those bookings and payments of these sales that it is asked for, last sale first, and their
/// concerts.
fn reading(sales: &[Sale]) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    let bookings: Vec<Booking> = sales.iter().rev().map(|sale| sale.booking.clone()).collect();
    unit.bookings
        .expect_get()
        .returning(move |ids| Ok(bookings.iter().filter(|booking| ids.contains(&booking.id)).cloned().collect()));
    let payments: Vec<Payment> = sales.iter().rev().map(|sale| sale.payment.clone()).collect();
    unit.payments
        .expect_get()
        .returning(move |ids| Ok(payments.iter().filter(|payment| ids.contains(&payment.id)).cloned().collect()));
    let concerts: Vec<_> = sales.iter().map(|sale| sale.concert.clone()).collect();
    unit.concerts.expect_get().returning(move |id| Ok(concerts.iter().find(|concert| concert.id == id).cloned()));
    unit
}

/// The unit saves exactly these bookings, and adds as many payments, each in one statement.
fn starts(unit: &mut MockUnitOfWork, sales: &[&Sale]) {
    let expected: Vec<BookingId> = sales.iter().map(|sale| sale.booking.id).collect();
    let (saved, added) = (expected.clone(), expected);
    unit.bookings
        .expect_save()
        .withf(move |bookings| bookings.iter().map(|booking| booking.id).eq(saved.iter().copied()))
        .times(1)
        .returning(|_| Ok(()));
    unit.payments
        .expect_add()
        .withf(move |payments| {
            added.len() == payments.len() && payments.iter().all(|payment| added.contains(&payment.booking))
        })
        .times(1)
        .returning(|_| Ok(()));
    unit.concerts.expect_advance().times(1).returning(|_, _| Ok(2));
    unit.outbox.expect_append().times(1).returning(|_| Ok(()));
}

/// The unit accepts everything that settling writes.
fn settles(unit: &mut MockUnitOfWork) {
    unit.tickets.expect_sell().times(..=1).returning(|_, _| Ok(()));
    unit.bookings.expect_save().times(..=1).returning(|_| Ok(()));
    unit.payments.expect_save().times(..=1).returning(|_| Ok(()));
    unit.refunds.expect_add().times(..=1).returning(|_| Ok(()));
    unit.holdings.expect_change().times(..=1).returning(|_, _| Ok(()));
    unit.sections.expect_change_counts().times(..=1).returning(|_, _| Ok(()));
    unit.concerts.expect_advance().times(1).returning(|_, _| Ok(2));
    unit.outbox.expect_append().times(1).returning(|_| Ok(()));
}

fn start(sale: &Sale) -> StartRequest {
    let command = StartPayment { booking: sale.booking.id, method: String::from("card") };
    StartRequest { actor: user(fan()), command, gateway: "fake", key: None }
}

fn keyed(sale: &Sale, actor: Actor) -> StartRequest {
    StartRequest { actor, key: IdempotencyKey::parse("pay-1"), ..start(sale) }
}

fn settle(sale: &Sale, outcome: ChargeOutcome) -> SettleRequest {
    SettleRequest { actor: Actor::System, payment: sale.payment.id, booking: Some(sale.booking.id), outcome }
}

fn completed(sale: &Sale) -> SettleRequest {
    settle(sale, ChargeOutcome::Completed { transaction_id: format!("of {}", sale.payment.id) })
}

fn declined(sale: &Sale) -> SettleRequest {
    settle(sale, ChargeOutcome::Declined { transaction_id: None, failure: String::from("card_declined") })
}

fn refused() -> StoreError {
    StoreError::Rejected(std::sync::Arc::new(StoreError::Busy))
}

fn unavailable() -> StoreError {
    StoreError::Unavailable(std::sync::Arc::new(StoreError::Busy))
}

/// The booking of each started payment; each must be new.
fn started(outcome: &Result<StartedPayment, StartPaymentError>) -> BookingId {
    match outcome {
        Ok(StartedPayment { payment, replayed: false }) => payment.booking,
        other => panic!("not started: {other:?}"),
    }
}

/// The payment of each outcome, its status, and whether this batch changed it.
fn settled(outcomes: &[Result<SettledPayment, StoreError>]) -> Vec<(PaymentId, PaymentStatus, bool)> {
    let settled = outcomes.iter().map(|outcome| outcome.as_ref().unwrap());
    settled.map(|settled| (settled.payment.id, settled.payment.status, settled.changed)).collect()
}

#[tokio::test]
async fn starts_have_their_outcomes_in_the_order_of_the_requests_and_are_written_once() {
    let mut sales = unpaid(5);
    sales[2].booking.payment = Some(sales[2].payment.id);
    sales[3].booking.status = BookingStatus::Confirmed;
    let mut unit = reading(&sales[..4]);
    starts(&mut unit, &[&sales[0], &sales[1]]);
    let end = unit.end();
    let by_stranger = StartRequest { actor: stranger(), ..start(&sales[0]) };
    let requests = [
        start(&sales[1]),
        by_stranger,
        start(&sales[2]),
        start(&sales[0]),
        start(&sales[3]),
        start(&sales[1]),
        start(&sales[4]),
    ];
    let outcomes = Outside::with([unit]).units().start_batch(&requests).await;
    assert_eq!((started(&outcomes[0]), started(&outcomes[3])), (sales[1].booking.id, sales[0].booking.id));
    assert!(matches!(outcomes[1], Err(StartPaymentError::BookingNotFound)), "a stranger's: {:?}", outcomes[1]);
    assert!(matches!(outcomes[2], Err(StartPaymentError::PaymentInProgress)), "a paid one: {:?}", outcomes[2]);
    assert!(matches!(outcomes[4], Err(StartPaymentError::BookingNotPayable)), "confirmed: {:?}", outcomes[4]);
    assert!(matches!(outcomes[5], Err(StartPaymentError::PaymentInProgress)), "named twice: {:?}", outcomes[5]);
    assert!(matches!(outcomes[6], Err(StartPaymentError::BookingNotFound)), "missing: {:?}", outcomes[6]);
    assert_eq!(outcomes.len(), 7);
    assert!(end.is_committed());
}

#[tokio::test]
async fn a_batch_without_a_payable_booking_writes_nothing() {
    let sales = Sale::several(2);
    let unit = reading(&sales);
    let outcomes = Outside::with([unit]).units().start_batch(&[start(&sales[0]), start(&sales[1])]).await;
    let in_progress = |outcome: &Result<_, _>| matches!(outcome, Err(StartPaymentError::PaymentInProgress));
    assert!(outcomes.len() == 2 && outcomes.iter().all(in_progress), "{outcomes:?}");
}

#[tokio::test]
async fn the_same_key_of_two_users_starts_two_payments_and_of_one_user_one() {
    let mut sales = unpaid(2);
    sales[1].booking.user = stranger().user_id();
    let mut unit = reading(&sales);
    starts(&mut unit, &[&sales[0], &sales[1]]);
    unit.idempotency.expect_find().times(1).returning(|_| Ok(Vec::new()));
    unit.idempotency.expect_remember().withf(|records| records.len() == 2).times(1).returning(|_| Ok(()));
    let requests = [keyed(&sales[0], user(fan())), keyed(&sales[1], stranger()), keyed(&sales[0], user(fan()))];
    let outcomes = Outside::with([unit]).units().start_batch(&requests).await;
    assert_eq!((started(&outcomes[0]), started(&outcomes[1])), (sales[0].booking.id, sales[1].booking.id));
    let (first, again) = (outcomes[0].as_ref().unwrap(), outcomes[2].as_ref().unwrap());
    assert_eq!((again.payment.id, again.replayed), (first.payment.id, true));
}

#[tokio::test]
async fn a_refused_start_decides_for_its_key_in_the_batch() {
    let sales = unpaid(2);
    let mut unit = reading(&sales);
    unit.idempotency.expect_find().times(1).returning(|_| Ok(Vec::new()));
    let of_another = keyed(&sales[0], stranger());
    let requests = [of_another.clone(), of_another, keyed(&sales[1], stranger())];
    let outcomes = Outside::with([unit]).units().start_batch(&requests).await;
    assert!(matches!(outcomes[0], Err(StartPaymentError::BookingNotFound)), "{:?}", outcomes[0]);
    assert!(matches!(outcomes[1], Err(StartPaymentError::BookingNotFound)), "{:?}", outcomes[1]);
    assert!(matches!(outcomes[2], Err(StartPaymentError::KeyReused)), "{:?}", outcomes[2]);
}

#[tokio::test]
async fn a_booking_of_another_concert_fails_alone() {
    let mut sales = unpaid(2);
    sales[0].booking.concert = ConcertId::from_uuid(uuid::Uuid::max());
    let mut unit = reading(&sales);
    starts(&mut unit, &[&sales[1]]);
    let outcomes = Outside::with([unit]).units().start_batch(&[start(&sales[0]), start(&sales[1])]).await;
    assert!(matches!(outcomes[0], Err(StartPaymentError::Store(StoreError::Inconsistent(_)))), "{:?}", outcomes[0]);
    assert_eq!(started(&outcomes[1]), sales[1].booking.id);
}

#[tokio::test]
async fn a_retried_batch_of_starts_sees_the_payment_that_won() {
    let sales = unpaid(2);
    let mut lost = reading(&sales);
    lost.bookings.expect_save().times(1).returning(|_| Err(StoreError::Contention));
    let paying = Sale::several(2);
    let mut again = reading(&[paying[0].clone(), sales[1].clone()]);
    starts(&mut again, &[&sales[1]]);
    let ends = [lost.end(), again.end()];
    let outcomes = Outside::with([lost, again]).units().start_batch(&[start(&sales[0]), start(&sales[1])]).await;
    assert!(matches!(outcomes[0], Err(StartPaymentError::PaymentInProgress)), "{:?}", outcomes[0]);
    assert_eq!(started(&outcomes[1]), sales[1].booking.id);
    assert!(ends[0].is_rolled_back() && ends[1].is_committed());
}

#[tokio::test]
async fn a_rejected_batch_of_starts_is_bisected_to_isolate_the_bad_requests() {
    let sales = unpaid(5);
    let bad = [sales[1].booking.id, sales[4].booking.id];
    let stored = sales.clone();
    let store = store_making(move || {
        let mut unit = reading(&stored);
        unit.bookings.expect_save().returning(|_| Ok(()));
        unit.payments.expect_add().returning(move |added| {
            if added.iter().any(|payment| bad.contains(&payment.booking)) { Err(refused()) } else { Ok(()) }
        });
        unit.concerts.expect_advance().returning(|_, _| Ok(2));
        unit.outbox.expect_append().returning(|_| Ok(()));
        unit
    });
    let requests: Vec<_> = sales.iter().map(start).collect();
    let outcomes = Outside::over(store).units().start_batch(&requests).await;
    assert_eq!(outcomes.len(), 5);
    for (sale, outcome) in sales.iter().zip(&outcomes) {
        if bad.contains(&sale.booking.id) {
            assert!(matches!(outcome, Err(StartPaymentError::Store(StoreError::Rejected(_)))), "{outcome:?}");
        } else {
            assert_eq!(started(outcome), sale.booking.id);
        }
    }
}

#[tokio::test]
async fn each_start_of_a_batch_gets_the_failure_of_the_store() {
    let sales = unpaid(2);
    let mut vanished = reading(&sales);
    starts(&mut vanished, &[&sales[0], &sales[1]]);
    let vanished = store_of([vanished.failing_commit(unavailable())]);
    for (store, expected) in [
        (failing_store(StoreError::Busy), StoreError::Busy),
        (failing_store(unavailable()), unavailable()),
        (vanished, unavailable()),
    ] {
        let outcomes = Outside::over(store).units().start_batch(&[start(&sales[0]), start(&sales[1])]).await;
        let messages: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap_err().to_string()).collect();
        assert_eq!(messages, [expected.to_string(), expected.to_string()]);
    }
}

#[tokio::test]
async fn payments_are_settled_in_the_order_of_the_requests_and_written_once() {
    let sales = Sale::several(4);
    let mut unit = reading(&sales);
    unit.tickets.expect_sell().withf(|_, sold| sold.len() == 4).times(1).returning(|_, _| Ok(()));
    unit.bookings.expect_save().withf(|saved| saved.len() == 3).times(1).returning(|_| Ok(()));
    unit.payments.expect_save().withf(|saved| saved.len() == 3).times(1).returning(|_| Ok(()));
    unit.holdings.expect_change().times(1).returning(|_, _| Ok(()));
    unit.sections.expect_change_counts().times(1).returning(|_, _| Ok(()));
    unit.concerts.expect_advance().times(1).returning(|_, _| Ok(2));
    unit.outbox.expect_append().withf(|entry| entry.events.len() == 7).times(1).returning(|_| Ok(()));
    let requests = [
        completed(&sales[3]),
        settle(&sales[1], ChargeOutcome::NotFound),
        declined(&sales[2]),
        completed(&sales[0]),
        completed(&sales[3]),
    ];
    let outcomes = Outside::with([unit]).units().settle_batch(&requests).await;
    let id = |sale: usize| sales[sale].payment.id;
    assert_eq!(
        settled(&outcomes),
        [
            (id(3), PaymentStatus::Completed, true),
            (id(1), PaymentStatus::Pending, false),
            (id(2), PaymentStatus::Failed, true),
            (id(0), PaymentStatus::Completed, true),
            (id(3), PaymentStatus::Completed, false),
        ]
    );
}

#[tokio::test]
async fn a_batch_without_news_writes_nothing() {
    let mut sales = Sale::several(2);
    sales[0].payment.status = PaymentStatus::Refunded;
    let outcomes = Outside::with([reading(&sales)])
        .units()
        .settle_batch(&[completed(&sales[0]), settle(&sales[1], ChargeOutcome::NotFound)])
        .await;
    let expected =
        [(sales[0].payment.id, PaymentStatus::Refunded, false), (sales[1].payment.id, PaymentStatus::Pending, false)];
    assert_eq!(settled(&outcomes), expected);
}

#[tokio::test]
async fn a_rejected_batch_of_settlements_is_bisected_to_isolate_the_bad_requests() {
    let sales = Sale::several(5);
    let bad = [sales[0].payment.id, sales[3].payment.id];
    let stored = sales.clone();
    let store = store_making(move || {
        let mut unit = reading(&stored);
        unit.payments.expect_save().returning(move |saved| {
            if saved.iter().any(|payment| bad.contains(&payment.id)) { Err(refused()) } else { Ok(()) }
        });
        unit.bookings.expect_save().returning(|_| Ok(()));
        unit.concerts.expect_advance().returning(|_, _| Ok(2));
        unit.outbox.expect_append().returning(|_| Ok(()));
        unit
    });
    let requests: Vec<_> = sales.iter().map(declined).collect();
    let outcomes = Outside::over(store).units().settle_batch(&requests).await;
    assert_eq!(outcomes.len(), 5);
    for (sale, outcome) in sales.iter().zip(outcomes) {
        if bad.contains(&sale.payment.id) {
            assert!(matches!(outcome, Err(StoreError::Rejected(_))), "{outcome:?}");
        } else {
            assert_eq!(settled(&[outcome]), [(sale.payment.id, PaymentStatus::Failed, true)]);
        }
    }
}

#[tokio::test]
async fn payments_of_two_concerts_are_settled_in_a_unit_for_each() {
    let mut sales = Sale::several(2);
    sales[1].concert.id = ConcertId::from_uuid(uuid::Uuid::max());
    sales[1].booking.concert = sales[1].concert.id;
    let mixed = reading(&sales);
    let mut alone = [reading(&sales[..1]), reading(&sales[1..])];
    for unit in &mut alone {
        settles(unit);
    }
    let ends = [mixed.end(), alone[0].end(), alone[1].end()];
    let store = store_of([mixed].into_iter().chain(alone));
    let outcomes = Outside::over(store).units().settle_batch(&[completed(&sales[0]), completed(&sales[1])]).await;
    let expected = [0, 1].map(|sale: usize| (sales[sale].payment.id, PaymentStatus::Completed, true));
    assert_eq!(settled(&outcomes), expected);
    assert!(ends[0].is_rolled_back() && ends[1].is_committed() && ends[2].is_committed());
}

/// Two payments of one booking: the first was declined, then completed after all.
fn two_payments() -> [Sale; 2] {
    let mut sales = Sale::several(2);
    let mut second = sales.remove(1);
    let mut first = sales.remove(0);
    first.payment.status = PaymentStatus::Failed;
    second.payment.booking = first.booking.id;
    first.booking.payment = Some(second.payment.id);
    second.booking = first.booking.clone();
    [first, second]
}

/// The sale after its payment completed.
fn after(sale: &Sale) -> Sale {
    let mut after = sale.clone();
    after.payment.status = PaymentStatus::Completed;
    after.booking.status = BookingStatus::Confirmed;
    after.booking.payment = Some(after.payment.id);
    after
}

#[tokio::test]
async fn the_second_payment_of_a_booking_is_settled_in_a_second_unit() {
    let [first, second] = two_payments();
    let mut confirming = reading(&[first.clone(), second.clone()]);
    settles(&mut confirming);
    let confirmed = Sale { booking: after(&first).booking, ..second.clone() };
    let mut returning = reading(std::slice::from_ref(&confirmed));
    returning.payments.expect_save().times(1).returning(|_| Ok(()));
    returning.refunds.expect_add().withf(|added| added[0].reason == "paid_already").times(1).returning(|_| Ok(()));
    appends(&mut returning, &["payment.returned.v1"]);
    let requests = [completed(&first), completed(&second)];
    let outcomes = Outside::with([confirming, returning]).units().settle_batch(&requests).await;
    let returned: Vec<_> =
        outcomes.iter().map(|outcome| outcome.as_ref().unwrap().automatic_refund.is_some()).collect();
    assert_eq!(returned, [false, true]);
}

#[tokio::test]
async fn a_rejected_second_unit_leaves_the_first_payment_settled() {
    let [first, second] = two_payments();
    let both = [first.clone(), second.clone()];
    let mut confirming = reading(&both);
    settles(&mut confirming);
    let rejected = || {
        let mut unit = reading(&[after(&first), Sale { booking: after(&first).booking, ..second.clone() }]);
        unit.payments.expect_save().returning(|_| Err(refused()));
        unit
    };
    // The batch is bisected: the first payment has no news any more.
    let store = store_of([confirming, rejected(), reading(&[after(&first)]), rejected()]);
    let requests = [completed(&first), completed(&second)];
    let mut outcomes = Outside::over(store).units().settle_batch(&requests).await;
    assert!(matches!(outcomes.pop(), Some(Err(StoreError::Rejected(_)))));
    assert_eq!(settled(&outcomes), [(first.payment.id, PaymentStatus::Completed, false)]);
}

#[tokio::test]
async fn a_retried_batch_of_settlements_counts_only_its_own_changes() {
    let sales = Sale::several(2);
    let mut lost = reading(&sales);
    lost.tickets.expect_sell().times(1).returning(|_, _| Err(StoreError::Contention));
    let mut again = reading(&[after(&sales[0]), sales[1].clone()]);
    settles(&mut again);
    let ends = [lost.end(), again.end()];
    let requests = [completed(&sales[0]), completed(&sales[1])];
    let outcomes = Outside::with([lost, again]).units().settle_batch(&requests).await;
    let expected =
        [(sales[0].payment.id, PaymentStatus::Completed, false), (sales[1].payment.id, PaymentStatus::Completed, true)];
    assert_eq!(settled(&outcomes), expected);
    assert!(ends[0].is_rolled_back() && ends[1].is_committed());
}

#[tokio::test]
async fn each_settlement_of_a_batch_gets_the_failure_of_the_store() {
    let sales = Sale::several(2);
    let mut vanished = reading(&sales);
    settles(&mut vanished);
    let vanished = store_of([vanished.failing_commit(unavailable())]);
    for (store, expected) in [
        (failing_store(StoreError::Busy), StoreError::Busy),
        (failing_store(unavailable()), unavailable()),
        (vanished, unavailable()),
    ] {
        let outcomes = Outside::over(store).units().settle_batch(&[completed(&sales[0]), completed(&sales[1])]).await;
        let messages: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap_err().to_string()).collect();
        assert_eq!(messages, [expected.to_string(), expected.to_string()]);
    }
}
