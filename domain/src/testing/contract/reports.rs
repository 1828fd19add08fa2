//! Reports of a concert.

use crate::bookings::{BookingFilter, BookingPosition, BookingStatus, CancelReason, NamedBooking, StatusAt};
use crate::concerts::ConcertView;
use crate::payments::PaymentStatus;
use crate::reports::{Outcome, Placed, SLOT_SECONDS, SalesFigures, Span, Tally};
use crate::shared::{ConcertId, Timestamp};
use crate::testing::{BookingBuilder, ConcertBuilder, FixedClock};

use super::Ground;

const NOW: Timestamp = FixedClock::START;
const EVER: Span = Span { from: Timestamp::from_micros(0), to: Timestamp::MAX };
/// What each ticket of the hall costs.
const PRICE: i64 = 2_500;

async fn hall(ground: &Ground) -> ConcertView {
    ground
        .given
        .add_concert(ConcertBuilder::new(ground.ids()).seated("A", 2, 10, PRICE).standing("GA", 30, 1_000))
        .await
}

async fn figures(ground: &Ground, view: &ConcertView, span: Span) -> SalesFigures {
    ground.ports.reports.sales(view.concert.id, span, NOW).await.unwrap().unwrap()
}

/// A paid booking of these tickets, placed then.
async fn paid(ground: &Ground, view: &ConcertView, tickets: &[u32], at: Timestamp) {
    let booking = BookingBuilder::new(ground.ids(), view).tickets(tickets.iter().copied()).created_at(at);
    ground.given.paid(booking.build()).await;
}

/// By section, also of sold tickets that come back, and nothing of others' concerts.
pub async fn sections_tell_what_they_sold(ground: &Ground) {
    let (view, other) = (hall(ground).await, hall(ground).await);
    paid(ground, &view, &[1, 2, 21], NOW).await;
    paid(ground, &other, &[1], NOW).await;
    ground.given.booking(BookingBuilder::new(ground.ids(), &view).tickets([3]).build()).await;
    ground.given.blocked(&view, &[22]).await;
    let (back, _) = ground.given.paid(BookingBuilder::new(ground.ids(), &view).tickets([4, 23]).build()).await;
    let before = figures(ground, &view, EVER).await.sections;
    assert_eq!([before[0].revenue, before[1].revenue], [3 * PRICE, 2_000]);
    ground.given.cancelled(back, CancelReason::Manager).await;
    let SalesFigures { concert, sections, .. } = figures(ground, &view, EVER).await;
    assert_eq!(concert.id, view.concert.id);
    let [seated, standing] = &sections[..] else { panic!("{sections:?}") };
    assert_eq!((seated.code.as_str(), standing.code.as_str()), ("A", "GA"));
    assert_eq!((seated.total, seated.available, seated.held, seated.sold, seated.blocked), (20, 17, 1, 2, 0));
    assert_eq!((standing.total, standing.available, standing.held, standing.sold, standing.blocked), (30, 28, 0, 1, 1));
    assert_eq!([seated.revenue, standing.revenue], [2 * PRICE, 1_000]);
}

fn sorted(mut placed: Vec<Placed>) -> Vec<(Option<i64>, Outcome, Tally)> {
    placed.sort_by_key(|placed| (placed.slot, placed.outcome));
    let seconds = |slot: Timestamp| slot.seconds_since(NOW);
    placed.into_iter().map(|placed| (placed.slot.map(seconds), placed.outcome, placed.tally)).collect()
}

fn tally(bookings: u64, tickets: u64) -> Tally {
    Tally { bookings, tickets, worth: i64::try_from(tickets).unwrap() * PRICE }
}

/// Each by when it was placed; what is overdue has expired, written down or not.
pub async fn bookings_are_counted_by_slot_and_outcome(ground: &Ground) {
    let view = hall(ground).await;
    let at = |seconds| NOW.plus_seconds(seconds);
    paid(ground, &view, &[1], at(0)).await;
    paid(ground, &view, &[2, 3], at(SLOT_SECONDS - 1)).await;
    paid(ground, &view, &[4], at(SLOT_SECONDS)).await;
    let pending = |tickets: &[u32], placed, expires| {
        let builder = BookingBuilder::new(ground.ids(), &view).tickets(tickets.iter().copied());
        builder.created_at(at(placed)).expires_at(at(expires)).build()
    };
    ground.given.booking(pending(&[5, 6], 1, 1)).await;
    ground.given.booking(pending(&[7], 2, 0)).await;
    let expired = ground.given.booking(pending(&[8], 3, 0)).await;
    ground.given.cancelled(expired, CancelReason::Expired).await;
    for (ticket, reason) in [(9, CancelReason::User), (10, CancelReason::Manager), (11, CancelReason::ConcertCancelled)]
    {
        let booking = ground.given.booking(pending(&[ticket], -SLOT_SECONDS, 9)).await;
        ground.given.cancelled(booking, reason).await;
    }
    let placed = sorted(figures(ground, &view, EVER).await.placed);
    let expected = [
        (Some(-SLOT_SECONDS), Outcome::Cancelled, tally(3, 3)),
        (Some(0), Outcome::Pending, tally(1, 2)),
        (Some(0), Outcome::Confirmed, tally(2, 3)),
        (Some(0), Outcome::Expired, tally(2, 2)),
        (Some(SLOT_SECONDS), Outcome::Confirmed, tally(1, 1)),
    ];
    assert_eq!(placed, expected);
}

/// Outside of it nothing is lost.
pub async fn slots_are_told_apart_within_the_span_only(ground: &Ground) {
    let view = hall(ground).await;
    for (ticket, seconds) in [(1, -1), (2, 0), (3, SLOT_SECONDS - 1), (4, SLOT_SECONDS), (5, 9 * SLOT_SECONDS)] {
        paid(ground, &view, &[ticket], NOW.plus_seconds(seconds)).await;
    }
    let span = Span { from: NOW, to: NOW.plus_seconds(SLOT_SECONDS) };
    let placed = sorted(figures(ground, &view, span).await.placed);
    assert_eq!(placed, [(None, Outcome::Confirmed, tally(3, 3)), (Some(0), Outcome::Confirmed, tally(2, 2))]);
}

/// Of confirmed bookings of this concert alone.
pub async fn what_went_back_is_summed(ground: &Ground) {
    let (view, other) = (hall(ground).await, hall(ground).await);
    for (view, ticket, refunded) in [(&view, 1, 300), (&view, 2, 70), (&other, 3, 5)] {
        let booking = BookingBuilder::new(ground.ids(), view).tickets([ticket]).build();
        let (_, payment) = ground.given.paid(booking).await;
        let mut unit = ground.unit().await;
        let mut payment = unit.payments().get(&[payment.id]).await.unwrap().remove(0);
        payment.refunded = refunded;
        payment.status = PaymentStatus::PartiallyRefunded;
        payment.version += 1;
        unit.payments().save(&[payment]).await.unwrap();
        unit.commit().await.unwrap();
    }
    paid(ground, &view, &[4], NOW).await;
    assert_eq!(figures(ground, &view, EVER).await.refunded, 370);
    assert_eq!(figures(ground, &other, EVER).await.refunded, 5);
}

/// In parts of any size, each once, with their tickets and the names of their accounts.
pub async fn bookings_are_exported_newest_first(ground: &Ground) {
    let (view, other) = (hall(ground).await, hall(ground).await);
    let ana = ground.given.user("ana").await;
    let mut expected = Vec::new();
    for ticket in 1..=7 {
        let at = NOW.plus_seconds(i64::from(ticket) / 3);
        let builder = BookingBuilder::new(ground.ids(), &view).user(ana.id).tickets([ticket]).created_at(at);
        let booking = ground.given.booking(builder.build()).await;
        expected.push(NamedBooking { booking, username: Some(ana.username.clone()) });
    }
    paid(ground, &other, &[1], NOW).await;
    expected.reverse();
    assert!(expected.iter().all(|named| named.booking.status == BookingStatus::Pending));
    let all = BookingFilter::default();
    for limit in [1, 3, 7, 100] {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let part = ground.ports.reports.bookings(view.concert.id, &all, after, limit).await.unwrap();
            assert!(part.len() <= usize::try_from(limit).unwrap());
            let Some(last) = part.last() else { break };
            after = Some(BookingPosition::of(&last.booking));
            read.extend(part);
        }
        assert_eq!(read, expected);
    }
    let confirmed = StatusAt { status: BookingStatus::Confirmed, now: NOW };
    let confirmed = BookingFilter { status: Some(confirmed), search: None };
    assert_eq!(ground.ports.reports.bookings(view.concert.id, &confirmed, None, 100).await.unwrap(), []);
    assert_eq!(ground.ports.reports.bookings(other.concert.id, &confirmed, None, 100).await.unwrap().len(), 1);
}

/// A draft is one too.
pub async fn a_report_of_no_concert_is_none(ground: &Ground) {
    let reports = &ground.ports.reports;
    let unknown = ConcertId::generate(ground.ids());
    assert_eq!(reports.concert(unknown).await.unwrap(), None);
    assert_eq!(reports.sales(unknown, EVER, NOW).await.unwrap(), None);
    assert_eq!(reports.bookings(unknown, &BookingFilter::default(), None, 10).await.unwrap(), []);
    let view = hall(ground).await;
    assert_eq!(reports.concert(view.concert.id).await.unwrap(), Some(view.concert));
}
