//! Keeps the write-ahead log of an SQLite file small. While one transaction reads, everything that others write stays in
//! the log; SQLite itself neither cuts the log back when that reader is gone, unless something is written, nor writes it
//! back at all while readers overlap without a pause.

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
use super::sqlite::{LOG_BYTES_MAX, open};

/// How often the log is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// How long one attempt to cut the log back waits for readers, and may hold up units.
const WAIT_FOR_READERS: Duration = Duration::from_millis(100);

/// A log of this size, in bytes, is worth a warning: something has been reading for long.
const WARN_BYTES: u64 = 256 * 1024 * 1024;

/// Looks at the log for as long as it lives.
#[derive(Debug)]
pub(super) struct LogKeeper(Option<AbortHandle>);

impl LogKeeper {
    /// For the log of the database at `path`. Does nothing outside of a tokio runtime.
    pub(super) fn start(path: &Path) -> Self {
        let log = Log { database: path.to_owned(), is_large: false };
        Self(Handle::try_current().ok().map(|runtime| runtime.spawn(log.keep_small()).abort_handle()))
    }
}

impl Drop for LogKeeper {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

struct Log {
    database: PathBuf,
    /// It was told of.
    is_large: bool,
}

#[derive(QueryableByName)]
struct Checkpoint {
    /// 1 when readers or writers were in the way.
    #[diesel(sql_type = Integer)]
    busy: i32,
}

impl Log {
    async fn keep_small(mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let mut bytes = self.bytes();
            if bytes > LOG_BYTES_MAX.into() {
                self.cut().await;
                bytes = self.bytes();
            }
            metrics::gauge!("boxoffice_sqlite_wal_bytes")
                .set(u32::try_from(bytes / 1024).map_or(f64::MAX, f64::from) * 1024.0);
            self.tell(bytes);
        }
    }

    fn bytes(&self) -> u64 {
        metadata(log_path(&self.database)).map_or(0, |log| log.len())
    }

    fn tell(&mut self, bytes: u64) {
        let is_large = bytes >= WARN_BYTES;
        if is_large && !self.is_large {
            tracing::warn!(
                bytes,
                "the write-ahead log of the database grows, because something has been reading for long: an audit, a \
                 report, or another process that has the file open"
            );
        } else if self.is_large && !is_large {
            tracing::info!(bytes, "the write-ahead log of the database is small again");
        }
        self.is_large = is_large;
    }

    /// Writes the log back and cuts it, if no reader needs it.
    #[expect(clippy::disallowed_methods, reason = "one at a time, every few seconds at most")]
    async fn cut(&self) {
        let path = self.database.clone();
        match spawn_blocking(move || cut(&path)).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => tracing::debug!("the write-ahead log is still being read and stays"),
            Ok(Err(error)) => tracing::warn!(error = %Causes(&error), "the write-ahead log could not be cut back"),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be cut back"),
        }
    }
}

/// Whether nothing was in the way.
fn cut(path: &Path) -> Result<bool, ConnectionError> {
    let mut connection = open(path, WAIT_FOR_READERS, true)?;
    // Most is written back while units go on; only the end of it keeps them out.
    connection
        .batch_execute("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|()| sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result::<Checkpoint>(&mut connection))
        .map(|outcome| outcome.busy == 0)
        .map_err(ConnectionError::CouldntSetupConfiguration)
}
