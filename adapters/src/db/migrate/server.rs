//! Migrations on MySQL and MariaDB, where each schema statement commits by itself. A process that is killed can leave a
//! migration that is applied and not recorded. Every migration can run again: when the server refuses to create an
//! object twice, the server's catalogue shows whether the migration is already applied.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Integer, Nullable, Text};
use diesel::{select, sql_query};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};
use rust_embed::RustEmbed;
use secrecy::SecretString;

use super::catalogue::Results;
use super::{MigrateError, Status, Step};
use crate::db::errors::store_error;
use crate::db::server;
use crate::db::settings::DatabaseConfig;

/// How long a process waits while another one migrates the same database, in seconds.
const LOCK_TIMEOUT_SECONDS: i32 = 120;

/// How long a migration waits for a table that is in use, in seconds. Later statements on that table queue behind the
/// migration, so it gives up soon and is retried.
const TABLE_TIMEOUT_SECONDS: u32 = 3;

/// The pause before a migration is retried, in which other statements can proceed.
const TABLE_PAUSE: Duration = Duration::from_secs(5);

/// How long a migration is retried before it fails.
const STEP_TIME_MAX: Duration = Duration::from_secs(15 * 60);

/// The server closes the connection of a migrating process that is idle for so long, in seconds.
const IDLE_TIMEOUT_SECONDS: u32 = 60;

/// The table that records the applied migrations, as Diesel names it.
const APPLIED_TABLE: &str = "__diesel_schema_migrations";

#[derive(RustEmbed)]
#[folder = "../migrations/mysql"]
struct Folder;

/// A migration with its statements.
struct Migration {
    name: String,
    /// What the table of applied migrations holds: the digits of the timestamp.
    version: String,
    up: String,
    down: String,
}

/// Whether to apply or to revert a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

#[derive(QueryableByName)]
struct AppliedRow {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Every migration in order.
fn migrations() -> Vec<Migration> {
    let text = |name: &str, file: &str| {
        let file = Folder::get(&format!("{name}/{file}"));
        file.map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default()
    };
    let names: BTreeSet<String> = Folder::iter()
        .filter_map(|path: Cow<'static, str>| path.split_once('/').map(|(name, _)| name.to_owned()))
        .collect();
    let migration = |name: String| {
        let stamp = name.split('_').next().unwrap_or_default();
        Migration { version: stamp.replace('-', ""), up: text(&name, "up.sql"), down: text(&name, "down.sql"), name }
    };
    names.into_iter().map(migration).collect()
}

/// Applies every migration that is not applied yet.
pub(super) async fn up(config: &DatabaseConfig, url: &SecretString) -> Result<Vec<Step>, MigrateError> {
    let mut connection = connect(config, url).await?;
    let mut taken = Vec::new();
    let is_complete = missing(&noted(&mut connection).await?).next().is_none();
    if is_complete && half_taken_back(&mut connection).await?.is_none() {
        return Ok(taken);
    }
    lock(&mut connection).await?;
    connection
        .batch_execute(&format!(
            "CREATE TABLE IF NOT EXISTS {APPLIED_TABLE} (version VARCHAR(50) NOT NULL PRIMARY KEY, \
                run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"
        ))
        .await?;
    if let Some(step) = half_taken_back(&mut connection).await? {
        tracing::warn!(step = step.name, "a migration is reverted but still recorded; it is applied again");
        let statement = sql_query(format!("DELETE FROM {APPLIED_TABLE} WHERE version = ?"));
        statement.bind::<Text, _>(&step.version).execute(&mut connection).await?;
    }
    for migration in missing(&noted(&mut connection).await?) {
        if take(&mut connection, &migration, Direction::Up).await? {
            taken.push(Step { name: migration.name, applied: true });
        }
    }
    Ok(taken)
}

/// Reverts the last migration.
pub(super) async fn down_one(config: &DatabaseConfig, url: &SecretString) -> Result<Option<Step>, MigrateError> {
    let mut connection = connect(config, url).await?;
    lock(&mut connection).await?;
    let applied_rows = noted(&mut connection).await?;
    let unknown = unknown(&applied_rows);
    if !unknown.is_empty() {
        return Err(MigrateError::Newer(unknown));
    }
    let Some(last) = migrations().into_iter().rfind(|migration| applied_rows.contains(&migration.version)) else {
        return Ok(None);
    };
    take(&mut connection, &last, Direction::Down).await?;
    Ok(Some(Step { name: last.name, applied: false }))
}

/// The last migration if it is recorded although it is reverted. A process that was killed in between left the record,
/// and the program would use objects that do not exist.
async fn half_taken_back(connection: &mut AsyncMysqlConnection) -> Result<Option<Migration>, MigrateError> {
    let applied_rows = noted(connection).await?;
    let mut taken: Vec<Migration> =
        migrations().into_iter().take_while(|step| applied_rows.contains(&step.version)).collect();
    // Behind a gap, the last record does not show what was done last.
    if taken.len() != applied_rows.len() {
        return Ok(None);
    }
    let Some(last) = taken.pop() else { return Ok(None) };
    let Some(results) = Results::of(&last.down) else { return Ok(None) };
    Ok(results.are_in_catalogue(connection).await?.then_some(last))
}

/// Every migration, and the recorded versions that this program does not know. Changes nothing.
pub(super) async fn status(config: &DatabaseConfig, url: &SecretString) -> Result<Status, MigrateError> {
    let applied_rows = noted(&mut connect(config, url).await?).await?;
    let step = |migration: Migration| Step { applied: applied_rows.contains(&migration.version), name: migration.name };
    Ok(Status { steps: migrations().into_iter().map(step).collect(), unknown: unknown(&applied_rows) })
}

fn missing(applied_rows: &BTreeSet<String>) -> impl Iterator<Item = Migration> {
    migrations().into_iter().filter(|migration| !applied_rows.contains(&migration.version))
}

fn unknown(applied_rows: &BTreeSet<String>) -> Vec<String> {
    let known: BTreeSet<String> = migrations().into_iter().map(|migration| migration.version).collect();
    applied_rows.difference(&known).cloned().collect()
}

async fn connect(config: &DatabaseConfig, url: &SecretString) -> Result<AsyncMysqlConnection, MigrateError> {
    let (mut connection, peer) = server::connect(&server::options(config, url)?).await?;
    connection
        .batch_execute(&format!(
            "SET SESSION lc_messages = 'en_US', lock_wait_timeout = {TABLE_TIMEOUT_SECONDS}, \
                innodb_lock_wait_timeout = {TABLE_TIMEOUT_SECONDS}, wait_timeout = {IDLE_TIMEOUT_SECONDS}"
        ))
        .await?;
    if peer.is_galera {
        connection.batch_execute("SET SESSION wsrep_sync_wait = 1").await?;
    }
    Ok(connection)
}

/// Serialises processes that migrate the same database through one server. The lock ends with the connection. Processes
/// on different nodes of a cluster, or on a server without named locks, collide in their migrations and check the
/// catalogue again.
async fn lock(connection: &mut AsyncMysqlConnection) -> Result<(), MigrateError> {
    let lock = format!("GET_LOCK(CONCAT('boxoffice ', LEFT(SHA2(DATABASE(), 256), 40)), {LOCK_TIMEOUT_SECONDS})");
    match select(sql::<Nullable<Integer>>(&lock)).get_result::<Option<i32>>(connection).await {
        Ok(Some(1)) => Ok(()),
        Ok(_) => Err(MigrateError::Locked),
        Err(error) => {
            tracing::debug!(%error, "the server has no named locks");
            Ok(())
        }
    }
}

/// The versions of the applied migrations. Does not create the table, because the account may lack that privilege.
async fn noted(connection: &mut AsyncMysqlConnection) -> Result<BTreeSet<String>, MigrateError> {
    let exists = Results::of_table(APPLIED_TABLE).are_in_catalogue(connection).await?;
    if !exists {
        return Ok(BTreeSet::new());
    }
    let applied_rows: Vec<AppliedRow> =
        sql_query(format!("SELECT version FROM {APPLIED_TABLE}")).load(connection).await?;
    Ok(applied_rows.into_iter().map(|statement| statement.version).collect())
}

/// Applies or reverts a migration and records it. Returns whether this process did so.
async fn take(
    connection: &mut AsyncMysqlConnection,
    migration: &Migration,
    direction: Direction,
) -> Result<bool, MigrateError> {
    let begun_at = Instant::now();
    let failed = |error: Error| MigrateError::Failed(format!("{}: {error}", migration.name).into());
    loop {
        let error = match run(connection, migration, direction).await {
            Ok(()) => return Ok(true),
            Err(error) => error,
        };
        let is_noted = noted(connection).await?.contains(&migration.version);
        if is_noted == (direction == Direction::Up) {
            return Ok(false);
        }
        if !store_error_is_contention(&error) || begun_at.elapsed() > STEP_TIME_MAX {
            return Err(failed(error));
        }
        tracing::warn!(
            step = migration.name,
            %error,
            retry_in_seconds = TABLE_PAUSE.as_secs(),
            "a migration gave up waiting for a table and is retried"
        );
        tokio::time::sleep(TABLE_PAUSE).await;
    }
}

fn store_error_is_contention(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => {
            store_error(Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(info.message().to_owned())))
                .is_contention()
        }
        _ => false,
    }
}

async fn run(connection: &mut AsyncMysqlConnection, migration: &Migration, direction: Direction) -> Result<(), Error> {
    let statements = match direction {
        Direction::Up => &migration.up,
        Direction::Down => &migration.down,
    };
    if let Err(error) = connection.batch_execute(statements).await {
        let is_done = match Results::of(statements) {
            Some(results) => results.are_in_catalogue(connection).await?,
            None => false,
        };
        if store_error_is_contention(&error) || !is_done {
            return Err(error);
        }
        tracing::info!(step = migration.name, %error, "a migration was already applied, and is recorded now");
    }
    let version = &migration.version;
    let statement = match direction {
        Direction::Up => sql_query(format!("INSERT INTO {APPLIED_TABLE} (version) VALUES (?)")),
        Direction::Down => sql_query(format!("DELETE FROM {APPLIED_TABLE} WHERE version = ?")),
    };
    statement.bind::<Text, _>(version).execute(connection).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::migrations;
    use crate::db::migrate::catalogue::Results;

    /// A killed process must be able to start again in the middle.
    #[test]
    fn each_migration_is_one_statement_that_can_run_again() {
        let migrations = migrations();
        assert!(migrations.len() > 20);
        for migration in migrations {
            for text in [&migration.up, &migration.down] {
                let code: String = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
                assert_eq!(code.matches(';').count(), 1, "{} has not one statement", migration.name);
                let changes_rows =
                    ["INSERT IGNORE ", "UPDATE ", "DELETE "].iter().any(|words| code.trim_start().starts_with(words));
                let changes_columns = code.contains(" MODIFY ") && !code.contains(" ADD ") && !code.contains(" DROP ");
                assert!(
                    changes_rows || changes_columns || Results::of(text).is_some(),
                    "{}: the catalogue cannot show whether it is applied: {text}",
                    migration.name
                );
            }
            assert_eq!(migration.version.len(), 14, "{}", migration.name);
        }
    }
}
