//! An empty database for a scenario, and the counters of its server.
#![expect(clippy::disallowed_methods, reason = "files are read between measurements, and no request waits")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};
use tempfile::TempDir;

use crate::Failure;

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// MariaDB, on the private server of this run.
    MariaDb,
    /// SQLite, in a file with `synchronous=FULL`, as the product opens it.
    Sqlite,
}

impl Kind {
    /// Its name in tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::MariaDb => "MariaDB",
            Self::Sqlite => "SQLite",
        }
    }
}

/// An empty database. It is removed with the private server or the folder.
pub(crate) struct Database {
    /// The value for `BOXOFFICE__DATABASE__URL`.
    pub(crate) url: String,
    /// The URL of the private server, for MariaDB.
    server: Option<String>,
    _folder: Option<TempDir>,
}

/// A log of all statements that the server receives, until it is ended.
pub(crate) struct StatementLog<'database> {
    server: &'database str,
    folder: TempDir,
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

impl Database {
    /// Creates a database.
    pub(crate) async fn create(kind: Kind, server: &str) -> Result<Self, Failure> {
        match kind {
            Kind::MariaDb => {
                static COUNT: AtomicU32 = AtomicU32::new(0);
                let name = format!("on_sale_{}", AtomicU32::fetch_add(&COUNT, 1, Ordering::Relaxed));
                execute(server, &format!("CREATE DATABASE {name}")).await?;
                Ok(Self { url: format!("{server}/{name}"), server: Some(server.to_owned()), _folder: None })
            }
            Kind::Sqlite => {
                let folder = tempfile::tempdir()?;
                let url = format!("sqlite://{}", folder.path().join("boxoffice.db").display());
                Ok(Self { url, server: None, _folder: Some(folder) })
            }
        }
    }

    /// The process id of the database server. `None` for SQLite.
    pub(crate) async fn server_process(&self) -> Result<Option<u32>, Failure> {
        let Some(server) = &self.server else { return Ok(None) };
        let file = value(server, "SELECT CAST(@@pid_file AS CHAR) AS value").await?;
        Ok(Some(std::fs::read_to_string(file)?.trim().parse()?))
    }

    /// The number of statements that the server has received since its start. 0 for SQLite.
    pub(crate) async fn statements(&self) -> Result<u64, Failure> {
        const QUESTIONS: &str = "SELECT CAST(VARIABLE_VALUE AS CHAR) AS value FROM information_schema.GLOBAL_STATUS \
                                 WHERE VARIABLE_NAME = 'QUESTIONS'";
        match &self.server {
            Some(server) => Ok(value(server, QUESTIONS).await?.parse()?),
            None => Ok(0),
        }
    }

    /// Begins to log all statements that the server receives. Fails for SQLite.
    pub(crate) async fn log_statements(&self) -> Result<StatementLog<'_>, Failure> {
        let server = self.server.as_deref().ok_or("SQLite has no log of statements")?;
        let log = StatementLog { server, folder: tempfile::tempdir()? };
        let file = log.file();
        execute(server, &format!("SET GLOBAL general_log_file = '{}', general_log = ON", file.display())).await?;
        Ok(log)
    }

    /// Runs statements on the database directly.
    pub(crate) async fn execute(&self, statements: &str) -> Result<(), Failure> {
        execute(&self.url, statements).await
    }

    /// The column `value` of a query's row.
    pub(crate) async fn value(&self, query: &str) -> Result<String, Failure> {
        value(&self.url, query).await
    }
}

impl StatementLog<'_> {
    fn file(&self) -> PathBuf {
        self.folder.path().join("statements.log")
    }

    /// Ends the log and returns its lines.
    pub(crate) async fn end(self) -> Result<String, Failure> {
        execute(self.server, "SET GLOBAL general_log = OFF").await?;
        Ok(String::from_utf8_lossy(&std::fs::read(self.file())?).into_owned())
    }
}

/// The version of a server.
pub(crate) async fn version(server: &str) -> Result<String, Failure> {
    value(server, "SELECT CAST(@@version AS CHAR) AS value").await
}

async fn execute(url: &str, statements: &str) -> Result<(), Failure> {
    Ok(AsyncMysqlConnection::establish(url).await?.batch_execute(statements).await?)
}

async fn value(url: &str, query: &str) -> Result<String, Failure> {
    let mut connection = AsyncMysqlConnection::establish(url).await?;
    let row: Value = diesel::sql_query(query).get_result(&mut connection).await?;
    Ok(row.value)
}
