//! Reports of a concert.

use boxoffice_domain::bookings::{BookingFilter, BookingPosition, BookingStatus, CancelReason, NamedBooking, StatusAt};
use boxoffice_domain::concerts::ConcertView;
use boxoffice_domain::payments::{PaymentStatus, RefundStatus};
use boxoffice_domain::reports::{BookingTotals, Outcome, RefundSums, SLOT_SECONDS, SalesFigures, SlotTotals, Span};
use boxoffice_domain::shared::{ConcertId, Timestamp};

use super::Fixture;
use crate::builders::{BookingBuilder, ConcertBuilder, PaymentBuilder, RefundBuilder};
use crate::clock::FixedClock;

const NOW: Timestamp = FixedClock::START;
const EVER: Span = Span { from: Timestamp::from_micros(0), to: Timestamp::MAX };
/// The price of each ticket.
const PRICE: i64 = 2_500;

async fn hall(fixture: &Fixture) -> ConcertView {
    fixture
        .given
        .add_concert(ConcertBuilder::new(fixture.ids()).seated("A", 2, 10, PRICE).standing("GA", 30, 1_000))
        .await
}

async fn figures(fixture: &Fixture, view: &ConcertView, span: Span) -> SalesFigures {
    fixture.ports.reports.sales(view.concert.id, span, NOW).await.unwrap().unwrap()
}

/// A paid booking of these tickets, placed at this time.
async fn paid(fixture: &Fixture, view: &ConcertView, tickets: &[u32], at: Timestamp) {
    let booking = BookingBuilder::new(fixture.ids(), view).tickets(tickets.iter().copied()).created_at(at);
    fixture.given.paid(booking.build()).await;
}

/// By section, also after sold tickets are released, and without other concerts.
pub async fn sections_tell_what_they_sold(fixture: &Fixture) {
    let (view, other) = (hall(fixture).await, hall(fixture).await);
    paid(fixture, &view, &[1, 2, 21], NOW).await;
    paid(fixture, &other, &[1], NOW).await;
    fixture.given.booking(BookingBuilder::new(fixture.ids(), &view).tickets([3]).build()).await;
    fixture.given.blocked(&view, &[22]).await;
    let (back, _) = fixture.given.paid(BookingBuilder::new(fixture.ids(), &view).tickets([4, 23]).build()).await;
    let before = figures(fixture, &view, EVER).await.sections;
    assert_eq!([before[0].revenue, before[1].revenue], [3 * PRICE, 2_000]);
    fixture.given.cancelled(back, CancelReason::Manager).await;
    let SalesFigures { concert, sections, .. } = figures(fixture, &view, EVER).await;
    assert_eq!(concert.id, view.concert.id);
    let [seated, standing] = &sections[..] else { panic!("{sections:?}") };
    assert_eq!((seated.code.as_str(), standing.code.as_str()), ("A", "GA"));
    assert_eq!((seated.total, seated.available, seated.held, seated.sold, seated.blocked), (20, 17, 1, 2, 0));
    assert_eq!((standing.total, standing.available, standing.held, standing.sold, standing.blocked), (30, 28, 0, 1, 1));
    assert_eq!([seated.revenue, standing.revenue], [2 * PRICE, 1_000]);
}

fn sorted(mut placed: Vec<SlotTotals>) -> Vec<(Option<i64>, Outcome, BookingTotals)> {
    placed.sort_by_key(|placed| (placed.slot, placed.outcome));
    let seconds = |slot: Timestamp| slot.seconds_since(NOW);
    placed.into_iter().map(|placed| (placed.slot.map(seconds), placed.outcome, placed.totals)).collect()
}

fn totals(bookings: u64, tickets: u64) -> BookingTotals {
    BookingTotals { bookings, tickets, worth: i64::try_from(tickets).unwrap() * PRICE }
}

/// By the time of placing. Overdue bookings count as expired, whether stored so or not.
pub async fn bookings_are_counted_by_slot_and_outcome(fixture: &Fixture) {
    let view = hall(fixture).await;
    let at = |seconds| NOW.plus_seconds(seconds);
    paid(fixture, &view, &[1], at(0)).await;
    paid(fixture, &view, &[2, 3], at(SLOT_SECONDS - 1)).await;
    paid(fixture, &view, &[4], at(SLOT_SECONDS)).await;
    let pending = |tickets: &[u32], placed, expires| {
        let builder = BookingBuilder::new(fixture.ids(), &view).tickets(tickets.iter().copied());
        builder.created_at(at(placed)).expires_at(at(expires)).build()
    };
    fixture.given.booking(pending(&[5, 6], 1, 1)).await;
    fixture.given.booking(pending(&[7], 2, 0)).await;
    let expired = fixture.given.booking(pending(&[8], 3, 0)).await;
    fixture.given.cancelled(expired, CancelReason::Expired).await;
    for (ticket, reason) in [(9, CancelReason::User), (10, CancelReason::Manager), (11, CancelReason::ConcertCancelled)]
    {
        let booking = fixture.given.booking(pending(&[ticket], -SLOT_SECONDS, 9)).await;
        fixture.given.cancelled(booking, reason).await;
    }
    let placed = sorted(figures(fixture, &view, EVER).await.placed);
    let expected = [
        (Some(-SLOT_SECONDS), Outcome::Cancelled, totals(3, 3)),
        (Some(0), Outcome::Pending, totals(1, 2)),
        (Some(0), Outcome::Confirmed, totals(2, 3)),
        (Some(0), Outcome::Expired, totals(2, 2)),
        (Some(SLOT_SECONDS), Outcome::Confirmed, totals(1, 1)),
    ];
    assert_eq!(placed, expected);
}

/// Bookings outside of the span count without a slot.
pub async fn bookings_have_slots_within_the_span_only(fixture: &Fixture) {
    let view = hall(fixture).await;
    for (ticket, seconds) in [(1, -1), (2, 0), (3, SLOT_SECONDS - 1), (4, SLOT_SECONDS), (5, 9 * SLOT_SECONDS)] {
        paid(fixture, &view, &[ticket], NOW.plus_seconds(seconds)).await;
    }
    let span = Span { from: NOW, to: NOW.plus_seconds(SLOT_SECONDS) };
    let placed = sorted(figures(fixture, &view, span).await.placed);
    assert_eq!(placed, [(None, Outcome::Confirmed, totals(3, 3)), (Some(0), Outcome::Confirmed, totals(2, 2))]);
}

/// Of this concert only: completed and pending refunds, and how much of them is of confirmed bookings.
pub async fn refunds_are_summed(fixture: &Fixture) {
    let (view, other) = (hall(fixture).await, hall(fixture).await);
    let cases = [
        (&view, 1, 300, 0, true),
        (&view, 2, 70, 20, true),
        (&view, 3, PRICE, 0, false),
        (&view, 4, 0, PRICE, false),
        (&other, 5, 5, 6, true),
    ];
    for (view, ticket, refunded, pending, stays) in cases {
        let (booking, payment) =
            fixture.given.paid(BookingBuilder::new(fixture.ids(), view).tickets([ticket]).build()).await;
        if !stays {
            fixture.given.cancelled(booking, CancelReason::Manager).await;
        }
        let mut unit = fixture.unit().await;
        let mut payment = unit.payments().get(&[payment.id]).await.unwrap().remove(0);
        if refunded > 0 {
            payment.refunded = refunded;
            payment.status = if refunded == PRICE { PaymentStatus::Refunded } else { PaymentStatus::PartiallyRefunded };
            payment.version += 1;
            unit.payments().save(std::slice::from_ref(&payment)).await.unwrap();
        }
        let refunds = [(refunded, RefundStatus::Completed), (pending, RefundStatus::Failed)];
        for (amount, status) in refunds.into_iter().filter(|(amount, _)| *amount > 0) {
            let refund = RefundBuilder::new(fixture.ids(), &payment).amount(amount).status(status).build();
            unit.refunds().add(&[refund]).await.unwrap();
        }
        unit.commit().await.unwrap();
    }
    paid(fixture, &view, &[6], NOW).await;
    let sums = RefundSums { completed: 370 + PRICE, pending: 20 + PRICE, of_confirmed: 390 };
    assert_eq!(figures(fixture, &view, EVER).await.refunds, sums);
    let sums = RefundSums { completed: 5, pending: 6, of_confirmed: 11 };
    assert_eq!(figures(fixture, &other, EVER).await.refunds, sums);
}

/// Each booking with its paid and its refunded amount, also when cancelled. Declined payments do not count.
pub async fn exported_bookings_tell_their_money(fixture: &Fixture) {
    let view = hall(fixture).await;
    let paid = |ticket, second: i64| {
        let at = NOW.plus_seconds(second);
        fixture.given.paid(BookingBuilder::new(fixture.ids(), &view).tickets([ticket]).created_at(at).build())
    };
    let (_, kept) = paid(1, 1).await;
    let (cancelled, returned) = paid(2, 2).await;
    let (declined, _) = paid(3, 3).await;
    fixture.given.booking(BookingBuilder::new(fixture.ids(), &view).tickets([4]).created_at(NOW).build()).await;
    fixture.given.cancelled(cancelled, CancelReason::User).await;
    let mut unit = fixture.unit().await;
    let failed = PaymentBuilder::new(fixture.ids(), &declined).status(PaymentStatus::Failed).build();
    unit.payments().add(&[failed]).await.unwrap();
    for (id, refunded, status) in
        [(kept.id, 300, PaymentStatus::PartiallyRefunded), (returned.id, PRICE, PaymentStatus::Refunded)]
    {
        let mut payment = unit.payments().get(&[id]).await.unwrap().remove(0);
        payment.refunded = refunded;
        payment.status = status;
        payment.version += 1;
        unit.payments().save(&[payment]).await.unwrap();
    }
    unit.commit().await.unwrap();
    let all = fixture.ports.reports.bookings(view.concert.id, &BookingFilter::default(), None, 10).await.unwrap();
    let money: Vec<_> = all.iter().map(|reported| (reported.paid, reported.refunded)).collect();
    assert_eq!(money, [(PRICE, 0), (PRICE, PRICE), (PRICE, 300), (0, 0)]);
}

/// In chunks of any size, each booking once, with its tickets and the name of its account.
pub async fn bookings_are_exported_newest_first(fixture: &Fixture) {
    let (view, other) = (hall(fixture).await, hall(fixture).await);
    let ana = fixture.given.user("ana").await;
    let mut expected = Vec::new();
    for ticket in 1..=7 {
        let at = NOW.plus_seconds(i64::from(ticket) / 3);
        let builder = BookingBuilder::new(fixture.ids(), &view).user(ana.id).tickets([ticket]).created_at(at);
        let booking = fixture.given.booking(builder.build()).await;
        expected.push(NamedBooking { booking, username: Some(ana.username.clone()) });
    }
    paid(fixture, &other, &[1], NOW).await;
    expected.reverse();
    assert!(expected.iter().all(|named| named.booking.status == BookingStatus::Pending));
    let all = BookingFilter::default();
    for limit in [1, 3, 7, 100] {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let part = fixture.ports.reports.bookings(view.concert.id, &all, after, limit).await.unwrap();
            assert!(part.len() <= usize::try_from(limit).unwrap());
            let Some(last) = part.last() else { break };
            after = Some(BookingPosition::of(&last.named.booking));
            read.extend(part.into_iter().map(|reported| reported.named));
        }
        assert_eq!(read, expected);
    }
    let confirmed = StatusAt { status: BookingStatus::Confirmed, now: NOW };
    let confirmed = BookingFilter { status: Some(confirmed), search: None };
    assert_eq!(fixture.ports.reports.bookings(view.concert.id, &confirmed, None, 100).await.unwrap(), []);
    assert_eq!(fixture.ports.reports.bookings(other.concert.id, &confirmed, None, 100).await.unwrap().len(), 1);
}

/// A draft has a report too.
pub async fn a_report_of_no_concert_is_none(fixture: &Fixture) {
    let reports = &fixture.ports.reports;
    let unknown = ConcertId::generate(fixture.ids());
    assert_eq!(reports.concert(unknown).await.unwrap(), None);
    assert_eq!(reports.sales(unknown, EVER, NOW).await.unwrap(), None);
    assert_eq!(reports.bookings(unknown, &BookingFilter::default(), None, 10).await.unwrap(), []);
    let view = hall(fixture).await;
    assert_eq!(reports.concert(view.concert.id).await.unwrap(), Some(view.concert));
}
