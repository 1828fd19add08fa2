//! Connections, handed out one at a time and never waited for without a bound.

mod database_file;
mod log_keeper;
mod mysql;
mod replica;
pub(super) mod sqlite;

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

/// The pause before a small write that lost is run again; longer each time.
const PAUSE: Duration = Duration::from_millis(5);

/// How long a connection that lay idle may take to begin a transaction, which waits for nothing. After that it is taken
/// for dead and the transaction begins on a new one.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the server may take to undo a unit before its connection is closed instead.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(2);

/// The largest SQLite file, in bytes, that is read through before anything is served: this takes a second or two where
/// the disk is slow.
const INSPECTED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The pools of one installation, named by what they are for.
pub(super) struct Pools {
    /// For units of work.
    pub(super) units: Pool,
    /// For reads that must see every committed unit.
    pub(super) reads: Pool,
    /// For reads that may lag a little, where there is one.
    replica: Option<Replica>,
}

impl Pools {
    /// Opens no connection yet, apart from creating the folder and the file of an SQLite database.
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

    /// Runs a query whose answer may be a little old: on the replica, or on the primary where there is none or it does
    /// not answer. Nothing may be decided by it, and nobody may look there for what they have just done themselves.
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

    /// The same for one thing, which the replica may not have heard of yet.
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

    /// The same for one thing that is put together by several queries, which all read the same state.
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

    /// Whether the database answers and takes writes. The one writer of SQLite being busy is no fault of the database.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        match &self.units.connections {
            Connections::Writer(_) => match self.units.write(Conn::probe).await {
                Err(StoreError::Busy) => Ok(()),
                outcome => outcome,
            },
            Connections::MySql(pool) => {
                pool.check_room()?;
                self.reads.read(Conn::probe).await
            }
            Connections::Readers(_) => self.reads.read(Conn::probe).await,
        }
    }

    /// Before anything is served: whether an SQLite file takes writes, and whether it is sound if it is small enough to
    /// be read through. A server looks after its files itself.
    pub(super) async fn inspect_file(&self) -> Result<(), StoreError> {
        let Connections::Writer(writer) = &self.units.connections else { return Ok(()) };
        let file = writer.file();
        if file.bytes().map_err(unavailable)? > INSPECTED_BYTES_MAX {
            tracing::info!(
                bytes_max = INSPECTED_BYTES_MAX,
                "the database file is too large to be read through at start"
            );
        } else if let Some(damage) = self.reads.read(Conn::first_damage).await? {
            file.note_damage(&damage);
        }
        file.check()?;
        self.check().await
    }

    /// How busy each pool is.
    pub(super) fn usage(&self) -> Vec<PoolUsage> {
        let replica = self.replica.as_ref().map(|replica| &replica.pool);
        [Some(&self.units), Some(&self.reads), replica].into_iter().flatten().map(Pool::usage).collect()
    }
}

/// Why the database cannot even be tried.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The settings point to no database.
    #[error(transparent)]
    Url(#[from] UrlFault),
    /// The file of the SQLite database can be neither found nor made.
    #[error("the database file cannot be opened")]
    File(#[source] std::io::Error),
    /// The pool's settings contradict each other.
    #[error("the pool of connections cannot be made")]
    Pool(#[source] deadpool::managed::BuildError),
}

/// A pool of connections to one database.
pub(super) struct Pool {
    /// Its label in metrics.
    purpose: &'static str,
    connections: Connections,
}

enum Connections {
    MySql(mysql::MySqlPool),
    Readers(SqliteReaders),
    Writer(SqliteWriter),
}

/// How busy a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    /// What its connections are for: `units`, `reads` or `replica`.
    pub purpose: &'static str,
    /// The most connections it makes.
    pub size: usize,
    /// Those that somebody uses at the moment.
    pub in_use: usize,
}

impl Pool {
    /// A connection, within the wait that the settings allow.
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

    /// Whether it lends to one at a time.
    pub(super) const fn is_single_writer(&self) -> bool {
        matches!(self.connections, Connections::Writer(_))
    }

    /// How busy it is.
    pub(super) fn usage(&self) -> PoolUsage {
        let (size, in_use) = match &self.connections {
            Connections::MySql(pool) => pool.usage(),
            Connections::Readers(pool) => pool.usage(),
            Connections::Writer(pool) => pool.usage(),
        };
        PoolUsage { purpose: self.purpose, size, in_use }
    }

    /// A connection in a transaction that `begin` begins and that has to be done at `deadline`. A connection that died
    /// while it lay idle is not the caller's fault, so this is tried once more, on a new one.
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

    /// What it means that a transaction could not begin, or that a query failed that changes nothing. Neither waits for
    /// what other units hold. On SQLite another process has been writing for as long as anybody waits for it, and to try
    /// again would double the wait; a node of Galera says the same when it cannot catch up with its cluster.
    fn error_without_locks(&self, failure: Failure) -> StoreError {
        match &self.connections {
            _ if !failure.is_contention() => failure.into(),
            Connections::MySql(_) => unavailable(failure.0),
            Connections::Readers(_) | Connections::Writer(_) => StoreError::Busy,
        }
    }

    /// Runs a query that changes nothing, and once more on a new connection when the first one turns out dead; both
    /// together take no longer than one statement may.
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

    /// Runs queries that all read the same state; all together take no longer than one statement may.
    pub(super) async fn snapshot<T, Q>(&self, queries: Q) -> Result<T, StoreError>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let mut lease = self.transaction(None, Conn::begin_snapshot).await?;
        lease.end_by(lease.statement_deadline());
        Self::read_and_end(lease, queries).await
    }

    /// Runs queries that all read the same state, may take longer than the statement time-out, and put together more than
    /// fits into memory.
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

    /// Runs statements in one transaction of their own, and again from the start when others were faster; also when a
    /// row was there already, for the statements given here write only what was not there when they looked.
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

    /// Closes the connections that nobody uses: when one was found dead, the others are too.
    fn forget_idle(&self) {
        if let Connections::MySql(pool) = &self.connections {
            pool.forget_idle();
        }
    }
}

/// A query, or a few on one connection, whose future may move between threads. Only a name for a bound: every
/// `async |conn| …` that keeps nothing back from other threads is one.
pub(super) trait SendQuery<'c, T>: Send + Sync + Fn(&'c mut Conn) -> Self::Future {
    /// What the closure returns.
    type Future: Future<Output = QueryResult<T>> + Send;
}

impl<'c, T, Q, F> SendQuery<'c, T> for Q
where
    Q: Fn(&'c mut Conn) -> F + Send + Sync,
    F: Future<Output = QueryResult<T>> + Send,
{
    type Future = F;
}

/// A connection on loan. Dropping it gives it back; that is only right when no transaction is open.
pub(super) enum Lease {
    MySql(MySqlLease),
    Reader(ReaderLease),
    Writer(WriterLease),
}

impl Lease {
    /// Runs a query. On MySQL it is given up after the statement time-out; SQLite has no network to hang on.
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

    /// Undoes the transaction. This may take a moment beyond its deadline, which is cheaper than a new connection.
    pub(super) async fn undo(&mut self) -> Result<(), Failure> {
        self.end_by(Instant::now().checked_add(ROLLBACK_TIMEOUT));
        let undone = self.run(&Conn::rollback).await;
        self.end_by(None);
        undone
    }

    /// From now on no statement may take longer than until then; SQLite has no network to hang on.
    pub(super) const fn end_by(&mut self, deadline: Option<Instant>) {
        if let Self::MySql(lease) = self {
            lease.end_by(deadline);
        }
    }

    /// When a statement that begins now is given up.
    fn statement_deadline(&self) -> Option<Instant> {
        match self {
            Self::MySql(lease) => lease.statement_deadline(),
            Self::Reader(_) | Self::Writer(_) => None,
        }
    }

    /// Takes the connection out of its pool and closes it, whatever it was doing, so that it holds no lock.
    pub(super) fn discard(self) {
        match self {
            Self::MySql(lease) => lease.discard(),
            // Readers hold no lock; the pool itself closes one that is in a transaction.
            Self::Reader(lease) => drop(lease),
            Self::Writer(lease) => lease.discard(),
        }
    }
}
