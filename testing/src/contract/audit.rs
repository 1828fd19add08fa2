//! The audit: it finds each planted violation, and none in valid data.

use boxoffice_domain::bookings::{Booking, BookingStatus, CancelReason, HoldingsChange};
use boxoffice_domain::concerts::{
    ConcertEvent, ConcertStatus, ConcertView, CountChange, TicketClaim, TicketNumber, TicketOfBooking,
};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::maintenance::Invariant;
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::payments::{Payment, PaymentStatus, refund_in_full};
use boxoffice_domain::sales::{ChangeSet, SalesUnit};
use boxoffice_domain::shared::{Actor, BookingId, UserId};
use boxoffice_domain::users::{User, UserEvent};

use super::{Fixture, INSTANT};
use crate::builders::{BookingBuilder, ConcertBuilder, PaymentBuilder, RefundBuilder};
use crate::clock::FixedClock;
use crate::given::assert_sound;

/// How many violations of one invariant the audit finds.
async fn violations(fixture: &Fixture, invariant: Invariant) -> u64 {
    let reports = fixture.ports.auditor.audit(INSTANT).await.unwrap();
    let order: Vec<Invariant> = reports.iter().map(|report| report.invariant).collect();
    assert_eq!(order, Invariant::ALL);
    for report in &reports {
        let examples = u64::try_from(report.examples.len()).unwrap();
        assert_eq!(examples, report.violations.min(5), "{report:?}");
    }
    reports.into_iter().find(|report| report.invariant == invariant).unwrap().violations
}

/// Runs one step in a unit of its own and commits it.
async fn in_own_unit(fixture: &Fixture, step: impl AsyncFnOnce(&mut dyn SalesUnit)) {
    let mut unit = fixture.unit().await;
    step(&mut *unit).await;
    unit.commit().await.unwrap();
}

fn claim(number: u32, booking: BookingId) -> [TicketClaim; 1] {
    [TicketClaim { number: TicketNumber::new(number), booking, sold: false }]
}

async fn pending(fixture: &Fixture, view: &ConcertView, ticket: u32) -> Booking {
    fixture.given.booking(BookingBuilder::new(fixture.ids(), view).tickets([ticket]).build()).await
}

/// An empty store has no violations.
pub async fn an_empty_store_is_sound(fixture: &Fixture) {
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
}

/// Bookings in all statuses, paid, refunded and free ones, blocked seats and a deleted draft: no violations.
pub async fn a_store_in_use_is_sound(fixture: &Fixture) {
    let given = &fixture.given;
    let (ana, ben) = (given.user("ana").await.id, given.user("ben").await.id);
    let builder = ConcertBuilder::new(fixture.ids()).uncapped().seated("A", 5, 5, 2_500).standing("FREE", 20, 0);
    let view = given.add_concert(builder).await;
    let build = |user, tickets: [u32; 2]| BookingBuilder::new(fixture.ids(), &view).user(user).tickets(tickets);
    given.booking(build(ana, [1, 2]).build()).await;
    given.booking(BookingBuilder::new(fixture.ids(), &view).tickets([3]).build()).await;
    given.booking(build(ben, [30, 31]).status(BookingStatus::Confirmed).build()).await;
    given.paid(build(ana, [4, 5]).build()).await;
    let expired = given.booking(build(ben, [6, 7]).build()).await;
    given.cancelled(expired, CancelReason::Expired).await;
    given.paid(build(ben, [6, 8]).build()).await;
    given.blocked(&view, &[9, 10]).await;
    let (booking, payment) = given.paid(build(ben, [11, 12]).build()).await;
    in_own_unit(fixture, async |unit| {
        let mut changes = ChangeSet::new(view.concert.id, INSTANT);
        changes.cancel(Actor::System, booking, CancelReason::Manager);
        let returned = refund_in_full(&payment, &[], "it rains", fixture.ids(), INSTANT).unwrap();
        changes.return_payment(Actor::System, returned);
        changes.write(unit, fixture.ids()).await.unwrap();
    })
    .await;
    let draft = given.add_concert(ConcertBuilder::new(fixture.ids()).status(ConcertStatus::Draft)).await;
    in_own_unit(fixture, async |unit| {
        unit.concerts().delete_draft(draft.concert.id, 1).await.unwrap();
        given
            .record_event(unit, Stream::Concert(draft.concert.id), 2, EventPayload::Concert(ConcertEvent::Deleted))
            .await;
    })
    .await;
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
}

/// A ticket held for a booking that was never written.
pub async fn a_ticket_without_a_booking_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    for number in 1..=7 {
        let unknown = BookingId::generate(fixture.ids());
        in_own_unit(fixture, async |unit| {
            unit.tickets().claim(view.concert.id, &claim(number, unknown)).await.unwrap()
        })
        .await;
    }
    assert_eq!(violations(fixture, Invariant::TakenTickets).await, 7);
}

/// A ticket held for a cancelled booking, for one that does not list it, and for one of another concert.
pub async fn a_ticket_of_a_dead_booking_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let other = fixture.given.concert().await;
    let live = pending(fixture, &view, 1).await;
    let dead = pending(fixture, &view, 2).await;
    let dead = fixture.given.cancelled(dead, CancelReason::User).await;
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
    in_own_unit(fixture, async |unit| unit.tickets().claim(view.concert.id, &claim(2, dead.id)).await.unwrap()).await;
    assert_eq!(violations(fixture, Invariant::TakenTickets).await, 1);
    in_own_unit(fixture, async |unit| unit.tickets().claim(view.concert.id, &claim(3, live.id)).await.unwrap()).await;
    assert_eq!(violations(fixture, Invariant::TakenTickets).await, 2);
    in_own_unit(fixture, async |unit| unit.tickets().claim(other.concert.id, &claim(1, live.id)).await.unwrap()).await;
    assert_eq!(violations(fixture, Invariant::TakenTickets).await, 3);
}

/// A pending booking with an available ticket, one with a sold ticket, and two bookings that list the same ticket.
pub async fn a_booking_without_its_tickets_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let build = |ticket| BookingBuilder::new(fixture.ids(), &view).tickets([ticket]).build();
    let without = build(1);
    in_own_unit(fixture, async |unit| unit.bookings().add(&[without]).await.unwrap()).await;
    assert_eq!(violations(fixture, Invariant::LiveBookings).await, 1);
    let sold = pending(fixture, &view, 2).await;
    let number = TicketNumber::new(2);
    in_own_unit(fixture, async |unit| {
        unit.tickets().sell(view.concert.id, &[TicketOfBooking { number, booking: sold.id }]).await.unwrap();
    })
    .await;
    assert_eq!(violations(fixture, Invariant::LiveBookings).await, 2);
    pending(fixture, &view, 3).await;
    let second = build(3);
    in_own_unit(fixture, async |unit| unit.bookings().add(&[second]).await.unwrap()).await;
    assert_eq!(violations(fixture, Invariant::LiveBookings).await, 3);
}

/// Confirms a booking as if it was paid, with these payments.
async fn confirm(fixture: &Fixture, booking: &Booking, payments: &[Payment]) {
    in_own_unit(fixture, async |unit| {
        let sold: Vec<TicketOfBooking> = booking
            .tickets
            .iter()
            .map(|ticket| TicketOfBooking { number: ticket.number, booking: booking.id })
            .collect();
        unit.tickets().sell(booking.concert, &sold).await.unwrap();
        let payment = payments.first().map(|payment| payment.id);
        let confirmed = Booking { status: BookingStatus::Confirmed, payment, version: 2, ..booking.clone() };
        unit.bookings().save(&[confirmed]).await.unwrap();
        for payment in payments {
            unit.payments().add(std::slice::from_ref(payment)).await.unwrap();
        }
    })
    .await;
}

/// A confirmed booking without a payment, with a failed one, and with two completed ones.
pub async fn a_confirmed_booking_without_payment_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let completed = |booking: &Booking| PaymentBuilder::new(fixture.ids(), booking).status(PaymentStatus::Completed);
    let unpaid = pending(fixture, &view, 1).await;
    confirm(fixture, &unpaid, &[]).await;
    assert_eq!(violations(fixture, Invariant::PaidBookings).await, 1);
    let failed = pending(fixture, &view, 2).await;
    let payment = completed(&failed).status(PaymentStatus::Failed).build();
    confirm(fixture, &failed, &[payment]).await;
    assert_eq!(violations(fixture, Invariant::PaidBookings).await, 2);
    let twice = pending(fixture, &view, 3).await;
    let payments = [completed(&twice).build(), completed(&twice).status(PaymentStatus::PartiallyRefunded).build()];
    confirm(fixture, &twice, &payments).await;
    assert_eq!(violations(fixture, Invariant::PaidBookings).await, 3);
}

/// A confirmed booking whose payment differs from its total.
pub async fn a_payment_of_another_amount_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    for (ticket, amount) in [(1, 2_499), (2, 2_501)] {
        let booking = pending(fixture, &view, ticket).await;
        let payment = PaymentBuilder::new(fixture.ids(), &booking).status(PaymentStatus::Completed).amount(amount);
        confirm(fixture, &booking, &[payment.build()]).await;
        assert_eq!(violations(fixture, Invariant::PaidBookings).await, u64::from(ticket));
    }
}

/// Refunds, completed or pending, that sum to more than the payment.
pub async fn a_payment_refunded_too_much_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let (_, payment) = fixture.given.paid(BookingBuilder::new(fixture.ids(), &view).tickets([1]).build()).await;
    for (amount, expected) in [(2_500, 0), (1, 1)] {
        let refund = RefundBuilder::new(fixture.ids(), &payment).amount(amount).build();
        in_own_unit(fixture, async |unit| unit.refunds().add(&[refund]).await.unwrap()).await;
        assert_eq!(violations(fixture, Invariant::PaidBookings).await, expected, "{amount}");
    }
}

/// A payment of a cancelled booking, until refunds cover all of it.
pub async fn a_payment_that_is_kept_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let (booking, payment) = fixture.given.paid(BookingBuilder::new(fixture.ids(), &view).tickets([1]).build()).await;
    fixture.given.cancelled(booking, CancelReason::Manager).await;
    assert_eq!(violations(fixture, Invariant::RefundedPayments).await, 1);
    for (amount, expected) in [(2_499, 1), (1, 0)] {
        let refund = RefundBuilder::new(fixture.ids(), &payment).amount(amount).build();
        in_own_unit(fixture, async |unit| unit.refunds().add(&[refund]).await.unwrap()).await;
        assert_eq!(violations(fixture, Invariant::RefundedPayments).await, expected, "{amount}");
    }
}

/// Wrong counters of a section and of the concert.
pub async fn wrong_counters_are_found(fixture: &Fixture) {
    for position in [1, 2] {
        let builder = ConcertBuilder::new(fixture.ids()).seated("A", 2, 2, 1).standing("GA", 3, 1);
        let view = fixture.given.add_concert(builder).await;
        let before = violations(fixture, Invariant::Counters).await;
        let wrong = CountChange { position, available: -1, blocked: 1, ..CountChange::default() };
        in_own_unit(fixture, async |unit| unit.sections().change_counts(view.concert.id, &[wrong]).await.unwrap())
            .await;
        assert!(violations(fixture, Invariant::Counters).await > before, "section {position}");
        let before = violations(fixture, Invariant::Counters).await;
        let wrong = CountChange { position: 3 - position, revenue: 1, ..CountChange::default() };
        in_own_unit(fixture, async |unit| unit.sections().change_counts(view.concert.id, &[wrong]).await.unwrap())
            .await;
        assert!(violations(fixture, Invariant::Counters).await > before, "the revenue of section {}", 3 - position);
    }
    let view = fixture.given.concert().await;
    let before = violations(fixture, Invariant::Counters).await;
    in_own_unit(fixture, async |unit| {
        let version = unit.concerts().advance(view.concert.id, -1).await.unwrap();
        let seats = EventPayload::Concert(ConcertEvent::SeatsChanged { seats: Vec::new() });
        fixture.given.record_event(unit, Stream::Concert(view.concert.id), version, seats).await;
    })
    .await;
    assert_eq!(violations(fixture, Invariant::Counters).await, before + 1);
    assert_eq!(violations(fixture, Invariant::StreamPositions).await, 0);
}

/// Holdings without bookings, bookings without holdings, and wrong sums of tickets or pending bookings.
pub async fn wrong_holdings_are_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let users = [(); 4].map(|()| UserId::generate(fixture.ids()));
    let none =
        |user| HoldingsChange { user, tickets: 0, pending_bookings: 0, max_tickets: None, max_pending_bookings: None };
    let changes = [
        HoldingsChange { tickets: 1, ..none(users[0]) },
        HoldingsChange { tickets: 1, ..none(users[1]) },
        HoldingsChange { pending_bookings: -1, ..none(users[2]) },
    ];
    for (user, ticket) in users[1..3].iter().zip([1, 2]) {
        fixture.given.booking(BookingBuilder::new(fixture.ids(), &view).user(*user).tickets([ticket]).build()).await;
    }
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
    for (expected, change) in (1..).zip(changes) {
        in_own_unit(fixture, async |unit| unit.holdings().change(view.concert.id, &[change]).await.unwrap()).await;
        assert_eq!(violations(fixture, Invariant::Counters).await, expected);
    }
    let unsummed = BookingBuilder::new(fixture.ids(), &view).user(users[3]).tickets([3]).build();
    in_own_unit(fixture, async |unit| unit.bookings().add(&[unsummed]).await.unwrap()).await;
    assert_eq!(violations(fixture, Invariant::Counters).await, 4);
}

/// A version in the middle without an event.
pub async fn a_gap_between_versions_is_found(fixture: &Fixture) {
    let ana = fixture.given.user("ana").await;
    fixture.given.user("ben").await;
    in_own_unit(fixture, async |unit| {
        unit.users().save(&User { version: 2, ..ana.clone() }).await.unwrap();
        unit.users().save(&User { version: 3, ..ana.clone() }).await.unwrap();
        fixture.given.record_event(unit, Stream::User(ana.id), 3, EventPayload::User(UserEvent::Erased)).await;
    })
    .await;
    assert_eq!(violations(fixture, Invariant::StreamPositions).await, 1);
}

/// Of a concert and of a user: a change without an entry, and an entry without a change.
pub async fn a_change_without_an_event_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    fixture.given.paid(BookingBuilder::new(fixture.ids(), &view).tickets([1]).build()).await;
    let ana = fixture.given.user("ana").await;
    let ben = fixture.given.user("ben").await;
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
    in_own_unit(fixture, async |unit| assert_eq!(unit.concerts().advance(view.concert.id, 0).await.unwrap(), 4)).await;
    assert_eq!(violations(fixture, Invariant::StreamPositions).await, 1);
    in_own_unit(fixture, async |unit| unit.users().save(&User { version: 2, ..ana }).await.unwrap()).await;
    assert_eq!(violations(fixture, Invariant::StreamPositions).await, 2);
    in_own_unit(fixture, async |unit| {
        fixture.given.record_event(unit, Stream::User(ben.id), 2, EventPayload::User(UserEvent::Erased)).await;
    })
    .await;
    assert_eq!(violations(fixture, Invariant::StreamPositions).await, 3);
}

/// A booking that is confirmed after its customer, a member or the concert cancelled it. An expired one may be
/// confirmed.
pub async fn an_undone_cancellation_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let reasons = [
        (CancelReason::Expired, 0),
        (CancelReason::User, 1),
        (CancelReason::Manager, 2),
        (CancelReason::ConcertCancelled, 3),
    ];
    for (ticket, (reason, expected)) in (1..).zip(reasons) {
        let booking = pending(fixture, &view, ticket).await;
        let booking = fixture.given.cancelled(booking, reason).await;
        let payment = PaymentBuilder::new(fixture.ids(), &booking).status(PaymentStatus::Completed);
        let payment = payment.transaction(&format!("fake-{ticket}")).build();
        in_own_unit(fixture, async |unit| {
            let mut changes = ChangeSet::new(view.concert.id, INSTANT);
            changes.start_payment(Actor::System, payment.clone());
            changes.reclaim(Actor::System, booking, payment.id, None);
            changes.write(unit, fixture.ids()).await.unwrap();
        })
        .await;
        assert_eq!(violations(fixture, Invariant::FinalCancellations).await, expected, "{reason:?}");
    }
}

/// A hold may be overdue by five seconds, but not by six.
pub async fn an_overdue_hold_is_found(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let until = FixedClock::START.plus_seconds(3);
    fixture.given.booking(BookingBuilder::new(fixture.ids(), &view).tickets([1]).expires_at(until).build()).await;
    assert_sound(&*fixture.ports.auditor, until.plus_seconds(5)).await;
    let reports = fixture.ports.auditor.audit(until.plus_seconds(6)).await.unwrap();
    let broken: Vec<_> = reports.iter().filter(|report| report.violations > 0).map(|report| report.invariant).collect();
    assert_eq!(broken, [Invariant::OverdueHolds]);
    assert_eq!(violations(fixture, Invariant::OverdueHolds).await, 1);
}
