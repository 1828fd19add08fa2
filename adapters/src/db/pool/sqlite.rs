//! SQLite's connections: many readers and one writer.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use boxoffice_domain::shared::StoreError;
use diesel::ConnectionError;
use r2d2::{ManageConnection, PooledConnection};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::database_file::{DatabaseFile, FileId};
use super::sqlite_connection::open;
use super::wal_checkpointer::WalCheckpointer;
use crate::db::conn::{Conn, Sqlite};
use crate::db::errors::{Failure, connection_error, unavailable};
use crate::db::settings::DatabaseConfig;

/// The number of units that may wait for the writer. Further ones are refused as busy immediately.
const MAX_WAITING: usize = 1_000;

/// How long a unit waits for another process that writes, after the previous unit waited in vain. Units in the queue
/// have already waited during that time.
const LOCK_WAIT_AGAIN: Duration = Duration::from_millis(200);

/// Smaller changes of the wait are not worth a statement.
const LOCK_WAIT_GRAIN: Duration = Duration::from_millis(100);

/// Opens connections to one file.
pub(in crate::db) struct SqliteManager {
    path: PathBuf,
    lock_timeout: Duration,
    /// The runtime on whose blocking threads statements run. r2d2 opens connections on threads without a runtime.
    runtime: Handle,
    reads_only: bool,
}

impl SqliteManager {
    fn new(path: &Path, config: &DatabaseConfig, reads_only: bool) -> Self {
        Self { path: path.to_owned(), lock_timeout: config.lock_timeout, runtime: Handle::current(), reads_only }
    }

    fn open(&self) -> Result<Conn, ConnectionError> {
        let _entered = self.runtime.enter();
        open(&self.path, self.lock_timeout, self.reads_only).map(|connection| Conn::Sqlite(Sqlite::new(connection)))
    }
}

impl ManageConnection for SqliteManager {
    type Connection = Conn;
    type Error = ConnectionError;

    fn connect(&self) -> Result<Conn, ConnectionError> {
        self.open()
    }

    fn is_valid(&self, _: &mut Conn) -> Result<(), ConnectionError> {
        Ok(())
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        conn.is_broken()
    }
}

/// The pool of readers.
pub(in crate::db) struct SqliteReaders {
    file: DatabaseFile,
    pool: r2d2::Pool<SqliteManager>,
    free: Arc<Semaphore>,
    wait: Duration,
}

impl SqliteReaders {
    pub(super) fn new(path: &Path, config: &DatabaseConfig, file: DatabaseFile) -> Self {
        let size = config.read_connections.max(1);
        let pool = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(config.connect_timeout)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(SqliteManager::new(path, config, true));
        let free = Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(usize::MAX)));
        Self { file, pool, free, wait: config.wait }
    }

    #[expect(clippy::disallowed_methods, reason = "the permit bounds how many readers are opened at once")]
    pub(super) async fn get(&self) -> Result<ReaderLease, StoreError> {
        let permit = wait_for(&self.free, self.wait).await?;
        self.file.check()?;
        let conn = match self.pool.try_get() {
            Some(conn) => conn,
            None => {
                let pool = self.pool.clone();
                spawn_blocking(move || pool.get()).await.map_err(unavailable)?.map_err(unavailable)?
            }
        };
        Ok(ReaderLease { conn, file: self.file.clone(), _permit: permit })
    }

    /// The maximum number of connections, and the number in use.
    pub(super) fn usage(&self) -> (usize, usize) {
        let size = usize::try_from(self.pool.max_size()).unwrap_or(usize::MAX);
        (size, size.saturating_sub(self.free.available_permits()))
    }
}

/// A reader on loan.
pub(in crate::db) struct ReaderLease {
    conn: PooledConnection<SqliteManager>,
    file: DatabaseFile,
    // Released after the connection, so that the next user finds a free one.
    _permit: OwnedSemaphorePermit,
}

impl ReaderLease {
    pub(super) fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// Records why a query failed.
    pub(super) fn note(&self, failure: &Failure) {
        self.file.note(failure);
    }
}

/// The writer and the queue for it: first come, first served.
pub(in crate::db) struct SqliteWriter {
    file: DatabaseFile,
    manager: Arc<SqliteManager>,
    idle: Arc<Mutex<Option<Writer>>>,
    slot: Arc<Semaphore>,
    waiting: Semaphore,
    wait: Duration,
    /// Whether the last unit waited in vain for another process that writes.
    is_locked_out: Arc<AtomicBool>,
    _log: WalCheckpointer,
}

/// The connection that writes.
struct Writer {
    conn: Conn,
    /// How long the connection waits for another process that writes.
    lock_wait: Duration,
    /// The write-ahead log of the connection, once it has written.
    log: Option<FileId>,
}

impl SqliteWriter {
    pub(super) fn new(path: &Path, config: &DatabaseConfig, file: DatabaseFile) -> Self {
        Self {
            file,
            manager: Arc::new(SqliteManager::new(path, config, false)),
            idle: Arc::new(Mutex::new(None)),
            slot: Arc::new(Semaphore::new(1)),
            waiting: Semaphore::new(MAX_WAITING),
            wait: config.wait,
            is_locked_out: Arc::default(),
            _log: WalCheckpointer::start(path),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "there is one writer")]
    pub(super) async fn get(&self) -> Result<WriterLease, StoreError> {
        let _waiting = self.waiting.try_acquire().map_err(|_| StoreError::Busy)?;
        let permit = wait_for(&self.slot, self.wait).await?;
        self.file.check()?;
        let idle = lock(&self.idle).take();
        let writer = match idle {
            Some(writer) => writer,
            None => {
                let manager = Arc::clone(&self.manager);
                let conn =
                    spawn_blocking(move || manager.open()).await.map_err(unavailable)?.map_err(connection_error)?;
                Writer { conn, lock_wait: self.manager.lock_timeout, log: None }
            }
        };
        if writer.log.is_some() && writer.log != self.file.log() {
            self.file.note_damage(&"its write-ahead log was deleted or replaced while it was in use");
            self.file.check()?;
        }
        Ok(WriterLease {
            held: Some((writer, permit)),
            lock_timeout: self.manager.lock_timeout,
            is_locked_out: Arc::clone(&self.is_locked_out),
            file: self.file.clone(),
            idle: Arc::clone(&self.idle),
        })
    }

    /// The database's file.
    pub(super) const fn file(&self) -> &DatabaseFile {
        &self.file
    }

    /// One connection, and whether it is in use.
    pub(super) fn usage(&self) -> (usize, usize) {
        (1, 1_usize.saturating_sub(self.slot.available_permits()))
    }
}

/// The writer on loan, with the exclusive right to write.
pub(in crate::db) struct WriterLease {
    /// `None` only while the lease is being dropped.
    held: Option<(Writer, OwnedSemaphorePermit)>,
    lock_timeout: Duration,
    is_locked_out: Arc<AtomicBool>,
    file: DatabaseFile,
    idle: Arc<Mutex<Option<Writer>>>,
}

impl WriterLease {
    pub(super) fn conn(&mut self) -> &mut Conn {
        &mut self.writer().conn
    }

    #[expect(clippy::expect_used, reason = "the lease is emptied only by discard and drop, which end it")]
    fn writer(&mut self) -> &mut Writer {
        &mut self.held.as_mut().expect("a lease holds its connection until it ends").0
    }

    /// Subtracts the wait in the queue from the wait for another process that writes, so that both together take no
    /// longer than one of them may.
    pub(super) async fn waited(&mut self, waited: Duration) -> Result<(), Failure> {
        let is_locked_out = self.is_locked_out.load(Ordering::Relaxed);
        let longest = if is_locked_out { LOCK_WAIT_AGAIN.min(self.lock_timeout) } else { self.lock_timeout };
        let lock_wait = longest.saturating_sub(waited);
        let writer = self.writer();
        if writer.lock_wait.abs_diff(lock_wait) > LOCK_WAIT_GRAIN {
            writer.conn.set_lock_wait(lock_wait).await.map_err(Failure)?;
            writer.lock_wait = lock_wait;
        }
        Ok(())
    }

    /// Records whether a transaction could begin.
    pub(super) fn began(&self, outcome: &Result<(), Failure>) {
        let is_locked_out = outcome.as_ref().is_err_and(Failure::is_contention);
        self.is_locked_out.store(is_locked_out, Ordering::Relaxed);
    }

    /// Records why a statement failed.
    pub(super) fn note(&self, failure: &Failure) {
        self.file.note(failure);
    }

    /// Closes the connection, which rolls back an open transaction, and only then lets the next unit write.
    pub(super) fn discard(mut self) {
        let Some((writer, permit)) = self.held.take() else { return };
        let close = move || {
            drop(writer);
            drop(permit);
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(close)),
            Err(_) => close(),
        }
    }
}

impl Drop for WriterLease {
    fn drop(&mut self) {
        if let Some((mut writer, _permit)) = self.held.take()
            && !writer.conn.is_broken()
        {
            writer.log = writer.log.or_else(|| self.file.log());
            *lock(&self.idle) = Some(writer);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn wait_for(semaphore: &Arc<Semaphore>, wait: Duration) -> Result<OwnedSemaphorePermit, StoreError> {
    match timeout(wait, Arc::clone(semaphore).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        Ok(Err(_)) | Err(_) => Err(StoreError::Busy),
    }
}
