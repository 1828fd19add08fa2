//! Payments that race with each other, with cancellations and with the sweeper.

use std::collections::BTreeSet;
use std::sync::Arc;

use boxoffice_domain::bookings::{BookingStatus, CancelReason};
use boxoffice_domain::payments::PaymentStatus;
use boxoffice_domain::sales::payment::{RefundError, RefundPayment, StartPaymentError};
use boxoffice_domain::shared::{BookingId, PaymentId};
use boxoffice_testing::{ChargeScript, RefundScript};

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
    for (script, pays_again) in [
        (ChargeScript::Approve, StartPaymentError::BookingNotPayable),
        (ChargeScript::Wait, StartPaymentError::PaymentInProgress),
    ] {
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
        // Until the charge is settled, all others find it in progress.
        let pays_again = pays_again.to_string();
        for refusal in refused.into_iter().filter_map(Result::err) {
            let is_expected =
                matches!(refusal, StartPaymentError::PaymentInProgress) || refusal.to_string() == pays_again;
            assert!(is_expected, "{refusal}");
        }
        assert_eq!(shop.pay_with_key(booking, None).await.unwrap_err().to_string(), pays_again);
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
    let ids: BTreeSet<PaymentId> = outcomes.iter().map(|started| started.payment.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(outcomes.iter().filter(|started| !started.replayed).count(), 1);
    shop.assert_sound(&ids.into_iter().collect::<Vec<_>>()).await;
}

/// What happens to a booking in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Pay,
    /// Time passes, then overdue bookings are expired.
    Expire {
        after_seconds: i64,
    },
    Cancel,
    Reconcile,
}

impl Step {
    /// Runs the step. Returns the payment that it started.
    async fn run(self, shop: &Shop, booking: BookingId) -> Option<PaymentId> {
        match self {
            Self::Pay => return shop.pay_with_key(booking, None).await.ok().map(|started| started.payment.id),
            Self::Expire { after_seconds } => {
                shop.clock.advance(after_seconds);
                shop.cancellations.expire_overdue().await.unwrap();
            }
            Self::Cancel => drop(shop.cancellations.cancel(&user(shop.fan), booking).await.unwrap()),
            Self::Reconcile => drop(shop.payments.reconcile().await.unwrap()),
        }
        None
    }
}

/// All orders of these steps.
fn orders(steps: &[Step]) -> Vec<Vec<Step>> {
    let Some((first, others)) = steps.split_first() else { return vec![Vec::new()] };
    let insert = |order: Vec<Step>| {
        (0..=order.len()).map(move |at| order[..at].iter().chain([first]).chain(&order[at..]).copied().collect())
    };
    orders(others).into_iter().flat_map(insert).collect()
}

/// Ends the hold, also one that a payment has extended.
const EXPIRE_ALL: Step = Step::Expire { after_seconds: 130 };

/// Ends the hold of a booking that is not being paid. Shorter than the time for which a charge that the gateway does not
/// know counts as in flight.
const EXPIRE_UNPAID: Step = Step::Expire { after_seconds: 10 };

/// Runs the steps on one booking, one after the other or at once, then a last pass of the workers. Returns how the
/// booking and its payment ended.
async fn end_of(script: ChargeScript, steps: &[Step], concurrently: bool) -> String {
    let shop = Arc::new(Shop::open_for_crowds().await);
    shop.gateway.script([script]);
    let booking = shop.book(&["A-1-1", "A-1-2"]).await;
    shop.clock.advance(599);
    let mut payment = None;
    if concurrently {
        let started = at_once(steps.len(), |number| {
            let (shop, step) = (shop.clone(), steps[number]);
            async move { step.run(&shop, booking).await }
        });
        payment = started.await.into_iter().flatten().next();
    } else {
        for step in steps {
            payment = payment.or(step.run(&shop, booking).await);
        }
    }
    if let Some(payment) = payment
        && shop.payment(payment).await.status == PaymentStatus::Pending
    {
        shop.gateway.settle(payment, true);
    }
    EXPIRE_ALL.run(&shop, booking).await;
    Step::Reconcile.run(&shop, booking).await;
    shop.assert_sound(payment.as_slice()).await;
    let (status, reason) = shop.status(booking).await;
    assert_eq!(shop.available().await, if status == BookingStatus::Confirmed { 98 } else { 100 });
    let status = reason.map_or(status.as_str(), CancelReason::as_str);
    format!("{status}, {}", shop.end_of_payment(payment).await)
}

/// The ends of 120 rounds: with each script, in each order of the steps, with a cancellation and without one.
async fn ends_of(expire: Step, concurrently: bool) -> BTreeSet<String> {
    let mut all = orders(&[Step::Pay, expire, Step::Cancel, Step::Reconcile]);
    all.extend(orders(&[Step::Pay, expire, Step::Reconcile]));
    let mut ends = BTreeSet::new();
    for script in [ChargeScript::Approve, ChargeScript::Wait, ChargeScript::AnswerLost, ChargeScript::Decline] {
        for steps in &all {
            ends.insert(end_of(script, steps, concurrently).await);
        }
    }
    ends
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn payment_expiry_and_cancellation_at_once_end_like_one_after_the_other() {
    let possible = [
        "confirmed, completed",
        "expired, failed card_declined",
        "expired, no payment",
        "user, failed card_declined",
        "user, failed voided",
        "user, no payment",
        "user, refunded booking_cancelled",
        "user, refunded user",
    ];
    let possible = BTreeSet::from(possible.map(String::from));
    assert_eq!(ends_of(EXPIRE_ALL, false).await, possible, "each end is seen");
    let at_once = ends_of(EXPIRE_UNPAID, true).await;
    assert!(at_once.is_subset(&possible), "{at_once:?}");
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
        let is_expected = matches!(
            refusal,
            RefundError::NothingLeft | RefundError::ExceedsLeft { .. } | RefundError::AllThatIsLeft { .. }
        );
        assert!(is_expected, "{refusal}");
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
