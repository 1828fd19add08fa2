//! Batches: many payments of one concert in one unit.

use boxoffice_domain::bookings::BookingStatus;
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::payments::{ChargeOutcome, PaymentStatus};
use boxoffice_domain::sales::payment::{SettleRequest, StartPayment, StartPaymentError, StartRequest};
use boxoffice_domain::shared::{Actor, BookingId, PaymentId};

use super::fixtures::user;
use super::shop::Shop;

fn start(shop: &Shop, booking: BookingId, key: Option<&str>) -> StartRequest {
    let command = StartPayment { booking, method: String::from("card") };
    StartRequest { actor: user(shop.fan), command, gateway: "fake", key: key.and_then(IdempotencyKey::parse) }
}

fn completed(payment: PaymentId) -> SettleRequest {
    let outcome = ChargeOutcome::Completed { transaction_id: format!("of {payment}") };
    SettleRequest { actor: Actor::System, payment, booking: None, outcome }
}

fn declined(payment: PaymentId) -> SettleRequest {
    let outcome = ChargeOutcome::Declined { transaction_id: None, failure: String::from("card_declined") };
    SettleRequest { outcome, ..completed(payment) }
}

#[tokio::test]
async fn many_payments_start_and_settle_together() {
    let shop = Shop::open().await;
    let mut bookings = Vec::new();
    for seat in 1..=5 {
        bookings.push(shop.book(&[format!("A-1-{seat}").as_str()]).await);
    }
    let requests: Vec<_> = bookings.iter().map(|booking| start(&shop, *booking, None)).collect();
    let units = shop.units();
    let payments: Vec<_> =
        units.start_batch(&requests).await.into_iter().map(|started| started.unwrap().payment.id).collect();
    let gateway_says = [
        completed(payments[0]),
        declined(payments[1]),
        completed(payments[2]),
        completed(payments[2]),
        SettleRequest { outcome: ChargeOutcome::NotFound, ..completed(payments[3]) },
    ];
    let settled: Vec<_> = units.settle_batch(&gateway_says).await.into_iter().map(Result::unwrap).collect();
    let changed: Vec<_> = settled.iter().map(|settled| (settled.payment.status, settled.changed)).collect();
    assert_eq!(
        changed,
        [
            (PaymentStatus::Completed, true),
            (PaymentStatus::Failed, true),
            (PaymentStatus::Completed, true),
            (PaymentStatus::Completed, false),
            (PaymentStatus::Pending, false),
        ]
    );
    for (booking, expected) in bookings.iter().zip([
        BookingStatus::Confirmed,
        BookingStatus::Pending,
        BookingStatus::Confirmed,
        BookingStatus::Pending,
        BookingStatus::Pending,
    ]) {
        assert_eq!(shop.status(*booking).await.0, expected);
    }
    assert_eq!(shop.booking(bookings[1]).await.payment, None, "it can be paid again");
    shop.assert_invariants().await;
}

#[tokio::test]
async fn each_start_of_a_batch_has_an_outcome_of_its_own() {
    let shop = Shop::open().await;
    let (first, second) = (shop.book(&["A-1-1"]).await, shop.book(&["A-1-2"]).await);
    let unknown = BookingId::generate(&boxoffice_testing::SequentialIds::new());
    let anonymous = StartRequest { actor: Actor::Anonymous, ..start(&shop, first, None) };
    let outcomes = shop
        .units()
        .start_batch(&[
            start(&shop, first, Some("one")),
            start(&shop, first, Some("one")),
            start(&shop, second, Some("one")),
            start(&shop, first, None),
            start(&shop, unknown, None),
            anonymous,
            start(&shop, second, Some("two")),
        ])
        .await;
    let [paid, again, reused, in_progress, unknown, anonymous, other] = outcomes.try_into().unwrap();
    let paid = paid.unwrap();
    let again = again.unwrap();
    assert_eq!((again.payment.id, again.replayed, paid.replayed), (paid.payment.id, true, false));
    assert!(matches!(reused, Err(StartPaymentError::KeyReused)), "{reused:?}");
    assert!(matches!(in_progress, Err(StartPaymentError::PaymentInProgress)), "{in_progress:?}");
    assert!(matches!(unknown, Err(StartPaymentError::BookingNotFound)), "{unknown:?}");
    assert!(matches!(anonymous, Err(StartPaymentError::LoginRequired)), "{anonymous:?}");
    assert_eq!(other.unwrap().payment.booking, second);
    shop.assert_invariants().await;
}

/// A declined payment and its successor both complete after all: one confirms the booking, the other is
/// refunded.
#[tokio::test]
async fn two_payments_of_one_booking_are_settled_one_after_the_other() {
    let shop = Shop::open().await;
    let booking = shop.book(&["A-1-1"]).await;
    let units = shop.units();
    let mut payments = Vec::new();
    for _ in 0..2 {
        let payment = units.start_batch(&[start(&shop, booking, None)]).await.remove(0).unwrap().payment.id;
        if payments.is_empty() {
            units.settle_batch(&[declined(payment)]).await.remove(0).unwrap();
        }
        payments.push(payment);
    }
    let settled = units.settle_batch(&[completed(payments[0]), completed(payments[1])]).await;
    let returned: Vec<_> = settled.into_iter().map(|settled| settled.unwrap().automatic_refund.is_some()).collect();
    assert_eq!(returned, [false, true]);
    assert_eq!(shop.status(booking).await.0, BookingStatus::Confirmed);
    shop.assert_invariants().await;
}

/// Two expired bookings of the same seat are paid late: only one can reclaim it.
#[tokio::test]
async fn in_a_batch_only_one_booking_reclaims_a_free_seat() {
    let shop = Shop::open().await;
    let units = shop.units();
    let mut payments = Vec::new();
    for _ in 0..2 {
        let booking = shop.book(&["A-1-1"]).await;
        payments.push(units.start_batch(&[start(&shop, booking, None)]).await.remove(0).unwrap().payment.id);
        shop.clock.advance(700);
        assert_eq!(shop.cancellations.expire_overdue().await.unwrap(), 1);
    }
    let settled = units.settle_batch(&[completed(payments[0]), completed(payments[1])]).await;
    let returned: Vec<_> = settled.into_iter().map(|settled| settled.unwrap().automatic_refund.is_some()).collect();
    assert_eq!(returned, [false, true]);
    shop.assert_invariants().await;
}

#[tokio::test]
async fn a_missing_payment_fails_alone() {
    let shop = Shop::open().await;
    let booking = shop.book(&["A-1-1"]).await;
    let units = shop.units();
    let payment = units.start_batch(&[start(&shop, booking, None)]).await.remove(0).unwrap().payment.id;
    let gone = PaymentId::generate(&boxoffice_testing::SequentialIds::new());
    let settled = units.settle_batch(&[completed(gone), completed(payment)]).await;
    assert!(settled[0].is_err());
    assert_eq!(settled[1].as_ref().unwrap().payment.status, PaymentStatus::Completed);
    shop.assert_invariants().await;
}
