//! Connections. Each is lent to one user at a time, and every wait for one is bounded.

mod database_file;
mod mysql;
mod replica;
pub(super) mod sqlite;
mod wal_checkpointer;

use std::time::{Duration, Instant};

use boxoffice_domain::shared::StoreError;
use boxoffice_domain::store::{UNIT_ATTEMPTS_MAX, UNIT_TIME_MAX};
use diesel::result::QueryResult;
use secrecy::SecretString;

use self::database_file::DatabaseFile;
use self::mysql::MySqlLease;
use self::replica::Replica;
use self::sqlite::{ReaderLease, SqliteReaders, SqliteWriter, WriterLease};
use super::conn::Conn;
use super::errors::{Failure, unavailable};
use super::settings::{DatabaseConfig, Location, UrlFault};

/// The pause before a small write is retried after contention. It grows with each attempt.
const PAUSE: Duration = Duration::from_millis(5);

/// How long an idle connection may take to begin a transaction, which waits for no lock. After that the connection
/// counts as dead and the transaction begins on a new one.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the server may take to roll back a unit before its connection is closed instead.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(2);

/// The largest SQLite file, in bytes, that is read completely before the program serves requests. This takes a second
/// or two on a slow disk.
const INSPECTED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The pools of one installation, named by their purpose.
pub(super) struct Pools {
    /// For units of work.
    pub(super) units: Pool,
    /// For reads that must see every committed unit.
    pub(super) reads: Pool,
    /// For reads that may lag a little. `None` without a replica.
    replica: Option<Replica>,
}

impl Pools {
    /// Opens no connection yet. Only the folder and file of an SQLite database are created.
    pub(super) fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        match config.location()? {
            Location::MySql(url) => {
                let pool = |purpose, url: &SecretString, size| {
                    Ok::<_, OpenError>(Pool {
                        purpose,
                        connections: Connections::MySql(mysql::pool(url, size, config)?),
                    })
                };
                let replica = match &config.replica_url {
                    None => None,
                    Some(url) => match Location::parse(url)? {
                        Location::MySql(url) => Some(Replica::new(pool("replica", &url, config.read_connections)?)),
                        Location::Sqlite(_) => return Err(UrlFault::ReplicaNeedsMySql.into()),
                    },
                };
                Ok(Self {
                    units: pool("units", &url, config.unit_connections)?,
                    reads: pool("reads", &url, config.read_connections)?,
                    replica,
                })
            }
            Location::Sqlite(_) if config.replica_url.is_some() => Err(UrlFault::ReplicaNeedsMySql.into()),
            Location::Sqlite(path) => {
                sqlite::create(&path).map_err(OpenError::File)?;
                let file = DatabaseFile::at(&path).map_err(OpenError::File)?;
                Ok(Self {
                    units: Pool {
                        purpose: "units",
                        connections: Connections::Writer(SqliteWriter::new(&path, config, file.clone())),
                    },
                    reads: Pool {
                        purpose: "reads",
                        connections: Connections::Readers(SqliteReaders::new(&path, config, file)),
                    },
                    replica: None,
                })
            }
        }
    }

    /// Runs a query whose result may lag a little: on the replica, or on the primary if there is no replica or it
    /// fails. Do not base a decision on the result, and do not use it to show callers a change that they have just
    /// made.
    pub(super) async fn read_lagging<T, Q>(&self, query: Q) -> Result<T, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        if let Some(replica) = &self.replica
            && let Some(found) = replica.attempt(replica.pool.read(&query)).await
        {
            return Ok(found);
        }
        self.reads.read(query).await
    }

    /// Like [`read_lagging`](Self::read_lagging), for one item that the replica may not have received yet.
    pub(super) async fn find_lagging<T, Q>(&self, query: Q) -> Result<Option<T>, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<Option<T>> + for<'c> SendQuery<'c, Option<T>>,
    {
        if let Some(replica) = &self.replica
            && let Some(Some(found)) = replica.attempt(replica.pool.read(&query)).await
        {
            return Ok(Some(found));
        }
        self.reads.read(query).await
    }

    /// Like [`find_lagging`](Self::find_lagging), for one item that several queries assemble from one snapshot.
    pub(super) async fn find_lagging_in_snapshot<T, Q>(&self, queries: Q) -> Result<Option<T>, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<Option<T>> + for<'c> SendQuery<'c, Option<T>>,
    {
        if let Some(replica) = &self.replica
            && let Some(Some(found)) = replica.attempt(replica.pool.snapshot(&queries)).await
        {
            return Ok(Some(found));
        }
        self.reads.snapshot(queries).await
    }

    /// Checks that the database responds and takes writes. A busy SQLite writer is not an error.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        match &self.units.connections {
            Connections::Writer(_) => match self.units.write(Conn::probe).await {
                Err(StoreError::Busy) => Ok(()),
                outcome => outcome,
            },
            Connections::MySql(pool) => {
                pool.check_disk_space()?;
                self.reads.read(Conn::probe).await
            }
            Connections::Readers(_) => self.reads.read(Conn::probe).await,
        }
    }

    /// Checks, before the program serves requests, that an SQLite file takes writes and, if it is small enough to read
    /// completely, that it is undamaged. A database server checks its own files.
    pub(super) async fn inspect_file(&self) -> Result<(), StoreError> {
        let Connections::Writer(writer) = &self.units.connections else { return Ok(()) };
        let file = writer.file();
        if file.bytes().map_err(unavailable)? > INSPECTED_BYTES_MAX {
            tracing::info!(
                bytes_max = INSPECTED_BYTES_MAX,
                "the database file is too large to be read completely at start"
            );
        } else if let Some(damage) = self.reads.read(Conn::first_damage).await? {
            file.note_damage(&damage);
        }
        file.check()?;
        self.check().await
    }

    /// The current usage of each pool.
    pub(super) fn usage(&self) -> Vec<PoolUsage> {
        let replica = self.replica.as_ref().map(|replica| &replica.pool);
        [Some(&self.units), Some(&self.reads), replica].into_iter().flatten().map(Pool::usage).collect()
    }
}

/// Why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The settings name no valid database.
    #[error(transparent)]
    Url(#[from] UrlFault),
    /// The file of the SQLite database can be neither found nor created.
    #[error("the database file cannot be opened")]
    File(#[source] std::io::Error),
    /// The pool's settings contradict each other.
    #[error("the pool of connections cannot be made")]
    Pool(#[source] deadpool::managed::BuildError),
}

/// A pool of connections to one database.
pub(super) struct Pool {
    /// The label in metrics.
    purpose: &'static str,
    connections: Connections,
}

enum Connections {
    MySql(mysql::MySqlPool),
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

impl Pool {
    /// Takes a connection, within the configured wait.
    pub(super) async fn get(&self) -> Result<Lease, StoreError> {
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
    pub(super) const fn is_single_writer(&self) -> bool {
        matches!(self.connections, Connections::Writer(_))
    }

    /// The current usage.
    pub(super) fn usage(&self) -> PoolUsage {
        let (size, in_use) = match &self.connections {
            Connections::MySql(pool) => pool.usage(),
            Connections::Readers(pool) => pool.usage(),
            Connections::Writer(pool) => pool.usage(),
        };
        PoolUsage { purpose: self.purpose, size, in_use }
    }

    /// Takes a connection and begins a transaction, which must end by `deadline`. A connection may have died while it
    /// was idle; the caller does not see that, because the transaction is then begun once more on a new connection.
    pub(super) async fn transaction<B>(&self, deadline: Option<Instant>, begin: B) -> Result<Lease, StoreError>
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
    pub(super) async fn read<T, Q>(&self, query: Q) -> Result<T, StoreError>
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
    pub(super) async fn snapshot<T, Q>(&self, queries: Q) -> Result<T, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let mut lease = self.transaction(None, Conn::begin_snapshot).await?;
        lease.end_by(lease.statement_deadline());
        Self::read_and_end(lease, queries).await
    }

    /// Runs queries on one snapshot that may take longer than the statement time-out and whose intermediate results may
    /// exceed memory.
    pub(super) async fn large_snapshot<T, Q>(&self, limit: Duration, queries: Q) -> Result<T, StoreError>
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
    pub(super) async fn write<T, Q>(&self, statements: Q) -> Result<T, StoreError>
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

/// A query, or several on one connection, whose future may move between threads. It only names a bound.
/// Every `async |conn| …` that keeps no thread-local value satisfies it.
pub(super) trait SendQuery<'c, T>: Send + Sync + Fn(&'c mut Conn) -> Self::Future {
    /// The future that the closure returns.
    type Future: Future<Output = QueryResult<T>> + Send;
}

impl<'c, T, Q, F> SendQuery<'c, T> for Q
where
    Q: Fn(&'c mut Conn) -> F + Send + Sync,
    F: Future<Output = QueryResult<T>> + Send,
{
    type Future = F;
}

/// A connection on loan. Dropping it returns it to the pool, which is only correct while no transaction is open.
pub(super) enum Lease {
    MySql(MySqlLease),
    Reader(ReaderLease),
    Writer(WriterLease),
}

impl Lease {
    /// Runs a query. On MySQL it is abandoned after the statement time-out. SQLite has no network that could hang.
    pub(super) async fn run<T, Q>(&mut self, query: &Q) -> Result<T, Failure>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let result = match self {
            Self::MySql(lease) => lease.run(query).await,
            Self::Reader(lease) => query(lease.conn()).await,
            Self::Writer(lease) => query(lease.conn()).await,
        };
        result.map_err(Failure).inspect_err(|failure| match self {
            Self::MySql(lease) => lease.note(failure),
            Self::Reader(lease) => lease.note(failure),
            Self::Writer(lease) => lease.note(failure),
        })
    }

    /// Rolls back the transaction. This may run past its deadline for a moment, which is cheaper than a new connection.
    pub(super) async fn undo(&mut self) -> Result<(), Failure> {
        self.end_by(Instant::now().checked_add(ROLLBACK_TIMEOUT));
        let undone = self.run(&Conn::rollback).await;
        self.end_by(None);
        undone
    }

    /// Sets the deadline of later statements. It has no effect on SQLite, which has no network that could hang.
    pub(super) const fn end_by(&mut self, deadline: Option<Instant>) {
        if let Self::MySql(lease) = self {
            lease.end_by(deadline);
        }
    }

    /// When a statement that begins now is abandoned.
    fn statement_deadline(&self) -> Option<Instant> {
        match self {
            Self::MySql(lease) => lease.statement_deadline(),
            Self::Reader(_) | Self::Writer(_) => None,
        }
    }

    /// Removes the connection from its pool and closes it, even in the middle of a statement, so that it holds no lock.
    pub(super) fn discard(self) {
        match self {
            Self::MySql(lease) => lease.discard(),
            // Readers hold no lock. The pool itself closes a reader that is in a transaction.
            Self::Reader(lease) => drop(lease),
            Self::Writer(lease) => lease.discard(),
        }
    }
}
