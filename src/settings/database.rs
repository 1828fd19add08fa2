//! The database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use boxoffice_adapters::db::settings::{DatabaseConfig, Location, Protection};
use secrecy::SecretString;
use serde::Deserialize;

use super::{Environment, require_within};

/// Section `database`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite://path/to/file` or `mysql://user:password@host:port/name`.
    pub url: SecretString,
    /// A MySQL replica for reads that may lag a little.
    pub replica_url: Option<SecretString>,
    /// Whether connections to MySQL must use TLS.
    pub require_tls: bool,
    /// A PEM file with the certificate authorities that may sign the server's certificate, instead of the public
    /// authorities.
    pub ca_file: Option<PathBuf>,
    /// Whether the program applies missing migrations at start.
    pub migrate: bool,
    /// Connections for units of work on MySQL. SQLite always has one writer.
    pub unit_connections: u32,
    /// Connections for reads.
    pub read_connections: u32,
    /// The longest wait for a free connection.
    pub wait_ms: u32,
    /// The longest wait for a new connection.
    pub connect_timeout_ms: u32,
    /// The longest wait for a row lock (MySQL) or for another process that writes (SQLite).
    pub lock_timeout_seconds: u32,
    /// The longest time for one repository call on MySQL. After that its connection counts as hung.
    pub statement_timeout_seconds: u32,
    /// Lets production run on SQLite: all processes on one machine, one database file.
    pub allow_sqlite: bool,
}

impl DatabaseSettings {
    /// The maximum number of connections, including those to a replica.
    pub(crate) fn connections_max(&self) -> u32 {
        let replica = if self.replica_url.is_some() { self.read_connections } else { 0 };
        self.unit_connections.saturating_add(self.read_connections).saturating_add(replica)
    }

    /// The configuration of the database adapter.
    pub fn config(&self) -> DatabaseConfig {
        DatabaseConfig {
            url: self.url.clone(),
            replica_url: self.replica_url.clone(),
            require_tls: self.require_tls,
            ca_file: self.ca_file.clone(),
            unit_connections: self.unit_connections,
            read_connections: self.read_connections,
            wait: Duration::from_millis(self.wait_ms.into()),
            connect_timeout: Duration::from_millis(self.connect_timeout_ms.into()),
            lock_timeout: Duration::from_secs(self.lock_timeout_seconds.into()),
            statement_timeout: Duration::from_secs(self.statement_timeout_seconds.into()),
            ..DatabaseConfig::new(self.url.clone())
        }
    }

    pub(super) fn validate(&self, environment: Environment, faults: &mut Vec<String>) {
        require_within(1..=1_000, self.unit_connections.into(), "database.unit_connections", faults);
        require_within(1..=1_000, self.read_connections.into(), "database.read_connections", faults);
        require_within(1..=60_000, self.wait_ms.into(), "database.wait_ms", faults);
        require_within(1..=60_000, self.connect_timeout_ms.into(), "database.connect_timeout_ms", faults);
        require_within(1..=60, self.lock_timeout_seconds.into(), "database.lock_timeout_seconds", faults);
        require_within(1..=3_600, self.statement_timeout_seconds.into(), "database.statement_timeout_seconds", faults);
        if let Err(fault) = Location::parse(&self.url) {
            faults.push(format!("database.url: {fault}"));
        }
        if let Some(Err(fault)) = self.replica_url.as_ref().map(Location::parse) {
            faults.push(format!("database.replica_url: {fault}"));
        }
        let protections = self.config().protections();
        if environment.is_production() && protections.contains(&Protection::Unverified) {
            faults.push(
                "database.url: production checks the certificate of the server; leave out verify_ca=false, and name who \
                 signed it in database.ca_file"
                    .to_owned(),
            );
        }
        if let Some(path) = &self.ca_file {
            if protections.iter().all(|protection| *protection == Protection::Plain) {
                faults.push("database.ca_file: is read only when TLS is asked for, by database.require_tls".to_owned());
            }
            if !holds_certificates(path) {
                faults.push("database.ca_file: is no readable file with certificates (PEM)".to_owned());
            }
        }
        if environment.is_production() && self.is_sqlite() && !self.allow_sqlite {
            faults.push(
                "database.url: production does not run on SQLite unless database.allow_sqlite is true".to_owned(),
            );
        }
    }

    fn is_sqlite(&self) -> bool {
        matches!(Location::parse(&self.url), Ok(Location::Sqlite(_)))
    }
}

#[expect(clippy::disallowed_methods, reason = "settings are checked before anything is served")]
fn holds_certificates(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.contains("-----BEGIN CERTIFICATE-----"))
}
