//! Why a database cannot be opened.

use crate::db::settings::UrlFault;

/// Why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The settings name no valid database.
    #[error(transparent)]
    Url(#[from] UrlFault),
    /// The file of the SQLite database can be neither found nor created.
    #[error("the database file cannot be opened")]
    File(#[source] std::io::Error),
    /// The pool's settings contradict each other.
    #[error("the pool of connections cannot be made")]
    Pool(#[source] deadpool::managed::BuildError),
}
