//! MySQL's and MariaDB's connections.

use std::time::Duration;

use boxoffice_domain::shared::StoreError;
use deadpool::Runtime;
use deadpool::managed::{Manager, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType};
use diesel::result::{DatabaseErrorKind, Error, QueryResult};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::{OpenError, SendQuery};
use crate::db::conn::Conn;
use crate::db::errors::{connection_error, unavailable};
use crate::db::settings::DatabaseConfig;

/// A connection that lay idle for longer than this is asked whether it lives before it is handed out. One that died
/// sooner, with its server, says so to the first statement, which is tried again on a new one; one whose network died
/// says nothing, and is found out here in less time than a statement may take.
const IDLE_BEFORE_PING: Duration = Duration::from_secs(5);

/// Connections are replaced at this age, so that the load follows a change of servers.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);

/// How long the emergency exit tries to interrupt a statement.
const KILL_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest text that one query puts together, in bytes: the states of a range of tickets.
const LONGEST_TEXT: u32 = 1024 * 1024;

/// How soon the operating system begins to probe a silent connection, in milliseconds.
const TCP_KEEPALIVE: &str = "tcp_keepalive=10000";

/// A pool of one size for one URL.
pub(in crate::db) struct MySqlPool {
    pool: deadpool::managed::Pool<MySqlManager>,
    statement_timeout: Duration,
}

/// Builds a pool; connections are made when they are first needed.
pub(super) fn pool(url: &SecretString, size: u32, config: &DatabaseConfig) -> Result<MySqlPool, OpenError> {
    let manager = MySqlManager { url: with_keepalive(url), session: session(config.lock_timeout) };
    let pool = deadpool::managed::Pool::builder(manager)
        .max_size(usize::try_from(size).unwrap_or(usize::MAX))
        .wait_timeout(Some(config.wait))
        .create_timeout(Some(config.connect_timeout))
        .recycle_timeout(Some(config.connect_timeout))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(OpenError::Pool)?;
    Ok(MySqlPool { pool, statement_timeout: config.statement_timeout })
}

impl MySqlPool {
    pub(super) async fn get(&self) -> Result<MySqlLease, StoreError> {
        let held = self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => StoreError::Busy,
            PoolError::Backend(error) => connection_error(error),
            error => unavailable(error),
        })?;
        Ok(MySqlLease { held: Some(held), statement_timeout: self.statement_timeout, is_answering: false })
    }

    /// The most connections, and those in use.
    pub(super) fn usage(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.max_size, status.size.saturating_sub(status.available))
    }

    pub(super) fn forget_idle(&self) {
        drop(self.pool.retain(|_, _| false));
    }
}

fn with_keepalive(url: &SecretString) -> SecretString {
    let url = url.expose_secret();
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{TCP_KEEPALIVE}").into()
}

/// What every connection is told first: the isolation the units are written for, no silent truncation of values, and
/// how long to wait for a row.
fn session(lock_timeout: Duration) -> String {
    let lock_seconds = lock_timeout.as_secs().max(1);
    format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SET NAMES utf8mb4 COLLATE utf8mb4_bin; \
         SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', \
         group_concat_max_len = {LONGEST_TEXT}, innodb_lock_wait_timeout = {lock_seconds}"
    )
}

/// Makes and checks connections.
pub(in crate::db) struct MySqlManager {
    url: SecretString,
    session: String,
}

impl Manager for MySqlManager {
    type Type = Conn;
    type Error = diesel::ConnectionError;

    async fn create(&self) -> Result<Conn, Self::Error> {
        let mut connection = AsyncMysqlConnection::establish(self.url.expose_secret()).await?;
        connection.batch_execute(&self.session).await.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(Conn::MySql(Box::new(connection)))
    }

    async fn recycle(&self, conn: &mut Conn, metrics: &Metrics) -> RecycleResult<Self::Error> {
        if conn.is_broken() {
            return Err(RecycleError::message("a transaction was left open"));
        }
        if metrics.age() > MAX_AGE {
            return Err(RecycleError::message("old"));
        }
        if metrics.last_used() > IDLE_BEFORE_PING {
            conn.ping().await.map_err(|_| RecycleError::message("the server closed it"))?;
        }
        Ok(())
    }
}

/// A connection on loan. It goes back to the pool only when every statement was answered to its end: when its reader goes
/// away in the middle of one, whoever had it next would be given that answer as if it were their own.
pub(in crate::db) struct MySqlLease {
    /// `None` only while it is being dropped.
    held: Option<Object<MySqlManager>>,
    statement_timeout: Duration,
    /// A statement is under way, or was given up.
    is_answering: bool,
}

impl MySqlLease {
    /// From now on its statements may take so long.
    pub(super) const fn allow(&mut self, statement_timeout: Duration) {
        self.statement_timeout = statement_timeout;
    }

    /// Runs a query, which is given up after the statement time-out; no other can be run after that.
    pub(super) async fn run<T, Q>(&mut self, query: &Q) -> QueryResult<T>
    where
        Q: AsyncFn(&mut Conn) -> QueryResult<T> + for<'c> SendQuery<'c, T>,
    {
        let Some(conn) = self.held.as_mut().filter(|_| !self.is_answering) else {
            return Err(timed_out());
        };
        self.is_answering = true;
        let answer = timeout(self.statement_timeout, query(conn)).await.map_err(|_| timed_out())?;
        self.is_answering = false;
        answer
    }

    /// Takes the connection out of its pool and closes it.
    pub(super) fn discard(mut self) {
        self.is_answering = true;
    }
}

impl Drop for MySqlLease {
    fn drop(&mut self) {
        if let Some(held) = self.held.take()
            && self.is_answering
        {
            kill(Object::take(held));
        }
    }
}

fn timed_out() -> Error {
    Error::DatabaseError(
        DatabaseErrorKind::UnableToSendCommand,
        Box::new("the database did not answer within the statement time-out".to_owned()),
    )
}

/// Closes a connection in the middle of whatever it does. Closing alone would wait for the answer to a statement that
/// is under way, and the server would hold its locks as long; so the statement is interrupted from a second connection.
fn kill(conn: Conn) {
    let Conn::MySql(connection) = conn else { return };
    let token = connection.cancel_token();
    // The driver sends the farewell from a task of its own.
    drop(connection);
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async move {
            if !matches!(timeout(KILL_TIMEOUT, token.cancel_query()).await, Ok(Ok(()))) {
                tracing::debug!("a discarded connection could not be interrupted; it is most likely closed already");
            }
        });
    }
}
