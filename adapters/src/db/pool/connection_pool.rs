//! A pool of connections to one database, of either kind.

use std::time::{Duration, Instant};

use boxoffice_domain::shared::StoreError;
use boxoffice_domain::store::{UNIT_ATTEMPTS_MAX, UNIT_TIME_MAX};
use diesel::result::QueryResult;

use super::lease::Lease;
use super::mysql::MySqlPool;
use super::query::SendQuery;
use super::sqlite::{SqliteReaders, SqliteWriter};
use crate::db::conn::Conn;
use crate::db::errors::{Failure, unavailable};

/// The pause before a small write is retried after contention. It grows with each attempt.
const PAUSE: Duration = Duration::from_millis(5);

/// How long an idle connection may take to begin a transaction, which waits for no lock. After that the connection
/// counts as dead and the transaction begins on a new one.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(2);

/// A pool of connections to one database.
pub(in crate::db) struct ConnectionPool {
    /// The label in metrics.
    pub(super) purpose: &'static str,
    pub(super) connections: Connections,
}

pub(super) enum Connections {
    MySql(MySqlPool),
    Readers(SqliteReaders),
    Writer(SqliteWriter),
}

/// The usage of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    /// The purpose of its connections: `units`, `reads` or `replica`.
    pub purpose: &'static str,
    /// The maximum number of connections.
    pub size: usize,
    /// The number of connections in use.
    pub in_use: usize,
}

impl ConnectionPool {
    /// Takes a connection, within the configured wait.
    pub(in crate::db) async fn get(&self) -> Result<Lease, StoreError> {
        let asked_at = Instant::now();
        let lease = self.lease().await;
        metrics::histogram!("boxoffice_pool_wait_seconds", "pool" => self.purpose).record(asked_at.elapsed());
        if matches!(lease, Err(StoreError::Busy)) {
            metrics::counter!("boxoffice_pool_refusals_total", "pool" => self.purpose).increment(1);
        }
        lease
    }

    async fn lease(&self) -> Result<Lease, StoreError> {
        match &self.connections {
            Connections::MySql(pool) => Ok(Lease::MySql(pool.get().await?)),
            Connections::Readers(pool) => Ok(Lease::Reader(pool.get().await?)),
            Connections::Writer(pool) => Ok(Lease::Writer(pool.get().await?)),
        }
    }

    /// Whether the pool lends only one connection at a time.
    pub(in crate::db) const fn is_single_writer(&self) -> bool {
        matches!(self.connections, Connections::Writer(_))
    }

    /// The current usage.
    pub(in crate::db) fn usage(&self) -> PoolUsage {
        let (size, in_use) = match &self.connections {
            Connections::MySql(pool) => pool.usage(),
            Connections::Readers(pool) => pool.usage(),
            Connections::Writer(pool) => pool.usage(),
        };
        PoolUsage { purpose: self.purpose, size, in_use }
    }

    /// Takes a connection and begins a transaction, which must end by `deadline`. A connection may have died while it
    /// was idle; the caller does not see that, because the transaction is then begun once more on a new connection.
    pub(in crate::db) async fn transaction<B>(&self, deadline: Option<Instant>, begin: B) -> Result<Lease, StoreError>
    where
        B: AsyncFn(&mut Conn) -> QueryResult<()> + for<'c> SendQuery<'c, ()>,
    {
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(StoreError::Busy);
        }
        let asked_at = Instant::now();
        let mut lease = self.get().await?;
        if let Lease::Writer(lease) = &mut lease {
            lease.waited(asked_at.elapsed()).await?;
        }
        let soon = Instant::now().checked_add(BEGIN_TIMEOUT);
        lease.end_by(soon.into_iter().chain(deadline).min());
        let outcome = lease.run(&begin).await;
        if let Lease::Writer(lease) = &lease {
            lease.began(&outcome);
        }
        let Err(failure) = outcome else {
            lease.end_by(deadline);
            return Ok(lease);
        };
        lease.discard();
        let error = self.error_without_locks(failure);
        if !matches!(error, StoreError::Unavailable(_)) {
            return Err(error);
        }
        self.forget_idle();
        let mut lease = self.get().await?;
        lease.end_by(deadline);
        match lease.run(&begin).await {
            Ok(()) => Ok(lease),
            Err(failure) => {
                lease.discard();
                Err(self.error_without_locks(failure))
            }
        }
    }

    /// Converts the failure to begin a transaction, or of a query that changes nothing. Neither waits for the locks of
    /// other units. On SQLite contention means that another process has been writing for the whole wait, and a retry
    /// would double the wait. A Galera node reports the same error when it cannot catch up with its cluster.
    fn error_without_locks(&self, failure: Failure) -> StoreError {
        match &self.connections {
            _ if !failure.is_contention() => failure.into(),
            Connections::MySql(_) => unavailable(failure.0),
            Connections::Readers(_) | Connections::Writer(_) => StoreError::Busy,
        }
    }

    /// Runs a query that changes nothing, and once more on a new connection if the first one is dead. Both attempts
    /// together take no longer than the statement time-out.
    pub(in crate::db) async fn read<T, Q>(&self, query: Q) -> Result<T, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let mut lease = self.get().await?;
        let deadline = lease.statement_deadline();
        let error = match lease.run(&query).await {
            Ok(found) => return Ok(found),
            Err(failure) => self.error_without_locks(failure),
        };
        if !matches!(error, StoreError::Unavailable(_)) {
            return Err(error);
        }
        lease.discard();
        self.forget_idle();
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(error);
        }
        let mut lease = self.get().await?;
        lease.end_by(deadline);
        lease.run(&query).await.map_err(|failure| {
            lease.discard();
            self.error_without_locks(failure)
        })
    }

    /// Runs queries on one snapshot. Together they take no longer than the statement time-out.
    pub(in crate::db) async fn snapshot<T, Q>(&self, queries: Q) -> Result<T, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let mut lease = self.transaction(None, Conn::begin_snapshot).await?;
        lease.end_by(lease.statement_deadline());
        Self::read_and_end(lease, queries).await
    }

    /// Runs queries on one snapshot that may take longer than the statement time-out and whose intermediate results may
    /// exceed memory.
    pub(in crate::db) async fn large_snapshot<T, Q>(&self, limit: Duration, queries: Q) -> Result<T, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let mut lease = self.transaction(None, Conn::begin_large_snapshot).await?;
        if let Lease::MySql(lease) = &mut lease {
            lease.allow(limit);
        }
        Self::read_and_end(lease, queries).await
    }

    async fn read_and_end<T, Q>(mut lease: Lease, queries: Q) -> Result<T, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let found = lease.run(&queries).await;
        if lease.undo().await.is_err() {
            lease.discard();
        }
        Ok(found?)
    }

    /// Runs statements in one transaction, and retries them from the start after contention. A violated unique key
    /// counts as contention, because these statements insert only rows that they have just found missing.
    pub(in crate::db) async fn write<T, Q>(&self, statements: Q) -> Result<T, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let deadline = Instant::now().checked_add(UNIT_TIME_MAX);
        let mut attempt = 1;
        loop {
            let mut lease = self.transaction(deadline, Conn::begin).await?;
            let failure = match lease.run(&statements).await {
                Ok(value) => match lease.run(&Conn::commit).await {
                    Ok(()) => return Ok(value),
                    Err(failure) => {
                        lease.discard();
                        failure
                    }
                },
                Err(failure) => {
                    if failure.is_lost_connection() || lease.undo().await.is_err() {
                        lease.discard();
                    }
                    failure
                }
            };
            let raced = failure.violates_uniqueness();
            let error = if raced { StoreError::Contention } else { failure.into() };
            if !error.is_contention() || attempt >= UNIT_ATTEMPTS_MAX {
                return Err(error);
            }
            tokio::time::sleep(PAUSE.saturating_mul(attempt)).await;
            attempt += 1;
        }
    }

    /// Closes all idle connections: after one was found dead, the others are dead too.
    fn forget_idle(&self) {
        if let Connections::MySql(pool) = &self.connections {
            pool.forget_idle();
        }
    }
}
