//! The file of an SQLite database: whether it is still the file that was opened, and whether it is undamaged.

use std::fs::metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use boxoffice_domain::shared::StoreError;

use crate::db::errors::{Failure, unavailable};

/// The file in which a database was opened. A process keeps writing to a file that was deleted or replaced, and loses
/// all of that when it ends. Data from damaged pages may be wrong. Such a file accepts no more units of work. Clones
/// are cheap and share what is known about the file.
#[derive(Debug, Clone)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    id: FileId,
    is_damaged: Arc<AtomicBool>,
}

/// Device and inode of a file. Constant on systems without such numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId(u64, u64);

/// The path now leads to another file.
#[derive(Debug, thiserror::Error)]
#[error("the database file was replaced while it was in use")]
struct Replaced;

/// A statement, or a check of the whole file, found damaged pages.
#[derive(Debug, thiserror::Error)]
#[error("the database file is damaged: put a sound copy in its place and start the program again")]
struct Damaged;

impl DatabaseFile {
    /// The file that is at `path` now.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), id: file_id(path)?, is_damaged: Arc::default() })
    }

    /// Checks that the file can be used. The file system call takes a microsecond or two.
    ///
    /// # Errors
    /// Returns [`StoreError::Unavailable`] if the file was deleted or replaced, or was found to be damaged.
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

    /// The write-ahead log that is beside the file now. SQLite keeps using one log while a connection is open.
    pub(super) fn log(&self) -> Option<FileId> {
        file_id(&log_path(&self.path)).ok()
    }

    /// Records why a statement failed. After the first sign of damage the file stays unusable until the program
    /// restarts.
    pub(super) fn note(&self, failure: &Failure) {
        if failure.tells_of_damage() {
            self.note_damage(&failure.0);
        }
    }

    /// Records that the file is damaged.
    pub(super) fn note_damage(&self, found: &dyn std::fmt::Display) {
        if !self.is_damaged.swap(true, Ordering::Relaxed) {
            tracing::error!(file = %self.path.display(), %found, "the database file is damaged; the program sells no more tickets");
        }
    }

    /// The size in bytes.
    pub(super) fn bytes(&self) -> io::Result<u64> {
        metadata(&self.path).map(|found| found.len())
    }
}

/// The path of a database's write-ahead log.
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
