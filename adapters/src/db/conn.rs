//! A connection to either database, and the macro that runs a query on it.

use std::time::Duration;

use diesel::SqliteConnection;
use diesel::connection::AnsiTransactionManager as SyncTransactions;
use diesel::dsl::sql;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, select, sql_query};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection,
    TransactionManager,
};

/// SQLite behind diesel-async: each statement runs on a blocking thread.
pub(super) type Sqlite = SyncConnectionWrapper<SqliteConnection>;

/// A connection to the configured database.
pub(super) enum Conn {
    MySql(Box<AsyncMysqlConnection>),
    Sqlite(Sqlite),
}

/// Runs one query on a connection of either kind: `on_conn!(conn, |c| query.load(c).await)`.
macro_rules! on_conn {
    ($conn:expr, |$c:ident| $query:expr) => {
        match $conn {
            $crate::db::conn::Conn::MySql(inner) => {
                let $c = &mut **inner;
                $query
            }
            $crate::db::conn::Conn::Sqlite($c) => $query,
        }
    };
}
pub(super) use on_conn;

/// Starts a snapshot on MySQL. It lasts until the end of the transaction and does not show later commits.
const MYSQL_SNAPSHOT: &str =
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// Writes one page without a change. It fails on a full disk and on a read-only file.
const SQLITE_PROBE: &str = "PRAGMA user_version = 0";

/// The server's time in microseconds UTC, independent of the session's time zone.
const MYSQL_TIME: &str = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";

/// A write that meets no row.
const MYSQL_PROBE: &str = "UPDATE event_consumers SET leased_until = 0 WHERE consumer = 'no such consumer'";

/// SQLite's result for an undamaged file.
const SOUND: &str = "ok";

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

impl Conn {
    /// Begins a transaction that writes. SQLite takes its only write lock here. Taking it later, after a read, fails if
    /// another connection has written in between.
    pub(super) async fn begin(&mut self) -> QueryResult<()> {
        match self {
            Self::MySql(c) => AnsiTransactionManager::begin_transaction(&mut **c).await,
            Self::Sqlite(c) => {
                c.spawn_blocking(|c| SyncTransactions::begin_transaction_sql(c, "BEGIN IMMEDIATE")).await
            }
        }
    }

    /// Sets how long SQLite waits for the write lock of another process. On a server the session's settings do this.
    pub(super) async fn set_lock_wait(&mut self, wait: Duration) -> QueryResult<()> {
        match self {
            Self::MySql(_) => Ok(()),
            Self::Sqlite(c) => c.batch_execute(&format!("PRAGMA busy_timeout = {}", wait.as_millis())).await,
        }
    }

    /// Begins a transaction in which every statement reads the same state.
    pub(super) async fn begin_snapshot(&mut self) -> QueryResult<()> {
        match self {
            Self::MySql(c) => AnsiTransactionManager::begin_transaction_sql(&mut **c, MYSQL_SNAPSHOT).await,
            Self::Sqlite(c) => c.spawn_blocking(|c| SyncTransactions::begin_transaction_sql(c, "BEGIN")).await,
        }
    }

    /// Begins a snapshot for queries whose intermediate results may be large: SQLite moves what its cache cannot hold
    /// to a file. The connection keeps this setting, which has no effect on small queries.
    pub(super) async fn begin_large_snapshot(&mut self) -> QueryResult<()> {
        if let Self::Sqlite(c) = self {
            c.batch_execute("PRAGMA temp_store = FILE").await?;
        }
        self.begin_snapshot().await
    }

    pub(super) async fn commit(&mut self) -> QueryResult<()> {
        on_conn!(self, |c| commit(c).await)
    }

    pub(super) async fn rollback(&mut self) -> QueryResult<()> {
        on_conn!(self, |c| rollback(c).await)
    }

    /// Runs one round trip that changes nothing. It fails if the database is unreachable, currently takes no writes, or
    /// has lost its cluster.
    pub(super) async fn probe(&mut self) -> QueryResult<()> {
        match self {
            Self::MySql(c) => c.batch_execute(MYSQL_PROBE).await,
            Self::Sqlite(c) => c.batch_execute(SQLITE_PROBE).await,
        }
    }

    /// The server's current time, in microseconds UTC. `None` on SQLite, which has no clock of its own.
    pub(super) async fn time(&mut self) -> QueryResult<Option<i64>> {
        match self {
            Self::MySql(c) => select(sql::<BigInt>(MYSQL_TIME)).get_result(&mut **c).await.map(Some),
            Self::Sqlite(_) => Ok(None),
        }
    }

    /// Reads SQLite's whole file and returns the first damage found in its pages.
    pub(super) async fn first_damage(&mut self) -> QueryResult<Option<String>> {
        match self {
            Self::MySql(_) => Ok(None),
            Self::Sqlite(c) => {
                let finding: Finding = sql_query("PRAGMA quick_check(1)").get_result(c).await?;
                Ok((finding.quick_check != SOUND).then_some(finding.quick_check))
            }
        }
    }

    /// Whether a transaction is still open or in an unknown state.
    pub(super) fn is_broken(&mut self) -> bool {
        on_conn!(self, |c| is_broken(c))
    }
}

async fn commit<C: AsyncConnection>(c: &mut C) -> QueryResult<()> {
    C::TransactionManager::commit_transaction(c).await
}

async fn rollback<C: AsyncConnection>(c: &mut C) -> QueryResult<()> {
    C::TransactionManager::rollback_transaction(c).await
}

fn is_broken<C: AsyncConnection>(c: &mut C) -> bool {
    C::TransactionManager::is_broken_transaction_manager(c)
}
