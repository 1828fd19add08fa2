//! The settings of the database and of every wait for it.

use std::path::PathBuf;
use std::time::Duration;

use mysql_async::{Opts, UrlError};
use secrecy::{ExposeSecret, SecretString};

/// How long MariaDB waits for the next statement of a transaction. MySQL has no such limit and closes the connection
/// after [`UNIT_TIME_MAX`](boxoffice_domain::store::UNIT_TIME_MAX). Between two statements a unit of work waits only
/// for the database.
const IDLE_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(5);

/// The database of an installation. Every wait is bounded. After that limit the caller gets
/// [`StoreError::Busy`](boxoffice_domain::shared::StoreError::Busy) or
/// [`StoreError::Unavailable`](boxoffice_domain::shared::StoreError::Unavailable).
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `sqlite://path/to/file` or `mysql://user:password@host:port/name`. Secret, because it may hold a password.
    pub url: SecretString,
    /// A MySQL replica for reads that may lag a little.
    pub replica_url: Option<SecretString>,
    /// Whether connections to MySQL must use TLS, even if the URLs do not request it.
    pub require_tls: bool,
    /// A PEM file with the certificate authorities that may sign a server's certificate, instead of the public
    /// authorities.
    pub ca_file: Option<PathBuf>,
    /// Connections for units of work on MySQL. SQLite always has one writer.
    pub unit_connections: u32,
    /// Connections for reads.
    pub read_connections: u32,
    /// The longest wait for a free connection.
    pub wait: Duration,
    /// The longest wait for a new connection.
    pub connect_timeout: Duration,
    /// The longest wait for a row lock (MySQL, in whole seconds) or for another process that writes (SQLite).
    pub lock_timeout: Duration,
    /// The longest time for one repository call on MySQL. After that its connection counts as hung.
    pub statement_timeout: Duration,
    /// How long MariaDB waits for the next statement of a transaction, in whole seconds.
    pub idle_transaction_timeout: Duration,
}

impl DatabaseConfig {
    /// The defaults for a database at `url`.
    pub fn new(url: impl Into<SecretString>) -> Self {
        Self {
            url: url.into(),
            replica_url: None,
            require_tls: false,
            ca_file: None,
            unit_connections: 16,
            read_connections: 8,
            wait: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(3),
            lock_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(10),
            idle_transaction_timeout: IDLE_TRANSACTION_TIMEOUT,
        }
    }

    /// The database that [`url`](Self::url) names.
    ///
    /// # Errors
    /// Returns [`UrlFault`], whose message never repeats the URL.
    pub fn location(&self) -> Result<Location, UrlFault> {
        Location::parse(&self.url)
    }
}

/// How the connection to a server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Not encrypted.
    Plain,
    /// Encrypted, but the server's certificate is not checked.
    Unverified,
    /// Encrypted, and the server's certificate is checked.
    Verified,
}

/// A database that a URL names.
#[derive(Debug, Clone)]
pub enum Location {
    /// The URL of a MySQL or MariaDB database.
    MySql(SecretString),
    /// The file of an SQLite database.
    Sqlite(PathBuf),
}

/// Why a URL names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// The URL has neither of the two schemes.
    #[error("the database URL must begin with sqlite:// or mysql://")]
    UnknownScheme,
    /// The URL names no file.
    #[error("sqlite:// must be followed by the path of a file; a database in memory is not supported")]
    NoFile,
    /// The URL names no database on the server.
    #[error("the MySQL URL must name a database, as in mysql://user:password@host:port/name")]
    NoDatabaseName,
    /// The driver does not know a parameter.
    #[error("the MySQL URL has a parameter that is not known: {0}")]
    UnknownParameter(String),
    /// The driver does not understand the value of a parameter.
    #[error("the MySQL URL has a parameter whose value is not understood: {0}")]
    InvalidParameter(String),
    /// Any other fault.
    #[error("the MySQL URL cannot be read; what is special in a name or password is written as %40 and the like")]
    Malformed,
    /// A replica is set for an SQLite database, or the replica URL is not MySQL's.
    #[error("only MySQL has replicas: the replica URL must begin with mysql://, and so must the URL of the database")]
    ReplicaNeedsMySql,
}

impl Location {
    const SQLITE: &'static str = "sqlite://";
    const MYSQL: &'static str = "mysql://";

    /// Parses a URL.
    ///
    /// # Errors
    /// Returns [`UrlFault`] if the URL names no database.
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
            Some((_, name)) if !name.is_empty() => mysql_options(text).map(|_| Self::MySql(url.clone())),
            _ => Err(UrlFault::NoDatabaseName),
        }
    }
}

/// Parses a MySQL URL with the driver.
pub(super) fn mysql_options(url: &str) -> Result<Opts, UrlFault> {
    Opts::from_url(url).map_err(|error| match error {
        UrlError::UnknownParameter { param } => UrlFault::UnknownParameter(param),
        UrlError::InvalidParamValue { param, .. } => UrlFault::InvalidParameter(param),
        _ => UrlFault::Malformed,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Location, UrlFault};

    #[test]
    fn both_kinds_of_database_are_found() {
        let sqlite = Location::parse(&"sqlite://data/boxoffice.db".into());
        assert!(matches!(sqlite, Ok(Location::Sqlite(path)) if path == Path::new("data/boxoffice.db")));
        let mysql = Location::parse(&"mysql://box:office@localhost:3306/tickets?require_ssl=true".into());
        assert!(matches!(mysql, Ok(Location::MySql(_))));
    }

    #[test]
    fn an_invalid_url_is_reported_without_its_password() {
        for (url, fault) in [
            ("", UrlFault::UnknownScheme),
            ("postgres://box:secret@localhost/tickets", UrlFault::UnknownScheme),
            ("data/boxoffice.db", UrlFault::UnknownScheme),
            ("sqlite://", UrlFault::NoFile),
            ("sqlite://:memory:", UrlFault::NoFile),
            ("sqlite://x.db?mode=ro", UrlFault::NoFile),
            ("mysql://box:secret@localhost", UrlFault::NoDatabaseName),
            ("mysql://box:secret@localhost/?require_ssl=false", UrlFault::NoDatabaseName),
            ("mysql://box:secret@localhost/box?ssl-mode=secret", UrlFault::UnknownParameter("ssl-mode".to_owned())),
            (
                "mysql://box:secret@localhost/box?require_ssl=secret",
                UrlFault::InvalidParameter("require_ssl".to_owned()),
            ),
            ("mysql://box:secret@localhost:secret/box", UrlFault::Malformed),
        ] {
            let found = Location::parse(&url.into()).err();
            assert!(!fault.to_string().contains("secret"));
            assert_eq!(found, Some(fault), "{url}");
        }
    }
}
