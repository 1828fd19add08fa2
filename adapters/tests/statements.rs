//! How many statements a batch of bookings costs: as many as one booking.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use boxoffice_adapters::seat_maps::MemorySeatMaps;
use boxoffice_domain::bookings::{NewBooking, PlaceBooking, PlaceRequest, Placing, PlacingPolicy};
use boxoffice_domain::concerts::ConcertView;
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::outbox::Event;
use boxoffice_domain::shared::{Actor, Role, UserId};
use boxoffice_domain::store::{CommittedEvents, Store};
use boxoffice_domain::testing::{ConcertBuilder, FixedClock, Given, SequentialIds, assert_sound};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use support::TestDatabase;

/// The most statements of a batch, beside those that begin and end its transaction.
const STATEMENTS_MAX: usize = 10;
const BATCH: usize = 100;

/// What every connection of this process was asked, in order and without its values.
static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// Held by the one test whose statements are recorded.
static RECORDING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn recorder() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let text = text.split(" -- binds").next().unwrap_or_default();
            if ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| text.starts_with(verb)) {
                STATEMENTS.lock().unwrap().push(text.to_owned());
            }
        }
    }))
}

/// Tells the map of what is committed.
struct Listener(Mutex<Option<Arc<MemorySeatMaps>>>);

impl CommittedEvents for Listener {
    fn committed(&self, events: &[Event]) {
        if let Some(maps) = self.0.lock().unwrap().as_ref() {
            maps.committed(events);
        }
    }
}

struct House {
    placing: Placing,
    ids: Arc<SequentialIds>,
    view: ConcertView,
}

impl House {
    /// A concert on sale, with a first booking: what is kept in memory is known then.
    async fn open(database: &TestDatabase) -> Self {
        let (db, ids) = (Arc::new(database.open()), Arc::new(SequentialIds::new()));
        let listener = Arc::new(Listener(Mutex::new(None)));
        let store: Arc<dyn Store> = Arc::new(db.store(listener.clone(), ids.clone()));
        let hall = ConcertBuilder::new(ids.as_ref()).seated("A", 30, 30, 4_500).standing("GA", 1_000, 2_500);
        let view = Given::new(Arc::clone(&store), ids.clone()).add_concert(hall).await;
        let clock = Arc::new(FixedClock::default());
        let maps = Arc::new(MemorySeatMaps::new(db.clone(), clock.clone()));
        *listener.0.lock().unwrap() = Some(Arc::clone(&maps));
        let placing = Placing::new(store, maps, clock, ids.clone(), PlacingPolicy { hold_seconds: 600 });
        let house = Self { placing, ids, view };
        let first = house.best(1);
        house.statements(first).await;
        house
    }

    /// Everybody wants a seat of their own, from the `first` on.
    fn named(&self, first: usize, count: usize) -> Vec<PlaceRequest> {
        let seat = |index: usize| vec![format!("A-{}-{}", index / 30 + 1, index % 30 + 1)];
        (first..first + count).map(|index| self.request(Some(seat(index)), None)).collect()
    }

    /// Everybody wants two of the best places.
    fn best(&self, count: usize) -> Vec<PlaceRequest> {
        (0..count).map(|_| self.request(None, Some("GA".to_owned()))).collect()
    }

    fn request(&self, seats: Option<Vec<String>>, section: Option<String>) -> PlaceRequest {
        let user = UserId::generate(self.ids.as_ref());
        let quantity = section.is_some().then_some(2);
        let new = NewBooking { concert: self.view.concert.id, seats, section, quantity, category: None };
        PlaceRequest {
            actor: Actor::User { id: user, role: Role::User },
            command: PlaceBooking::new(new).unwrap(),
            key: IdempotencyKey::parse(&user.to_string()),
        }
    }

    /// The statements that settle these requests, all of which are granted.
    async fn statements(&self, requests: Vec<PlaceRequest>) -> Vec<String> {
        STATEMENTS.lock().unwrap().clear();
        for outcome in self.placing.place_batch(self.view.concert.id, &requests).await {
            outcome.unwrap();
        }
        std::mem::take(&mut STATEMENTS.lock().unwrap())
    }
}

async fn a_batch_costs_as_many_statements_as_one_booking(database: TestDatabase) {
    let _alone = RECORDING.lock().await;
    set_default_instrumentation(recorder).unwrap();
    let house = House::open(&database).await;
    for (one, many) in [(house.named(0, 1), house.named(1, BATCH)), (house.best(1), house.best(BATCH))] {
        let (one, many) = (house.statements(one).await, house.statements(many).await);
        assert!(!one.is_empty() && one.len() <= STATEMENTS_MAX, "{} statements: {one:#?}", one.len());
        assert_eq!(one, many);
        assert_eq!(one.iter().collect::<BTreeSet<_>>().len(), one.len(), "a statement is sent twice: {one:#?}");
    }
    assert_sound(&database.open(), FixedClock::START).await;
}

#[tokio::test]
async fn sqlite() {
    a_batch_costs_as_many_statements_as_one_booking(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn server() {
    a_batch_costs_as_many_statements_as_one_booking(TestDatabase::on_server().await).await;
}
