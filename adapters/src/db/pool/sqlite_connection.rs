//! Creates the file of an SQLite database and opens connections to it.

use std::fs::{OpenOptions, create_dir_all};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, SqliteConnection};

/// The write-ahead log is truncated to this size, in bytes, after a long read let it grow. SQLite does so when it
/// restarts the log, and the checkpointer when that does not happen.
pub(super) const LOG_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// The page cache of the writer, in KiB.
const WRITER_CACHE_KIB: u32 = 16 * 1024;

/// The page cache of a reader, in KiB. Each write by others invalidates it, so it only helps within one query.
const READER_CACHE_KIB: u32 = 4 * 1024;

/// Creates the folder and an empty file if they do not exist. Other users of the machine cannot read the file, which
/// holds password hashes.
#[expect(clippy::disallowed_methods, reason = "it runs before anything is served, or on a blocking thread")]
pub(in crate::db) fn create(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Opens a connection that preserves its commits through a power cut and enforces foreign keys.
pub(in crate::db) fn open(
    path: &Path,
    lock_timeout: Duration,
    reads_only: bool,
) -> Result<SqliteConnection, ConnectionError> {
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
    let (query_only, cache_kib) =
        if reads_only { ("PRAGMA query_only = ON;", READER_CACHE_KIB) } else { ("", WRITER_CACHE_KIB) };
    let pragmas = format!(
        "PRAGMA busy_timeout = {};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = {LOG_BYTES_MAX};
         PRAGMA cache_size = -{cache_kib};
         {query_only}",
        lock_timeout.as_millis()
    );
    connection.batch_execute(&pragmas).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}
