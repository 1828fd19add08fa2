//! A relay's run reads as much of a stream of 20,000 positions as of a short one.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::events::{Event, EventHandler, HandlerError, Relay};
use boxoffice_domain::shared::IdGenerator;
use boxoffice_testing::{FixedClock, SequentialIds};

use super::caught::{listen, queries_of};
use super::plan::{LARGE, Plan};
use super::support::TestDatabase;

const SHORT: u64 = 100;
const LONG: u64 = 20_000;
/// Entries that the consumer has not passed.
const NEW: u64 = 10;

/// Counts on nothing to happen.
struct Mail;

#[async_trait]
impl EventHandler for Mail {
    fn consumer(&self) -> &'static str {
        "mail"
    }

    async fn handle(&self, events: &[Event]) -> Result<(), HandlerError> {
        assert_eq!(u64::try_from(events.len()).unwrap(), NEW);
        Ok(())
    }
}

/// Digits in a subquery, so that a product of five of them counts to 100,000 in either dialect.
fn digits(name: &str) -> String {
    let digits: Vec<String> = (0..10).map(|digit| format!("SELECT {digit} AS n")).collect();
    format!("({}) {name}", digits.join(" UNION ALL "))
}

/// Writes the entries of a range of positions of a stream, which occurred at an instant.
async fn write(test: &TestDatabase, stream: &str, positions: std::ops::RangeInclusive<u64>, occurred_at: i64) {
    let tables: Vec<String> = ["a", "b", "c", "d", "e"].map(digits).into();
    let number = "(1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n)";
    let event = format!(
        r#"[{{"id":"{stream}","type":"concert.deleted.v1","aggregate":"concert","aggregate_id":"{stream}","version":1,"actor":"system","data":{{}}}}]"#
    );
    test.run_sql(&format!(
        "INSERT INTO outbox_entries (stream_kind, stream_id, position, occurred_at, seats, events) \
        SELECT 'concert', x'{stream}', {number}, {occurred_at}, NULL, '{event}' \
        FROM {} WHERE {number} BETWEEN {} AND {}",
        tables.join(" CROSS JOIN "),
        positions.start(),
        positions.end()
    ))
    .await;
}

/// What runs ask the database that find and deliver new entries of a stream. The others are an hour old, and passed.
async fn queries_with(test: &TestDatabase, positions: u64) -> Vec<String> {
    let (database, _) = test.store();
    let (database, ids, clock) = (Arc::new(database), SequentialIds::new(), Arc::new(FixedClock::default()));
    let stream = ids.next_uuid().simple().to_string();
    let now = FixedClock::START;
    write(test, &stream, 1..=positions, now.plus_seconds(-3_600).micros()).await;
    test.run_sql(&format!(
        "INSERT INTO event_cursors (consumer, stream_kind, stream_id, position) \
        VALUES ('mail', 'concert', x'{stream}', {positions})"
    ))
    .await;
    let relay = Relay::new(database.clone(), database, Arc::new(Mail), clock.clone(), &ids);
    // Compares all streams, which is done once in a while.
    assert_eq!(relay.deliver_once().await.unwrap(), 0);
    write(test, &stream, positions + 1..=positions + NEW, now.micros()).await;
    queries_of(async || {
        for expected in [NEW, 0] {
            clock.advance(1);
            assert_eq!(relay.deliver_once().await.unwrap(), expected);
        }
    })
    .await
}

/// The server counts what is read; the file says where it would read a table from one end to the other.
pub(crate) async fn cost_the_same_however_long_they_are() {
    listen();
    let [short, long] = [TestDatabase::on_server().await, TestDatabase::on_server().await];
    let (in_short, in_long) = (queries_with(&short, SHORT).await, queries_with(&long, LONG).await);
    assert_eq!(in_short.len(), in_long.len());
    let read = async |test, queries: &[String]| Plan::on_server(test, queries, true).await.rows_read.unwrap();
    let (of_short, of_long) = (read(&short, &in_short).await, read(&long, &in_long).await);
    assert!(of_long <= of_short + of_short / 2, "{of_short} rows of {SHORT} positions, {of_long} of {LONG}");

    let file = TestDatabase::sqlite().await;
    let plan = Plan::on_sqlite(&file, &queries_with(&file, LONG).await);
    assert!(plan.scans.keys().all(|table| !LARGE.contains(&table.as_str())), "{:?}", plan.scans);
}
