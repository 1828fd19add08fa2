//! A concert whose ports are mocks: a test sets their results, and any other call fails it.

use std::sync::{Arc, Mutex};

use boxoffice_domain::bookings::{
    Booking, BookingEvent, BookingStatus, Bookings, CustomerHoldings, MockBookingQueries, MockSeatMaps, Proposal,
    Refresh,
};
use boxoffice_domain::concerts::{
    ConcertView, MemberRole, MockConcertQueries, MockOrganiserQueries, TicketNumber, TicketState, TicketStatus,
};
use boxoffice_domain::events::{Event, EventPayload};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::sales::cancellation::Cancellations;
use boxoffice_domain::sales::placement::{
    PlaceBooking, PlaceError, PlaceRequest, PlacedBooking, PlacementPolicy, PlacementUnits, Selection,
};
use boxoffice_domain::shared::{Actor, BookingId, ConcertId, IdGenerator, PaymentId, Role, StoreError, UserId};
use boxoffice_domain::store::Store;
use boxoffice_testing::{BookingBuilder, ConcertBuilder, FixedClock, MockStore, MockUnitOfWork, SequentialIds};
use uuid::Uuid;

use super::fixture::HOLD_SECONDS;

/// A concert and the mock of its seat maps.
pub(crate) struct Stage {
    pub(crate) view: ConcertView,
    pub(crate) ids: Arc<SequentialIds>,
    pub(crate) maps: MockSeatMaps,
    /// How the seat index was prepared, each time.
    pub(crate) refreshes: Arc<Mutex<Vec<Refresh>>>,
    /// Expects no calls, unless a test sets the members.
    pub(crate) organisers: MockOrganiserQueries,
}

impl Stage {
    /// The default concert of [`ConcertBuilder`]: 100 seats in section `A`, on sale.
    pub(crate) fn new() -> Self {
        Self::with(|concert| concert)
    }

    /// A concert as the builder makes it. Its plan and its seat index can be loaded; no proposals are expected yet.
    pub(crate) fn with(build: impl FnOnce(ConcertBuilder) -> ConcertBuilder) -> Self {
        let ids = Arc::new(SequentialIds::new());
        let view = build(ConcertBuilder::new(ids.as_ref())).build();
        let mut maps = MockSeatMaps::new();
        let plan = Arc::new(view.plan.clone());
        maps.expect_plan().returning(move |_| Ok(Some(plan.clone())));
        let refreshes: Arc<Mutex<Vec<Refresh>>> = Arc::default();
        let asked = refreshes.clone();
        maps.expect_prepare().returning(move |_, refresh| {
            asked.lock().unwrap().push(refresh);
            Ok(())
        });
        Self { view, ids, maps, refreshes, organisers: MockOrganiserQueries::new() }
    }

    /// A unit that reads the concert and its prices, without holdings.
    pub(crate) fn unit(&self) -> MockUnitOfWork {
        self.unit_with(&[])
    }

    /// A unit that reads the concert and its prices, with these holdings.
    pub(crate) fn unit_with(&self, holdings: &[CustomerHoldings]) -> MockUnitOfWork {
        let mut unit = MockUnitOfWork::new();
        let concert = self.view.concert.clone();
        unit.concerts.expect_get().times(1).returning(move |_| Ok(Some(concert.clone())));
        let prices: Vec<_> = self
            .view
            .plan
            .sections()
            .iter()
            .flat_map(|section| section.prices.iter().map(|price| (section.position, price.clone())))
            .collect();
        unit.sections.expect_prices().times(..=1).returning(move |_| Ok(prices.clone()));
        let holdings = holdings.to_vec();
        unit.holdings.expect_of_users().times(..=1).returning(move |_, _| Ok(holdings.clone()));
        unit
    }

    /// A unit with all reads that a refusal may need. All tickets are available.
    pub(crate) fn reading_unit(&self) -> MockUnitOfWork {
        let mut unit = self.unit();
        let state =
            |number: &TicketNumber| TicketState { number: *number, status: TicketStatus::Available, booking: None };
        unit.tickets.expect_states().times(..=1).returning(move |_, asked| Ok(asked.iter().map(state).collect()));
        unit
    }

    /// The command to book these seats.
    pub(crate) fn seats(&self, labels: &[&str]) -> PlaceBooking {
        PlaceBooking::new(self.concert(), Selection::seats(labels), None, None).unwrap()
    }

    /// The command to book the best available tickets of a section.
    pub(crate) fn best(&self, section: &str, quantity: i64) -> PlaceBooking {
        PlaceBooking::new(self.concert(), Selection::best_available(section, quantity), None, None).unwrap()
    }

    /// A pending booking of [`fan`] `number`, with the ticket of this number.
    pub(crate) fn booking(&self, number: u32) -> Booking {
        let user = fan(number.into()).user_id().unwrap();
        BookingBuilder::new(self.ids.as_ref(), &self.view).user(user).tickets([number]).build()
    }

    /// The same as [`booking`](Self::booking), confirmed by a payment.
    pub(crate) fn confirmed_booking(&self, number: u32) -> Booking {
        let payment = PaymentId::generate(self.ids.as_ref());
        Booking { status: BookingStatus::Confirmed, payment: Some(payment), ..self.booking(number) }
    }

    pub(crate) fn concert(&self) -> ConcertId {
        self.view.concert.id
    }

    /// Places these requests in one batch.
    pub(crate) async fn place_all(
        self,
        store: MockStore,
        requests: &[PlaceRequest],
    ) -> Vec<Result<PlacedBooking, PlaceError>> {
        let concert = self.concert();
        let store: Arc<dyn Store<dyn SalesUnit>> = Arc::new(store);
        let policy = PlacementPolicy { hold_seconds: HOLD_SECONDS };
        let clock = Arc::new(FixedClock::default());
        let (maps, organisers) = (Arc::new(self.maps), Arc::new(self.organisers));
        PlacementUnits::new(store, maps, organisers, clock, self.ids, policy).place_batch(concert, requests).await
    }

    /// Places one request of a customer.
    pub(crate) async fn place(self, store: MockStore, command: PlaceBooking) -> Result<PlacedBooking, PlaceError> {
        self.place_all(store, &[request(fan(1), command)]).await.remove(0)
    }
}

/// Reads bookings over these ports. No concert is read.
pub(crate) fn bookings_over(queries: MockBookingQueries, organisers: MockOrganiserQueries) -> Bookings {
    bookings_of(queries, organisers, MockConcertQueries::new())
}

/// Reads bookings over these ports.
pub(crate) fn bookings_of(
    queries: MockBookingQueries,
    organisers: MockOrganiserQueries,
    concerts: MockConcertQueries,
) -> Bookings {
    Bookings::new(Arc::new(queries), Arc::new(organisers), Arc::new(concerts), Arc::new(FixedClock::default()))
}

/// Cancels bookings over these ports.
pub(crate) fn cancellations_over(
    store: MockStore,
    queries: MockBookingQueries,
    organisers: MockOrganiserQueries,
) -> Cancellations {
    let (store, queries, organisers) = (Arc::new(store), Arc::new(queries), Arc::new(organisers));
    Cancellations::new(store, queries, organisers, Arc::new(FixedClock::default()), Arc::new(SequentialIds::new()))
}

/// Every user has this role at the organiser of every concert.
pub(crate) fn members(role: Option<MemberRole>) -> MockOrganiserQueries {
    let mut organisers = MockOrganiserQueries::new();
    organisers.expect_role_at().returning(move |_, _| Ok(role));
    organisers
}

pub(crate) fn fan(number: u128) -> Actor {
    user(number, Role::User)
}

/// The user of this number with a role on the platform.
pub(crate) fn user(number: u128, role: Role) -> Actor {
    Actor::User { id: UserId::from_uuid(Uuid::from_u128(number)), role }
}

pub(crate) const fn request(actor: Actor, command: PlaceBooking) -> PlaceRequest {
    PlaceRequest { actor, command, key: None }
}

/// The holdings of an actor.
pub(crate) fn holding(actor: Actor, tickets: u32, pending_bookings: u32) -> CustomerHoldings {
    CustomerHoldings { user: actor.user_id().unwrap(), tickets, pending_bookings }
}

/// A proposal of these tickets, one list for each request.
pub(crate) fn proposal(picks: &[Option<&[u32]>]) -> Proposal {
    let numbers = |pick: &[u32]| pick.iter().copied().map(TicketNumber::new).collect();
    Proposal::new(picks.iter().map(|pick| pick.map(numbers)).collect(), Box::new(()))
}

pub(crate) fn numbers(numbers: &[TicketNumber]) -> Vec<u32> {
    numbers.iter().map(|number| number.get()).collect()
}

/// The unit reads tickets once. All are available except these.
pub(crate) fn expect_states(unit: &mut MockUnitOfWork, taken: &[(u32, TicketStatus)]) {
    let taken = taken.to_vec();
    unit.tickets.expect_states().times(1).returning(move |_, asked| {
        let state = |number: &TicketNumber| {
            let status = taken.iter().find(|(taken, _)| *taken == number.get()).map(|(_, status)| *status);
            let status = status.unwrap_or(TicketStatus::Available);
            let booking = matches!(status, TicketStatus::Held | TicketStatus::Sold).then(|| another_booking(*number));
            TicketState { number: *number, status, booking }
        };
        Ok(asked.iter().map(state).collect())
    });
}

/// The booking of another customer that has a taken ticket.
pub(crate) fn another_booking(number: TicketNumber) -> BookingId {
    BookingId::from_uuid(Uuid::from_u128(u128::from(number.get())))
}

/// All writes succeed.
pub(crate) fn expect_writes(unit: &mut MockUnitOfWork) {
    unit.tickets.expect_claim().times(1).returning(|_, _| Ok(()));
    unit.bookings.expect_add().times(1).returning(|_| Ok(()));
    expect_writes_after_bookings(unit);
}

/// All writes after the bookings succeed.
pub(crate) fn expect_writes_after_bookings(unit: &mut MockUnitOfWork) {
    unit.holdings.expect_change().times(..=1).returning(|_, _| Ok(()));
    unit.sections.expect_change_counts().times(..=1).returning(|_, _| Ok(()));
    unit.concerts.expect_advance().times(..=1).returning(|_, _| Ok(2));
    unit.outbox.expect_append().times(..=1).returning(|_| Ok(()));
}

pub(crate) fn broken() -> Arc<dyn std::error::Error + Send + Sync> {
    Arc::from(Box::<dyn std::error::Error + Send + Sync>::from("broken"))
}

pub(crate) fn unavailable() -> StoreError {
    StoreError::Unavailable(broken())
}

pub(crate) fn refused() -> StoreError {
    StoreError::Rejected(broken())
}

/// Ids that no other generator of these tests returns.
pub(crate) fn other_ids() -> impl IdGenerator {
    SequentialIds::new()
}

/// The writes of a unit that ends bookings, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EndingWrite {
    ReleaseTickets,
    SaveBookings,
    ChangeHoldings,
    ChangeCounts,
    AdvanceConcert,
    AppendEvents,
}

impl EndingWrite {
    pub(crate) const ALL: [Self; 6] = [
        Self::ReleaseTickets,
        Self::SaveBookings,
        Self::ChangeHoldings,
        Self::ChangeCounts,
        Self::AdvanceConcert,
        Self::AppendEvents,
    ];
}

/// The bookings that units saved and the events that they appended, in order.
#[derive(Clone, Default)]
pub(crate) struct Written {
    bookings: Arc<Mutex<Vec<Booking>>>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Written {
    pub(crate) fn bookings(&self) -> Vec<Booking> {
        self.bookings.lock().unwrap().clone()
    }

    /// The actor of each event of a cancelled booking.
    pub(crate) fn cancelled_by(&self) -> Vec<Actor> {
        let events = self.events.lock().unwrap();
        let cancelled = events
            .iter()
            .filter(|event| matches!(event.payload, EventPayload::Booking(BookingEvent::Cancelled { .. })));
        cancelled.map(|event| event.actor).collect()
    }

    /// The payloads of all events.
    pub(crate) fn payloads(&self) -> Vec<EventPayload> {
        self.events.lock().unwrap().iter().map(|event| event.payload.clone()).collect()
    }
}

/// All writes of a unit that ends live bookings succeed, each in one statement.
pub(crate) fn expect_ending(unit: &mut MockUnitOfWork) -> Written {
    expect_ending_until(unit, None)
}

/// A unit that ends live bookings fails at this write, and writes nothing after it.
pub(crate) fn expect_ending_fails(unit: &mut MockUnitOfWork, write: EndingWrite, error: StoreError) {
    expect_ending_until(unit, Some((write, error)));
}

fn expect_ending_until(unit: &mut MockUnitOfWork, failing: Option<(EndingWrite, StoreError)>) -> Written {
    use EndingWrite::{AdvanceConcert, AppendEvents, ChangeCounts, ChangeHoldings, ReleaseTickets, SaveBookings};
    let last = failing.as_ref().map_or(AppendEvents, |(write, _)| *write);
    let times = |write| usize::from(write <= last);
    let outcome = |write| match &failing {
        Some((failing, error)) if *failing == write => Err(error.clone()),
        _ => Ok(()),
    };
    let written = Written::default();
    let (saved, appended) = (written.bookings.clone(), written.events.clone());
    let released = outcome(ReleaseTickets);
    unit.tickets.expect_release().times(times(ReleaseTickets)).returning(move |_, _, _| released.clone());
    let save = outcome(SaveBookings);
    unit.bookings.expect_save().times(times(SaveBookings)).returning(move |bookings| {
        saved.lock().unwrap().extend_from_slice(bookings);
        save.clone()
    });
    let held = outcome(ChangeHoldings);
    unit.holdings.expect_change().times(times(ChangeHoldings)).returning(move |_, _| held.clone());
    let counted = outcome(ChangeCounts);
    unit.sections.expect_change_counts().times(times(ChangeCounts)).returning(move |_, _| counted.clone());
    let advanced = outcome(AdvanceConcert);
    unit.concerts.expect_advance().times(times(AdvanceConcert)).returning(move |_, _| advanced.clone().map(|()| 2));
    let append = outcome(AppendEvents);
    unit.outbox.expect_append().times(times(AppendEvents)).returning(move |entry| {
        appended.lock().unwrap().extend(entry.events);
        append.clone()
    });
    written
}
