//! Payments and refunds.

use boxoffice_domain::bookings::Booking;
use boxoffice_domain::payments::{CLOCK_AHEAD_SECONDS, Payment, PaymentPosition, PaymentStatus, Refund, RefundStatus};
use boxoffice_domain::shared::{Money, PaymentId, RefundId, StoreError, Timestamp};

use super::{Fixture, INSTANT};
use crate::builders::{BookingBuilder, ConcertBuilder, PaymentBuilder, RefundBuilder};
use crate::clock::FixedClock;
use crate::gateway::FakeGateway;

const GATEWAY: &str = FakeGateway::NAME;

async fn booking(fixture: &Fixture) -> Booking {
    let user = fixture.given.user("ana").await.id;
    let view = fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).standing("GA", 5, Money::MAX_MINOR)).await;
    fixture.given.booking(BookingBuilder::new(fixture.ids(), &view).user(user).tickets([1]).build()).await
}

async fn add(fixture: &Fixture, payment: &Payment) -> Result<(), StoreError> {
    let mut unit = fixture.unit().await;
    match unit.payments().add(std::slice::from_ref(payment)).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

async fn save(fixture: &Fixture, payments: &[Payment]) -> Result<(), StoreError> {
    let mut unit = fixture.unit().await;
    match unit.payments().save(payments).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

async fn add_refunds(fixture: &Fixture, refunds: &[Refund]) {
    let mut unit = fixture.unit().await;
    unit.refunds().add(refunds).await.unwrap();
    unit.commit().await.unwrap();
}

async fn stored(fixture: &Fixture, id: PaymentId) -> Payment {
    fixture.ports.payments.get(id).await.unwrap().unwrap()
}

fn full(payment: Payment) -> Payment {
    Payment {
        refunded: payment.amount.minor(),
        transaction_id: Some("ch_1/ä🎫".to_owned()),
        status: PaymentStatus::Refunded,
        failure: Some("card_declined".to_owned()),
        next_action: Some("https://gateway.example/confirm?a=1&b=\"2\"".to_owned()),
        updated_at: INSTANT,
        ..payment
    }
}

/// All fields are stored, the largest amount and missing values too.
pub async fn a_payment_comes_back_as_written(fixture: &Fixture) {
    let booking = booking(fixture).await;
    let plain = PaymentBuilder::new(fixture.ids(), &booking).created_at(INSTANT).build();
    let guest = Payment { user: None, ..full(PaymentBuilder::new(fixture.ids(), &booking).build()) };
    assert_eq!(plain.amount.minor(), Money::MAX_MINOR);
    for payment in [&plain, &guest] {
        add(fixture, payment).await.unwrap();
        assert_eq!(&stored(fixture, payment.id).await, payment);
    }
    let unknown = PaymentId::generate(fixture.ids());
    assert_eq!(fixture.ports.payments.get(unknown).await.unwrap(), None);
    let mut unit = fixture.unit().await;
    let mut read = unit.payments().get(&[guest.id, unknown, plain.id]).await.unwrap();
    assert_eq!(unit.payments().get(&[]).await.unwrap(), []);
    unit.rollback().await.unwrap();
    read.sort_by_key(|payment| payment.id);
    assert_eq!(read, [plain, guest]);
}

/// The fields that can change are saved over the version before only. One stale version refuses the batch.
pub async fn a_payment_is_saved_over_the_version_before(fixture: &Fixture) {
    let booking = booking(fixture).await;
    let started = [(); 2].map(|()| PaymentBuilder::new(fixture.ids(), &booking).build());
    for payment in &started {
        add(fixture, payment).await.unwrap();
    }
    let changed = Payment { version: 2, ..full(started[0].clone()) };
    let next = Payment { version: 2, status: PaymentStatus::Failed, ..started[1].clone() };
    for version in [1, 3] {
        let outcome = save(fixture, &[changed.clone(), Payment { version, ..next.clone() }]).await;
        assert!(matches!(outcome, Err(StoreError::Contention)), "version {version}: {outcome:?}");
    }
    assert_eq!(stored(fixture, started[0].id).await, started[0]);
    save(fixture, &[changed.clone(), next.clone()]).await.unwrap();
    save(fixture, &[]).await.unwrap();
    assert_eq!(stored(fixture, changed.id).await, changed);
    assert_eq!(stored(fixture, next.id).await, next);
    let forged = Payment { version: 3, method: "gift".to_owned(), created_at: INSTANT, ..started[0].clone() };
    save(fixture, &[forged]).await.unwrap();
    assert_eq!(stored(fixture, started[0].id).await, Payment { version: 3, ..started[0].clone() });
}

/// No two payments of a gateway have the same transaction. Payments without one, and other gateways, are allowed.
pub async fn a_transaction_settles_one_payment(fixture: &Fixture) {
    let booking = booking(fixture).await;
    let build = || PaymentBuilder::new(fixture.ids(), &booking);
    let settled = build().transaction("ch_1").build();
    let unsettled = build().build();
    let elsewhere = Payment { gateway: "other".to_owned(), ..build().transaction("ch_1").build() };
    for payment in [&settled, &unsettled, &build().build(), &elsewhere] {
        add(fixture, payment).await.unwrap();
    }
    assert!(add(fixture, &build().transaction("ch_1").build()).await.is_err());
    let taken = Payment { transaction_id: settled.transaction_id, version: 2, ..unsettled.clone() };
    assert!(save(fixture, &[taken]).await.is_err());
    assert_eq!(stored(fixture, unsettled.id).await, unsettled);
    let upper = build().transaction("CH_1").build();
    add(fixture, &upper).await.unwrap();
}

/// All fields are stored, and read inside and outside of units.
pub async fn a_refund_comes_back_as_written(fixture: &Fixture) {
    let booking = booking(fixture).await;
    let payment = PaymentBuilder::new(fixture.ids(), &booking).status(PaymentStatus::Completed).build();
    add(fixture, &payment).await.unwrap();
    let mut refund = RefundBuilder::new(fixture.ids(), &payment).created_at(INSTANT).build();
    refund.reason = "🌧 it rains — ".repeat(14);
    let done = Refund {
        gateway_reference: Some("re_1".to_owned()),
        attempts: 7,
        next_attempt_at: INSTANT.plus_seconds(9),
        updated_at: INSTANT,
        ..RefundBuilder::new(fixture.ids(), &payment).amount(1).status(RefundStatus::Completed).build()
    };
    add_refunds(fixture, &[refund.clone(), done.clone()]).await;
    add_refunds(fixture, &[]).await;
    let mut unit = fixture.unit().await;
    for refund in [refund, done] {
        assert_eq!(unit.refunds().get(refund.id).await.unwrap().as_ref(), Some(&refund));
        assert_eq!(fixture.ports.payments.refund(refund.id).await.unwrap(), Some(refund));
    }
    let unknown = RefundId::generate(fixture.ids());
    assert_eq!(unit.refunds().get(unknown).await.unwrap(), None);
    assert_eq!(fixture.ports.payments.refund(unknown).await.unwrap(), None);
    unit.rollback().await.unwrap();
}

/// A refused refund can be saved again, a completed one cannot.
pub async fn a_refund_is_saved_until_it_is_completed(fixture: &Fixture) {
    let booking = booking(fixture).await;
    let payment = PaymentBuilder::new(fixture.ids(), &booking).status(PaymentStatus::Completed).build();
    add(fixture, &payment).await.unwrap();
    let refund = RefundBuilder::new(fixture.ids(), &payment).build();
    add_refunds(fixture, std::slice::from_ref(&refund)).await;
    let refused = Refund {
        status: RefundStatus::Failed,
        attempts: 1,
        next_attempt_at: INSTANT.plus_seconds(60),
        updated_at: INSTANT,
        ..refund.clone()
    };
    let completed = Refund {
        status: RefundStatus::Completed,
        gateway_reference: Some("re_1".to_owned()),
        attempts: 2,
        ..refused.clone()
    };
    for refund in [&refused, &completed] {
        let mut unit = fixture.unit().await;
        unit.refunds().save(refund).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(fixture.ports.payments.refund(refund.id).await.unwrap().as_ref(), Some(refund));
    }
    let mut unit = fixture.unit().await;
    let outcome = unit.refunds().save(&refused).await;
    assert!(matches!(outcome, Err(StoreError::Contention)), "{outcome:?}");
    unit.rollback().await.unwrap();
    assert_eq!(fixture.ports.payments.refund(refund.id).await.unwrap(), Some(completed));
}

/// Of several payments in one call, grouped by payment, oldest first and independent of their ids.
pub async fn refunds_come_by_payment_and_oldest_first(fixture: &Fixture) {
    let booking = booking(fixture).await;
    let payments = [(); 3].map(|()| PaymentBuilder::new(fixture.ids(), &booking).build());
    let mut refunds = Vec::new();
    for payment in &payments {
        add(fixture, payment).await.unwrap();
        let build = |second: i64| {
            RefundBuilder::new(fixture.ids(), payment).amount(1).created_at(INSTANT.plus_seconds(second)).build()
        };
        let (newer, older) = (build(1), build(0));
        add_refunds(fixture, &[newer.clone(), older.clone()]).await;
        refunds.push([older, newer]);
    }
    let mut unit = fixture.unit().await;
    let found = unit.refunds().of_payments(&[payments[0].id, payments[2].id]).await.unwrap();
    assert_eq!(found, [refunds[0].clone(), refunds[2].clone()].concat());
    assert_eq!(unit.refunds().of_payments(&[]).await.unwrap(), []);
    unit.rollback().await.unwrap();
    assert_eq!(fixture.ports.payments.refunds_of(payments[1].id).await.unwrap(), refunds[1]);
    assert_eq!(fixture.ports.payments.refunds_of(PaymentId::generate(fixture.ids())).await.unwrap(), []);
}

/// Before a time and after a position, also when several were started at the same time.
pub async fn pending_payments_are_found_oldest_first(fixture: &Fixture) {
    let booking = booking(fixture).await;
    let mut pending = Vec::new();
    for second in [2, 1, 1, 0] {
        let at = FixedClock::START.plus_seconds(second);
        let payment = PaymentBuilder::new(fixture.ids(), &booking).created_at(at).build();
        add(fixture, &payment).await.unwrap();
        pending.push(payment);
    }
    for status in [PaymentStatus::Completed, PaymentStatus::Failed, PaymentStatus::Refunded] {
        add(fixture, &PaymentBuilder::new(fixture.ids(), &booking).status(status).build()).await.unwrap();
    }
    let elsewhere = PaymentBuilder::new(fixture.ids(), &booking).created_at(FixedClock::START).build();
    let elsewhere = Payment { gateway: String::from("another"), ..elsewhere };
    add(fixture, &elsewhere).await.unwrap();
    pending.sort_by_key(|payment| (payment.created_at, payment.id));
    let queries = &fixture.ports.payments;
    let late = FixedClock::START.plus_seconds(3);
    assert_eq!(queries.pending_since(GATEWAY, late, None, 100).await.unwrap(), pending);
    assert_eq!(queries.pending_since("another", late, None, 100).await.unwrap(), [elsewhere]);
    assert_eq!(queries.pending_since(GATEWAY, late, None, 2).await.unwrap(), pending[..2]);
    let in_between = FixedClock::START.plus_seconds(2);
    assert_eq!(queries.pending_since(GATEWAY, in_between, None, 100).await.unwrap(), pending[..3]);
    let ahead = PaymentBuilder::new(fixture.ids(), &booking).created_at(late.plus_seconds(CLOCK_AHEAD_SECONDS + 1));
    let ahead = ahead.build();
    add(fixture, &ahead).await.unwrap();
    add(fixture, &PaymentBuilder::new(fixture.ids(), &booking).created_at(late).build()).await.unwrap();
    pending.push(ahead);
    assert_eq!(queries.pending_since(GATEWAY, late, None, 100).await.unwrap(), pending, "a clock was ahead");
    assert_eq!(queries.pending_since(GATEWAY, late, None, 4).await.unwrap(), pending[..4]);
    for (index, payment) in pending.iter().enumerate() {
        let after = PaymentPosition { created_at: payment.created_at, id: payment.id };
        let found = queries.pending_since(GATEWAY, late, Some(after), 100).await.unwrap();
        assert_eq!(found, pending[index + 1..], "after {index}");
    }
}

/// Not completed and due, the longest due first.
pub async fn due_refunds_are_found(fixture: &Fixture) {
    let booking = booking(fixture).await;
    let payment = PaymentBuilder::new(fixture.ids(), &booking).status(PaymentStatus::Completed).build();
    add(fixture, &payment).await.unwrap();
    let elsewhere = PaymentBuilder::new(fixture.ids(), &booking).status(PaymentStatus::Completed).build();
    let elsewhere = Payment { gateway: String::from("another"), ..elsewhere };
    add(fixture, &elsewhere).await.unwrap();
    let due_elsewhere = RefundBuilder::new(fixture.ids(), &elsewhere).amount(1).created_at(INSTANT).build();
    let build = |status, second: i64| {
        let at = INSTANT.plus_seconds(second);
        RefundBuilder::new(fixture.ids(), &payment).amount(1).status(status).created_at(at).build()
    };
    let due = build(RefundStatus::Pending, 0);
    let long_due = build(RefundStatus::Failed, -60);
    let done = build(RefundStatus::Completed, -60);
    let next =
        Refund { next_attempt_at: Timestamp::from_micros(INSTANT.micros() + 1), ..build(RefundStatus::Failed, -60) };
    let longest = Refund::RETRY_LONGEST_SECONDS;
    let last = Refund { next_attempt_at: INSTANT.plus_seconds(longest), ..build(RefundStatus::Failed, 0) };
    let written = |after: i64| Refund {
        next_attempt_at: INSTANT.plus_seconds(after + 30),
        ..build(RefundStatus::Pending, after)
    };
    let (a_little_ahead, ahead) = (written(CLOCK_AHEAD_SECONDS), written(CLOCK_AHEAD_SECONDS + 1));
    add_refunds(fixture, &[due.clone(), long_due.clone(), done, next, last, a_little_ahead, ahead.clone()]).await;
    add_refunds(fixture, std::slice::from_ref(&due_elsewhere)).await;
    let queries = &fixture.ports.payments;
    assert_eq!(queries.refunds_due(GATEWAY, INSTANT, 100).await.unwrap(), [long_due.clone(), due, ahead]);
    assert_eq!(queries.refunds_due("another", INSTANT, 100).await.unwrap(), [due_elsewhere]);
    assert_eq!(queries.refunds_due(GATEWAY, INSTANT, 1).await.unwrap(), [long_due]);
}
