//! The queries that a busy sale runs keep to their indexes, asked of the databases themselves: every query that the
//! repositories really run is caught, and explained over tables of a realistic size.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use boxoffice_adapters::db::Database;
use boxoffice_domain::bookings::{
    Booking, BookingList, BookingPosition, BookingQueries, BookingStatus, PurchaseChange,
};
use boxoffice_domain::concerts::{
    ConcertFilter, ConcertOrder, ConcertQueries, ConcertView, CountChange, TicketClaim, TicketNumber, TicketOfBooking,
    TicketStatus,
};
use boxoffice_domain::idempotency::{IdempotencyKey, KeyOfUser, Operation};
use boxoffice_domain::outbox::EventDeliveries;
use boxoffice_domain::payments::{PaymentQueries, PaymentStatus};
use boxoffice_domain::shared::{IdGenerator, PageLimit, PaymentId, Timestamp, UserId};
use boxoffice_domain::store::{Store, UnitOfWork};
use boxoffice_domain::testing::{
    BookingBuilder, ConcertBuilder, FixedClock, Given, PaymentBuilder, RefundBuilder, SequentialIds, UserBuilder,
};
use boxoffice_domain::upkeep::Pruner;
use boxoffice_domain::users::{UserFilter, UserQueries};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};
use secrecy::ExposeSecret;

use support::TestDatabase;

const ROWS: u32 = 120;
const SEATS: u32 = 500;
/// Of the concert that is nearly sold out: 90 %.
const SOLD: u32 = ROWS * SEATS / 10 * 9;
const TICKETS_OF_A_BOOKING: u32 = 10;
const OTHER_CONCERTS: u32 = 50;
const CONCERTS_LONG_AGO: u32 = 1_000;
const WAITING_BOOKINGS: u32 = 2_000;
const OVERDUE_BOOKINGS: u32 = 20;

/// Tables that must never be read from one end to the other.
const LARGE: &[&str] = &[
    "audit_log",
    "bookings",
    "booking_tickets",
    "idempotency_keys",
    "outbox",
    "outbox_deliveries",
    "payments",
    "purchases",
    "refresh_tokens",
    "refunds",
    "tickets",
    "users",
];

/// Queries as they were run, while somebody listens.
static CAUGHT: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// The tests listen in turn: what one catches is not the other's.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

struct Catch;

impl Instrumentation for Catch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && let Some(caught) = CAUGHT.lock().unwrap().as_mut()
        {
            caught.push(query.to_string());
        }
    }
}

/// A query of a caught call uses `index` on `table`; `PRIMARY` is the primary key.
type Expected = (&'static str, &'static str);

/// What uses an index, and what is read from one end to the other.
#[derive(Debug, Default)]
struct Plan {
    indexes: BTreeSet<(String, String)>,
    scans: BTreeSet<String>,
}

/// The table behind a name in a query: tables are given names of one letter there.
fn table(query: &str, name: &str) -> String {
    let tables = LARGE.iter().chain(&["concerts", "sections", "prices", "outbox_consumers", "outbox_floors"]);
    let named = |table: &&&str| [" ", "\n", ")"].iter().any(|end| query.contains(&format!("{table} {name}{end}")));
    tables.filter(named).max_by_key(|table| table.len()).map_or(name.to_owned(), ToString::to_string)
}

#[derive(QueryableByName)]
struct SqliteStep {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Reads `SEARCH t USING INDEX i (…)` and `SCAN t`.
fn explain_on_sqlite(test: &TestDatabase, queries: &[String]) -> Plan {
    let mut file = SqliteConnection::establish(test.config.url.expose_secret()).unwrap();
    let mut plan = Plan::default();
    for query in queries {
        let sql = query.split(" -- binds").next().unwrap();
        let explain = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
        let steps: Vec<SqliteStep> = diesel::RunQueryDsl::load(explain, &mut file).unwrap();
        for step in steps {
            let words: Vec<&str> = step.detail.split_whitespace().collect();
            let index = words.iter().position(|word| ["INDEX", "KEY"].contains(word)).map(|at| match words[at] {
                "KEY" => "PRIMARY",
                _ if words[at + 1].starts_with("sqlite_autoindex") => "PRIMARY",
                _ => words[at + 1],
            });
            match (words[0], index) {
                ("SEARCH", Some(index)) => {
                    plan.indexes.insert((table(sql, words[1]), index.to_owned()));
                }
                ("SCAN", _) => {
                    plan.scans.insert(table(sql, words[1]));
                }
                _ => {}
            }
        }
    }
    plan
}

#[derive(QueryableByName)]
struct ServerStep {
    #[diesel(sql_type = Nullable<Text>, column_name = "select_type")]
    part: Option<String>,
    #[diesel(sql_type = Nullable<Text>, column_name = "table")]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>, column_name = "type")]
    access: Option<String>,
    #[diesel(sql_type = Nullable<Text>, column_name = "key")]
    index: Option<String>,
}

/// The values of a caught query, as literals.
fn literals(binds: &str) -> Vec<String> {
    let (mut values, mut value, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for letter in binds.chars() {
        if letter == ',' && !quoted {
            values.push(std::mem::take(&mut value));
            continue;
        }
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        value.push(letter);
    }
    values.push(value);
    let bare = |value: &String| {
        let value = value.trim();
        let inner = value.strip_prefix("Some(").and_then(|rest| rest.strip_suffix(')'));
        if value == "None" { "NULL".to_owned() } else { inner.unwrap_or(value).to_owned() }
    };
    values.iter().map(bare).collect()
}

fn with_literals(query: &str) -> String {
    let (sql, binds) = query.split_once(" -- binds: [").unwrap();
    let mut values = literals(binds.trim_end_matches(']')).into_iter();
    let mut text = String::new();
    for part in sql.split_inclusive('?') {
        match part.strip_suffix('?') {
            Some(part) => text.extend([part, &values.next().unwrap()]),
            None => text.push_str(part),
        }
    }
    text
}

async fn explain_on_server(test: &TestDatabase, queries: &[String]) -> Plan {
    let mut server = AsyncMysqlConnection::establish(test.config.url.expose_secret()).await.unwrap();
    server.batch_execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin").await.unwrap();
    let mut plan = Plan::default();
    for query in queries {
        let sql = with_literals(query);
        let explain = diesel::sql_query(format!("EXPLAIN FORMAT=TRADITIONAL {sql}"));
        let steps: Vec<ServerStep> = diesel_async::RunQueryDsl::load(explain, &mut server).await.unwrap();
        for step in steps {
            // MySQL lists the table that is written to as well, as if it were read.
            let Some(name) = step.name.filter(|_| step.part.as_deref() != Some("INSERT")) else { continue };
            let name = table(&sql, &name);
            match (step.access.as_deref(), step.index) {
                (Some("ALL" | "index"), _) => {
                    plan.scans.insert(name);
                }
                (_, Some(index)) => {
                    plan.indexes.insert((name, index));
                }
                _ => {}
            }
        }
    }
    plan
}

/// What the explained calls stand on.
struct Ground {
    test: TestDatabase,
    on_server: bool,
    database: Database,
    store: Arc<dyn Store>,
    given: Given,
    sold: ConcertView,
    unsold: ConcertView,
    booking: Booking,
    payment: PaymentId,
    user: UserId,
}

impl Ground {
    /// Runs a call, and explains every query that it ran.
    async fn explain(&self, call: impl AsyncFnOnce()) -> Plan {
        *CAUGHT.lock().unwrap() = Some(Vec::new());
        call().await;
        let caught = CAUGHT.lock().unwrap().take().unwrap();
        let statements = ["SELECT", "UPDATE", "DELETE", "INSERT"];
        let queries: Vec<String> = caught
            .into_iter()
            .filter(|query| query.contains(" -- binds: [") && statements.iter().any(|word| query.starts_with(word)))
            .collect();
        assert!(!queries.is_empty(), "the call ran no query");
        if self.on_server {
            explain_on_server(&self.test, &queries).await
        } else {
            explain_on_sqlite(&self.test, &queries)
        }
    }

    async fn expect(&self, what: &str, expected: &[Expected], call: impl AsyncFnOnce()) {
        let plan = self.explain(call).await;
        for (table, index) in expected {
            let used = plan.indexes.contains(&((*table).to_owned(), (*index).to_owned()));
            assert!(used, "{what} does not use {index} of {table}: {plan:?}");
        }
        let scans: Vec<&String> = plan.scans.iter().filter(|table| LARGE.contains(&table.as_str())).collect();
        assert!(scans.is_empty(), "{what} reads all of {scans:?}: {plan:?}");
    }

    /// The same for a call inside of a unit, which is undone.
    async fn expect_in_unit(&self, what: &str, expected: &[Expected], call: impl AsyncFnOnce(&mut dyn UnitOfWork)) {
        self.expect(what, expected, async || {
            let mut unit = self.store.begin().await.unwrap();
            call(unit.as_mut()).await;
            unit.rollback().await.unwrap();
        })
        .await;
    }
}

/// Writes bookings of a concert from a ticket on, in units of so many.
async fn book(store: &dyn Store, bookings: &[Booking]) {
    for some in bookings.chunks(500) {
        let mut unit = store.begin().await.unwrap();
        let claims: Vec<TicketClaim> = some
            .iter()
            .flat_map(|booking| {
                let sold = booking.status == BookingStatus::Confirmed;
                booking.tickets.iter().map(move |ticket| TicketClaim {
                    number: ticket.number,
                    booking: booking.id,
                    sold,
                })
            })
            .collect();
        let concert = some[0].concert;
        unit.tickets().claim(concert, &claims).await.unwrap();
        unit.bookings().add(some).await.unwrap();
        let purchases: Vec<PurchaseChange> = some
            .iter()
            .map(|booking| PurchaseChange {
                user: booking.user.unwrap(),
                tickets: i64::try_from(booking.tickets.len()).unwrap(),
                pending_bookings: 1,
                first: true,
                max_tickets: None,
                max_pending_bookings: None,
            })
            .collect();
        unit.purchases().change(concert, &purchases).await.unwrap();
        unit.commit().await.unwrap();
    }
}

fn bookings(ids: &dyn IdGenerator, view: &ConcertView, count: u32, of: u32, status: BookingStatus) -> Vec<Booking> {
    (0..count)
        .map(|index| {
            let tickets = index * of + 1..=index * of + of;
            let builder = BookingBuilder::new(ids, view).user(UserId::generate(ids)).tickets(tickets).status(status);
            let booking = builder.build();
            let placed = FixedClock::START.plus_seconds(index.into());
            let waits = if index < OVERDUE_BOOKINGS { -600 } else { 600 };
            Booking { created_at: placed, expires_at: FixedClock::START.plus_seconds(waits), ..booking }
        })
        .collect()
}

async fn ground(test: TestDatabase, on_server: bool) -> Ground {
    let (database, store) = test.store();
    let given = Given::new(Arc::clone(&store), Arc::new(SequentialIds::new()));
    let ids = given.ids();
    let sold = given.add_concert(ConcertBuilder::new(ids).seated("A", ROWS, SEATS, 2_500)).await;
    let unsold = given.add_concert(ConcertBuilder::new(ids).seated("A", ROWS, SEATS, 2_500)).await;
    for _ in 0..OTHER_CONCERTS {
        given.add_concert(ConcertBuilder::new(ids).seated("A", 2, 10, 2_500)).await;
    }
    let mut unit = store.begin().await.unwrap();
    for _ in 0..CONCERTS_LONG_AGO {
        let long_ago = FixedClock::START.plus_seconds(-1_000_000);
        let old = ConcertBuilder::new(ids).details(|details| details.starts_at = long_ago).build();
        unit.concerts().add(&old.concert).await.unwrap();
    }
    let users: Vec<_> = (0..300).map(|number| UserBuilder::new(ids, &format!("user{number}")).build()).collect();
    for user in &users {
        unit.users().add(user).await.unwrap();
    }
    unit.commit().await.unwrap();
    let mut confirmed =
        bookings(ids, &sold, SOLD / TICKETS_OF_A_BOOKING, TICKETS_OF_A_BOOKING, BookingStatus::Confirmed);
    // Everybody has a few bookings; one user is asked about.
    let user = users[0].id;
    confirmed[7].user = Some(user);
    book(store.as_ref(), &confirmed).await;
    let waiting = bookings(ids, &unsold, WAITING_BOOKINGS, 1, BookingStatus::Pending);
    book(store.as_ref(), &waiting).await;
    let mut payment = None;
    let mut unit = store.begin().await.unwrap();
    for (index, booking) in (0..500).zip(&confirmed) {
        let status = if index < 10 { PaymentStatus::Pending } else { PaymentStatus::Completed };
        let paying = PaymentBuilder::new(ids, booking).status(status).build();
        unit.payments().add(&paying).await.unwrap();
        unit.refunds().add(&[RefundBuilder::new(ids, &paying).build()]).await.unwrap();
        payment = Some(paying.id);
    }
    unit.commit().await.unwrap();
    analyze(&test, on_server).await;
    let booking = confirmed.swap_remove(100);
    Ground { test, on_server, database, store, given, sold, unsold, booking, payment: payment.unwrap(), user }
}

async fn analyze(test: &TestDatabase, on_server: bool) {
    if on_server {
        let mut server = AsyncMysqlConnection::establish(test.config.url.expose_secret()).await.unwrap();
        for table in LARGE.iter().chain(&["concerts", "sections", "prices"]) {
            let analyze = diesel::sql_query(format!("ANALYZE TABLE {table}"));
            diesel_async::RunQueryDsl::execute(analyze, &mut server).await.unwrap();
        }
    } else {
        let mut file = SqliteConnection::establish(test.config.url.expose_secret()).unwrap();
        diesel::RunQueryDsl::execute(diesel::sql_query("ANALYZE"), &mut file).unwrap();
    }
}

fn numbers(range: std::ops::Range<u32>) -> Vec<TicketNumber> {
    range.map(TicketNumber::new).collect()
}

async fn tickets_are_found_by_number(ground: &Ground) {
    let concert = ground.unsold.concert.id;
    let primary: &[Expected] = &[("tickets", "PRIMARY")];
    let free = numbers(50_000..50_400);
    ground
        .expect_in_unit("the states of tickets", primary, async |unit| {
            unit.tickets().states(concert, &free).await.unwrap();
        })
        .await;
    let claims: Vec<TicketClaim> =
        free.iter().map(|number| TicketClaim { number: *number, booking: ground.booking.id, sold: false }).collect();
    let own: Vec<TicketOfBooking> =
        free.iter().map(|number| TicketOfBooking { number: *number, booking: ground.booking.id }).collect();
    ground
        .expect_in_unit("a claim, a sale and a release", primary, async |unit| {
            unit.tickets().claim(concert, &claims).await.unwrap();
            unit.tickets().sell(concert, &own).await.unwrap();
            unit.tickets().release(concert, TicketStatus::Sold, &own).await.unwrap();
            unit.tickets().block(concert, &free).await.unwrap();
            unit.tickets().unblock(concert, &free).await.unwrap();
        })
        .await;
    for view in [&ground.sold, &ground.unsold] {
        ground
            .expect_in_unit("a count of free tickets", &[("tickets", "tickets_status")], async |unit| {
                let all = (TicketNumber::new(1), TicketNumber::new(ROWS * SEATS));
                unit.tickets().count_available(view.concert.id, all.0, all.1).await.unwrap();
            })
            .await;
        ground
            .expect("a seat map", &[("tickets", "PRIMARY")], async || {
                let seats = ConcertQueries::seats(&ground.database, view.concert.id, None).await.unwrap().unwrap();
                assert_eq!(seats.states.len(), usize::try_from(ROWS * SEATS).unwrap());
            })
            .await;
    }
}

async fn bookings_are_found_by_what_is_asked(ground: &Ground) {
    let (booking, unsold) = (&ground.booking, ground.unsold.concert.id);
    let both: &[Expected] = &[("bookings", "PRIMARY"), ("booking_tickets", "PRIMARY")];
    ground
        .expect_in_unit("bookings by id", both, async |unit| {
            let mut found = unit.bookings().get(&[booking.id]).await.unwrap();
            found[0].version += 1;
            unit.bookings().save(&found).await.unwrap();
        })
        .await;
    ground
        .expect_in_unit("bookings to wind up", &[("bookings", "bookings_cancellation")], async |unit| {
            unit.bookings().of_concert(ground.sold.concert.id, BookingStatus::Confirmed, 500).await.unwrap();
        })
        .await;
    ground
        .expect_in_unit("overdue bookings", &[("bookings", "bookings_expiry")], async |unit| {
            let overdue = unit.bookings().overdue(unsold, FixedClock::START, 500).await.unwrap();
            assert_eq!(overdue.len(), usize::try_from(OVERDUE_BOOKINGS).unwrap());
        })
        .await;
    let queries: &dyn BookingQueries = &ground.database;
    ground
        .expect("concerts with overdue bookings", &[("bookings", "bookings_expiry")], async || {
            assert_eq!(queries.concerts_with_overdue(FixedClock::START, 10).await.unwrap(), [unsold]);
        })
        .await;
    let after = Some(BookingPosition { created_at: FixedClock::START.plus_seconds(1_000), id: booking.id });
    for (list, index) in [
        (BookingList::OfUser(ground.user), "bookings_user"),
        (BookingList::OfConcert(ground.sold.concert.id), "bookings_concert"),
    ] {
        for after in [None, after] {
            ground
                .expect("a list of bookings", &[("bookings", index)], async || {
                    queries.list(list, after, PageLimit::DEFAULT).await.unwrap();
                })
                .await;
        }
    }
}

async fn the_rest_of_a_sale_is_found_by_key(ground: &Ground) {
    let concert = ground.sold.concert.id;
    let user = ground.user;
    let change = PurchaseChange {
        user,
        tickets: -1,
        pending_bookings: 0,
        first: false,
        max_tickets: Some(10),
        max_pending_bookings: Some(2),
    };
    let count = CountChange { position: 1, available: -1, held: 1, sold: 0, blocked: 0 };
    let key = KeyOfUser { user, operation: Operation::PlaceBooking, key: IdempotencyKey::parse("key").unwrap() };
    ground
        .expect_in_unit(
            "what a sale reads and counts",
            &[
                ("purchases", "PRIMARY"),
                ("prices", "PRIMARY"),
                ("concerts", "PRIMARY"),
                ("idempotency_keys", "PRIMARY"),
            ],
            async |unit| {
                unit.idempotency().find(&[key]).await.unwrap();
                unit.concerts().get(concert).await.unwrap();
                unit.sections().prices(concert).await.unwrap();
                unit.purchases().of_users(concert, &[user]).await.unwrap();
                unit.purchases().change(concert, &[change]).await.unwrap();
                unit.sections().change_counts(concert, &[count]).await.unwrap();
                unit.concerts().advance(concert, -1).await.unwrap();
            },
        )
        .await;
    ground
        .expect_in_unit(
            "a payment with its refunds",
            &[("payments", "PRIMARY"), ("refunds", "refunds_payment")],
            async |unit| {
                let mut found = unit.payments().get(&[ground.payment]).await.unwrap();
                unit.refunds().of_payments(&[ground.payment]).await.unwrap();
                found[0].version += 1;
                unit.payments().save(&found).await.unwrap();
            },
        )
        .await;
}

async fn workers_find_their_work(ground: &Ground) {
    let database = &ground.database;
    let now = FixedClock::START.plus_seconds(60);
    ground
        .expect("payments to ask about", &[("payments", "payments_pending")], async || {
            assert!(!database.pending_since(now, None, 100).await.unwrap().is_empty());
        })
        .await;
    ground
        .expect("concerts to wind up", &[("concerts", "concerts_cancellation")], async || {
            assert_eq!(database.concerts_to_wind_up(10).await.unwrap(), []);
        })
        .await;
    let lease = now.plus_seconds(60);
    while !database.claim("mail", now, lease, 500).await.unwrap().is_empty() {}
    analyze(&ground.test, ground.on_server).await;
    let told = ground.given.user("late").await;
    ground
        .expect("events to deliver", &[("outbox", "outbox_dispatch"), ("outbox_deliveries", "PRIMARY")], async || {
            let claimed = database.claim("mail", now, lease, 500).await.unwrap();
            assert_eq!(claimed.len(), 1);
            database.handled("mail", &[claimed[0].event.id], now).await.unwrap();
        })
        .await;
    assert!(told.is_active());
    ground
        .expect("events to prune", &[("outbox", "outbox_dispatch")], async || {
            database.prune_events(FixedClock::START.plus_seconds(-1), 1_000).await.unwrap();
        })
        .await;
    ground
        .expect("keys to forget", &[("idempotency_keys", "idempotency_keys_age")], async || {
            database.prune_idempotency_keys(Timestamp::from_micros(0), 1_000).await.unwrap();
        })
        .await;
}

async fn people_find_what_they_look_for(ground: &Ground) {
    let database = &ground.database;
    ground
        .expect("the public list", &[("concerts", "concerts_listed")], async || {
            let filter = ConcertFilter { words: vec!["evening".to_owned()], ..ConcertFilter::default() };
            let order = ConcertOrder::StartsAt;
            let (limit, now) = (PageLimit::DEFAULT, FixedClock::START);
            let page = ConcertQueries::list(database, &filter, order, None, limit, now).await.unwrap();
            assert_eq!(page.items.len(), 20);
        })
        .await;
    for (login, index) in [("user7", "users_username"), ("user7@example.com", "users_email")] {
        ground
            .expect("a log-in", &[("users", index)], async || {
                assert!(database.find_by_login(login).await.unwrap().is_some());
            })
            .await;
    }
    ground
        .expect("the list of users", &[], async || {
            UserQueries::list(database, &UserFilter::default(), None, PageLimit::DEFAULT).await.unwrap();
        })
        .await;
}

async fn hot_queries_keep_their_indexes(test: TestDatabase, on_server: bool) {
    let _turn = TURN.lock().await;
    set_default_instrumentation(|| Some(Box::new(Catch))).unwrap();
    let ground = ground(test, on_server).await;
    tickets_are_found_by_number(&ground).await;
    bookings_are_found_by_what_is_asked(&ground).await;
    the_rest_of_a_sale_is_found_by_key(&ground).await;
    people_find_what_they_look_for(&ground).await;
    workers_find_their_work(&ground).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_sqlite() {
    hot_queries_keep_their_indexes(TestDatabase::sqlite().await, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_a_server() {
    hot_queries_keep_their_indexes(TestDatabase::on_server().await, true).await;
}
