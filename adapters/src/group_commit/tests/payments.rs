//! Tests of the group commit of payments over the in-memory store.

use std::sync::Arc;

use boxoffice_domain::bookings::{BookingEvent, MockBookingQueries};
use boxoffice_domain::events::{CommittedEvents, Event, EventPayload, OutboxEntry};
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::payments::{ChargeOutcome, PaymentGateways, PaymentStatus};
use boxoffice_domain::sales::payment::{
    PaymentPorts, PaymentRecorder, PaymentSettings, PaymentUnits, SettleRequest, StartPayment, StartPaymentError,
    StartRequest,
};
use boxoffice_domain::shared::{Actor, BookingId, PaymentId, Role, UserId};
use boxoffice_testing::{
    BookingBuilder, ConcertBuilder, FakeGateway, FixedClock, Given, InMemoryStore, SequentialIds, assert_sound,
};
use futures_util::future::join_all;

use crate::client_disconnect::with_client;
use crate::group_commit::payments::REMEMBERED_BOOKINGS_MAX;
use crate::group_commit::{BatchLimits, BatchSlots, BookingConcertCache, GroupCommitPayments};

struct Fixture {
    store: InMemoryStore,
    ids: Arc<SequentialIds>,
    fan: UserId,
    bookings: Vec<BookingId>,
    placement: GroupCommitPayments,
}

impl Fixture {
    /// A customer with unpaid bookings of one seat each.
    async fn with_bookings(count: u32) -> Self {
        let (store, ids) = (InMemoryStore::new(), Arc::new(SequentialIds::new()));
        let shared = Arc::new(store.clone());
        let given = Given::new(shared.clone(), ids.clone());
        let fan = given.user("fan").await.id;
        let view = given.add_concert(ConcertBuilder::new(ids.as_ref()).uncapped()).await;
        let concerts = Arc::new(BookingConcertCache::new(shared.clone()));
        store.listen(concerts.clone());
        let mut bookings = Vec::new();
        for ticket in 1..=count {
            let booking = BookingBuilder::new(ids.as_ref(), &view).user(fan).tickets([ticket]).build();
            bookings.push(given.booking(booking).await.id);
        }
        let ports = PaymentPorts {
            store: shared.clone(),
            payments: shared.clone(),
            bookings: shared.clone(),
            organisers: shared,
            gateways: Arc::new(PaymentGateways::only(Arc::new(FakeGateway::new()))),
            clock: Arc::new(FixedClock::default()),
            ids: ids.clone(),
        };
        let units = PaymentUnits::new(&ports, PaymentSettings::default());
        let placement =
            GroupCommitPayments::new(units, concerts, BatchSlots::two_at_a_concert(), BatchLimits::default());
        Self { store, ids, fan, bookings, placement }
    }

    fn start(&self, booking: BookingId) -> StartRequest {
        let command = StartPayment { booking, method: "card".to_owned() };
        StartRequest {
            actor: Actor::User { id: self.fan, role: Role::User },
            command,
            gateway: FakeGateway::NAME,
            key: None,
        }
    }
}

fn completed(payment: PaymentId, booking: Option<BookingId>) -> SettleRequest {
    let outcome = ChargeOutcome::Completed { transaction_id: format!("of {payment}") };
    SettleRequest { actor: Actor::System, payment, booking, outcome }
}

#[tokio::test]
async fn payments_are_started_and_settled_each_with_its_own_outcome() {
    let fixture = Fixture::with_bookings(40).await;
    let started =
        join_all(fixture.bookings.iter().map(|booking| fixture.placement.start(fixture.start(*booking)))).await;
    let payments: Vec<_> = started.into_iter().map(|started| started.unwrap().payment).collect();
    let settle = payments.iter().map(|payment| fixture.placement.settle(completed(payment.id, Some(payment.booking))));
    for (settled, payment) in join_all(settle).await.into_iter().zip(&payments) {
        let settled = settled.unwrap();
        assert_eq!((settled.payment.id, settled.payment.status), (payment.id, PaymentStatus::Completed));
    }
    assert_sound(&fixture.store, FixedClock::START).await;
}

#[tokio::test]
async fn a_booking_that_does_not_exist_is_not_found() {
    let fixture = Fixture::with_bookings(0).await;
    let unknown = BookingId::generate(fixture.ids.as_ref());
    let outcome = fixture.placement.start(fixture.start(unknown)).await;
    assert!(matches!(outcome, Err(StartPaymentError::BookingNotFound)), "{outcome:?}");
}

#[tokio::test]
async fn a_payment_is_settled_though_the_client_is_gone_and_the_booking_is_not_named() {
    let fixture = Fixture::with_bookings(2).await;
    for (index, booking) in fixture.bookings.iter().enumerate() {
        let payment = fixture.placement.start(fixture.start(*booking)).await.unwrap().payment;
        let named = (index == 0).then_some(*booking);
        let (settling, client) = with_client(None, fixture.placement.settle(completed(payment.id, named)));
        drop(client);
        assert_eq!(settling.await.unwrap().payment.status, PaymentStatus::Completed);
    }
    assert_sound(&fixture.store, FixedClock::START).await;
}

#[tokio::test]
async fn the_newest_bookings_are_remembered_however_many_were_paid_before() {
    let ids = SequentialIds::new();
    let view = ConcertBuilder::new(&ids).build();
    // Without expectations: a question to the store is a panic.
    let concerts = BookingConcertCache::new(Arc::new(MockBookingQueries::new()));
    let place = || {
        let booking = BookingBuilder::new(&ids, &view).build();
        let (id, payload) = (booking.id, EventPayload::Booking(BookingEvent::Placed { booking: Box::new(booking) }));
        let event = Event::new(&ids, FixedClock::START, Actor::System, Aggregate::Booking(id), 1, payload);
        concerts.committed(&[OutboxEntry::of(Stream::Concert(view.concert.id), 2, event)]);
        id
    };
    for _ in 0..REMEMBERED_BOOKINGS_MAX {
        let paid_at_once = place();
        assert_eq!(concerts.of(paid_at_once).await.unwrap(), Some(view.concert.id));
    }
    let newest: Vec<_> = (0..2_000).map(|_| place()).collect();
    for booking in newest {
        assert_eq!(concerts.of(booking).await.unwrap(), Some(view.concert.id));
    }
}
