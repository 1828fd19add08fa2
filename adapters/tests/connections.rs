//! Connections that are scarce, hang or die.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use boxoffice_adapters::db::settings::DatabaseConfig;
use boxoffice_domain::bookings::BookingQueries;
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{BookingId, StoreError};
use boxoffice_domain::store::Store;
use boxoffice_domain::users::UserQueries;
use boxoffice_testing::{Given, SequentialIds};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use tokio::time::timeout;

use support::TestDatabase;

/// The maximum time of an unblocked operation on a busy machine.
const UNBLOCKED_WITHIN: Duration = Duration::from_secs(20);

fn given(store: &Arc<dyn Store<dyn SalesUnit>>) -> Given {
    Given::new(Arc::clone(store), Arc::new(SequentialIds::new()))
}

/// The error of a unit, or `None` if it begins. A unit that begins is rolled back.
async fn failure(begun: Result<Box<dyn SalesUnit>, StoreError>) -> Option<StoreError> {
    match begun {
        Ok(unit) => {
            unit.rollback().await.unwrap();
            None
        }
        Err(error) => Some(error),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_while_idle_cause_no_error() {
    let test = TestDatabase::on_server().await;
    let (database, store) = test.store();
    let ana = given(&store).user("ana").await;
    assert!(UserQueries::get(&database, ana.id).await.unwrap().is_some());
    for _ in 0..3 {
        test.cut_connections().await;
        let mut unit = store.begin().await.unwrap();
        assert!(unit.users().get(ana.id).await.unwrap().is_some());
        unit.commit().await.unwrap();
        assert!(UserQueries::get(&database, ana.id).await.unwrap().is_some());
        database.check().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_whose_connection_dies_fails_alone() {
    let test = TestDatabase::on_server().await;
    let (_, store) = test.store();
    let ana = given(&store).user("ana").await;
    let mut unit = store.begin().await.unwrap();
    unit.users().get(ana.id).await.unwrap();
    test.cut_connections().await;
    let lost = unit.users().get(ana.id).await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    unit.rollback().await.unwrap();
    let mut unit = store.begin().await.unwrap();
    unit.users().get(ana.id).await.unwrap();
    let commits = store.begin().await.unwrap();
    test.cut_connections().await;
    let lost = commits.commit().await;
    assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
    drop(unit);
    assert!(failure(store.begin().await).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_dropped_while_it_waits_for_a_row_ends_immediately() {
    let mut test = TestDatabase::on_server().await;
    test.config.lock_timeout = Duration::from_secs(50);
    let (_, store) = test.store();
    let ana = given(&store).user("ana").await;
    let mut holder = store.begin().await.unwrap();
    holder.users().get(ana.id).await.unwrap();
    let mut waiter = store.begin().await.unwrap();
    let before = test.connections().await.len();
    assert!(timeout(Duration::from_millis(200), waiter.users().get(ana.id)).await.is_err());
    drop(waiter);
    let dropped = Instant::now();
    while test.connections().await.len() >= before {
        assert!(dropped.elapsed() < UNBLOCKED_WITHIN, "the dropped unit still waits for the row");
        tokio::task::yield_now().await;
    }
    holder.commit().await.unwrap();
    let mut next = store.begin().await.unwrap();
    timeout(UNBLOCKED_WITHIN, next.users().get(ana.id)).await.unwrap().unwrap();
    next.rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_hangs_is_abandoned() {
    let mut test = TestDatabase::on_server().await;
    test.config = DatabaseConfig {
        lock_timeout: Duration::from_secs(50),
        statement_timeout: Duration::from_millis(300),
        ..test.config.clone()
    };
    let (_, store) = test.store();
    let ana = given(&store).user("ana").await;
    let mut holder = store.begin().await.unwrap();
    holder.users().get(ana.id).await.unwrap();
    let mut waiter = store.begin().await.unwrap();
    let hung = waiter.users().get(ana.id).await;
    assert!(matches!(hung, Err(StoreError::Unavailable(_))), "{hung:?}");
    waiter.rollback().await.unwrap();
    holder.commit().await.unwrap();
}

/// Starts some work and drops it in the middle, unless it finishes earlier.
async fn give_up(work: impl Future, polls: u32) {
    let mut work = pin!(work);
    for _ in 0..polls {
        if poll_fn(|context| Poll::Ready(work.as_mut().poll(context).is_ready())).await {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reader_receives_the_answer_to_an_abandoned_read() {
    for mut test in TestDatabase::both().await {
        test.config.read_connections = 1;
        let (database, store) = test.store();
        let given = given(&store);
        let (ana, ben) = (given.user("ana").await.id, given.user("ben").await.id);
        for polls in (1..=4).cycle().take(40) {
            give_up(UserQueries::get(&database, ana), polls).await;
            let found = UserQueries::get(&database, ben).await.unwrap();
            assert_eq!(found.map(|user| user.id), Some(ben));
            assert_eq!(database.named(BookingId::from_uuid(ana.uuid())).await.unwrap(), None);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wait_for_a_connection_is_bounded() {
    for mut test in TestDatabase::both().await {
        test.config = DatabaseConfig {
            unit_connections: 1,
            read_connections: 1,
            wait: Duration::from_millis(100),
            ..test.config.clone()
        };
        let (database, store) = test.store();
        let unit = store.begin().await.unwrap();
        let refused = failure(store.begin().await).await;
        assert!(matches!(refused, Some(StoreError::Busy)), "{refused:?}");
        // Readers do not queue behind writers.
        assert!(UserQueries::find_by_login(&database, "unknown").await.unwrap().is_none());
        unit.rollback().await.unwrap();
        assert!(failure(store.begin().await).await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_grew_during_a_long_read_is_truncated_after_it() {
    const LARGE_BYTES: u64 = 16 * 1024 * 1024;

    let test = TestDatabase::sqlite().await;
    let (database, _) = test.store();
    database.check().await.unwrap();
    let log = test.file().with_extension("db-wal");
    let bytes = || std::fs::metadata(&log).map_or(0, |log| log.len());
    let mut reader = SqliteConnection::establish(test.file().to_str().unwrap()).unwrap();
    reader.batch_execute("BEGIN; SELECT COUNT(*) FROM users").unwrap();
    test.run_sql("CREATE TABLE ballast (bytes BLOB); INSERT INTO ballast VALUES (randomblob(20000000))").await;
    assert!(bytes() > LARGE_BYTES, "the reader must keep the log from being truncated");
    drop(reader);
    // Nothing is written from here on.
    let since = Instant::now();
    while bytes() > LARGE_BYTES {
        assert!(since.elapsed() < Duration::from_secs(60), "the log still has {} bytes", bytes());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    database.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_begin_that_is_dropped_loses_no_connection() {
    for mut test in TestDatabase::both().await {
        test.config.unit_connections = 1;
        let (_, store) = test.store();
        for microseconds in 0..200_u64 {
            // The drop may happen at any point. Other units must still get the connection.
            drop(timeout(Duration::from_micros(10 * microseconds), store.begin()).await);
        }
        assert!(failure(timeout(UNBLOCKED_WITHIN, store.begin()).await.unwrap()).await.is_none());
    }
}
