//! What real databases say when something goes wrong, in the domain's words.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use boxoffice_adapters::db::settings::DatabaseConfig;
use boxoffice_adapters::db::{Database, OpenError, migrate};
use boxoffice_domain::shared::StoreError;
use boxoffice_domain::store::Store;
use boxoffice_domain::testing::{Given, SequentialIds, UserBuilder};
use boxoffice_domain::users::UserQueries;

use support::TestDatabase;

fn given(store: &Arc<dyn Store>) -> Given {
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

/// A user whose id is none of those that a fresh generator gives.
fn ben() -> boxoffice_domain::users::User {
    let ids = SequentialIds::new();
    drop(UserBuilder::new(&ids, "somebody").build());
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
async fn another_process_that_writes_is_contention() {
    let mut test = TestDatabase::sqlite().await;
    test.config.lock_timeout = Duration::from_millis(50);
    let ((_, store), (_, other_process)) = (test.store(), test.store());
    let unit = store.begin().await.unwrap();
    let outcome = other_process.begin().await.map(drop);
    assert!(outcome.as_ref().is_err_and(StoreError::is_contention), "{outcome:?}");
    unit.rollback().await.unwrap();
    other_process.begin().await.unwrap().rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_unavailable() {
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
async fn a_file_that_cannot_be_opened_is_said_so() {
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
async fn a_file_that_is_gone_or_another_takes_no_more_units() {
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
