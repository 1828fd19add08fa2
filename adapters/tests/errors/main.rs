//! The errors of real databases and their conversion to the domain's errors.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

#[path = "../support/mod.rs"]
mod support;
mod unreadable_rows;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use boxoffice_adapters::db::settings::DatabaseConfig;
use boxoffice_adapters::db::{Database, OpenError, migrate};
use boxoffice_adapters::system::{ClockWatch, SystemClock};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{Clock, StoreError, Timestamp};
use boxoffice_domain::store::{Store, in_unit};
use boxoffice_domain::users::{AddUserError, UserQueries};
use boxoffice_testing::{Given, SequentialIds, UserBuilder};
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel::{Connection, RunQueryDsl, SqliteConnection, select};
use futures_util::future::join_all;

use support::TestDatabase;

fn given(store: &Arc<dyn Store<dyn SalesUnit>>) -> Given {
    Given::new(Arc::clone(store), Arc::new(SequentialIds::new()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_contention_for_one_of_the_two() {
    let test = TestDatabase::on_server().await;
    let (_, store) = test.store();
    let (ana, ben) = (given(&store).user("ana").await, given(&store.clone()).add_user(ben()).await);
    let (mut one, mut other) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    one.users().get(ana.id).await.unwrap();
    other.users().get(ben.id).await.unwrap();
    let (first, second) = tokio::join!(
        async {
            let outcome = one.users().get(ben.id).await;
            one.rollback().await.unwrap();
            outcome
        },
        async {
            let outcome = other.users().get(ana.id).await;
            other.rollback().await.unwrap();
            outcome
        }
    );
    let lost = |outcome: &Result<_, StoreError>| outcome.as_ref().is_err_and(StoreError::is_contention);
    assert!(lost(&first) != lost(&second), "{first:?} {second:?}");
}

/// A user whose id differs from all ids of a new generator.
fn ben() -> boxoffice_domain::users::User {
    let ids = SequentialIds::new();
    drop(UserBuilder::new(&ids, "first").build());
    UserBuilder::new(&ids, "ben").build()
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_too_long_for_a_row_is_contention() {
    let mut test = TestDatabase::on_server().await;
    test.config.lock_timeout = Duration::from_secs(1);
    let (_, store) = test.store();
    let ana = given(&store).user("ana").await;
    let (mut holder, mut waiter) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    holder.users().get(ana.id).await.unwrap();
    let outcome = waiter.users().get(ana.id).await;
    assert!(outcome.as_ref().is_err_and(StoreError::is_contention), "{outcome:?}");
    waiter.rollback().await.unwrap();
    holder.rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_waits_only_once_for_another_process_that_writes() {
    let mut test = TestDatabase::sqlite().await;
    test.config.lock_timeout = Duration::from_millis(300);
    let ((database, store), (_, other_process)) = (test.store(), test.store());
    let unit = other_process.begin().await.unwrap();
    let attempts = AtomicU32::new(0);
    let outcome: Result<(), StoreError> = in_unit(store.as_ref(), "test", |_, _| {
        attempts.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    })
    .await;
    assert!(matches!(outcome, Err(StoreError::Busy)), "{outcome:?}");
    // Busy is reported immediately, and is a fault neither of the database nor of the unit.
    assert_eq!(attempts.load(Ordering::Relaxed), 0);
    database.check().await.unwrap();
    unit.rollback().await.unwrap();
    store.begin().await.unwrap().rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_in_the_queue_is_part_of_the_wait_for_another_process() {
    let mut test = TestDatabase::sqlite().await;
    test.config.lock_timeout = Duration::from_secs(4);
    let ((_, store), (_, other_process)) = (test.store(), test.store());
    let unit = other_process.begin().await.unwrap();
    let began = Instant::now();
    // One after the other, each would wait for four seconds.
    let waits = (0..5).map(|_| async { store.begin().await.map(drop).err() });
    for refusal in join_all(waits).await {
        assert!(matches!(refusal, Some(StoreError::Busy)), "{refusal:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    unit.rollback().await.unwrap();
    store.begin().await.unwrap().rollback().await.unwrap();
}

/// The queue behind a unit has already waited as long as that unit.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_vain_wait_for_another_process_the_next_wait_is_shorter() {
    let mut test = TestDatabase::sqlite().await;
    test.config.lock_timeout = Duration::from_secs(5);
    let ((_, store), (_, other_process)) = (test.store(), test.store());
    let unit = other_process.begin().await.unwrap();
    assert!(matches!(store.begin().await.map(drop), Err(StoreError::Busy)));
    let began = Instant::now();
    assert!(matches!(store.begin().await.map(drop), Err(StoreError::Busy)));
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    unit.rollback().await.unwrap();
    store.begin().await.unwrap().rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_server_is_unavailable() {
    for url in ["mysql://box:sesame@127.0.0.1:1/boxoffice", "mysql://box:sesame@host.invalid:3306/boxoffice"] {
        let config = DatabaseConfig { connect_timeout: Duration::from_secs(5), ..DatabaseConfig::new(url) };
        let database = Database::open(&config).unwrap();
        let error = UserQueries::find_by_login(&database, "ana").await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        assert!(!format!("{error:?}").contains("sesame"), "{error:?}");
        assert!(migrate::up(&config).await.is_err());
        assert!(!format!("{config:?}").contains("sesame"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_opened_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "no database").unwrap();
    let below_a_file = format!("sqlite://{}/test.db", file.display());
    assert!(matches!(Database::open(&DatabaseConfig::new(below_a_file)).err(), Some(OpenError::File(_))));
    let no_database = DatabaseConfig::new(format!("sqlite://{}", file.display()));
    let error = Database::open(&no_database).unwrap().check().await;
    assert!(matches!(error, Err(StoreError::Unavailable(_))), "{error:?}");
    assert!(migrate::up(&no_database).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_room_is_unavailable_and_not_ready() {
    let test = TestDatabase::on_server().await;
    let (database, store) = test.store();
    database.check().await.unwrap();
    // A table of a few kilobytes raises the same error as a full disk.
    test.run_sql("SET SESSION max_heap_table_size = 16384; ALTER TABLE users ENGINE = MEMORY").await;
    let ids = SequentialIds::new();
    let mut refusal = None;
    for number in 0..1_000 {
        let mut unit = store.begin().await.unwrap();
        let added = unit.users().add(&UserBuilder::new(&ids, &format!("fan-{number}")).build()).await;
        unit.commit().await.unwrap();
        if added.is_err() {
            refusal = added.err();
            break;
        }
    }
    assert!(matches!(refusal, Some(AddUserError::Store(StoreError::Unavailable(_)))), "{refusal:?}");
    let refusal = database.check().await;
    assert!(matches!(refusal, Err(StoreError::Unavailable(_))), "{refusal:?}");
}

/// The machine's clock with an error of this many seconds.
struct WrongBy(i64);

impl Clock for WrongBy {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_seconds(self.0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_the_server_does_not_share_is_refused() {
    let [sqlite, server] = TestDatabase::both().await;
    for (test, seconds, is_refused) in
        [(&server, 0, false), (&server, 30, true), (&server, -30, true), (&sqlite, 30, false)]
    {
        let watch = ClockWatch::new(Arc::new(WrongBy(seconds)), Arc::new(test.open()));
        watch.compare().await.unwrap();
        assert_eq!(watch.check().is_err(), is_refused, "{seconds}");
    }
}

/// Waits until the last connection to the file is closed and its log is merged into it.
async fn until_closed(test: &TestDatabase) {
    let log = test.file().with_extension("db-wal");
    let since = Instant::now();
    while log.exists() {
        assert!(since.elapsed() < Duration::from_secs(60), "a connection still has the file open");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Overwrites bytes of the file while no connection is open.
async fn overwrite(test: &TestDatabase, offset: usize, bytes: &[u8]) {
    let mut file = tokio::fs::read(test.file()).await.unwrap();
    file.get_mut(offset..offset + bytes.len()).unwrap().copy_from_slice(bytes);
    tokio::fs::write(test.file(), file).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_written_is_refused() {
    let test = TestDatabase::sqlite().await;
    {
        let (database, store) = test.store();
        database.inspect_file().await.unwrap();
        given(&store).user("ana").await;
    }
    until_closed(&test).await;
    // A later version of the file format, which this version may only read. This also works when the test runs as root.
    overwrite(&test, 18, &[3]).await;
    let (database, store) = test.store();
    let refusal = database.inspect_file().await;
    assert!(matches!(refusal, Err(StoreError::Unavailable(_))), "{refusal:?}");
    assert!(database.check().await.is_err());
    let ids = SequentialIds::new();
    let mut unit = store.begin().await.unwrap();
    let refusal = unit.users().add(&UserBuilder::new(&ids, "ben").build()).await;
    assert!(matches!(refusal, Err(AddUserError::Store(StoreError::Unavailable(_)))), "{refusal:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_takes_no_more_units() {
    const PAGE_BYTES: i64 = 4_096;

    let test = TestDatabase::sqlite().await;
    let ana = {
        let (_, store) = test.store();
        given(&store).user("ana").await
    };
    until_closed(&test).await;
    let users = {
        let mut file = SqliteConnection::establish(test.file().to_str().unwrap()).unwrap();
        let root = sql::<BigInt>("(SELECT rootpage FROM sqlite_master WHERE name = 'users')");
        select(root).get_result::<i64>(&mut file).unwrap()
    };
    overwrite(&test, usize::try_from((users - 1) * PAGE_BYTES).unwrap(), &[0xA5; 512]).await;

    let (database, store) = test.store();
    database.check().await.unwrap();
    let found = UserQueries::get(&database, ana.id).await;
    assert!(matches!(found, Err(StoreError::Unavailable(_))), "{found:?}");
    let begun = store.begin().await.map(drop);
    assert!(matches!(begun, Err(StoreError::Unavailable(_))), "{begun:?}");
    assert!(database.check().await.is_err());

    let (started_again, _) = test.store();
    let refusal = started_again.inspect_file().await;
    assert!(matches!(refusal, Err(StoreError::Unavailable(_))), "{refusal:?}");
}

/// What is written to a log that is gone is lost when the process is killed.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_log_is_deleted_takes_no_more_units() {
    let test = TestDatabase::sqlite().await;
    let (database, store) = test.store();
    given(&store).user("ana").await;
    database.check().await.unwrap();
    let mut log = test.file().into_os_string();
    log.push("-wal");
    std::fs::remove_file(&log).unwrap();
    let begun = store.begin().await.map(drop);
    assert!(matches!(begun, Err(StoreError::Unavailable(_))), "{begun:?}");
    assert!(database.check().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_or_replaced_file_takes_no_more_units() {
    for replace in [false, true] {
        let test = TestDatabase::sqlite().await;
        let (database, store) = test.store();
        database.check().await.unwrap();
        let path = test.file();
        let copy = path.with_extension("copy");
        std::fs::copy(&path, &copy).unwrap();
        std::fs::remove_file(&path).unwrap();
        if replace {
            std::fs::rename(&copy, &path).unwrap();
        }
        let begun = store.begin().await.map(drop);
        assert!(matches!(begun, Err(StoreError::Unavailable(_))), "{begun:?}");
        let read = UserQueries::find_by_login(&database, "ana").await;
        assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
        assert!(database.check().await.is_err());
    }
}
