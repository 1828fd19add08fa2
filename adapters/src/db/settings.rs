//! Which database, and how long anything may wait for it.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

/// The database of an installation. Every wait is bounded; past its bound the caller gets
/// [`StoreError::Busy`](boxoffice_domain::shared::StoreError::Busy) or
/// [`StoreError::Unavailable`](boxoffice_domain::shared::StoreError::Unavailable).
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `sqlite://path/to/file` or `mysql://user:password@host:port/name`. Secret: it may hold a password.
    pub url: SecretString,
    /// A MySQL replica for the reads that may lag a little.
    pub replica_url: Option<SecretString>,
    /// Connections for units of work on MySQL; SQLite always has one writer.
    pub unit_connections: u32,
    /// Connections for reads.
    pub read_connections: u32,
    /// The longest wait for a free connection.
    pub wait: Duration,
    /// The longest wait for a new connection to be made.
    pub connect_timeout: Duration,
    /// The longest wait for a row (MySQL, in whole seconds) or for another process that writes (SQLite).
    pub lock_timeout: Duration,
    /// The longest that one repository call may take on MySQL before its connection is given up as hung.
    pub statement_timeout: Duration,
}

impl DatabaseConfig {
    /// The defaults for a database at `url`.
    pub fn new(url: impl Into<SecretString>) -> Self {
        Self {
            url: url.into(),
            replica_url: None,
            unit_connections: 16,
            read_connections: 8,
            wait: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(3),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        }
    }

    /// Where [`url`](Self::url) points.
    ///
    /// # Errors
    /// The [`UrlFault`] in a sentence that never repeats the URL.
    pub fn location(&self) -> Result<Location, UrlFault> {
        Location::parse(&self.url)
    }
}

/// A database that a URL points to.
#[derive(Debug, Clone)]
pub enum Location {
    /// The URL of a MySQL or MariaDB database.
    MySql(SecretString),
    /// The file of an SQLite database.
    Sqlite(PathBuf),
}

/// Why a URL points to no database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// Neither of the two schemes.
    #[error("the database URL must begin with sqlite:// or mysql://")]
    UnknownScheme,
    /// No file.
    #[error("sqlite:// must be followed by the path of a file; a database in memory is not supported")]
    NoFile,
    /// No database on the server.
    #[error("the MySQL URL must name a database, as in mysql://user:password@host:port/name")]
    NoDatabaseName,
    /// A replica of an embedded database.
    #[error("only MySQL has replicas: the replica URL must begin with mysql://, and so must the URL of the database")]
    ReplicaNeedsMySql,
}

impl Location {
    const SQLITE: &'static str = "sqlite://";
    const MYSQL: &'static str = "mysql://";

    /// Reads a URL.
    ///
    /// # Errors
    /// [`UrlFault`] when it points to no database.
    pub fn parse(url: &SecretString) -> Result<Self, UrlFault> {
        let text = url.expose_secret();
        if let Some(path) = text.strip_prefix(Self::SQLITE) {
            return if path.is_empty() || path.contains(":memory:") || path.contains('?') {
                Err(UrlFault::NoFile)
            } else {
                Ok(Self::Sqlite(PathBuf::from(path)))
            };
        }
        let Some(rest) = text.strip_prefix(Self::MYSQL) else {
            return Err(UrlFault::UnknownScheme);
        };
        match rest.split('?').next().and_then(|address| address.rsplit_once('/')) {
            Some((_, name)) if !name.is_empty() => Ok(Self::MySql(url.clone())),
            _ => Err(UrlFault::NoDatabaseName),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Location, UrlFault};

    #[test]
    fn both_kinds_of_database_are_found() {
        let sqlite = Location::parse(&"sqlite://data/boxoffice.db".into());
        assert!(matches!(sqlite, Ok(Location::Sqlite(path)) if path == Path::new("data/boxoffice.db")));
        let mysql = Location::parse(&"mysql://box:office@localhost:3306/tickets?ssl=false".into());
        assert!(matches!(mysql, Ok(Location::MySql(_))));
    }

    #[test]
    fn a_url_that_points_nowhere_says_why_and_tells_no_password() {
        for (url, fault) in [
            ("", UrlFault::UnknownScheme),
            ("postgres://box:secret@localhost/tickets", UrlFault::UnknownScheme),
            ("data/boxoffice.db", UrlFault::UnknownScheme),
            ("sqlite://", UrlFault::NoFile),
            ("sqlite://:memory:", UrlFault::NoFile),
            ("sqlite://x.db?mode=ro", UrlFault::NoFile),
            ("mysql://box:secret@localhost", UrlFault::NoDatabaseName),
            ("mysql://box:secret@localhost/?ssl=false", UrlFault::NoDatabaseName),
        ] {
            let found = Location::parse(&url.into()).err();
            assert_eq!(found, Some(fault), "{url}");
            assert!(!fault.to_string().contains("secret"));
        }
    }
}
