//! Schema migrations. They are embedded in the binary.

mod catalogue;
mod server;

use std::error::Error;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::BigInt;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel::{ConnectionError, RunQueryDsl, select};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::task::spawn_blocking;

use super::pool::sqlite_connection;
use super::settings::{DatabaseConfig, Location, UrlFault};

pub(super) const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Why the migrations could not be applied or listed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The settings name no valid database.
    #[error(transparent)]
    Url(#[from] UrlFault),
    /// The file of the SQLite database can be neither found nor created.
    #[error("the database file cannot be opened")]
    File(#[from] io::Error),
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Connection(#[from] ConnectionError),
    /// The database refused a statement.
    #[error("the database refused a statement")]
    Refused(#[from] diesel::result::Error),
    /// Another process has been migrating for too long.
    #[error("another process is migrating this database")]
    Locked,
    /// A newer version of the program applied the last migrations, and only that version can revert them.
    #[error("a newer version of boxoffice took the steps {}, which this one does not know", .0.join(", "))]
    Newer(Vec<String>),
    /// A migration failed. Those before it are applied.
    #[error("a migration failed: {0}")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// A migration and whether it is applied to the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its timestamp and name, such as `2026-11-21-000100_users`.
    pub name: String,
    /// Whether the migration is applied.
    pub applied: bool,
}

/// The migrations of this program, and applied ones that it does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Every migration of this program, in order.
    pub steps: Vec<Step>,
    /// The versions of applied migrations that this program does not know. A newer version applied them.
    pub unknown: Vec<String>,
}

impl Status {
    /// The number of migrations that are not applied yet.
    pub fn missing(&self) -> usize {
        self.steps.iter().filter(|step| !step.applied).count()
    }
}

/// Applies every missing migration and returns those. Concurrent processes wait for each other. An interrupted
/// migration is completed.
///
/// # Errors
/// Returns [`MigrateError`].
pub async fn up(config: &DatabaseConfig) -> Result<Vec<Step>, MigrateError> {
    match config.location()? {
        Location::MySql(url) => server::up(config, &url).await,
        Location::Sqlite(_) => in_file(config, up_in_file).await,
    }
}

/// Reverts the last migration, which deletes its data, and returns it. Returns `None` if no migration is applied.
///
/// # Errors
/// Returns [`MigrateError`].
pub async fn down_one(config: &DatabaseConfig) -> Result<Option<Step>, MigrateError> {
    match config.location()? {
        Location::MySql(url) => server::down_one(config, &url).await,
        Location::Sqlite(_) => in_file(config, down_one_in_file).await,
    }
}

/// Lists every migration in order, and those that newer versions applied. Changes nothing.
///
/// # Errors
/// Returns [`MigrateError`].
pub async fn status(config: &DatabaseConfig) -> Result<Status, MigrateError> {
    match config.location()? {
        Location::MySql(url) => server::status(config, &url).await,
        Location::Sqlite(_) => in_file(config, status_in_file).await,
    }
}

/// How long a process waits for another process that migrates the same file.
const FILE_LOCK_WAIT: Duration = Duration::from_secs(60);
/// The pause before a retry while another process switches the file to its write-ahead log.
const FILE_LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Runs a task in one transaction. Another process waits for the write lock.
#[expect(clippy::disallowed_methods, reason = "one task at a time, before anything is served")]
async fn in_file<T: Send + 'static>(
    config: &DatabaseConfig,
    task: fn(&mut SqliteConnection) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    let location = config.location()?;
    let work = move || {
        let Location::Sqlite(path) = location else { return Err(UrlFault::UnknownScheme.into()) };
        sqlite_connection::create(&path)?;
        open_file(&path)?.immediate_transaction(task)
    };
    spawn_blocking(work).await.map_err(|error| MigrateError::Failed(Box::new(error)))?
}

/// Opens the file. SQLite waits for every lock except the one that switches a new file to its write-ahead log.
#[expect(clippy::disallowed_methods, reason = "it runs on a blocking thread, before anything is served")]
fn open_file(path: &Path) -> Result<SqliteConnection, ConnectionError> {
    let began = Instant::now();
    loop {
        match sqlite_connection::open(path, FILE_LOCK_WAIT, false) {
            Err(ConnectionError::CouldntSetupConfiguration(diesel::result::Error::DatabaseError(_, info)))
                if info.message().contains("locked") && began.elapsed() < FILE_LOCK_WAIT =>
            {
                std::thread::sleep(FILE_LOCK_PAUSE);
            }
            outcome => return outcome,
        }
    }
}

type FileStep = Box<dyn Migration<Sqlite>>;

fn steps_in_file() -> Result<Vec<FileStep>, MigrateError> {
    let mut steps: Vec<FileStep> = SQLITE.migrations().map_err(MigrateError::Failed)?;
    steps.sort_unstable_by(|one, other| one.name().version().cmp(&other.name().version()));
    Ok(steps)
}

/// The versions of the applied migrations, unordered. Does not create the table.
fn taken_in_file(file: &mut SqliteConnection) -> Result<Vec<String>, MigrateError> {
    let tables = sql::<BigInt>("(SELECT COUNT(*) FROM sqlite_master WHERE name = '__diesel_schema_migrations')");
    if select(tables).get_result::<i64>(file)? == 0 {
        return Ok(Vec::new());
    }
    let versions = file.applied_migrations().map_err(MigrateError::Failed)?;
    Ok(versions.into_iter().map(|version| version.to_string()).collect())
}

fn status_in_file(file: &mut SqliteConnection) -> Result<Status, MigrateError> {
    let mut unknown = taken_in_file(file)?;
    let mut steps = Vec::new();
    for step in steps_in_file()? {
        let version = step.name().version().to_string();
        steps.push(Step { name: step.name().to_string(), applied: unknown.contains(&version) });
        unknown.retain(|taken| *taken != version);
    }
    Ok(Status { steps, unknown })
}

fn up_in_file(file: &mut SqliteConnection) -> Result<Vec<Step>, MigrateError> {
    let taken = taken_in_file(file)?;
    // Creates the table that records the applied migrations.
    file.applied_migrations().map_err(MigrateError::Failed)?;
    let mut steps = Vec::new();
    for step in steps_in_file()?.iter().filter(|step| !taken.contains(&step.name().version().to_string())) {
        file.run_migration(step).map_err(MigrateError::Failed)?;
        steps.push(Step { name: step.name().to_string(), applied: true });
    }
    Ok(steps)
}

fn down_one_in_file(file: &mut SqliteConnection) -> Result<Option<Step>, MigrateError> {
    let status = status_in_file(file)?;
    if !status.unknown.is_empty() {
        return Err(MigrateError::Newer(status.unknown));
    }
    let Some(last) = status.steps.into_iter().rfind(|step| step.applied) else { return Ok(None) };
    for step in steps_in_file()?.iter().filter(|step| step.name().to_string() == last.name) {
        file.revert_migration(step).map_err(MigrateError::Failed)?;
    }
    Ok(Some(Step { applied: false, ..last }))
}
