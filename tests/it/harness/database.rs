//! A database for one test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::SqliteConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};
use tempfile::TempDir;

/// The variable with the URL of the test server, without a database: `mysql://user:password@host:port`.
const SERVER_VARIABLE: &str = "BOXOFFICE_TEST_SERVER_URL";

/// The kind of database of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DatabaseKind {
    /// SQLite, in a temporary folder.
    Sqlite,
    /// MySQL or MariaDB: the server at `BOXOFFICE_TEST_SERVER_URL`.
    Server,
}

/// An empty database that is dropped with this value.
pub(crate) struct TestDatabase {
    url: String,
    place: Place,
}

enum Place {
    Folder { _folder: TempDir },
    Server { url: String, name: String },
}

impl TestDatabase {
    /// Creates a database without tables. A missing server fails the test, because a skipped test proves nothing.
    pub(crate) async fn create(kind: DatabaseKind) -> Self {
        match kind {
            DatabaseKind::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder for the database");
                let url = format!("sqlite://{}", folder.path().join("boxoffice.db").display());
                Self { url, place: Place::Folder { _folder: folder } }
            }
            DatabaseKind::Server => {
                let Ok(server) = std::env::var(SERVER_VARIABLE) else {
                    panic!("{SERVER_VARIABLE} is not set; `make test` starts a server and sets it");
                };
                let server = server.trim_end_matches('/').to_owned();
                let name = unique_name();
                execute(&server, &format!("CREATE DATABASE {name}")).await;
                Self { url: format!("{server}/{name}"), place: Place::Server { url: server, name } }
            }
        }
    }

    /// The URL for `BOXOFFICE__DATABASE__URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs a statement for what no client can do.
    pub(crate) async fn run_sql(&self, statement: &str) {
        match &self.place {
            Place::Folder { .. } => {
                let mut connection = self.open_file().await;
                connection.batch_execute("PRAGMA busy_timeout = 30000").await.expect("a setting");
                connection.batch_execute(statement).await.expect(statement);
            }
            Place::Server { .. } => execute(&self.url, statement).await,
        }
    }

    async fn open_file(&self) -> SyncConnectionWrapper<SqliteConnection> {
        let file = self.url.trim_start_matches("sqlite://");
        SyncConnectionWrapper::<SqliteConnection>::establish(file).await.expect(file)
    }

    /// Blocks every commit that changes a concert until the returned value is dropped.
    pub(crate) async fn lock_concerts(&self) -> Lock {
        match &self.place {
            Place::Folder { .. } => {
                let mut connection = self.open_file().await;
                connection
                    .batch_execute("PRAGMA busy_timeout = 30000; BEGIN IMMEDIATE")
                    .await
                    .expect("the only right to write");
                Lock::Sqlite { _connection: connection }
            }
            Place::Server { .. } => {
                let mut connection = AsyncMysqlConnection::establish(&self.url).await.expect("the server answers");
                connection.batch_execute("BEGIN; SELECT id FROM concerts FOR UPDATE").await.expect("the rows' locks");
                Lock::Server { _connection: Box::new(connection) }
            }
        }
    }
}

/// The lock that blocks other connections.
pub(crate) enum Lock {
    Sqlite { _connection: SyncConnectionWrapper<SqliteConnection> },
    Server { _connection: Box<AsyncMysqlConnection> },
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Place::Server { url, name } = &self.place else { return };
        let (url, statement) = (url.clone(), format!("DROP DATABASE {name}"));
        // `drop` cannot be asynchronous, and the runtime of the test may be shutting down.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(execute(&url, &statement));
        });
        if dropping.join().is_err() && !std::thread::panicking() {
            panic!("the database of the test was not dropped");
        }
    }
}

async fn execute(server: &str, statement: &str) {
    let mut connection = AsyncMysqlConnection::establish(server).await.expect("the server for tests answers");
    connection.batch_execute(statement).await.expect(statement);
}

fn unique_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("boxoffice_it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
