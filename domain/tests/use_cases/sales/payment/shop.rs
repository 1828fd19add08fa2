//! A small box office over the store in memory, with a scripted gateway.

use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, BookingQueries, BookingStatus, CancelReason};
use boxoffice_domain::concerts::{ConcertEvent, ConcertQueries, ConcertStatus, ConcertView};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::payments::{Payment, PaymentGateways, PaymentQueries};
use boxoffice_domain::sales::cancellation::Cancellations;
use boxoffice_domain::sales::payment::{
    PaymentPorts, PaymentProcessor, PaymentSettings, PaymentUnits, RefundPayment, RefundedPayment, StartPayment,
    StartPaymentError, StartedPayment,
};
use boxoffice_domain::shared::{Actor, BookingId, Clock, PaymentId, Role, UserId};
use boxoffice_testing::{
    BookingBuilder, ConcertBuilder, FakeGateway, FixedClock, Given, InMemoryStore, SequentialIds, assert_sound,
};

use super::fixtures::user;

/// One concert, a customer and the owner of its organiser.
pub(crate) struct Shop {
    pub(crate) store: InMemoryStore,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) gateway: Arc<FakeGateway>,
    pub(crate) payments: PaymentProcessor,
    ports: PaymentPorts,
    pub(crate) cancellations: Cancellations,
    pub(crate) view: ConcertView,
    pub(crate) fan: UserId,
    pub(crate) owner: UserId,
    given: Given,
}

impl Shop {
    /// A shop whose gateway checks that no unit is open while it is called. For tests without concurrency.
    pub(crate) async fn open() -> Self {
        let store = InMemoryStore::new();
        let gateway = FakeGateway::watching(store.open_units());
        Self::over(store, gateway).await
    }

    /// A shop for concurrent tests.
    pub(crate) async fn open_for_crowds() -> Self {
        Self::over(InMemoryStore::new(), FakeGateway::new()).await
    }

    async fn over(store: InMemoryStore, gateway: FakeGateway) -> Self {
        let (clock, ids, gateway) =
            (Arc::new(FixedClock::default()), Arc::new(SequentialIds::new()), Arc::new(gateway));
        let shared = Arc::new(store.clone());
        let given = Given::new(shared.clone(), ids.clone());
        let (fan, owner) = (given.user("fan").await.id, given.manager("owner").await.id);
        let organiser = given.organiser(owner).await;
        let builder = ConcertBuilder::new(given.ids()).organiser(organiser).uncapped();
        let view = given.add_concert(builder.refundable_until(FixedClock::START.plus_seconds(3_600))).await;
        let ports = PaymentPorts {
            store: shared.clone(),
            payments: shared.clone(),
            bookings: shared.clone(),
            organisers: shared.clone(),
            gateways: Arc::new(PaymentGateways::only(gateway.clone())),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let cancellations = Cancellations::new(shared.clone(), shared.clone(), shared, clock.clone(), ids);
        let payments = PaymentProcessor::new(ports.clone(), PaymentSettings::default());
        Self { store, clock, gateway, payments, ports, cancellations, view, fan, owner, given }
    }

    /// The customer books these seats now, held for ten minutes, at 25.00 each.
    pub(crate) async fn book(&self, seats: &[&str]) -> BookingId {
        let now = self.clock.now();
        let builder = BookingBuilder::new(self.given.ids(), &self.view).user(self.fan).seats(seats);
        let booking = builder.created_at(now).expires_at(now.plus_seconds(600)).build();
        self.given.at(now).booking(booking).await.id
    }

    /// The customer pays by card.
    pub(crate) async fn pay(&self, booking: BookingId) -> Payment {
        self.pay_with_key(booking, None).await.unwrap().payment
    }

    pub(crate) async fn pay_with_key(
        &self,
        booking: BookingId,
        key: Option<&str>,
    ) -> Result<StartedPayment, StartPaymentError> {
        let command = StartPayment { booking, method: String::from("card") };
        self.payments.start(&user(self.fan), command, key.and_then(IdempotencyKey::parse)).await
    }

    /// The owner of the organiser refunds.
    pub(crate) async fn refund(&self, payment: PaymentId, amount: Option<i64>) -> RefundedPayment {
        let command = RefundPayment { amount, reason: String::from("rain") };
        self.payments.refund(&user(self.owner), payment, command, None).await.unwrap()
    }

    /// An admin of the installation.
    pub(crate) fn admin(&self) -> Actor {
        Actor::User { id: self.owner, role: Role::Admin }
    }

    pub(crate) async fn booking(&self, id: BookingId) -> Booking {
        BookingQueries::get(&self.store, id).await.unwrap().unwrap()
    }

    /// The stored status and cancel reason of a booking.
    pub(crate) async fn status(&self, id: BookingId) -> (BookingStatus, Option<CancelReason>) {
        let booking = self.booking(id).await;
        (booking.status, booking.cancel_reason)
    }

    pub(crate) async fn payment(&self, id: PaymentId) -> Payment {
        PaymentQueries::get(&self.store, id).await.unwrap().unwrap()
    }

    /// How a payment ended: its status, with the failure or with the reasons of its refunds.
    pub(crate) async fn end_of_payment(&self, id: Option<PaymentId>) -> String {
        let Some(id) = id else { return String::from("no payment") };
        let payment = self.payment(id).await;
        let refunds = PaymentQueries::refunds_of(&self.store, id).await.unwrap();
        let why = payment.failure.into_iter().chain(refunds.into_iter().map(|refund| refund.reason));
        [payment.status.as_str().to_owned()].into_iter().chain(why).collect::<Vec<_>>().join(" ")
    }

    /// How many of the hundred tickets are available.
    pub(crate) async fn available(&self) -> u32 {
        let availability = ConcertQueries::availability(&self.store, self.view.concert.id).await.unwrap().unwrap();
        availability.concert.available
    }

    /// Cancels the concert.
    pub(crate) async fn cancel_concert(&self) {
        let mut unit = self.given.unit().await;
        let mut concert = unit.concerts().get(self.view.concert.id).await.unwrap().unwrap();
        let now = self.clock.now();
        concert.status = ConcertStatus::Cancelled;
        concert.cancelled_at = Some(now);
        let revision = concert.revision + 1;
        let version = unit.concerts().save(&concert).await.unwrap();
        let changed = EventPayload::Concert(ConcertEvent::Changed { status: concert.status, revision });
        self.given.record_event(&mut *unit, Stream::Concert(concert.id), version, changed).await;
        unit.commit().await.unwrap();
    }

    /// The units of payments, without the gateway.
    pub(crate) fn units(&self) -> PaymentUnits {
        PaymentUnits::new(&self.ports, PaymentSettings::default())
    }

    /// Panics unless all invariants hold. Does not check the gateway.
    pub(crate) async fn assert_invariants(&self) {
        assert_sound(&self.store, self.clock.now()).await;
    }

    /// Panics unless all invariants hold, and the gateway's amounts equal those of the stored payments.
    pub(crate) async fn assert_sound(&self, payments: &[PaymentId]) {
        assert_sound(&self.store, self.clock.now()).await;
        for id in payments {
            let payment = self.payment(*id).await;
            assert_eq!(self.gateway.refunded(*id), payment.refunded, "{payment:?}");
            let taken = if payment.holds_money() || payment.refunded > 0 { payment.amount.minor() } else { 0 };
            assert_eq!(self.gateway.taken(*id), taken, "{payment:?}");
        }
    }
}
