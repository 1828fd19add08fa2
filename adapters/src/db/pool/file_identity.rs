//! Which file a path leads to.

use std::fs::metadata;
use std::io;
use std::path::{Path, PathBuf};

use boxoffice_domain::shared::StoreError;

use crate::db::errors::unavailable;

/// The file that a database was opened in. A process goes on writing to a file that was deleted or replaced, and all of
/// that is lost when it ends: such a file takes no more units.
#[derive(Debug, Clone)]
pub(super) struct FileIdentity {
    path: PathBuf,
    file: FileId,
}

/// Device and number of a file; always the same where the system has no such numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

/// The path leads to another file by now.
#[derive(Debug, thiserror::Error)]
#[error("the database file was replaced while it was in use")]
struct Replaced;

impl FileIdentity {
    /// The file that is at `path` now.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: file_id(path)? })
    }

    /// Whether it still is. Asks the file system, which takes a microsecond or two.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it was deleted or replaced.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match file_id(&self.path) {
            Ok(file) if file == self.file => Ok(()),
            Ok(_) => Err(unavailable(Replaced)),
            Err(error) => Err(unavailable(error)),
        }
    }
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
