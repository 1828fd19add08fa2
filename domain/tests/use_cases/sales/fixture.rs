//! A concert in the store in memory, with the services that place and end its bookings.

use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, BookingQueries, Bookings, CustomerHoldings};
use boxoffice_domain::concerts::{
    Caps, Concert, ConcertEvent, ConcertQueries, ConcertView, MemberRole, MockOrganiserQueries, OrganiserQueries,
    SeatStates, SectionAvailability,
};
use boxoffice_domain::events::{Event, EventPayload};
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::payments::PaymentGateways;
use boxoffice_domain::sales::cancellation::Cancellations;
use boxoffice_domain::sales::payment::{PaymentPorts, PaymentProcessor, PaymentSettings};
use boxoffice_domain::sales::placement::{
    BookingPlacement, PlaceBooking, PlaceError, PlaceRequest, PlacedBooking, PlacementPolicy, PlacementUnits, Precheck,
    Selection,
};
use boxoffice_domain::shared::{Actor, BookingId, Clock, ConcertId, Role, UserId};
use boxoffice_testing::{ConcertBuilder, FakeGateway, FixedClock, Given, InMemoryStore, SequentialIds, assert_sound};

/// How long an unpaid booking holds its seats in these tests, in seconds.
pub(crate) const HOLD_SECONDS: i64 = 600;

/// One concert and its store.
#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) store: InMemoryStore,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) ids: Arc<SequentialIds>,
    pub(crate) gateway: Arc<FakeGateway>,
    pub(crate) given: Given,
    pub(crate) view: ConcertView,
}

impl Fixture {
    /// The default concert of [`ConcertBuilder`]: 100 seats in section `A`, on sale.
    pub(crate) async fn new() -> Self {
        Self::with(|concert| concert).await
    }

    /// A concert as the builder makes it.
    pub(crate) async fn with(build: impl FnOnce(ConcertBuilder) -> ConcertBuilder) -> Self {
        let (store, ids) = (InMemoryStore::new(), Arc::new(SequentialIds::new()));
        let given = Given::new(Arc::new(store.clone()), ids.clone());
        let view = given.add_concert(build(ConcertBuilder::new(ids.as_ref()))).await;
        let gateway = Arc::new(FakeGateway::watching(store.open_units()));
        Self { store, clock: Arc::new(FixedClock::default()), ids, gateway, given, view }
    }

    pub(crate) fn placing(&self) -> PlacementUnits {
        self.placing_among(Arc::new(self.store.clone()))
    }

    /// The placement units over these members of organisers.
    pub(crate) fn placing_among(&self, organisers: Arc<dyn OrganiserQueries>) -> PlacementUnits {
        PlacementUnits::new(
            Arc::new(self.store.clone()),
            Arc::new(self.store.clone()),
            organisers,
            self.clock.clone(),
            self.ids.clone(),
            PlacementPolicy { hold_seconds: HOLD_SECONDS },
        )
    }

    /// Reads bookings for an actor with this role at the concert's organiser.
    pub(crate) fn bookings_for(&self, role: Option<MemberRole>) -> Bookings {
        Bookings::new(
            Arc::new(self.store.clone()),
            Arc::new(self.members(role)),
            Arc::new(self.store.clone()),
            self.clock.clone(),
        )
    }

    /// Cancels bookings for an actor with this role at the concert's organiser.
    pub(crate) fn cancellations_for(&self, role: Option<MemberRole>) -> Cancellations {
        Cancellations::new(
            Arc::new(self.store.clone()),
            Arc::new(self.store.clone()),
            Arc::new(self.members(role)),
            self.clock.clone(),
            self.ids.clone(),
        )
    }

    fn members(&self, role: Option<MemberRole>) -> MockOrganiserQueries {
        let mut organisers = MockOrganiserQueries::new();
        let concert = self.concert();
        organisers.expect_role_at().returning(move |_, asked| Ok(role.filter(|_| asked == concert)));
        organisers
    }

    /// The use cases of payments for an actor with this role at the concert's organiser.
    pub(crate) fn payments_for(&self, role: Option<MemberRole>) -> PaymentProcessor {
        let ports = PaymentPorts {
            store: Arc::new(self.store.clone()),
            payments: Arc::new(self.store.clone()),
            bookings: Arc::new(self.store.clone()),
            organisers: Arc::new(self.members(role)),
            gateways: Arc::new(PaymentGateways::only(self.gateway.clone())),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
        };
        PaymentProcessor::new(ports, PaymentSettings::default())
    }

    /// Reads bookings for an actor who is no member.
    pub(crate) fn bookings(&self) -> Bookings {
        self.bookings_for(None)
    }

    /// Cancels bookings for an actor who is no member, and for workers.
    pub(crate) fn cancellations(&self) -> Cancellations {
        self.cancellations_for(None)
    }

    pub(crate) fn concert(&self) -> ConcertId {
        self.view.concert.id
    }

    /// A new customer.
    pub(crate) fn fan(&self) -> Actor {
        Actor::User { id: UserId::generate(self.ids.as_ref()), role: Role::User }
    }

    /// The command to book these seats.
    pub(crate) fn seats(&self, labels: &[&str]) -> PlaceBooking {
        PlaceBooking::new(self.concert(), Selection::seats(labels), None, None).unwrap()
    }

    /// The command to book the best available tickets of a section.
    pub(crate) fn best(&self, section: &str, quantity: i64) -> PlaceBooking {
        PlaceBooking::new(self.concert(), Selection::best_available(section, quantity), None, None).unwrap()
    }

    /// Places one booking.
    pub(crate) async fn place(&self, actor: Actor, command: PlaceBooking) -> Result<PlacedBooking, PlaceError> {
        self.placing().place(PlaceRequest { actor, command, key: None }).await
    }

    /// Places one booking, which must succeed.
    pub(crate) async fn booked(&self, actor: Actor, labels: &[&str]) -> Booking {
        self.place(actor, self.seats(labels)).await.unwrap().booking
    }

    /// The result of the precheck; `None` when overdue holds make any refusal uncertain.
    pub(crate) async fn foreseen(&self, request: &PlaceRequest) -> Option<Option<PlaceError>> {
        if self.store.any_overdue(self.concert(), self.clock.now()).await.unwrap() {
            return None;
        }
        let SeatStates { concert, plan, states, .. } = self.store.seats(self.concert(), None).await.unwrap().unwrap();
        let view = Precheck { concert: &concert, plan: &plan, states: &states };
        Some(view.refusal(request, self.clock.now()))
    }

    /// Places requests in one batch.
    pub(crate) async fn place_batch(
        &self,
        requests: impl IntoIterator<Item = (Actor, PlaceBooking)>,
    ) -> Vec<Result<PlacedBooking, PlaceError>> {
        let requests: Vec<PlaceRequest> =
            requests.into_iter().map(|(actor, command)| PlaceRequest { actor, command, key: None }).collect();
        self.placing().place_batch(self.concert(), &requests).await
    }

    /// Changes the caps of the concert.
    pub(crate) async fn set_caps(&self, caps: Caps) {
        self.change_concert(|concert| concert.caps = caps).await;
    }

    /// Changes the concert itself, as its organiser does.
    pub(crate) async fn change_concert(&self, change: impl FnOnce(&mut Concert)) {
        let mut unit = self.given.unit().await;
        let mut concert = unit.concerts().get(self.concert()).await.unwrap().unwrap();
        change(&mut concert);
        let version = unit.concerts().save(&concert).await.unwrap();
        let payload =
            EventPayload::Concert(ConcertEvent::Changed { status: concert.status, revision: concert.revision + 1 });
        self.given.record_event(unit.as_mut(), Stream::Concert(concert.id), version, payload).await;
        unit.commit().await.unwrap();
    }

    /// The stored booking.
    pub(crate) async fn stored(&self, id: BookingId) -> Booking {
        let mut unit = self.given.unit().await;
        let booking = unit.bookings().get(&[id]).await.unwrap().remove(0);
        unit.rollback().await.unwrap();
        booking
    }

    /// The holdings of an actor.
    pub(crate) async fn holdings(&self, actor: Actor) -> Option<CustomerHoldings> {
        let mut unit = self.given.unit().await;
        let holdings = unit.holdings().of_users(self.concert(), &[actor.user_id().unwrap()]).await.unwrap();
        unit.rollback().await.unwrap();
        holdings.first().copied()
    }

    /// The counters of each section: available, held, sold.
    pub(crate) async fn counts(&self) -> Vec<(u32, u32, u32)> {
        let availability = self.store.availability(self.concert()).await.unwrap().unwrap();
        let counts = |section: &SectionAvailability| (section.available, section.held, section.sold);
        availability.sections.iter().map(counts).collect()
    }

    /// The events of one aggregate, oldest first.
    pub(crate) fn events_of(&self, aggregate: Aggregate) -> Vec<Event> {
        self.store.events().into_iter().filter(|event| event.aggregate == aggregate).collect()
    }

    /// The types of a booking's events, oldest first.
    pub(crate) fn told_of(&self, id: BookingId) -> Vec<&'static str> {
        self.events_of(Aggregate::Booking(id)).iter().map(|event| event.payload.type_name()).collect()
    }

    /// Panics unless all invariants hold.
    pub(crate) async fn assert_sound(&self) {
        assert_sound(&self.store, self.clock.now()).await;
    }
}

/// The labels of a booking's tickets.
pub(crate) fn labels(booking: &Booking) -> Vec<&str> {
    booking.tickets.iter().map(|ticket| ticket.seat.as_str()).collect()
}

/// The labels of the placed booking's tickets.
pub(crate) fn placed(outcome: &Result<PlacedBooking, PlaceError>) -> Vec<&str> {
    match outcome {
        Ok(placed) => labels(&placed.booking),
        Err(error) => panic!("refused: {error:?}"),
    }
}

/// The seats that the refusal names as taken.
pub(crate) fn unavailable(outcome: &Result<PlacedBooking, PlaceError>) -> Vec<&str> {
    match outcome {
        Err(PlaceError::SeatsUnavailable { seats }) => seats.iter().map(|seat| seat.as_str()).collect(),
        other => panic!("not refused for its seats: {other:?}"),
    }
}

/// A request with an idempotency key.
pub(crate) fn keyed(actor: Actor, command: PlaceBooking, key: &str) -> PlaceRequest {
    PlaceRequest { actor, command, key: IdempotencyKey::parse(key) }
}
