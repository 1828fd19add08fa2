//! Fixtures that the tests of payments share.

use std::collections::BTreeSet;
use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, BookingStatus, MockBookingQueries};
use boxoffice_domain::concerts::{Concert, MockOrganiserQueries};
use boxoffice_domain::events::Event;
use boxoffice_domain::payments::{
    GatewayError, MockPaymentGateway, MockPaymentQueries, Payment, PaymentGateway, PaymentGateways, PaymentStatus,
};
use boxoffice_domain::sales::payment::{PaymentPorts, PaymentProcessor, PaymentSettings, PaymentUnits};
use boxoffice_domain::shared::{Actor, Role, StoreError, Timestamp, UserId};
use boxoffice_testing::{
    BookingBuilder, ConcertBuilder, FixedClock, MockStore, MockUnitOfWork, PaymentBuilder, SequentialIds, store_of,
};
use uuid::Uuid;

pub(crate) const NOW: Timestamp = FixedClock::START;
pub(crate) const TRANSACTION: &str = "fake-1";

pub(crate) fn fan() -> UserId {
    UserId::from_uuid(Uuid::from_u128(1))
}

pub(crate) fn user(id: UserId) -> Actor {
    Actor::User { id, role: Role::User }
}

pub(crate) fn stranger() -> Actor {
    user(UserId::from_uuid(Uuid::from_u128(2)))
}

/// A fan's booking of two seats for 50.00 in all, with its pending payment.
#[derive(Clone)]
pub(crate) struct Sale {
    pub(crate) concert: Concert,
    pub(crate) booking: Booking,
    pub(crate) payment: Payment,
}

impl Sale {
    /// The booking is held for ten minutes and its payment is started.
    pub(crate) fn paying() -> Self {
        Self::several(1).remove(0)
    }

    /// Several such sales of one concert, each with seats of another row.
    pub(crate) fn several(count: usize) -> Vec<Self> {
        let ids = SequentialIds::new();
        let view = ConcertBuilder::new(&ids).build();
        let sale = |row| {
            let seats = [format!("A-{row}-1"), format!("A-{row}-2")];
            let seats = seats.each_ref().map(String::as_str);
            let mut booking = BookingBuilder::new(&ids, &view).user(fan()).seats(&seats).build();
            let payment = PaymentBuilder::new(&ids, &booking).build();
            booking.payment = Some(payment.id);
            Self { concert: view.concert.clone(), booking, payment }
        };
        (1..=count).map(sale).collect()
    }

    /// The booking has no payment yet.
    pub(crate) fn unpaid() -> Self {
        let mut sale = Self::paying();
        sale.booking.payment = None;
        sale
    }

    /// The booking is confirmed and its payment completed.
    pub(crate) fn paid() -> Self {
        let mut sale = Self::paying();
        sale.booking.status = BookingStatus::Confirmed;
        sale.payment.status = PaymentStatus::Completed;
        sale.payment.transaction_id = Some(TRANSACTION.to_owned());
        sale
    }

    pub(crate) fn reads_booking(&self, unit: &mut MockUnitOfWork) {
        let booking = self.booking.clone();
        unit.bookings
            .expect_get()
            .withf(|ids| ids.len() == 1)
            .returning(move |ids| Ok(if ids == [booking.id] { vec![booking.clone()] } else { Vec::new() }));
    }

    pub(crate) fn reads_concert(&self, unit: &mut MockUnitOfWork) {
        let concert = self.concert.clone();
        unit.concerts.expect_get().returning(move |id| Ok(Some(concert.clone()).filter(|concert| concert.id == id)));
    }

    pub(crate) fn reads_payment(&self, unit: &mut MockUnitOfWork) {
        let payment = self.payment.clone();
        unit.payments
            .expect_get()
            .returning(move |ids| Ok(if ids == [payment.id] { vec![payment.clone()] } else { Vec::new() }));
    }
}

/// The ports of the service under test.
pub(crate) struct Outside {
    store: MockStore,
    pub(crate) payments: MockPaymentQueries,
    pub(crate) bookings: MockBookingQueries,
    pub(crate) organisers: MockOrganiserQueries,
    pub(crate) gateway: MockPaymentGateway,
    other_gateways: Vec<MockPaymentGateway>,
    pub(crate) clock: Arc<FixedClock>,
}

impl Outside {
    /// A store that returns these units, and a gateway called `fake` that accepts cards. All other ports expect no
    /// calls.
    pub(crate) fn with(units: impl IntoIterator<Item = MockUnitOfWork>) -> Self {
        Self::over(store_of(units))
    }

    pub(crate) fn over(store: MockStore) -> Self {
        let mut gateway = MockPaymentGateway::new();
        gateway.expect_name().return_const("fake");
        gateway.expect_methods().return_const(["card"].as_slice());
        Self {
            store,
            payments: MockPaymentQueries::new(),
            bookings: MockBookingQueries::new(),
            organisers: MockOrganiserQueries::new(),
            gateway,
            other_gateways: Vec::new(),
            clock: Arc::new(FixedClock::default()),
        }
    }

    /// The units of payments, without the other ports.
    pub(crate) fn units(self) -> PaymentUnits {
        PaymentUnits::new(&self.ports(), PaymentSettings::default())
    }

    /// The same ports with another gateway in use.
    pub(crate) fn and(mut self, gateway: MockPaymentGateway) -> Self {
        self.other_gateways.push(gateway);
        self
    }

    pub(crate) fn service(self) -> PaymentProcessor {
        PaymentProcessor::new(self.ports(), PaymentSettings::default())
    }

    fn ports(self) -> PaymentPorts {
        let gateways = std::iter::once(self.gateway).chain(self.other_gateways);
        let gateways = gateways.map(|gateway| -> Arc<dyn PaymentGateway> { Arc::new(gateway) }).collect();
        PaymentPorts {
            store: Arc::new(self.store),
            payments: Arc::new(self.payments),
            bookings: Arc::new(self.bookings),
            organisers: Arc::new(self.organisers),
            gateways: Arc::new(PaymentGateways::new(gateways).unwrap()),
            clock: self.clock,
            ids: Arc::new(SequentialIds::new()),
        }
    }
}

/// The result of a port: `value`, or `Busy` when `failing` is this call.
pub(crate) fn answer<C: PartialEq, T>(failing: Option<C>, call: C, value: T) -> Result<T, StoreError> {
    if failing == Some(call) { Err(StoreError::Busy) } else { Ok(value) }
}

pub(crate) fn no_answer() -> GatewayError {
    GatewayError(Arc::new(StoreError::Busy))
}

pub(crate) fn type_names(events: &[Event]) -> BTreeSet<&'static str> {
    events.iter().map(|event| event.payload.type_name()).collect()
}

/// Expects exactly these events, each of another aggregate.
pub(crate) fn appends(unit: &mut MockUnitOfWork, names: &'static [&'static str]) {
    unit.concerts.expect_advance().returning(|_, _| Ok(2));
    unit.outbox
        .expect_append()
        .withf(move |entry| {
            let events = &entry.events;
            let aggregates: BTreeSet<_> = events.iter().map(|event| event.aggregate.uuid()).collect();
            type_names(events) == names.iter().copied().collect() && aggregates.len() == events.len()
        })
        .times(1)
        .returning(|_| Ok(()));
}
