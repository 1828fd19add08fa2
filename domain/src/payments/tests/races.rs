//! Payments that race with each other, with cancellations and with the sweeper.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bookings::BookingStatus;
use crate::payments::{PaymentStatus, RefundError, RefundPayment, StartPaymentError};
use crate::shared::PaymentId;
use crate::testing::{ChargeScript, RefundScript};

use super::fixtures::user;
use super::shop::Shop;

/// Runs `work` for each number concurrently on all cores.
async fn at_once<T, F>(count: usize, work: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(work(number))).collect();
    let mut outcomes = Vec::with_capacity(count);
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_payments_with_different_keys_one_is_live() {
    for script in [ChargeScript::Approve, ChargeScript::Wait] {
        let shop = Arc::new(Shop::open_for_crowds().await);
        shop.gateway.script([script]);
        let booking = shop.book(&["A-1-1", "A-1-2"]).await;
        let outcomes = at_once(64, |number| {
            let shop = shop.clone();
            async move { shop.pay_with_key(booking, Some(&format!("key-{number}"))).await }
        })
        .await;
        let (started, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(started.len(), 1);
        for refusal in refused.into_iter().filter_map(Result::err) {
            let told = matches!(refusal, StartPaymentError::PaymentInProgress | StartPaymentError::BookingNotPayable);
            assert!(told, "{refusal}");
        }
        assert_eq!(shop.gateway.calls(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_request_sent_64_times_is_one_payment() {
    let shop = Arc::new(Shop::open_for_crowds().await);
    let booking = shop.book(&["A-1-1"]).await;
    let outcomes = at_once(64, |_| {
        let shop = shop.clone();
        async move { shop.pay_with_key(booking, Some("the-only-key")).await.unwrap() }
    })
    .await;
    let ids: std::collections::BTreeSet<PaymentId> = outcomes.iter().map(|started| started.payment.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(outcomes.iter().filter(|started| !started.replayed).count(), 1);
    shop.assert_sound(&ids.into_iter().collect::<Vec<_>>()).await;
}

/// Pays, expires, reconciles and, in two of three rounds, cancels one booking concurrently. Returns the final status of
/// the booking.
async fn pay_expire_and_cancel(round: usize) -> BookingStatus {
    let shop = Arc::new(Shop::open_for_crowds().await);
    let scripts = [ChargeScript::Approve, ChargeScript::Wait, ChargeScript::AnswerLost, ChargeScript::Decline];
    // Each script, in time and too late, with each of the four tasks slightly ahead of the others.
    let (late, script, ahead) = (round % 2 == 1, round / 2 % 4, round / 8);
    let cancels = !round.is_multiple_of(3);
    shop.gateway.script([scripts[script]]);
    let booking = shop.book(&["A-1-1", "A-1-2"]).await;
    shop.clock.advance(if late { 600 } else { 599 });
    let started = at_once(4, |task| {
        let shop = shop.clone();
        async move {
            match (task + ahead) % 4 {
                0 => return shop.pay_with_key(booking, None).await.ok().map(|started| started.payment.id),
                1 => drop(shop.bookings.expire_overdue().await.unwrap()),
                2 if cancels => drop(shop.bookings.cancel(&user(shop.fan), booking).await),
                2 => {}
                _ => drop(shop.payments.reconcile().await.unwrap()),
            }
            None
        }
    })
    .await;
    let payments: Vec<PaymentId> = started.into_iter().flatten().collect();
    for payment in &payments {
        if shop.payment(*payment).await.status == PaymentStatus::Pending {
            shop.gateway.settle(*payment, true);
        }
    }
    shop.clock.advance(130);
    shop.bookings.expire_overdue().await.unwrap();
    shop.payments.reconcile().await.unwrap();
    shop.assert_sound(&payments).await;
    let booking = shop.booking(booking).await;
    let paid = booking.status == BookingStatus::Confirmed;
    assert_eq!(shop.available().await, if paid { 98 } else { 100 });
    for payment in payments {
        let status = shop.payment(payment).await.status;
        assert!(matches!(status, PaymentStatus::Completed | PaymentStatus::Refunded | PaymentStatus::Failed));
        assert_eq!(status == PaymentStatus::Completed, paid, "{status:?}");
    }
    booking.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_payment_expiry_and_cancellation_keep_money_and_tickets_consistent() {
    let mut outcomes = BTreeMap::new();
    for round in 0..200 {
        *outcomes.entry(pay_expire_and_cancel(round).await.as_str()).or_insert(0) += 1;
    }
    assert!(outcomes.contains_key("confirmed") && outcomes.contains_key("cancelled"), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_refunds_never_exceed_the_payment() {
    let shop = Arc::new(Shop::open_for_crowds().await);
    let booking = shop.book(&["A-1-1", "A-1-2"]).await;
    let payment = shop.pay(booking).await.id;
    shop.gateway.script_refunds([RefundScript::Refuse, RefundScript::AnswerLost, RefundScript::NoAnswer]);
    let outcomes = at_once(20, |number| {
        let shop = shop.clone();
        async move {
            let amount = (number != 10).then_some(700);
            let command = RefundPayment { amount, reason: String::from("rain") };
            shop.payments.refund(&shop.admin(), payment, command, None).await
        }
    })
    .await;
    for refusal in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let told = matches!(
            refusal,
            RefundError::NothingLeft | RefundError::ExceedsLeft { .. } | RefundError::AllThatIsLeft { .. }
        );
        assert!(told, "{refusal}");
    }
    let asked: i64 = outcomes.iter().flatten().map(|refunded| refunded.refund.amount.minor()).sum();
    assert_eq!(asked, 5_000, "one of them asked for all that was left");
    for _ in 0..3 {
        shop.clock.advance(60);
        shop.payments.reconcile().await.unwrap();
    }
    assert_eq!(shop.payment(payment).await.status, PaymentStatus::Refunded);
    assert_eq!(shop.booking(booking).await.status, BookingStatus::Cancelled);
    shop.assert_sound(&[payment]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_that_reconcile_concurrently_settle_once() {
    let shop = Arc::new(Shop::open_for_crowds().await);
    shop.gateway.script([ChargeScript::AnswerLost]);
    let booking = shop.book(&["A-1-1"]).await;
    let payment = shop.pay(booking).await.id;
    shop.clock.advance(10);
    let settled = at_once(8, |_| {
        let shop = shop.clone();
        async move { shop.payments.reconcile().await.unwrap() }
    })
    .await;
    assert_eq!(settled.into_iter().sum::<u32>(), 1);
    shop.assert_sound(&[payment]).await;
}
