//! The file of an SQLite database: whether it is still the one that was opened, and whether it is sound.

use std::fs::metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use boxoffice_domain::shared::StoreError;

use crate::db::errors::{Failure, unavailable};

/// The file that a database was opened in. A process goes on writing to a file that was deleted or replaced, and all of
/// that is lost when it ends; what is read from damaged pages may be wrong. Such a file takes no more units. Cheap to
/// clone; clones share what is known of it.
#[derive(Debug, Clone)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    id: FileId,
    is_damaged: Arc<AtomicBool>,
}

/// Device and number of a file; always the same where the system has no such numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

/// The path leads to another file by now.
#[derive(Debug, thiserror::Error)]
#[error("the database file was replaced while it was in use")]
struct Replaced;

/// A statement met pages that are none of a database, or a check of the whole file did.
#[derive(Debug, thiserror::Error)]
#[error("the database file is damaged: put a sound copy in its place and start the program again")]
struct Damaged;

impl DatabaseFile {
    /// The file that is at `path` now.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), id: file_id(path)?, is_damaged: Arc::default() })
    }

    /// Whether it can be worked with. Asks the file system, which takes a microsecond or two.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it was deleted or replaced, or found to be damaged.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.is_damaged.load(Ordering::Relaxed) {
            return Err(unavailable(Damaged));
        }
        match file_id(&self.path) {
            Ok(id) if id == self.id => Ok(()),
            Ok(_) => Err(unavailable(Replaced)),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// The write-ahead log that is beside it now. While a connection is open, SQLite keeps to one.
    pub(super) fn log(&self) -> Option<FileId> {
        file_id(&log_path(&self.path)).ok()
    }

    /// Takes note of why a statement failed: from the first damage on, nothing is done until the program starts again.
    pub(super) fn note(&self, failure: &Failure) {
        if failure.tells_of_damage() {
            self.note_damage(&failure.0);
        }
    }

    /// Takes note of damage.
    pub(super) fn note_damage(&self, found: &dyn std::fmt::Display) {
        if !self.is_damaged.swap(true, Ordering::Relaxed) {
            tracing::error!(file = %self.path.display(), %found, "the database file is damaged; nothing is sold any more");
        }
    }

    /// Its size in bytes.
    pub(super) fn bytes(&self) -> io::Result<u64> {
        metadata(&self.path).map(|found| found.len())
    }
}

/// Where SQLite keeps the write-ahead log of a database.
pub(super) fn log_path(database: &Path) -> PathBuf {
    let mut path = database.to_owned().into_os_string();
    path.push("-wal");
    path.into()
}

fn file_id(path: &Path) -> io::Result<FileId> {
    let found = metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok(FileId(found.dev(), found.ino()))
    }
    #[cfg(not(unix))]
    {
        drop(found);
        Ok(FileId(0, 0))
    }
}
