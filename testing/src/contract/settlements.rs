//! Late payments: which bookings they still confirm, and which are refunded.

use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, BookingStatus, CancelReason};
use boxoffice_domain::concerts::{Caps, ConcertEvent, ConcertStatus, ConcertView};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::payments::{AutomaticRefundReason, ChargeOutcome, PaymentGateways, PaymentStatus};
use boxoffice_domain::sales::payment::{
    PaymentPorts, PaymentRecorder, PaymentSettings, PaymentUnits, SettleRequest, SettledPayment, StartPayment,
    StartRequest,
};
use boxoffice_domain::shared::{Actor, BookingId, PaymentId, Role, UserId};

use super::{BoxFuture, Fixture};
use crate::builders::{BookingBuilder, ConcertBuilder};
use crate::clock::FixedClock;
use crate::gateway::FakeGateway;
use crate::given::assert_sound;

const UNCAPPED: Caps =
    Caps { max_tickets_per_booking: None, max_tickets_per_user: None, max_pending_bookings_per_user: None };

fn units(fixture: &Fixture) -> PaymentUnits {
    let ports = PaymentPorts {
        store: fixture.ports.store.clone(),
        payments: fixture.ports.payments.clone(),
        bookings: fixture.ports.bookings.clone(),
        organisers: fixture.ports.organisers.clone(),
        gateways: Arc::new(PaymentGateways::only(Arc::new(FakeGateway::new()))),
        clock: Arc::new(FixedClock::default()),
        ids: fixture.given.shared_ids(),
    };
    PaymentUnits::new(&ports, PaymentSettings::default())
}

async fn stored(fixture: &Fixture, id: BookingId) -> Booking {
    fixture.ports.bookings.get(id).await.unwrap().unwrap()
}

/// A booking of these tickets whose payment is started.
async fn paying(fixture: &Fixture, view: &ConcertView, user: UserId, tickets: [u32; 2]) -> (Booking, PaymentId) {
    let booking = BookingBuilder::new(fixture.ids(), view).user(user).tickets(tickets).build();
    let booking = fixture.given.booking(booking).await;
    let command = StartPayment { booking: booking.id, method: String::from("card") };
    let actor = Actor::User { id: user, role: Role::User };
    let started =
        units(fixture).start(StartRequest { actor, command, gateway: FakeGateway::NAME, key: None }).await.unwrap();
    (stored(fixture, booking.id).await, started.payment.id)
}

async fn settle(units: &PaymentUnits, payment: PaymentId) -> SettledPayment {
    let outcome = ChargeOutcome::Completed { transaction_id: format!("fake-{payment}") };
    units.settle(SettleRequest { actor: Actor::System, payment, booking: None, outcome }).await.unwrap()
}

fn refund_reason(settled: &SettledPayment) -> Option<&str> {
    settled.automatic_refund.as_ref().map(|refund| refund.reason.as_str())
}

/// The tickets are available and the concert is on sale. Only an expired booking is confirmed.
pub async fn only_an_expired_booking_is_confirmed_by_a_late_payment(fixture: &Fixture) {
    let view = fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).caps(UNCAPPED)).await;
    let user = fixture.given.user("ana").await.id;
    let reasons = [
        (CancelReason::User, Some(AutomaticRefundReason::BookingCancelled)),
        (CancelReason::Manager, Some(AutomaticRefundReason::BookingCancelled)),
        (CancelReason::Expired, None),
    ];
    for (reason, returned) in reasons {
        let (booking, payment) = paying(fixture, &view, user, [1, 2]).await;
        let id = booking.id;
        fixture.given.cancelled(booking, reason).await;
        let settled = settle(&units(fixture), payment).await;
        assert_eq!(refund_reason(&settled), returned.map(AutomaticRefundReason::as_str), "{reason:?}");
        assert_eq!(settled.payment.status, PaymentStatus::Completed);
        let expected = if returned.is_some() { BookingStatus::Cancelled } else { BookingStatus::Confirmed };
        assert_eq!(stored(fixture, id).await.status, expected);
        assert_sound(&*fixture.ports.auditor, FixedClock::START).await;
    }
}

/// The sale is paused, or over because the concert has started.
pub async fn an_expired_booking_stays_so_while_nothing_is_on_sale(fixture: &Fixture) {
    for begun in [false, true] {
        let view = fixture.given.concert().await;
        let user = UserId::generate(fixture.ids());
        let (booking, payment) = paying(fixture, &view, user, [1, 2]).await;
        let id = booking.id;
        fixture.given.cancelled(booking, CancelReason::Expired).await;
        let mut unit = fixture.unit().await;
        let mut concert = unit.concerts().get(view.concert.id).await.unwrap().unwrap();
        if begun {
            concert.details.sales_end_at = FixedClock::START;
            concert.details.starts_at = FixedClock::START;
        } else {
            concert.status = ConcertStatus::Paused;
        }
        let version = unit.concerts().save(&concert).await.unwrap();
        let changed =
            EventPayload::Concert(ConcertEvent::Changed { status: concert.status, revision: concert.revision + 1 });
        fixture.given.record_event(&mut *unit, Stream::Concert(concert.id), version, changed).await;
        unit.commit().await.unwrap();
        let settled = settle(&units(fixture), payment).await;
        assert_eq!(refund_reason(&settled), Some(AutomaticRefundReason::SaleClosed.as_str()), "{begun}");
        assert_eq!(stored(fixture, id).await.cancel_reason, Some(CancelReason::Expired));
        assert_sound(&*fixture.ports.auditor, FixedClock::START).await;
    }
}

/// Six expired bookings of a customer who may hold four tickets are paid concurrently.
pub async fn late_payments_keep_to_the_caps_in_any_order(fixture: &Fixture) {
    let caps = Caps { max_tickets_per_user: Some(4), ..UNCAPPED };
    let view = fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).caps(caps)).await;
    let user = fixture.given.user("ana").await.id;
    let mut payments = Vec::new();
    for number in 0..6 {
        let (booking, payment) = paying(fixture, &view, user, [2 * number + 1, 2 * number + 2]).await;
        fixture.given.cancelled(booking, CancelReason::Expired).await;
        payments.push(payment);
    }
    let units = Arc::new(units(fixture));
    let settling = payments.iter().map(|payment| {
        let (units, payment) = (units.clone(), *payment);
        let work: BoxFuture<'static, SettledPayment> = Box::pin(async move { settle(&units, payment).await });
        work
    });
    let settled = fixture.together(settling.collect()).await;
    let mut returned: Vec<Option<&str>> = settled.iter().map(refund_reason).collect();
    returned.sort_unstable();
    let limit = Some(AutomaticRefundReason::LimitReached.as_str());
    assert_eq!(returned, [None, None, limit, limit, limit, limit]);
    let mut unit = fixture.unit().await;
    let held = unit.holdings().of_users(view.concert.id, &[user]).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!((held[0].tickets, held[0].pending_bookings), (4, 0));
    assert_sound(&*fixture.ports.auditor, FixedClock::START).await;
}
