//! The tables of both databases are the same, and every migration can be applied, reverted and applied again.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_adapters::db::migrate::{self, MigrateError};
use boxoffice_adapters::db::settings::{DatabaseConfig, Location};
use boxoffice_domain::bookings::{Booking, BookingQueries, CancelReason};
use boxoffice_domain::concerts::{ConcertFilter, ConcertOrder, ConcertQueries};
use boxoffice_domain::events::{Event, EventHandler, HandlerError, ParkedEventStore, Relay};
use boxoffice_domain::shared::{EventId, PageLimit};
use boxoffice_domain::text::search_terms;
use boxoffice_testing::{BookingBuilder, ConcertBuilder, FixedClock, Given, SequentialIds, assert_sound};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};
use uuid::Uuid;

use support::TestDatabase;

/// The kind of value in a column, independent of the name of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bytes,
    Number,
    Text,
}

fn kind(declared: &str) -> Kind {
    match declared.to_lowercase().as_str() {
        "binary" | "varbinary" | "blob" => Kind::Bytes,
        "bigint" | "int" | "tinyint" | "integer" => Kind::Number,
        "char" | "varchar" | "text" | "mediumtext" => Kind::Text,
        other => panic!("no rule for columns of type {other}"),
    }
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    declared: String,
    #[diesel(sql_type = BigInt)]
    nullable: i64,
}

type Columns = BTreeMap<(String, String), (Kind, bool)>;

#[derive(QueryableByName)]
struct NamedText {
    #[diesel(sql_type = Text)]
    text: String,
}

fn columns(rows: Vec<ColumnRow>) -> Columns {
    let own = rows.into_iter().filter(|row| !row.table_name.starts_with("__"));
    own.map(|row| ((row.table_name, row.column_name), (kind(&row.declared), row.nullable == 1))).collect()
}

async fn columns_on_server(test: &TestDatabase) -> Columns {
    use secrecy::ExposeSecret;
    let mut server = AsyncMysqlConnection::establish(test.config.url.expose_secret()).await.unwrap();
    let query = "SELECT CAST(table_name AS CHAR) AS table_name, CAST(column_name AS CHAR) AS column_name, \
            CAST(data_type AS CHAR) AS declared, CAST(is_nullable = 'YES' AS SIGNED) AS nullable \
        FROM information_schema.columns WHERE table_schema = DATABASE()";
    columns(diesel::sql_query(query).load(&mut server).await.unwrap())
}

fn columns_in_file(config: &DatabaseConfig) -> Columns {
    use secrecy::ExposeSecret;
    let mut file = SqliteConnection::establish(config.url.expose_secret()).unwrap();
    let query = "SELECT t.name AS table_name, c.name AS column_name, c.type AS declared, \
            CASE WHEN c.\"notnull\" = 1 THEN 0 ELSE 1 END AS nullable \
        FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'";
    columns(diesel::RunQueryDsl::load(diesel::sql_query(query), &mut file).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_columns() {
    let (file, server) = (TestDatabase::sqlite().await, TestDatabase::on_server().await);
    let (file, server) = (columns_in_file(&file.config), columns_on_server(&server).await);
    assert!(file.len() > 150, "only {} columns were found", file.len());
    assert_eq!(file, server);
}

/// The indexes in the table of the documentation, each with the statements that it serves.
fn documented_indexes() -> BTreeMap<String, String> {
    let (_, from) = include_str!("../../docs/DATABASE.md").split_once("\n## Indexes\n").unwrap();
    let (section, _) = from.split_once("\n##").unwrap();
    let row = |line: &str| {
        let (index, cells) = line.strip_prefix("| `")?.split_once("` | ")?;
        Some((index.to_owned(), cells.split(" | ").next()?.trim().to_owned()))
    };
    section.lines().filter_map(row).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_index_is_documented_with_the_statements_that_use_it() {
    let documented = documented_indexes();
    let without: Vec<_> = documented.iter().filter(|(_, statements)| statements.is_empty()).collect();
    assert!(without.is_empty(), "{without:?}");
    for test in TestDatabase::both().await {
        let indexes = test.indexes().await.into_iter();
        let found: BTreeSet<String> =
            indexes.map(|index| format!("{} ({})", index.name, index.columns.join(", "))).collect();
        assert_eq!(found, documented.keys().cloned().collect());
    }
}

fn steps(database: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(database);
    let steps = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    steps
        .map(|step| {
            assert!(step.join("up.sql").is_file() && step.join("down.sql").is_file(), "{step:?} lacks a file");
            step.file_name().unwrap().to_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_have_the_same_migrations() {
    assert_eq!(steps("mysql"), steps("sqlite"));
    for test in TestDatabase::both().await {
        let status = migrate::status(&test.config).await.unwrap();
        assert_eq!((status.missing(), status.unknown.len()), (0, 0));
        let names: Vec<String> = status.steps.into_iter().map(|step| step.name).collect();
        assert_eq!(names, steps("mysql").into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_migration_can_be_reverted_and_applied_again() {
    for test in TestDatabase::both().await {
        let count = migrate::status(&test.config).await.unwrap().steps.len();
        assert_eq!(migrate::up(&test.config).await.unwrap(), []);
        for left in (0..count).rev() {
            assert!(migrate::down_one(&test.config).await.unwrap().is_some_and(|step| !step.applied));
            let status = migrate::status(&test.config).await.unwrap();
            assert_eq!(status.missing(), count - left);
        }
        assert_eq!(migrate::down_one(&test.config).await.unwrap(), None);
        assert_eq!(migrate::up(&test.config).await.unwrap().len(), count);
        test.open().check().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_together_migrate_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestDatabase::empty_on_server().await;
    let file = DatabaseConfig::new(format!("sqlite://{}", folder.path().join("new/test.db").display()));
    for config in [file, server.config.clone()] {
        let (one, two, three) = tokio::join!(migrate::up(&config), migrate::up(&config), migrate::up(&config));
        let taken: usize = [one, two, three].into_iter().map(|steps| steps.unwrap().len()).sum();
        assert_eq!(taken, steps("mysql").len());
    }
}

/// The SQL of a migration for the server.
#[expect(clippy::disallowed_methods, reason = "nothing is served here")]
fn sql_of(step: &str, file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/mysql");
    fs::read_to_string(folder.join(step).join(file)).unwrap()
}

/// The recorded version of a migration.
fn version_of(step: &str) -> String {
    step.split('_').next().unwrap().replace('-', "")
}

async fn server_of(test: &TestDatabase) -> AsyncMysqlConnection {
    use secrecy::ExposeSecret;
    AsyncMysqlConnection::establish(test.config.url.expose_secret()).await.unwrap()
}

async fn texts(server: &mut AsyncMysqlConnection, query: &str) -> BTreeSet<String> {
    let rows: Vec<NamedText> = diesel::sql_query(query).load(server).await.unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

/// The indexes and constraints of a database on the server.
async fn catalogue(server: &mut AsyncMysqlConnection) -> [BTreeSet<String>; 2] {
    [
        texts(
            server,
            "SELECT CAST(CONCAT_WS(' ', table_name, index_name, seq_in_index, column_name, non_unique) AS CHAR) AS text \
             FROM information_schema.statistics WHERE table_schema = DATABASE()",
        )
        .await,
        texts(
            server,
            "SELECT CAST(CONCAT_WS(' ', table_name, constraint_name, constraint_type) AS CHAR) AS text \
             FROM information_schema.table_constraints WHERE table_schema = DATABASE()",
        )
        .await,
    ]
}

/// A process that is killed between a statement and its record leaves a migration that is applied and not recorded.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_migration_is_completed() {
    let (whole, test) = (TestDatabase::on_server().await, TestDatabase::on_server().await);
    let mut server = server_of(&test).await;
    let steps: Vec<String> = steps("mysql").into_iter().collect();
    for step in steps.iter().rev() {
        server.batch_execute(&sql_of(step, "down.sql")).await.unwrap();
        let taken_back = migrate::down_one(&test.config).await.unwrap();
        assert_eq!(taken_back.map(|step| step.name), Some(step.clone()));
    }
    for step in &steps {
        // All migrations except this one are recorded, so only this one is missing.
        server.batch_execute("DELETE FROM __diesel_schema_migrations").await.unwrap();
        for other in steps.iter().filter(|other| *other != step) {
            let note = format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{}')", version_of(other));
            server.batch_execute(&note).await.unwrap();
        }
        server.batch_execute(&sql_of(step, "up.sql")).await.unwrap();
        let taken = migrate::up(&test.config).await.unwrap();
        assert!(taken.len() == 1 && taken[0].name == *step, "{taken:?}");
    }
    assert_eq!(migrate::up(&test.config).await.unwrap(), []);
    assert_eq!(columns_on_server(&test).await, columns_on_server(&whole).await);
    assert_eq!(catalogue(&mut server).await, catalogue(&mut server_of(&whole).await).await);
}

/// A process that is killed between reverting a migration and its record leaves one that is recorded and not applied.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_revert_is_applied_again() {
    let (whole, test) = (TestDatabase::on_server().await, TestDatabase::on_server().await);
    let mut server = server_of(&test).await;
    let steps: Vec<String> = steps("mysql").into_iter().collect();
    // Only what changes the schema can be seen to be reverted.
    let changes_schema = |step: &String| {
        ["ALTER TABLE ", "CREATE ", "DROP "].iter().any(|words| sql_of(step, "down.sql").starts_with(words))
    };
    let last = steps.iter().rposition(changes_schema).unwrap();
    for _ in &steps[last + 1..] {
        migrate::down_one(&test.config).await.unwrap();
    }
    server.batch_execute(&sql_of(&steps[last], "down.sql")).await.unwrap();
    let expected = (columns_on_server(&whole).await, catalogue(&mut server_of(&whole).await).await);
    assert_ne!((columns_on_server(&test).await, catalogue(&mut server).await), expected);
    let taken = migrate::up(&test.config).await.unwrap();
    assert_eq!(taken.into_iter().map(|step| step.name).collect::<Vec<_>>(), steps[last..]);
    assert_eq!((columns_on_server(&test).await, catalogue(&mut server).await), expected);
    assert_eq!(migrate::up(&test.config).await.unwrap(), []);
}

/// A different change that was made by hand does not count as the migration.
#[tokio::test(flavor = "multi_thread")]
async fn half_of_a_migration_does_not_count_as_applied() {
    let test = TestDatabase::on_server().await;
    let mut server = server_of(&test).await;
    let step = "2026-11-21-002000_section_revenue";
    server
        .batch_execute(&format!(
            "ALTER TABLE sections DROP CONSTRAINT sections_revenue_in_range; \
             DELETE FROM __diesel_schema_migrations WHERE version = '{}'",
            version_of(step)
        ))
        .await
        .unwrap();
    let error = migrate::up(&test.config).await.unwrap_err();
    assert!(error.to_string().contains(step), "{error}");
    assert_eq!(migrate::status(&test.config).await.unwrap().missing(), 1);
}

/// A dump reads a table for a long time. Sales must not queue behind a migration that waits for that table.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_waits_for_a_table_does_not_block_it() {
    let test = TestDatabase::on_server().await;
    let mut server = server_of(&test).await;
    migrate_back_to(&test, "2026-11-21-002040_concerts_named").await;
    let mut dump = server_of(&test).await;
    dump.batch_execute("START TRANSACTION; SELECT COUNT(*) FROM concerts").await.unwrap();
    let config = test.config.clone();
    let migration = tokio::spawn(async move { migrate::up(&config).await });
    // Whether the migration is waiting or pausing, this statement queues for a few seconds at most.
    for _ in 0..8 {
        let waiting = server.batch_execute("SET SESSION lock_wait_timeout = 30; UPDATE concerts SET version = version");
        tokio::time::timeout(Duration::from_secs(40), waiting).await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(!migration.is_finished(), "the dump still reads the table");
    dump.batch_execute("COMMIT").await.unwrap();
    assert!(!migration.await.unwrap().unwrap().is_empty());
}

/// Reverts migrations down to and including this one.
async fn migrate_back_to(test: &TestDatabase, last: &str) {
    while migrate::down_one(&test.config).await.unwrap().is_some_and(|step| step.name != last) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_of_a_newer_version_are_listed_and_not_reverted() {
    for test in TestDatabase::both().await {
        let note = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')";
        match test.config.location().unwrap() {
            Location::MySql(_) => server_of(&test).await.batch_execute(note).await.unwrap(),
            Location::Sqlite(path) => {
                let mut file = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                diesel::RunQueryDsl::execute(diesel::sql_query(note), &mut file).unwrap();
            }
        }
        let status = migrate::status(&test.config).await.unwrap();
        assert_eq!((status.missing(), status.unknown), (0, vec!["20991231000000".to_owned()]));
        assert_eq!(migrate::up(&test.config).await.unwrap(), []);
        let error = migrate::down_one(&test.config).await.unwrap_err();
        assert!(matches!(error, MigrateError::Newer(_)), "{error:?}");
        test.open().check().await.unwrap();
    }
}

/// The state that an older version of the program left: `search_fold` has the column's default.
const OLD_SEARCH_TEXTS: &str =
    "UPDATE concerts SET search_text = 'jay-z', search_artist = 'jay-z', search_location = '', search_fold = 1";

#[tokio::test]
async fn search_texts_of_an_older_version_are_refreshed() {
    for test in TestDatabase::both().await {
        let (database, store) = test.store();
        let given = Given::new(store, Arc::new(SequentialIds::new()));
        given.add_concert(ConcertBuilder::new(given.ids()).named("Jay-Z")).await;
        test.run_sql(OLD_SEARCH_TEXTS).await;
        let found = async || {
            let filter = ConcertFilter { words: search_terms("jayz"), ..ConcertFilter::default() };
            let order = ConcertOrder::StartsAt;
            ConcertQueries::list(&database, &filter, order, None, PageLimit::DEFAULT, FixedClock::START)
                .await
                .unwrap()
                .items
                .len()
        };
        assert_eq!(found().await, 0);
        assert_eq!(database.refresh_search_texts().await.unwrap(), 1);
        assert_eq!(found().await, 1);
        assert_eq!(database.refresh_search_texts().await.unwrap(), 0);
    }
}

/// A pending booking that had a payment keeps its extension; a declined payment cannot extend its hold again.
#[tokio::test(flavor = "multi_thread")]
async fn holds_that_a_payment_extended_are_marked() {
    for test in TestDatabase::both().await {
        let (database, store) = test.store();
        let given = Given::new(store, Arc::new(SequentialIds::new()));
        let view = given.concert().await;
        let unpaid = given.booking(BookingBuilder::new(given.ids(), &view).tickets([1]).build()).await;
        let declined = given.booking(BookingBuilder::new(given.ids(), &view).tickets([2]).build()).await;
        let confirmed = given.paid(BookingBuilder::new(given.ids(), &view).tickets([3]).build()).await.0;
        migrate_back_to(&test, "2026-11-28-000200_bookings_hold_extended").await;
        test.run_sql(
            "UPDATE bookings SET version = 3 WHERE status = 'pending' AND ticket_count = 1 \
            AND id IN (SELECT booking_id FROM booking_tickets WHERE number = 2);",
        )
        .await;
        migrate::up(&test.config).await.unwrap();
        let is_extended =
            async |booking: &Booking| BookingQueries::get(&database, booking.id).await.unwrap().unwrap().hold_extended;
        assert!(!is_extended(&unpaid).await);
        assert!(is_extended(&declined).await);
        assert!(!is_extended(&confirmed).await);
    }
}

/// Records the events that it handles.
#[derive(Default)]
struct RecordingHandler(Mutex<Vec<EventId>>);

#[async_trait]
impl EventHandler for RecordingHandler {
    fn consumer(&self) -> &'static str {
        "audit_log"
    }

    async fn handle(&self, events: &[Event]) -> Result<(), HandlerError> {
        self.0.lock().unwrap().extend(events.iter().map(|event| event.id));
        Ok(())
    }
}

/// An event as the version before streams wrote it, and whether a consumer has yet to handle it.
fn old_event(
    number: u32,
    aggregate: (&str, Uuid),
    version: u32,
    at: i64,
    what: (&str, &str),
    is_dispatched: bool,
) -> String {
    let ((kind, id), (type_name, data)) = (aggregate, what);
    format!(
        "INSERT INTO outbox (id, aggregate, aggregate_id, version, type, occurred_at, actor, data, dispatched) \
        VALUES (x'{number:032x}', '{kind}', x'{}', {version}, '{type_name}', {at}, 'system', '{data}', {});",
        id.simple(),
        u8::from(is_dispatched)
    )
}

fn old_delivery(number: u32, (kind, id): (&str, Uuid), version: u32) -> String {
    format!(
        "INSERT INTO outbox_deliveries (consumer, event_id, aggregate, aggregate_id, version, due_at, attempts) \
        VALUES ('activity_log', x'{number:032x}', '{kind}', x'{}', {version}, 0, 3);",
        id.simple()
    )
}

/// Events that were not handled when the program was stopped are handled by the version with streams, and none twice.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_undelivered_is_carried_into_streams() {
    for test in TestDatabase::both().await {
        let (database, store) = test.store();
        let given = Given::new(store, Arc::new(SequentialIds::new()));
        let (ana, view) = (given.user("ana").await.id, given.concert().await);
        given.user("ben").await;
        let booking = BookingBuilder::new(given.ids(), &view).user(ana).tickets([1]).build();
        let (booking, payment) = given.paid(booking).await;
        migrate_back_to(&test, "2026-11-27-010000_outbox_entries").await;

        let (user, concert) = (("user", ana.uuid()), ("concert", view.concert.id.uuid()));
        let (booked, paid) = (("booking", booking.id.uuid()), ("payment", payment.id.uuid()));
        let gone = ("concert", Uuid::max());
        let registered = ("user.registered.v1", r#"{"role":"user"}"#);
        let seats = ("concert.seats_changed.v1", r#"{"seats":[[1,"s"]]}"#);
        let cancelled = ("booking.cancelled.v1", r#"{"reason":"expired"}"#);
        let deleted = ("concert.deleted.v1", "{}");
        let newer = ("payment.dreamt_of.v7", "{}");
        let statements = [
            old_event(1, user, 1, 100, registered, false),
            old_event(2, concert, 1, 100, deleted, true),
            old_event(3, concert, 2, 200, seats, true),
            old_delivery(3, concert, 2),
            old_event(4, booked, 1, 200, cancelled, false),
            // Its clock was behind.
            old_event(5, booked, 2, 150, cancelled, false),
            old_event(6, paid, 1, 150, newer, false),
            old_event(7, concert, 3, 300, seats, false),
            old_event(8, gone, 2, 50, deleted, false),
        ];
        test.run_sql(&statements.concat()).await;
        migrate::up(&test.config).await.unwrap();

        let handler = Arc::new(RecordingHandler::default());
        let (clock, database) = (Arc::new(FixedClock::default()), Arc::new(database));
        let relay = Relay::new(database.clone(), database.clone(), handler.clone(), clock.clone(), given.ids());
        while relay.deliver_once().await.unwrap() > 0 {}
        let handled = handler.0.lock().unwrap().clone();
        let numbers: Vec<u128> = handled.iter().map(|id| id.uuid().as_u128()).collect();
        assert_eq!(numbers.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([1, 3, 4, 5, 7, 8]));
        assert_eq!(numbers.len(), 6, "nothing twice");
        let of_the_concert: Vec<u128> = numbers.into_iter().filter(|number| [3, 4, 5, 7].contains(number)).collect();
        assert_eq!(of_the_concert, [4, 5, 3, 7], "in the order of time, and never before an earlier version");
        let parked = ParkedEventStore::list(database.as_ref(), 100).await.unwrap();
        let parked: Vec<EventId> = parked.into_iter().map(|parked| parked.event.id).collect();
        assert_eq!(parked, [EventId::from_uuid(Uuid::from_u128(6))], "no version before streams knows it either");

        assert_sound(database.as_ref(), FixedClock::START).await;
        given.cancelled(booking, CancelReason::Manager).await;
        clock.advance(1);
        while relay.deliver_once().await.unwrap() > 0 {}
        assert_eq!(handler.0.lock().unwrap().len(), 8, "the concert's seats and the booking");
    }
}
