//! The connections of MySQL and MariaDB.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use boxoffice_domain::shared::StoreError;
use boxoffice_domain::store::UNIT_TIME_MAX;
use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, PoolError, QueueMode, RecycleError, RecycleResult, TimeoutType, WeakPool,
};
use diesel::result::{DatabaseErrorKind, Error, QueryResult};
use diesel_async::SimpleAsyncConnection;
use mysql_async::Opts;
use secrecy::SecretString;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::open_error::OpenError;
use super::query::SendQuery;
use crate::db::conn::Conn;
use crate::db::errors::{Failure, connection_error, unavailable};
use crate::db::server::{self, Peer};
use crate::db::settings::DatabaseConfig;

/// A connection is closed after it has been idle for so long, well before the server closes it. If it died earlier, the
/// first statement fails or times out, and is retried on a new connection.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// How often idle connections are checked.
const IDLE_CHECK: Duration = Duration::from_secs(1);

/// The server closes a connection after so long a silence. This also ends the transaction of a process that is frozen
/// or cut off, and no unit of work lives longer.
const SERVER_IDLE_TIMEOUT: Duration = UNIT_TIME_MAX;

/// Connections are replaced at this age, so that the load follows a change of servers.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);

/// How long the program tries to kill a discarded connection.
const KILL_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest text that one query concatenates, in bytes: the states of a range of tickets.
const LONGEST_TEXT: u32 = 1024 * 1024;

/// How long a server counts as full after a statement found no disk space. Testing it directly would require a growing table.
const FULL_FOR: Duration = Duration::from_secs(10);

/// A pool of a fixed size for one URL.
pub(in crate::db) struct MySqlPool {
    pool: deadpool::managed::Pool<MySqlManager>,
    statement_timeout: Duration,
    disk_space: Arc<DiskSpace>,
}

/// When a statement last found no disk space on the server.
#[derive(Debug, Default)]
struct DiskSpace {
    full_at: Mutex<Option<Instant>>,
}

/// The server's disk or one of its tables is full.
#[derive(Debug, thiserror::Error)]
#[error("the database server has no disk space left")]
struct ServerFull;

impl DiskSpace {
    fn mark_full(&self) {
        *self.full_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn was_full_recently(&self) -> bool {
        let full_at = *self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        full_at.is_some_and(|at| at.elapsed() < FULL_FOR)
    }
}

/// Builds a pool. Connections are opened when they are first needed.
pub(super) fn pool(url: &SecretString, size: u32, config: &DatabaseConfig) -> Result<MySqlPool, OpenError> {
    let manager = MySqlManager { options: server::options(config, url)?, timeouts: SessionTimeouts::of(config) };
    let pool = deadpool::managed::Pool::builder(manager)
        .max_size(usize::try_from(size).unwrap_or(usize::MAX))
        .wait_timeout(Some(config.wait))
        .create_timeout(Some(config.connect_timeout))
        // Connections that are no longer needed become idle, instead of all being used in rotation.
        .queue_mode(QueueMode::Lifo)
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(OpenError::Pool)?;
    close_idle(pool.weak());
    Ok(MySqlPool { pool, statement_timeout: config.statement_timeout, disk_space: Arc::default() })
}

/// Closes idle connections for as long as the pool lives.
fn close_idle(pool: WeakPool<MySqlManager>) {
    let Ok(runtime) = Handle::try_current() else { return };
    runtime.spawn(async move {
        loop {
            tokio::time::sleep(IDLE_CHECK).await;
            let Some(pool) = pool.upgrade() else { return };
            drop(pool.retain(|_, metrics| metrics.last_used() <= IDLE_MAX));
        }
    });
}

impl MySqlPool {
    pub(super) async fn get(&self) -> Result<MySqlLease, StoreError> {
        let held = self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => StoreError::Busy,
            PoolError::Backend(error) => connection_error(error),
            error => unavailable(error),
        })?;
        Ok(MySqlLease {
            held: Some(held),
            statement_timeout: self.statement_timeout,
            deadline: None,
            is_answering: false,
            disk_space: Arc::clone(&self.disk_space),
        })
    }

    /// Checks that the server has not run out of disk space recently.
    ///
    /// # Errors
    /// Returns [`StoreError::Unavailable`] for [`FULL_FOR`] after a statement found no disk space.
    pub(super) fn check_disk_space(&self) -> Result<(), StoreError> {
        if self.disk_space.was_full_recently() { Err(unavailable(ServerFull)) } else { Ok(()) }
    }

    /// The maximum number of connections, and the number in use.
    pub(super) fn usage(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.max_size, status.size.saturating_sub(status.available))
    }

    pub(super) fn forget_idle(&self) {
        drop(self.pool.retain(|_, _| false));
    }
}

/// How long the server of a session waits, in whole seconds.
struct SessionTimeouts {
    /// For a row lock, or for the metadata lock of a table that is being altered.
    lock: u64,
    /// For the next statement of a transaction, if the server distinguishes this from other silence.
    idle_transaction: u64,
}

impl SessionTimeouts {
    fn of(config: &DatabaseConfig) -> Self {
        let seconds = |duration: Duration| duration.as_secs().max(1);
        Self { lock: seconds(config.lock_timeout), idle_transaction: seconds(config.idle_transaction_timeout) }
    }
}

/// The settings of every new session: the isolation level that units of work rely on, no silent truncation of values,
/// error messages in English, the waits for locks and for the next statement. On a Galera node a transaction also waits
/// until the node has caught up with the commits of other nodes.
fn session(timeouts: &SessionTimeouts, peer: &Peer) -> String {
    let SessionTimeouts { lock, idle_transaction } = timeouts;
    let silence = SERVER_IDLE_TIMEOUT.as_secs();
    let mut session = format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SET NAMES utf8mb4 COLLATE utf8mb4_bin; \
         SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', \
         lc_messages = 'en_US', group_concat_max_len = {LONGEST_TEXT}, \
         innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock}, \
         wait_timeout = {silence}, net_read_timeout = {silence}, net_write_timeout = {silence}"
    );
    if peer.ends_idle_transactions {
        session.push_str(&format!(", idle_transaction_timeout = {idle_transaction}"));
    }
    if peer.is_galera {
        session.push_str(", wsrep_sync_wait = 1");
    }
    session
}

/// Opens and checks connections.
pub(in crate::db) struct MySqlManager {
    options: Opts,
    timeouts: SessionTimeouts,
}

/// A connection and its identity on the server.
pub(in crate::db) struct MySqlConnection {
    conn: Conn,
    peer: Peer,
}

impl Manager for MySqlManager {
    type Type = MySqlConnection;
    type Error = diesel::ConnectionError;

    async fn create(&self) -> Result<MySqlConnection, Self::Error> {
        let (mut connection, peer) = server::connect(&self.options).await?;
        let session = session(&self.timeouts, &peer);
        connection.batch_execute(&session).await.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(MySqlConnection { conn: Conn::MySql(Box::new(connection)), peer })
    }

    async fn recycle(&self, connection: &mut MySqlConnection, metrics: &Metrics) -> RecycleResult<Self::Error> {
        if connection.conn.is_broken() {
            return Err(RecycleError::message("a transaction was left open"));
        }
        if metrics.age() > MAX_AGE {
            return Err(RecycleError::message("old"));
        }
        if metrics.last_used() > IDLE_MAX {
            return Err(RecycleError::message("idle for so long that the server may have closed it"));
        }
        Ok(())
    }
}

/// A connection on loan. It returns to the pool only if every statement has been answered completely. Otherwise the
/// next user would receive the answer to an abandoned statement.
pub(in crate::db) struct MySqlLease {
    /// `None` only while the lease is being dropped.
    held: Option<Object<MySqlManager>>,
    statement_timeout: Duration,
    /// When its unit of work must end.
    deadline: Option<Instant>,
    /// Whether a statement is running or was abandoned.
    is_answering: bool,
    disk_space: Arc<DiskSpace>,
}

impl MySqlLease {
    /// Sets the time limit of later statements.
    pub(super) const fn allow(&mut self, statement_timeout: Duration) {
        self.statement_timeout = statement_timeout;
    }

    /// When a statement that begins now is abandoned.
    pub(super) fn statement_deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.statement_timeout)
    }

    /// Sets the deadline of later statements.
    pub(super) const fn end_by(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Runs a query, which is abandoned after the statement time-out or at the deadline. The connection runs no query
    /// after an abandoned one.
    pub(super) async fn run<T, Q>(&mut self, query: &Q) -> QueryResult<T>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let until_deadline = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let allowed = until_deadline.map_or(self.statement_timeout, |left| left.min(self.statement_timeout));
        let Some(held) = self.held.as_mut().filter(|_| !self.is_answering) else {
            return Err(timed_out());
        };
        self.is_answering = true;
        let answer = timeout(allowed, query(&mut held.conn)).await.map_err(|_| timed_out())?;
        self.is_answering = false;
        answer
    }

    /// Records why a statement failed.
    pub(super) fn note(&self, failure: &Failure) {
        if failure.tells_of_full_disk() {
            self.disk_space.mark_full();
        }
    }

    /// Removes the connection from its pool and closes it.
    pub(super) fn discard(mut self) {
        self.is_answering = true;
    }
}

impl Drop for MySqlLease {
    fn drop(&mut self) {
        if let Some(held) = self.held.take()
            && self.is_answering
        {
            let options = Object::pool(&held).map(|pool| pool.manager().options.clone());
            kill(Object::take(held), options);
        }
    }
}

fn timed_out() -> Error {
    Error::DatabaseError(
        DatabaseErrorKind::UnableToSendCommand,
        Box::new("the database did not answer within the statement time-out".to_owned()),
    )
}

/// Closes a connection, even in the middle of a statement. Closing it alone waits for the answer to a running
/// statement, or never reaches a server that is cut off, and the server holds the locks for that long. Therefore a
/// second connection tells the server to kill the first, with its statement and transaction. If the server cannot be
/// reached, it closes the connection itself after a silence of [`SERVER_IDLE_TIMEOUT`].
fn kill(connection: MySqlConnection, options: Option<Opts>) {
    let MySqlConnection { conn, peer } = connection;
    // The driver sends its quit packet from a task of its own.
    drop(conn);
    if let (Ok(runtime), Some(options)) = (Handle::try_current(), options) {
        runtime.spawn(async move {
            if !matches!(timeout(KILL_TIMEOUT, peer.kill(&options)).await, Ok(Ok(()))) {
                tracing::debug!("a discarded connection could not be ended; it is most likely closed already");
            }
        });
    }
}
