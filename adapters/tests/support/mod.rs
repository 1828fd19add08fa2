//! Databases for tests. Each test has a database of its own, which is removed at its end.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses a part of it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use boxoffice_adapters::db::settings::DatabaseConfig;
use boxoffice_adapters::db::{Database, SqlStore, migrate};
use boxoffice_domain::events::{CommittedEvents, OutboxEntry};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::store::Store;
use boxoffice_testing::SequentialIds;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// The variable with the URL of a MySQL or MariaDB server: `mysql://user:password@host:port`. The user needs the
/// privilege to create databases.
const SERVER_VARIABLE: &str = "BOXOFFICE_TEST_SERVER_URL";

/// The server for tests. A missing server is a failure and never a reason to skip a test.
pub(crate) fn server_url() -> String {
    std::env::var(SERVER_VARIABLE)
        .unwrap_or_else(|_| panic!("{SERVER_VARIABLE} is not set; run `make test`, which starts a server"))
}

/// An empty database with all tables.
pub(crate) struct TestDatabase {
    pub(crate) config: DatabaseConfig,
    keep: Keep,
}

enum Keep {
    Folder(TempDir),
    Schema(String),
}

impl TestDatabase {
    /// An SQLite file in a folder of its own.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config =
            with_long_timeouts(DatabaseConfig::new(format!("sqlite://{}", folder.path().join("test.db").display())));
        migrate::up(&config).await.unwrap();
        Self { config, keep: Keep::Folder(folder) }
    }

    /// A database on the server.
    pub(crate) async fn on_server() -> Self {
        let database = Self::empty_on_server().await;
        migrate::up(&database.config).await.unwrap();
        database
    }

    /// A database on the server, without tables.
    pub(crate) async fn empty_on_server() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("boxoffice_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        execute(&format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4")).await;
        let config = with_long_timeouts(DatabaseConfig::new(format!("{}/{name}", server_url())));
        Self { config, keep: Keep::Schema(name) }
    }

    /// Both kinds, for a test that applies to each.
    pub(crate) async fn both() -> [Self; 2] {
        [Self::sqlite().await, Self::on_server().await]
    }

    pub(crate) fn open(&self) -> Database {
        Database::open(&self.config).unwrap()
    }

    /// The database, and a store without listeners.
    pub(crate) fn store(&self) -> (Database, Arc<dyn Store<dyn SalesUnit>>) {
        let (database, store) = self.sql_store();
        (database, Arc::new(store))
    }

    /// The same store, which also begins the units of single modules.
    pub(crate) fn sql_store(&self) -> (Database, SqlStore) {
        let database = self.open();
        let store = database.store(Arc::new(NoListeners), Arc::new(SequentialIds::new()));
        (database, store)
    }

    /// The file of an SQLite database.
    pub(crate) fn file(&self) -> std::path::PathBuf {
        match &self.keep {
            Keep::Folder(folder) => folder.path().join("test.db"),
            Keep::Schema(_) => panic!("a database on the server has no file"),
        }
    }

    /// Runs statements on the database, independent of the program.
    pub(crate) async fn run_sql(&self, statements: &str) {
        let url = self.config.url.expose_secret();
        match &self.keep {
            Keep::Schema(_) => {
                AsyncMysqlConnection::establish(url).await.unwrap().batch_execute(statements).await.unwrap();
            }
            Keep::Folder(_) => {
                let file = self.file();
                let mut file = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
                diesel::connection::SimpleConnection::batch_execute(&mut file, statements).unwrap();
            }
        }
    }

    /// Its indexes, except for those of primary keys.
    pub(crate) async fn indexes(&self) -> Vec<Index> {
        let url = self.config.url.expose_secret();
        let rows: Vec<IndexColumn> = match &self.keep {
            Keep::Schema(_) => {
                let query = "SELECT CAST(table_name AS CHAR) AS table_name, CAST(index_name AS CHAR) AS index_name, \
                        CAST(column_name AS CHAR) AS column_name, CAST(1 - non_unique AS SIGNED) AS is_unique \
                    FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY' \
                    ORDER BY table_name, index_name, seq_in_index";
                let mut server = AsyncMysqlConnection::establish(url).await.unwrap();
                diesel::sql_query(query).load(&mut server).await.unwrap()
            }
            Keep::Folder(_) => {
                let query = "SELECT t.name AS table_name, l.name AS index_name, c.name AS column_name, \
                        l.\"unique\" AS is_unique \
                    FROM sqlite_master t JOIN pragma_index_list(t.name) l JOIN pragma_index_info(l.name) c \
                    WHERE t.type = 'table' AND l.origin = 'c' ORDER BY t.name, l.name, c.seqno";
                let mut file = SqliteConnection::establish(url).unwrap();
                diesel::RunQueryDsl::load(diesel::sql_query(query), &mut file).unwrap()
            }
        };
        let mut indexes: Vec<Index> = Vec::new();
        for row in rows {
            match indexes.last_mut() {
                Some(last) if last.name == row.index_name => last.columns.push(row.column_name),
                _ => indexes.push(Index {
                    table: row.table_name,
                    name: row.index_name,
                    columns: vec![row.column_name],
                    unique: row.is_unique == 1,
                }),
            }
        }
        indexes
    }

    /// Its name on the server.
    pub(crate) fn name(&self) -> &str {
        match &self.keep {
            Keep::Schema(name) => name,
            Keep::Folder(_) => panic!("an SQLite database has no name"),
        }
    }

    /// The ids of the server's connections that use this database.
    pub(crate) async fn connections(&self) -> Vec<i64> {
        let mut server = AsyncMysqlConnection::establish(&server_url()).await.unwrap();
        let version: String = diesel::select(sql::<Text>("VERSION()")).get_result(&mut server).await.unwrap();
        // MySQL's process list fails while one of the processes runs a statement with binary values.
        let ids = if version.contains("MariaDB") {
            "CAST(id AS SIGNED) FROM information_schema.processlist WHERE db = "
        } else {
            "CAST(processlist_id AS SIGNED) FROM performance_schema.threads WHERE processlist_db = "
        };
        let ids = format!("{ids}'{}'", self.name());
        diesel::select(sql::<BigInt>(&ids)).load(&mut server).await.unwrap()
    }

    /// Kills every connection to this database.
    pub(crate) async fn cut_connections(&self) {
        for id in self.connections().await {
            execute(&format!("KILL {id}")).await;
        }
        while !self.connections().await.is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

/// An index of a table.
pub(crate) struct Index {
    pub(crate) table: String,
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
}

#[derive(QueryableByName)]
struct IndexColumn {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    index_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = BigInt)]
    is_unique: i64,
}

/// Ignores committed events.
pub(crate) struct NoListeners;

impl CommittedEvents for NoListeners {
    fn committed(&self, _: &[OutboxEntry]) {}
}

/// Waits longer than a busy machine needs, so that no test fails because it is slow.
fn with_long_timeouts(config: DatabaseConfig) -> DatabaseConfig {
    DatabaseConfig { wait: Duration::from_secs(60), connect_timeout: Duration::from_secs(60), ..config }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Keep::Schema(name) = &self.keep {
            let drop = format!("DROP DATABASE IF EXISTS {name}");
            // The test's own runtime may be shutting down.
            let dropper = thread::spawn(move || {
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(execute(&drop));
            });
            dropper.join().unwrap();
        }
    }
}

/// Runs statements on the server, outside of the tests' databases.
pub(crate) async fn execute(statements: &str) {
    let mut server = AsyncMysqlConnection::establish(&server_url()).await.unwrap();
    server.batch_execute(statements).await.unwrap();
}
