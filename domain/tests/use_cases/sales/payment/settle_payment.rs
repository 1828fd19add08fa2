//! Settling payments, against mocks.

use boxoffice_domain::bookings::{BookingStatus, CancelReason, CustomerHoldings};
use boxoffice_domain::concerts::{Concert, ConcertStatus, TicketState, TicketStatus};
use boxoffice_domain::payments::{AutomaticRefundReason, ChargeOutcome, Payment, PaymentStatus, Refund, RefundOutcome};
use boxoffice_domain::sales::payment::{NEVER_CHARGED, UNKNOWN_CHARGE_GRACE_SECONDS};
use boxoffice_domain::shared::{StoreError, UserId};
use boxoffice_testing::{MockUnitOfWork, failing_store};

use super::fixtures::{NOW, Outside, Sale, TRANSACTION, answer, appends, fan};

/// The calls of a unit that settles a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    GetPayment,
    GetBooking,
    GetConcert,
    States,
    GetPurchases,
    Sell,
    Claim,
    SaveBooking,
    SavePayment,
    AddRefund,
    ChangePurchase,
    ChangeCounts,
    Advance,
    Append,
}

const CONFIRMING: [Call; 10] = [
    Call::GetPayment,
    Call::GetBooking,
    Call::GetConcert,
    Call::Sell,
    Call::SaveBooking,
    Call::SavePayment,
    Call::ChangePurchase,
    Call::ChangeCounts,
    Call::Advance,
    Call::Append,
];

fn completed() -> ChargeOutcome {
    ChargeOutcome::Completed { transaction_id: TRANSACTION.to_owned() }
}

fn declined() -> ChargeOutcome {
    ChargeOutcome::Declined { transaction_id: None, failure: String::from("card_declined") }
}

fn waiting(action: &str) -> ChargeOutcome {
    ChargeOutcome::Pending { transaction_id: TRANSACTION.to_owned(), next_action: Some(action.to_owned()) }
}

/// A unit that reads `sale`; the call `failing` fails.
fn reading(sale: &Sale, failing: Option<Call>) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    let Sale { concert, booking, payment } = sale.clone();
    unit.payments.expect_get().returning(move |_| answer(failing, Call::GetPayment, vec![payment.clone()]));
    unit.bookings.expect_get().returning(move |_| answer(failing, Call::GetBooking, vec![booking.clone()]));
    unit.concerts.expect_get().returning(move |_| answer(failing, Call::GetConcert, Some(concert.clone())));
    unit
}

/// A unit that reads `sale`, whose tickets have `status`, and accepts all writes; the call `failing` fails.
fn writing(sale: &Sale, status: TicketStatus, failing: Option<Call>) -> MockUnitOfWork {
    let mut unit = reading(sale, failing);
    unit.tickets.expect_states().returning(move |_, numbers| {
        let states = numbers.iter().map(|number| TicketState { number: *number, status, booking: None });
        answer(failing, Call::States, states.collect())
    });
    unit.holdings.expect_of_users().returning(move |_, _| answer(failing, Call::GetPurchases, Vec::new()));
    unit.tickets.expect_sell().returning(move |_, _| answer(failing, Call::Sell, ()));
    unit.tickets.expect_claim().returning(move |_, _| answer(failing, Call::Claim, ()));
    unit.bookings.expect_save().returning(move |_| answer(failing, Call::SaveBooking, ()));
    unit.payments.expect_save().returning(move |_| answer(failing, Call::SavePayment, ()));
    unit.refunds.expect_add().returning(move |_| answer(failing, Call::AddRefund, ()));
    unit.holdings.expect_change().returning(move |_, _| answer(failing, Call::ChangePurchase, ()));
    unit.sections.expect_change_counts().returning(move |_, _| answer(failing, Call::ChangeCounts, ()));
    unit.concerts.expect_advance().returning(move |_, _| answer(failing, Call::Advance, 2));
    unit.outbox.expect_append().returning(move |_| answer(failing, Call::Append, ()));
    unit
}

async fn settle(unit: MockUnitOfWork, sale: &Sale, outcome: ChargeOutcome) -> Result<Payment, StoreError> {
    Outside::with([unit]).service().settle(sale.payment.id, &outcome).await
}

/// A cancelled booking whose payment is still pending.
fn late(reason: CancelReason) -> Sale {
    let mut sale = Sale::paying();
    sale.booking.status = BookingStatus::Cancelled;
    sale.booking.cancel_reason = Some(reason);
    sale
}

#[tokio::test]
async fn a_completed_charge_sells_the_tickets_and_confirms_the_booking_in_one_unit() {
    let mut sale = Sale::paying();
    for time_left in [600, 0, -5] {
        sale.booking.expires_at = NOW.plus_seconds(time_left);
        let mut unit = reading(&sale, None);
        let id = sale.booking.id;
        unit.tickets
            .expect_sell()
            .withf(move |_, tickets| tickets.len() == 2 && tickets.iter().all(|ticket| ticket.booking == id))
            .times(1)
            .returning(|_, _| Ok(()));
        unit.bookings
            .expect_save()
            .withf(|saved| saved[0].status == BookingStatus::Confirmed && saved[0].version == 2)
            .times(1)
            .returning(|_| Ok(()));
        unit.payments
            .expect_save()
            .withf(|saved| saved[0].status == PaymentStatus::Completed && saved[0].version == 2)
            .times(1)
            .returning(|_| Ok(()));
        unit.holdings
            .expect_change()
            .withf(|_, changes| (changes[0].user, changes[0].tickets, changes[0].pending_bookings) == (fan(), 0, -1))
            .times(1)
            .returning(|_, _| Ok(()));
        unit.sections
            .expect_change_counts()
            .withf(|_, counts| (counts[0].available, counts[0].held, counts[0].sold) == (0, -2, 2))
            .times(1)
            .returning(|_, _| Ok(()));
        unit.concerts.expect_advance().withf(|_, available| *available == 0).times(1).returning(|_, _| Ok(2));
        appends(&mut unit, &["concert.seats_changed.v1", "booking.confirmed.v1", "payment.changed.v1"]);
        let end = unit.end();
        let payment = settle(unit, &sale, completed()).await.unwrap();
        assert!(end.is_committed(), "{time_left}");
        assert_eq!(payment.transaction_id.as_deref(), Some(TRANSACTION));
    }
}

/// A unit that reads `sale` with available tickets, and that its customer holds `held` other tickets.
fn with_free_tickets(sale: &Sale, held: u32) -> MockUnitOfWork {
    let mut unit = reading(sale, None);
    unit.tickets.expect_states().returning(|_, numbers| {
        let free = |number| TicketState { number, status: TicketStatus::Available, booking: None };
        Ok(numbers.iter().copied().map(free).collect())
    });
    unit.holdings.expect_of_users().returning(move |_, users| {
        let holds = |user: &UserId| CustomerHoldings { user: *user, tickets: held, pending_bookings: 0 };
        Ok(users.iter().map(holds).collect())
    });
    unit
}

#[tokio::test]
async fn an_expired_booking_that_is_paid_reclaims_its_tickets_if_all_are_free() {
    let sale = late(CancelReason::Expired);
    let cap = sale.concert.caps.max_tickets_per_user.unwrap();
    let mut unit = with_free_tickets(&sale, cap - 2);
    unit.tickets
        .expect_claim()
        .withf(|_, claims| claims.len() == 2 && claims.iter().all(|claim| claim.sold))
        .times(1)
        .returning(|_, _| Ok(()));
    unit.bookings
        .expect_save()
        .withf(|saved| saved[0].status == BookingStatus::Confirmed && saved[0].cancel_reason.is_none())
        .times(1)
        .returning(|_| Ok(()));
    unit.payments.expect_save().times(1).returning(|_| Ok(()));
    unit.holdings
        .expect_change()
        .withf(move |_, changes| {
            let change = changes[0];
            (change.tickets, change.pending_bookings, change.max_tickets) == (2, 0, Some(cap))
        })
        .times(1)
        .returning(|_, _| Ok(()));
    unit.sections
        .expect_change_counts()
        .withf(|_, counts| (counts[0].available, counts[0].held, counts[0].sold) == (-2, 0, 2))
        .times(1)
        .returning(|_, _| Ok(()));
    unit.concerts.expect_advance().withf(|_, available| *available == -2).times(1).returning(|_, _| Ok(2));
    appends(&mut unit, &["concert.seats_changed.v1", "booking.confirmed.v1", "payment.changed.v1"]);
    let payment = settle(unit, &sale, completed()).await.unwrap();
    assert_eq!(payment.status, PaymentStatus::Completed);
}

/// Settles the completed charge of `sale` and expects a full refund at once, for this reason.
async fn expect_return(sale: &Sale, reason: AutomaticRefundReason) {
    let mut unit = reading(sale, None);
    unit.tickets.expect_states().returning(|_, numbers| {
        let sold = |number| TicketState { number, status: TicketStatus::Sold, booking: None };
        Ok(numbers.iter().copied().map(sold).collect())
    });
    unit.holdings.expect_of_users().returning(|_, _| Ok(Vec::new()));
    expect_return_from(unit, sale, reason).await;
}

async fn expect_return_from(mut unit: MockUnitOfWork, sale: &Sale, reason: AutomaticRefundReason) {
    unit.payments
        .expect_save()
        .withf(|saved| saved[0].status == PaymentStatus::Completed && saved[0].version == 2)
        .times(1)
        .returning(|_| Ok(()));
    let amount = sale.payment.amount;
    let (sent, kept) = std::sync::mpsc::channel();
    let is_it = move |refunds: &[Refund]| (refunds[0].amount, refunds[0].reason.as_str()) == (amount, reason.as_str());
    unit.refunds.expect_add().withf(is_it).times(1).returning(move |refunds| {
        sent.send(refunds[0].clone()).unwrap();
        Ok(())
    });
    appends(&mut unit, &["payment.returned.v1"]);
    let mut paid = sale.payment.clone();
    paid.complete(TRANSACTION.to_owned(), NOW).unwrap();
    let mut settling = MockUnitOfWork::new();
    settling.refunds.expect_get().returning(move |_| Ok(kept.try_recv().ok()));
    settling.payments.expect_get().returning(move |_| Ok(vec![paid.clone()]));
    sale.reads_booking(&mut settling);
    settling.payments.expect_save().times(1).returning(|_| Ok(()));
    settling.refunds.expect_save().times(1).returning(|_| Ok(()));
    appends(&mut settling, &["payment.refund_completed.v1"]);
    let mut outside = Outside::with([unit, settling]);
    outside.gateway.expect_refund().times(1).returning(move |refund| {
        assert_eq!((refund.amount, refund.transaction_id.as_str()), (amount, TRANSACTION));
        Ok(RefundOutcome::Completed { reference: String::from("re-1") })
    });
    let payment = outside.service().settle(sale.payment.id, &completed()).await.unwrap();
    assert_eq!((payment.status, payment.refunded), (PaymentStatus::Refunded, amount.minor()));
}

#[tokio::test]
async fn a_payment_for_taken_tickets_is_refunded() {
    expect_return(&late(CancelReason::Expired), AutomaticRefundReason::SeatsTaken).await;
}

#[tokio::test]
async fn a_payment_for_a_cancelled_booking_is_refunded_although_its_tickets_are_free() {
    for reason in [CancelReason::User, CancelReason::Manager] {
        let sale = late(reason);
        expect_return_from(with_free_tickets(&sale, 0), &sale, AutomaticRefundReason::BookingCancelled).await;
    }
}

#[tokio::test]
async fn a_late_payment_is_refunded_when_the_sale_is_closed_swept_or_not() {
    type Close = fn(&mut Concert);
    let closed: [Close; 4] = [
        |concert| concert.status = ConcertStatus::Paused,
        |concert| concert.details.sales_end_at = NOW,
        |concert| concert.details.sales_start_at = NOW.plus_seconds(1),
        |concert| {
            concert.details.sales_end_at = NOW.plus_seconds(-60);
            concert.details.starts_at = NOW.plus_seconds(-60);
        },
    ];
    for close in closed {
        let mut overdue = Sale::paying();
        overdue.booking.expires_at = NOW;
        for mut sale in [late(CancelReason::Expired), overdue] {
            close(&mut sale.concert);
            expect_return_from(with_free_tickets(&sale, 0), &sale, AutomaticRefundReason::SaleClosed).await;
        }
    }
}

#[tokio::test]
async fn a_booking_paid_in_time_is_confirmed_although_the_sale_is_closed() {
    let mut sale = Sale::paying();
    sale.booking.expires_at = NOW.plus_seconds(1);
    sale.concert.status = ConcertStatus::Paused;
    sale.concert.details.starts_at = NOW.plus_seconds(-60);
    let payment = settle(writing(&sale, TicketStatus::Held, None), &sale, completed()).await.unwrap();
    assert_eq!((payment.status, payment.refunded), (PaymentStatus::Completed, 0));
}

#[tokio::test]
async fn a_late_payment_above_the_caps_is_refunded() {
    let sale = late(CancelReason::Expired);
    let cap = sale.concert.caps.max_tickets_per_user.unwrap();
    expect_return_from(with_free_tickets(&sale, cap - 1), &sale, AutomaticRefundReason::LimitReached).await;
    let mut small = late(CancelReason::Expired);
    small.concert.caps.max_tickets_per_booking = Some(1);
    expect_return_from(with_free_tickets(&small, 0), &small, AutomaticRefundReason::LimitReached).await;
}

#[tokio::test]
async fn a_payment_for_a_cancelled_concert_is_refunded() {
    for mut sale in [Sale::paying(), late(CancelReason::ConcertCancelled)] {
        sale.concert.status = ConcertStatus::Cancelled;
        expect_return(&sale, AutomaticRefundReason::ConcertCancelled).await;
    }
}

#[tokio::test]
async fn a_second_payment_of_a_confirmed_booking_is_refunded() {
    let mut sale = Sale::paying();
    sale.booking.status = BookingStatus::Confirmed;
    sale.booking.payment = None;
    expect_return(&sale, AutomaticRefundReason::PaidAlready).await;
}

#[tokio::test]
async fn a_failed_payment_completes_when_the_gateway_says_so() {
    let mut sale = Sale::paying();
    sale.payment.status = PaymentStatus::Failed;
    sale.booking.payment = None;
    let payment = settle(writing(&sale, TicketStatus::Held, None), &sale, completed()).await.unwrap();
    assert_eq!(payment.status, PaymentStatus::Completed);
}

#[tokio::test]
async fn repeated_or_late_outcomes_change_nothing() {
    use PaymentStatus::{Completed, Failed, PartiallyRefunded, Refunded};
    let said = [completed(), declined(), waiting("visit"), ChargeOutcome::NotFound];
    for status in [Completed, Failed, PartiallyRefunded, Refunded] {
        for outcome in said.iter().filter(|outcome| (status, *outcome) != (Failed, &completed())) {
            let mut sale = Sale::paid();
            sale.payment.status = status;
            sale.payment.created_at = NOW.plus_seconds(-UNKNOWN_CHARGE_GRACE_SECONDS);
            let payment = settle(reading(&sale, None), &sale, outcome.clone()).await.unwrap();
            assert_eq!(payment, sale.payment, "{status:?} {outcome:?}");
        }
    }
}

#[tokio::test]
async fn after_a_declined_charge_its_booking_can_be_paid_again() {
    let sale = Sale::paying();
    let mut unit = reading(&sale, None);
    let expires_at = sale.booking.expires_at;
    unit.bookings
        .expect_save()
        .withf(move |saved| saved[0].payment.is_none() && saved[0].expires_at == expires_at && saved[0].version == 2)
        .times(1)
        .returning(|_| Ok(()));
    unit.payments.expect_save().times(1).returning(|_| Ok(()));
    appends(&mut unit, &["booking.payment_changed.v1", "payment.changed.v1"]);
    let payment = settle(unit, &sale, declined()).await.unwrap();
    assert_eq!((payment.status, payment.failure.as_deref()), (PaymentStatus::Failed, Some("card_declined")));
}

#[tokio::test]
async fn a_declined_charge_does_not_change_a_booking_with_another_live_payment() {
    let mut sale = Sale::paying();
    sale.booking.payment = Some(boxoffice_domain::shared::PaymentId::from_uuid(uuid::Uuid::max()));
    let mut unit = reading(&sale, None);
    unit.payments.expect_save().times(1).returning(|_| Ok(()));
    appends(&mut unit, &["payment.changed.v1"]);
    settle(unit, &sale, declined()).await.unwrap();
}

#[tokio::test]
async fn a_waiting_charge_stores_its_next_action_once() {
    let mut sale = Sale::paying();
    let mut unit = reading(&sale, None);
    unit.payments.expect_save().times(1).returning(|_| Ok(()));
    appends(&mut unit, &["payment.changed.v1"]);
    sale.payment = settle(unit, &sale, waiting("visit")).await.unwrap();
    assert_eq!((sale.payment.status, sale.payment.next_action.as_deref()), (PaymentStatus::Pending, Some("visit")));
    let again = settle(reading(&sale, None), &sale, waiting("visit")).await.unwrap();
    assert_eq!(again, sale.payment);
}

#[tokio::test]
async fn a_charge_unknown_to_the_gateway_fails_only_after_the_grace_period() {
    let mut sale = Sale::paying();
    sale.payment.created_at = NOW.plus_seconds(1 - UNKNOWN_CHARGE_GRACE_SECONDS);
    let waits = settle(reading(&sale, None), &sale, ChargeOutcome::NotFound).await.unwrap();
    assert_eq!(waits, sale.payment);
    sale.payment.created_at = NOW.plus_seconds(-UNKNOWN_CHARGE_GRACE_SECONDS);
    let failed = settle(writing(&sale, TicketStatus::Held, None), &sale, ChargeOutcome::NotFound).await.unwrap();
    assert_eq!((failed.status, failed.failure.as_deref()), (PaymentStatus::Failed, Some(NEVER_CHARGED)));
}

async fn expect_busy(sale: &Sale, tickets: TicketStatus, outcome: ChargeOutcome, call: Call) {
    let unit = writing(sale, tickets, Some(call));
    let end = unit.end();
    let failed = settle(unit, sale, outcome).await;
    assert!(matches!(failed, Err(StoreError::Busy)), "{call:?}");
    assert!(end.is_rolled_back(), "{call:?}");
}

#[tokio::test]
async fn a_failure_of_the_store_rolls_the_unit_back() {
    for call in CONFIRMING {
        expect_busy(&Sale::paying(), TicketStatus::Held, completed(), call).await;
    }
    for call in [Call::States, Call::GetPurchases, Call::Claim] {
        expect_busy(&late(CancelReason::Expired), TicketStatus::Available, completed(), call).await;
    }
    for call in [Call::SavePayment, Call::AddRefund, Call::Append] {
        expect_busy(&late(CancelReason::Expired), TicketStatus::Sold, completed(), call).await;
    }
    for call in [Call::GetBooking, Call::SaveBooking, Call::SavePayment, Call::Append] {
        expect_busy(&Sale::paying(), TicketStatus::Held, declined(), call).await;
    }
    for call in [Call::GetBooking, Call::SavePayment, Call::Append] {
        expect_busy(&Sale::paying(), TicketStatus::Held, waiting("visit"), call).await;
    }
    let id = Sale::paying().payment.id;
    let failed = Outside::over(failing_store(StoreError::Busy)).service().settle(id, &completed()).await;
    assert!(matches!(failed, Err(StoreError::Busy)));
}

#[tokio::test]
async fn a_payment_is_refunded_when_its_tickets_are_lost_during_the_reclaim() {
    let sale = late(CancelReason::Expired);
    let mut lost = with_free_tickets(&sale, 0);
    lost.tickets.expect_claim().times(1).returning(|_, _| Err(StoreError::Contention));
    let again = writing(&sale, TicketStatus::Sold, None);
    let mut refund = MockUnitOfWork::new();
    refund.refunds.expect_get().returning(|_| Err(StoreError::Busy));
    let mut outside = Outside::with([lost, again, refund]);
    outside.gateway.expect_refund().times(1).returning(|_| Err(super::fixtures::no_answer()));
    let payment = outside.service().settle(sale.payment.id, &completed()).await.unwrap();
    assert_eq!((payment.status, payment.refunded), (PaymentStatus::Completed, 0));
}

#[tokio::test]
async fn missing_rows_are_inconsistent_data() {
    let sale = Sale::paying();
    let mut no_payment = MockUnitOfWork::new();
    no_payment.payments.expect_get().returning(|_| Ok(Vec::new()));
    let mut no_booking = MockUnitOfWork::new();
    sale.reads_payment(&mut no_booking);
    no_booking.bookings.expect_get().returning(|_| Ok(Vec::new()));
    let mut no_concert = MockUnitOfWork::new();
    sale.reads_payment(&mut no_concert);
    sale.reads_booking(&mut no_concert);
    no_concert.concerts.expect_get().returning(|_| Ok(None));
    for unit in [no_payment, no_booking, no_concert] {
        let failed = settle(unit, &sale, completed()).await;
        assert!(matches!(failed, Err(StoreError::Inconsistent(_))), "{failed:?}");
    }
}
