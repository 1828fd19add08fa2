//! A concert in a store in memory, and everything that places and ends its bookings.

use std::sync::Arc;

use boxoffice_domain::bookings::{
    Booking, BookingDesk, BookingQueries, Bookings, DirectDesk, NewBooking, PlaceBooking, PlaceError, PlaceRequest,
    Placed, Placing, PlacingPolicy, Purchase, SeatsInView,
};
use boxoffice_domain::concerts::{
    Caps, Concert, ConcertQueries, ConcertView, MemberRole, MockOrganiserQueries, OrganiserQueries, SeatStates,
    SectionAvailability,
};
use boxoffice_domain::events::{Aggregate, Event, EventPayload, Stream};
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::payments::{PaymentPorts, PaymentSettings, Payments};
use boxoffice_domain::shared::{Actor, BookingId, Clock, ConcertId, Role, UserId};
use boxoffice_domain::store::Store;
use boxoffice_domain::testing::{
    ConcertBuilder, FakeGateway, FixedClock, Given, InMemoryStore, SequentialIds, assert_sound,
};

/// How long an unpaid booking holds its seats here, in seconds.
pub(crate) const HOLD_SECONDS: i64 = 600;

/// One concert and its store.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) store: InMemoryStore,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) ids: Arc<SequentialIds>,
    pub(crate) gateway: Arc<FakeGateway>,
    pub(crate) given: Given,
    pub(crate) view: ConcertView,
}

impl House {
    /// The concert that [`ConcertBuilder`] builds when nothing is said: 100 seats in section `A`, on sale.
    pub(crate) async fn new() -> Self {
        Self::with(|concert| concert).await
    }

    /// A concert as built.
    pub(crate) async fn with(build: impl FnOnce(ConcertBuilder) -> ConcertBuilder) -> Self {
        let (store, ids) = (InMemoryStore::new(), Arc::new(SequentialIds::new()));
        let given = Given::new(Arc::new(store.clone()), ids.clone());
        let view = given.add_concert(build(ConcertBuilder::new(ids.as_ref()))).await;
        let gateway = Arc::new(FakeGateway::watching(store.open_units()));
        Self { store, clock: Arc::new(FixedClock::default()), ids, gateway, given, view }
    }

    pub(crate) fn placing(&self) -> Placing {
        self.placing_among(Arc::new(self.store.clone()))
    }

    /// With these members of organisers.
    pub(crate) fn placing_among(&self, organisers: Arc<dyn OrganiserQueries>) -> Placing {
        Placing::new(
            Arc::new(self.store.clone()),
            Arc::new(self.store.clone()),
            organisers,
            self.clock.clone(),
            self.ids.clone(),
            PlacingPolicy { hold_seconds: HOLD_SECONDS },
        )
    }

    /// The use cases for somebody who is this at the concert's organiser.
    pub(crate) fn bookings_for(&self, role: Option<MemberRole>) -> Bookings {
        let mut organisers = MockOrganiserQueries::new();
        let concert = self.concert();
        organisers.expect_role_at().returning(move |_, asked| Ok(role.filter(|_| asked == concert)));
        Bookings::new(
            Arc::new(self.store.clone()),
            Arc::new(self.store.clone()),
            Arc::new(organisers),
            self.clock.clone(),
            self.ids.clone(),
        )
    }

    /// The use cases of payments for somebody who is this at the concert's organiser.
    pub(crate) fn payments_for(&self, role: Option<MemberRole>) -> Payments {
        let mut organisers = MockOrganiserQueries::new();
        organisers.expect_role_at().returning(move |_, _| Ok(role));
        let ports = PaymentPorts {
            store: Arc::new(self.store.clone()),
            payments: Arc::new(self.store.clone()),
            bookings: Arc::new(self.store.clone()),
            organisers: Arc::new(organisers),
            gateway: self.gateway.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
        };
        Payments::new(ports, PaymentSettings::default())
    }

    /// The use cases for somebody who is no member, and for workers.
    pub(crate) fn bookings(&self) -> Bookings {
        self.bookings_for(None)
    }

    pub(crate) fn concert(&self) -> ConcertId {
        self.view.concert.id
    }

    /// Somebody new.
    pub(crate) fn fan(&self) -> Actor {
        Actor::User { id: UserId::generate(self.ids.as_ref()), role: Role::User }
    }

    /// The command for these seats.
    pub(crate) fn seats(&self, labels: &[&str]) -> PlaceBooking {
        let seats = labels.iter().map(ToString::to_string).collect();
        self.command(NewBooking { seats: Some(seats), ..self.nothing() })
    }

    /// The command for the best of a section.
    pub(crate) fn best(&self, section: &str, quantity: i64) -> PlaceBooking {
        self.command(NewBooking { section: Some(section.to_owned()), quantity: Some(quantity), ..self.nothing() })
    }

    fn nothing(&self) -> NewBooking {
        NewBooking {
            concert: self.concert(),
            seats: None,
            section: None,
            quantity: None,
            category: None,
            expected_total: None,
        }
    }

    fn command(&self, new: NewBooking) -> PlaceBooking {
        PlaceBooking::new(new).unwrap()
    }

    /// Places one booking at the desk.
    pub(crate) async fn place(&self, actor: Actor, command: PlaceBooking) -> Result<Placed, PlaceError> {
        DirectDesk::new(self.placing()).place(PlaceRequest { actor, command, key: None }).await
    }

    /// Places one booking that has to succeed.
    pub(crate) async fn booked(&self, actor: Actor, labels: &[&str]) -> Booking {
        self.place(actor, self.seats(labels)).await.unwrap().booking
    }

    /// The refusal that is certain judging by what can be seen; `None` when overdue holds make everything uncertain.
    pub(crate) async fn foreseen(&self, request: &PlaceRequest) -> Option<Option<PlaceError>> {
        if self.store.any_overdue(self.concert(), self.clock.now()).await.unwrap() {
            return None;
        }
        let SeatStates { concert, plan, states, .. } = self.store.seats(self.concert(), None).await.unwrap().unwrap();
        let view = SeatsInView { concert: &concert, plan: &plan, states: &states };
        Some(view.refusal(request, self.clock.now()))
    }

    /// Settles requests in one batch.
    pub(crate) async fn place_batch(
        &self,
        requests: impl IntoIterator<Item = (Actor, PlaceBooking)>,
    ) -> Vec<Result<Placed, PlaceError>> {
        let requests: Vec<PlaceRequest> =
            requests.into_iter().map(|(actor, command)| PlaceRequest { actor, command, key: None }).collect();
        self.placing().place_batch(self.concert(), &requests).await
    }

    /// Changes what one customer may take.
    pub(crate) async fn set_caps(&self, caps: Caps) {
        self.change_concert(|concert| concert.caps = caps).await;
    }

    /// Changes the concert itself, as its organiser does.
    pub(crate) async fn change_concert(&self, change: impl FnOnce(&mut Concert)) {
        let mut unit = self.store.begin().await.unwrap();
        let mut concert = unit.concerts().get(self.concert()).await.unwrap().unwrap();
        change(&mut concert);
        let version = unit.concerts().save(&concert).await.unwrap();
        let payload = EventPayload::ConcertChanged { status: concert.status, revision: concert.revision + 1 };
        self.given.tell(unit.as_mut(), Stream::Concert(concert.id), version, payload).await;
        unit.commit().await.unwrap();
    }

    /// A booking as it is stored.
    pub(crate) async fn stored(&self, id: BookingId) -> Booking {
        let mut unit = self.store.begin().await.unwrap();
        let booking = unit.bookings().get(&[id]).await.unwrap().remove(0);
        unit.rollback().await.unwrap();
        booking
    }

    /// What somebody holds of the concert.
    pub(crate) async fn purchase(&self, actor: Actor) -> Option<Purchase> {
        let mut unit = self.store.begin().await.unwrap();
        let purchases = unit.purchases().of_users(self.concert(), &[actor.user_id().unwrap()]).await.unwrap();
        unit.rollback().await.unwrap();
        purchases.first().copied()
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

    /// Panics unless every invariant holds.
    pub(crate) async fn assert_sound(&self) {
        assert_sound(&self.store, self.clock.now()).await;
    }
}

/// The labels of a booking's tickets.
pub(crate) fn labels(booking: &Booking) -> Vec<&str> {
    booking.tickets.iter().map(|ticket| ticket.seat.as_str()).collect()
}

/// The labels of what was placed.
pub(crate) fn placed(outcome: &Result<Placed, PlaceError>) -> Vec<&str> {
    match outcome {
        Ok(placed) => labels(&placed.booking),
        Err(error) => panic!("refused: {error:?}"),
    }
}

/// The seats that were not free.
pub(crate) fn unavailable(outcome: &Result<Placed, PlaceError>) -> Vec<&str> {
    match outcome {
        Err(PlaceError::SeatsUnavailable { seats }) => seats.iter().map(|seat| seat.as_str()).collect(),
        other => panic!("not refused for its seats: {other:?}"),
    }
}

/// A request that may be sent twice.
pub(crate) fn keyed(actor: Actor, command: PlaceBooking, key: &str) -> PlaceRequest {
    PlaceRequest { actor, command, key: IdempotencyKey::parse(key) }
}
