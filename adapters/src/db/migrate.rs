//! The tables, made and changed step by step. The steps are part of the binary.

use std::error::Error;
use std::io;

use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::mysql::Mysql;
use diesel::sql_types::{Integer, Nullable};
use diesel::sqlite::Sqlite;
use diesel::{ConnectionError, RunQueryDsl, select};
use diesel_async::AsyncMysqlConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::spawn_blocking;

use super::pool::sqlite;
use super::settings::{DatabaseConfig, Location, UrlFault};

const MYSQL: EmbeddedMigrations = embed_migrations!("../migrations/mysql");
pub(super) const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// How long a process waits while another one migrates the same MySQL database, in seconds.
const LOCK_TIMEOUT_SECONDS: i32 = 120;

/// Why the tables could not be made or looked at.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The settings point to no database.
    #[error(transparent)]
    Url(#[from] UrlFault),
    /// The file of the SQLite database can be neither found nor made.
    #[error("the database file cannot be opened")]
    File(#[from] io::Error),
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Connection(#[from] ConnectionError),
    /// The database did not answer as it should.
    #[error("the database refused a statement")]
    Refused(#[from] diesel::result::Error),
    /// Another process has been migrating for too long.
    #[error("another process is migrating this database")]
    Locked,
    /// A step failed; the steps before it are done.
    #[error("a migration failed: {0}")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// A step and whether the database has taken it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its stamp and name, such as `2026-11-21-000100_users`.
    pub name: String,
    /// Whether it was taken.
    pub applied: bool,
}

/// What to do with the steps.
#[derive(Clone, Copy)]
enum Task {
    Up,
    DownOne,
    Status,
}

/// Takes every step that was not taken yet, and returns those. Processes that do this at once wait for each other.
///
/// # Errors
/// [`MigrateError`].
pub async fn up(config: &DatabaseConfig) -> Result<Vec<Step>, MigrateError> {
    run(config, Task::Up).await
}

/// Takes back the last step, with all data in it, and returns it; nothing when no step was taken.
///
/// # Errors
/// [`MigrateError`].
pub async fn down_one(config: &DatabaseConfig) -> Result<Option<Step>, MigrateError> {
    run(config, Task::DownOne).await.map(|mut steps| steps.pop())
}

/// Every step in order.
///
/// # Errors
/// [`MigrateError`].
pub async fn status(config: &DatabaseConfig) -> Result<Vec<Step>, MigrateError> {
    run(config, Task::Status).await
}

async fn run(config: &DatabaseConfig, task: Task) -> Result<Vec<Step>, MigrateError> {
    let location = config.location()?;
    let lock_timeout = config.lock_timeout;
    let work = move || match location {
        Location::MySql(url) => on_mysql(&url, task),
        Location::Sqlite(path) => {
            sqlite::create(&path)?;
            let mut connection = sqlite::open(&path, lock_timeout, false)?;
            // All steps or none; another process waits for the write lock.
            connection.immediate_transaction(|connection| carry_out::<Sqlite, _>(connection, &SQLITE, task))
        }
    };
    spawn_blocking(work).await.map_err(|error| MigrateError::Failed(Box::new(error)))?
}

/// MySQL commits each statement that changes a table, so what keeps processes apart is a named lock, one a database.
fn on_mysql(url: &SecretString, task: Task) -> Result<Vec<Step>, MigrateError> {
    let mut connection = AsyncConnectionWrapper::<AsyncMysqlConnection>::establish(url.expose_secret())?;
    let lock = format!("GET_LOCK(CONCAT('boxoffice ', LEFT(SHA2(DATABASE(), 256), 40)), {LOCK_TIMEOUT_SECONDS})");
    let locked: Option<i32> = select(sql::<Nullable<Integer>>(&lock)).get_result(&mut connection)?;
    if locked != Some(1) {
        return Err(MigrateError::Locked);
    }
    // The lock ends with the connection.
    carry_out::<Mysql, _>(&mut connection, &MYSQL, task)
}

fn carry_out<DB, H>(harness: &mut H, source: &EmbeddedMigrations, task: Task) -> Result<Vec<Step>, MigrateError>
where
    DB: Backend,
    H: MigrationHarness<DB>,
{
    let mut steps: Vec<Box<dyn Migration<DB>>> = source.migrations().map_err(MigrateError::Failed)?;
    steps.sort_unstable_by(|one, other| one.name().version().cmp(&other.name().version()));
    let applied = harness.applied_migrations().map_err(MigrateError::Failed)?;
    let is_applied = |version: MigrationVersion<'_>| applied.contains(&version.as_owned());
    let mut touched = Vec::new();
    match task {
        Task::Status => {
            touched.extend(steps.iter().map(|step| {
                let name = step.name();
                Step { applied: is_applied(name.version()), name: name.to_string() }
            }));
        }
        Task::Up => {
            for step in steps.iter().filter(|step| !is_applied(step.name().version())) {
                harness.run_migration(step).map_err(MigrateError::Failed)?;
                touched.push(Step { name: step.name().to_string(), applied: true });
            }
        }
        Task::DownOne => {
            if let Some(step) = steps.iter().rfind(|step| is_applied(step.name().version())) {
                harness.revert_migration(step).map_err(MigrateError::Failed)?;
                touched.push(Step { name: step.name().to_string(), applied: false });
            }
        }
    }
    Ok(touched)
}
