//! Access to the server: only with TLS, or with an account that may change rows but not tables.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use boxoffice_adapters::db::Database;
use boxoffice_adapters::db::migrate::{self, MigrateError};
use boxoffice_adapters::db::settings::DatabaseConfig;
use boxoffice_domain::shared::StoreError;
use boxoffice_testing::{Given, SequentialIds};
use std::sync::Arc;

use support::{NoListeners, TestDatabase, execute, server_url};

/// The certificate of the authority that signed the server's certificate. `scripts/private-server.sh` creates both.
fn authority() -> PathBuf {
    let variable = "BOXOFFICE_TEST_SERVER_CA";
    std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} is not set; run `make test`")).into()
}

/// An account of the server that the test drops at its end.
struct Account {
    name: String,
    url: String,
}

impl Account {
    /// Creates an account for a database, with the given privileges and conditions.
    async fn new(test: &TestDatabase, rights: &str, conditions: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("box_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        execute(&format!(
            "CREATE USER '{name}'@'%' IDENTIFIED BY 'sesame' {conditions}; GRANT {rights} ON {}.* TO '{name}'@'%'",
            test.name()
        ))
        .await;
        let url = server_url();
        let (_, address) = url.rsplit_once('@').unwrap();
        let url = format!("mysql://{name}:sesame@{address}/{}", test.name());
        Self { name, url }
    }

    async fn end(self) {
        execute(&format!("DROP USER '{}'@'%'", self.name)).await;
    }
}

async fn check(config: &DatabaseConfig) -> Result<(), StoreError> {
    Database::open(config).unwrap().check().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_requires_tls_works_only_with_tls() {
    let test = TestDatabase::empty_on_server().await;
    let account = Account::new(&test, "ALL PRIVILEGES", "REQUIRE SSL").await;
    let by_tls =
        DatabaseConfig { require_tls: true, ca_file: Some(authority()), ..DatabaseConfig::new(account.url.clone()) };
    migrate::up(&by_tls).await.unwrap();
    check(&by_tls).await.unwrap();
    let asked_by_url = DatabaseConfig {
        ca_file: Some(authority()),
        ..DatabaseConfig::new(format!("{}?require_ssl=true", account.url))
    };
    check(&asked_by_url).await.unwrap();

    let without_tls = check(&DatabaseConfig::new(account.url.clone())).await;
    assert!(matches!(without_tls, Err(StoreError::Unavailable(_))), "{without_tls:?}");
    let unknown_authority = DatabaseConfig { ca_file: None, ..by_tls.clone() };
    let refused = check(&unknown_authority).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    account.end().await;
}

/// The program requires TLS itself when the server does not, or when TLS support is hidden on the way.
#[tokio::test(flavor = "multi_thread")]
async fn units_work_and_can_be_killed_with_tls() {
    let mut test = TestDatabase::on_server().await;
    test.config.require_tls = true;
    test.config.ca_file = Some(authority());
    let (_, store) = test.store();
    let ana = Given::new(store.clone(), Arc::new(SequentialIds::new())).user("ana").await;
    let mut unit = store.begin().await.unwrap();
    unit.users().get(ana.id).await.unwrap();
    drop(unit);
    let mut next = store.begin().await.unwrap();
    next.users().get(ana.id).await.unwrap();
    next.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_may_only_change_rows_can_serve() {
    let test = TestDatabase::on_server().await;
    let account = Account::new(&test, "SELECT, INSERT, UPDATE, DELETE", "").await;
    let config = DatabaseConfig::new(account.url.clone());
    let status = migrate::status(&config).await.unwrap();
    assert_eq!(status.missing(), 0);
    assert_eq!(migrate::up(&config).await.unwrap(), [], "nothing is missing, so nothing is applied");
    let database = Database::open(&config).unwrap();
    database.check().await.unwrap();
    let store = Arc::new(database.store(Arc::new(NoListeners), Arc::new(SequentialIds::new())));
    Given::new(store, Arc::new(SequentialIds::new())).user("ana").await;
    account.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn listing_the_migrations_creates_no_table() {
    let test = TestDatabase::empty_on_server().await;
    let account = Account::new(&test, "SELECT", "").await;
    let config = DatabaseConfig::new(account.url.clone());
    let status = migrate::status(&config).await.unwrap();
    assert_eq!((status.missing(), status.unknown.len()), (status.steps.len(), 0));
    assert!(matches!(migrate::up(&config).await, Err(MigrateError::Refused(_) | MigrateError::Failed(_))));
    account.end().await;
}
