//! Two instances of the program that sell one concert over one database.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use boxoffice_adapters::concert_state::{ConcertSource, ConcertStates};
use boxoffice_adapters::db::Database;
use boxoffice_domain::bookings::{BestAvailableRequest, Refresh, SeatMaps};
use boxoffice_domain::concerts::{Catalogue, ConcertView, TicketNumber};
use boxoffice_domain::events::{CommittedEvents, OutboxEntry};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::sales::placement::{
    PlaceBooking, PlaceError, PlaceRequest, PlacementPolicy, PlacementUnits, Selection,
};
use boxoffice_domain::shared::{Actor, Clock, ConcertId, Role, StoreError, Timestamp, UserId};
use boxoffice_domain::store::Store;
use boxoffice_testing::{ConcertBuilder, FixedClock, Given, SequentialIds, assert_sound};

use support::TestDatabase;

/// A clock that passes a microsecond each time it is asked.
struct TickingClock(AtomicI64);

impl TickingClock {
    fn advance_a_second(&self) {
        self.0.fetch_add(1_000_000, Ordering::SeqCst);
    }
}

impl Clock for TickingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// Passes committed events to the states of the same instance.
#[derive(Default)]
struct Listener(OnceLock<Arc<ConcertStates>>);

impl CommittedEvents for Listener {
    fn committed(&self, entries: &[OutboxEntry]) {
        if let Some(states) = self.0.get() {
            states.committed(entries);
        }
    }
}

/// One instance of the program.
struct Instance {
    database: Arc<Database>,
    store: Arc<dyn Store<dyn SalesUnit>>,
    states: Arc<ConcertStates>,
    placing: PlacementUnits,
    ids: Arc<SequentialIds>,
}

impl Instance {
    fn on(database: &TestDatabase, clock: &Arc<TickingClock>, ids: &Arc<SequentialIds>) -> Self {
        let database = Arc::new(database.open());
        let catalogue = Catalogue::new(database.clone(), database.clone(), clock.clone());
        let source = ConcertSource { catalogue: Arc::new(catalogue), log: database.clone(), clock: clock.clone() };
        let states = Arc::new(ConcertStates::new(source));
        let listener = Arc::new(Listener::default());
        assert!(listener.0.set(states.clone()).is_ok());
        let store: Arc<dyn Store<dyn SalesUnit>> = Arc::new(database.store(listener, ids.clone()));
        let policy = PlacementPolicy { hold_seconds: 600 };
        let placing =
            PlacementUnits::new(store.clone(), states.clone(), database.clone(), clock.clone(), ids.clone(), policy);
        Self { database, store, states, placing, ids: ids.clone() }
    }

    /// Books the best available seats, as a new user.
    async fn book(&self, concert: ConcertId, quantity: u32) -> Result<Vec<TicketNumber>, PlaceError> {
        let selection = Selection::best_available("A", quantity.into());
        let command = PlaceBooking::new(concert, selection, None, None).unwrap();
        let actor = Actor::User { id: UserId::generate(self.ids.as_ref()), role: Role::User };
        let request = PlaceRequest { actor, command, key: None };
        let placed = self.placing.place_batch(concert, &[request]).await.remove(0)?;
        Ok(placed.booking.tickets.iter().map(|ticket| ticket.number).collect())
    }

    /// The seats that the instance would try for a request. Nothing is booked.
    async fn proposed(&self, concert: ConcertId, quantity: u32) -> Vec<TicketNumber> {
        self.states.prepare(concert, Refresh::IfOld).await.unwrap();
        let request = BestAvailableRequest { section: 1, quantity };
        let proposal = self.states.propose(concert, &[request], &[]).unwrap();
        proposal.picks.first().cloned().flatten().unwrap()
    }
}

/// Two instances on a database, and a concert of 100 seats.
async fn two_instances(database: &TestDatabase) -> ([Instance; 2], Arc<TickingClock>, ConcertView) {
    let (clock, ids) =
        (Arc::new(TickingClock(AtomicI64::new(FixedClock::START.micros()))), Arc::new(SequentialIds::new()));
    let [here, elsewhere] = [(); 2].map(|()| Instance::on(database, &clock, &ids));
    let concert = ConcertBuilder::new(ids.as_ref()).seated("A", 10, 10, 2_500);
    let view = Given::new(here.store.clone(), ids.clone()).add_concert(concert).await;
    ([here, elsewhere], clock, view)
}

async fn best_available_proposes_no_seat_that_the_other_sold_a_second_ago(database: TestDatabase) {
    let ([here, elsewhere], clock, view) = two_instances(&database).await;
    let concert = view.concert.id;
    assert_eq!(here.proposed(concert, 4).await, elsewhere.proposed(concert, 4).await);
    for (seller, other) in [(&here, &elsewhere), (&elsewhere, &here), (&here, &elsewhere)] {
        let sold = seller.book(concert, 4).await.unwrap();
        clock.advance_a_second();
        let proposed = other.proposed(concert, 4).await;
        assert!(sold.iter().all(|seat| !proposed.contains(seat)), "{sold:?} were sold, {proposed:?} are proposed");
    }
    assert_sound(here.database.as_ref(), clock.now()).await;
}

async fn both_sell_the_best_seats_at_once_until_none_is_left(database: TestDatabase) {
    let ([first, second], clock, view) = two_instances(&database).await;
    let concert = view.concert.id;
    let sell = async |instance: &Instance| {
        let mut sold = Vec::new();
        loop {
            match instance.book(concert, 2).await {
                Ok(seats) => sold.extend(seats),
                Err(PlaceError::SoldOut { left: 0, .. }) => return sold,
                Err(PlaceError::Store(StoreError::Contention)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    let (here, elsewhere) = tokio::join!(sell(&first), sell(&second));
    let seats: HashSet<TicketNumber> = here.iter().chain(&elsewhere).copied().collect();
    let sold = here.len() + elsewhere.len();
    assert_eq!((seats.len(), sold), (100, 100), "every seat was sold once");
    assert_sound(first.database.as_ref(), clock.now()).await;
}

#[tokio::test]
async fn proposals_on_sqlite() {
    best_available_proposes_no_seat_that_the_other_sold_a_second_ago(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn proposals_on_server() {
    best_available_proposes_no_seat_that_the_other_sold_a_second_ago(TestDatabase::on_server().await).await;
}

#[tokio::test]
async fn a_race_on_sqlite() {
    both_sell_the_best_seats_at_once_until_none_is_left(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_race_on_server() {
    both_sell_the_best_seats_at_once_until_none_is_left(TestDatabase::on_server().await).await;
}
