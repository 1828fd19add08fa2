//! The number of statements for a batch of bookings, payments or expired holds: the same as for a single one.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use boxoffice_adapters::concert_state::{ConcertSource, ConcertStates};
use boxoffice_domain::bookings::Booking;
use boxoffice_domain::concerts::{Catalogue, ConcertView};
use boxoffice_domain::events::{CommittedEvents, OutboxEntry};
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::payments::{ChargeOutcome, PaymentGateways};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::sales::cancellation::{BookingCancellation, CancellationUnits};
use boxoffice_domain::sales::payment::{
    PaymentPorts, PaymentSettings, PaymentUnits, SettleRequest, StartPayment, StartPaymentError, StartRequest,
    StartedPayment,
};
use boxoffice_domain::sales::placement::{PlaceBooking, PlaceRequest, PlacementPolicy, PlacementUnits, Selection};
use boxoffice_domain::shared::{Actor, Clock, Faults, Role, UserId};
use boxoffice_domain::store::Store;
use boxoffice_testing::{ConcertBuilder, FakeGateway, FixedClock, Given, SequentialIds, assert_sound};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use support::TestDatabase;

/// The maximum number of statements for a batch of bookings, without those that begin and end its transaction.
const BOOKING_STATEMENTS_MAX: usize = 10;
/// The same for payments and expired holds. They read payments and bookings first, and each of these is read and
/// written.
const OTHER_STATEMENTS_MAX: usize = 12;
const BATCH: usize = 100;

/// The statements of all connections of this process, in order and without their values.
static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// Held by the test whose statements are recorded, also while it makes its database.
static RECORDING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn recorder() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let text = text.split(" -- binds").next().unwrap_or_default();
            if ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| text.starts_with(verb)) {
                STATEMENTS.lock().unwrap().push(without_literals(text));
            }
        }
    }))
}

/// Inserts without their rows, which are literals. What follows the rows is left out, too.
fn without_literals(text: &str) -> String {
    let inserts = text.split(";INSERT INTO ");
    inserts.map(|insert| insert.split(" VALUES (x'").next().unwrap_or_default()).collect::<Vec<_>>().join("; ")
}

/// Forwards committed events to the states of concerts.
struct Listener(Mutex<Option<Arc<ConcertStates>>>);

impl CommittedEvents for Listener {
    fn committed(&self, entries: &[OutboxEntry]) {
        if let Some(states) = self.0.lock().unwrap().as_ref() {
            states.committed(entries);
        }
    }
}

/// How long an unpaid booking holds its tickets, in seconds.
const HOLD_SECONDS: i64 = 600;

struct Fixture {
    placing: PlacementUnits,
    payments: PaymentUnits,
    returns: CancellationUnits,
    clock: Arc<FixedClock>,
    ids: Arc<SequentialIds>,
    view: ConcertView,
}

impl Fixture {
    /// A concert on sale with a first booking, so that the caches are filled.
    async fn open(database: &TestDatabase) -> Self {
        let (db, ids) = (Arc::new(database.open()), Arc::new(SequentialIds::new()));
        let listener = Arc::new(Listener(Mutex::new(None)));
        let store: Arc<dyn Store<dyn SalesUnit>> = Arc::new(db.store(listener.clone(), ids.clone()));
        let hall = ConcertBuilder::new(ids.as_ref()).seated("A", 30, 30, 4_500).standing("GA", 1_000, 2_500);
        let view = Given::new(Arc::clone(&store), ids.clone()).add_concert(hall).await;
        let clock = Arc::new(FixedClock::default());
        let catalogue = Arc::new(Catalogue::new(db.clone(), db.clone(), clock.clone()));
        let source = ConcertSource { catalogue, log: db.clone(), clock: clock.clone() };
        let states = Arc::new(ConcertStates::new(source));
        *listener.0.lock().unwrap() = Some(Arc::clone(&states));
        let ports = PaymentPorts {
            store: Arc::clone(&store),
            payments: db.clone(),
            bookings: db.clone(),
            organisers: db.clone(),
            gateways: Arc::new(PaymentGateways::only(Arc::new(FakeGateway::default()))),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let payments = PaymentUnits::new(&ports, PaymentSettings::default());
        let returns = CancellationUnits::new(Arc::clone(&store), clock.clone(), ids.clone());
        let policy = PlacementPolicy { hold_seconds: HOLD_SECONDS };
        let placing = PlacementUnits::new(store, states, db.clone(), clock.clone(), ids.clone(), policy);
        let fixture = Self { placing, payments, returns, clock, ids, view };
        let first = fixture.best(1);
        fixture.statements(first).await;
        fixture
    }

    /// Requests for one seat each, starting with seat number `first`.
    fn named(&self, first: usize, count: usize) -> Vec<PlaceRequest> {
        let seat = |index: usize| [format!("A-{}-{}", index / 30 + 1, index % 30 + 1)];
        (first..first + count).map(|index| self.request(Selection::seats(&seat(index)))).collect()
    }

    /// Requests for two of the best available places each.
    fn best(&self, count: usize) -> Vec<PlaceRequest> {
        (0..count).map(|_| self.request(Selection::best_available("GA", 2))).collect()
    }

    fn request(&self, selection: Result<Selection, Faults>) -> PlaceRequest {
        let user = UserId::generate(self.ids.as_ref());
        PlaceRequest {
            actor: Actor::User { id: user, role: Role::User },
            command: PlaceBooking::new(self.view.concert.id, selection, None, None).unwrap(),
            key: IdempotencyKey::parse(&user.to_string()),
        }
    }

    /// The statements that place these requests, all of which succeed.
    async fn statements(&self, requests: Vec<PlaceRequest>) -> Vec<String> {
        recorded(async { self.placed(requests).await }).await.1
    }

    async fn placed(&self, requests: Vec<PlaceRequest>) -> Vec<Booking> {
        let outcomes = self.placing.place_batch(self.view.concert.id, &requests).await;
        outcomes.into_iter().map(|outcome| outcome.unwrap().booking).collect()
    }

    /// The statements that start payments for these bookings, and those that settle the payments.
    async fn paying(&self, bookings: &[Booking]) -> [Vec<String>; 2] {
        let start = |booking: &Booking| StartRequest {
            gateway: FakeGateway::NAME,
            actor: Actor::User { id: booking.user.unwrap(), role: Role::User },
            command: StartPayment { booking: booking.id, method: "card".to_owned() },
            key: IdempotencyKey::parse(&booking.id.to_string()),
        };
        let starts: Vec<_> = bookings.iter().map(start).collect();
        let (started, starting) = recorded(self.payments.start_batch(&starts)).await;
        let settle = |started: Result<StartedPayment, StartPaymentError>| {
            let payment = started.unwrap().payment;
            let outcome = ChargeOutcome::Completed { transaction_id: payment.id.to_string() };
            SettleRequest { actor: Actor::System, payment: payment.id, booking: Some(payment.booking), outcome }
        };
        let settlements: Vec<_> = started.into_iter().map(settle).collect();
        let (settled, settling) = recorded(self.payments.settle_batch(&settlements)).await;
        assert!(settled.into_iter().all(|settled| settled.unwrap().changed));
        [starting, settling]
    }

    /// The statements that expire `count` bookings, which are all overdue ones.
    async fn expiring(&self, count: usize) -> Vec<String> {
        self.clock.advance(HOLD_SECONDS);
        let (expired, statements) = recorded(self.returns.expire(self.view.concert.id)).await;
        assert_eq!(usize::try_from(expired.unwrap()).unwrap(), count);
        statements
    }
}

/// The result of some work, and its statements.
async fn recorded<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    STATEMENTS.lock().unwrap().clear();
    let value = work.await;
    (value, std::mem::take(&mut STATEMENTS.lock().unwrap()))
}

/// Many cost the same few statements as one, and no statement is sent twice.
fn assert_costs_as_one(what: &str, max: usize, one: &[String], many: &[String]) {
    assert!(!one.is_empty() && one.len() <= max, "{what}: {} statements: {one:#?}", one.len());
    assert_eq!(one, many, "{what}");
    assert_eq!(one.iter().collect::<BTreeSet<_>>().len(), one.len(), "{what}: a statement is sent twice: {one:#?}");
}

async fn a_batch_costs_as_many_statements_as_one(database: impl Future<Output = TestDatabase>) {
    let _alone = RECORDING.lock().await;
    let database = database.await;
    set_default_instrumentation(recorder).unwrap();
    let fixture = Fixture::open(&database).await;
    for (one, many) in [(fixture.named(0, 1), fixture.named(1, BATCH)), (fixture.best(1), fixture.best(BATCH))] {
        let (one, many) = (fixture.statements(one).await, fixture.statements(many).await);
        assert_costs_as_one("booking", BOOKING_STATEMENTS_MAX, &one, &many);
    }
    let (one, many) = (fixture.placed(fixture.named(200, 1)).await, fixture.placed(fixture.named(201, BATCH)).await);
    let ([start, settle], [starts, settles]) = (fixture.paying(&one).await, fixture.paying(&many).await);
    assert_costs_as_one("starting payments", OTHER_STATEMENTS_MAX, &start, &starts);
    assert_costs_as_one("settling payments", OTHER_STATEMENTS_MAX, &settle, &settles);

    fixture.clock.advance(HOLD_SECONDS);
    fixture.returns.expire(fixture.view.concert.id).await.unwrap();
    fixture.placed(fixture.named(400, 1)).await;
    let one = fixture.expiring(1).await;
    fixture.placed(fixture.named(400, BATCH)).await;
    assert_costs_as_one("expiring", OTHER_STATEMENTS_MAX, &one, &fixture.expiring(BATCH).await);
    assert_sound(&database.open(), fixture.clock.now()).await;
}

/// How many of the statements read what other processes committed.
fn stream_reads(statements: &[String]) -> usize {
    statements.iter().filter(|text| text.starts_with("SELECT") && text.contains("outbox_entries")).count()
}

async fn following_other_processes_costs_a_statement_a_second(database: impl Future<Output = TestDatabase>) {
    let _alone = RECORDING.lock().await;
    let database = database.await;
    set_default_instrumentation(recorder).unwrap();
    let fixture = Fixture::open(&database).await;
    let usual = fixture.statements(fixture.best(1)).await;
    assert_eq!(stream_reads(&usual), 0);
    fixture.clock.advance(1);
    let statements = fixture.statements(fixture.best(1)).await;
    assert_eq!((stream_reads(&statements), statements.len()), (1, usual.len() + 1), "{statements:#?}");
    for requests in [fixture.best(1), fixture.best(BATCH)] {
        assert_eq!(fixture.statements(requests).await, usual, "this process's own commits are known");
    }
    fixture.clock.advance(1);
    assert_eq!(stream_reads(&fixture.statements(fixture.named(0, 1)).await), 0, "named seats need no proposal");
}

#[tokio::test]
async fn following_others_on_sqlite() {
    following_other_processes_costs_a_statement_a_second(TestDatabase::sqlite()).await;
}

#[tokio::test]
async fn following_others_on_server() {
    following_other_processes_costs_a_statement_a_second(TestDatabase::on_server()).await;
}

#[tokio::test]
async fn sqlite() {
    a_batch_costs_as_many_statements_as_one(TestDatabase::sqlite()).await;
}

#[tokio::test]
async fn server() {
    a_batch_costs_as_many_statements_as_one(TestDatabase::on_server()).await;
}
