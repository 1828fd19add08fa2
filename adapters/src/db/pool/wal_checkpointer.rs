//! Keeps the write-ahead log of an SQLite file small. While a transaction reads, all later writes stay in the log.
//! After it ends, SQLite truncates the log only with the next write, and while readers overlap without a pause it never
//! checkpoints the log.

use std::fs::metadata;
use std::path::{Path, PathBuf};
use std::time::Duration;

use boxoffice_domain::shared::Causes;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Integer;
use diesel::{ConnectionError, QueryableByName, RunQueryDsl, sql_query};
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, spawn_blocking};

use super::database_file::log_path;
use super::sqlite_connection::{LOG_BYTES_MAX, open};

/// How often the size of the log is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// How long one truncation waits for readers, and may delay units of work.
const WAIT_FOR_READERS: Duration = Duration::from_millis(100);

/// A log of this size, in bytes, causes a warning: a read has been running for long.
const WARN_BYTES: u64 = 256 * 1024 * 1024;

/// Checks the log for as long as this value lives.
#[derive(Debug)]
pub(super) struct WalCheckpointer(Option<AbortHandle>);

impl WalCheckpointer {
    /// Starts for the log of the database at `path`. Does nothing outside of a tokio runtime.
    pub(super) fn start(path: &Path) -> Self {
        let log = Log { database: path.to_owned(), is_large: false };
        Self(Handle::try_current().ok().map(|runtime| runtime.spawn(log.keep_small()).abort_handle()))
    }
}

impl Drop for WalCheckpointer {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

struct Log {
    database: PathBuf,
    /// Whether the size was already reported.
    is_large: bool,
}

#[derive(QueryableByName)]
struct Checkpoint {
    /// 1 if readers or writers blocked the checkpoint.
    #[diesel(sql_type = Integer)]
    busy: i32,
}

impl Log {
    async fn keep_small(mut self) {
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            let mut bytes = self.bytes();
            if bytes > LOG_BYTES_MAX.into() {
                self.truncate().await;
                bytes = self.bytes();
            }
            metrics::gauge!("boxoffice_sqlite_wal_bytes")
                .set(u32::try_from(bytes / 1024).map_or(f64::MAX, f64::from) * 1024.0);
            self.report(bytes);
        }
    }

    fn bytes(&self) -> u64 {
        metadata(log_path(&self.database)).map_or(0, |log| log.len())
    }

    fn report(&mut self, bytes: u64) {
        let is_large = bytes >= WARN_BYTES;
        if is_large && !self.is_large {
            tracing::warn!(
                bytes,
                "the write-ahead log of the database grows, because a read has been running for long: an audit, a \
                 report, or another process that has the file open"
            );
        } else if self.is_large && !is_large {
            tracing::info!(bytes, "the write-ahead log of the database is small again");
        }
        self.is_large = is_large;
    }

    /// Checkpoints the log and truncates it, if no reader needs it.
    #[expect(clippy::disallowed_methods, reason = "one at a time, every few seconds at most")]
    async fn truncate(&self) {
        let path = self.database.clone();
        match spawn_blocking(move || truncate(&path)).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => tracing::debug!("the write-ahead log is still being read and keeps its size"),
            Ok(Err(error)) => tracing::warn!(error = %Causes(&error), "the write-ahead log could not be truncated"),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be truncated"),
        }
    }
}

/// Returns whether nothing blocked the truncation.
fn truncate(path: &Path) -> Result<bool, ConnectionError> {
    let mut connection = open(path, WAIT_FOR_READERS, true)?;
    // Most pages are copied while units of work proceed. Only the end of the checkpoint blocks them.
    connection
        .batch_execute("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|()| sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result::<Checkpoint>(&mut connection))
        .map(|outcome| outcome.busy == 0)
        .map_err(ConnectionError::CouldntSetupConfiguration)
}
