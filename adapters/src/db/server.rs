//! How a MySQL or MariaDB server is reached.

use std::path::PathBuf;

use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::AsyncMysqlConnection;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use secrecy::{ExposeSecret, SecretString};

use super::settings::{DatabaseConfig, Location, UrlFault, mysql_options};

/// How soon the operating system begins to probe a silent connection, in milliseconds.
const TCP_KEEPALIVE: &str = "tcp_keepalive=10000";

/// Left to itself the driver asks the server for its socket and takes whatever answers there on this machine, which need
/// not be the server that the URL names.
const NO_SOCKET: &str = "prefer_socket=false";

/// What the driver has to know for a URL under these settings.
pub(super) fn options(config: &DatabaseConfig, url: &SecretString) -> Result<Opts, UrlFault> {
    let url = url.expose_secret();
    let mut parameters = vec![TCP_KEEPALIVE];
    if !url.contains("prefer_socket=") {
        parameters.push(NO_SOCKET);
    }
    if config.require_tls {
        parameters.push("require_ssl=true");
    }
    let separator = if url.contains('?') { '&' } else { '?' };
    let options = mysql_options(&format!("{url}{separator}{}", parameters.join("&")))?;
    let tls = options.ssl_opts().cloned();
    // Diesel keeps the prepared statements itself, and counts the rows that were met, changed or not.
    let mut options = OptsBuilder::from_opts(options).stmt_cache_size(0).client_found_rows(true);
    if let (Some(tls), Some(ca_file)) = (tls, &config.ca_file) {
        let authorities = vec![PathBuf::from(ca_file).into()];
        options = options.ssl_opts(tls.with_root_certs(authorities).with_disable_built_in_roots(true));
    }
    Ok(options.into())
}

/// How what is sent to a server is protected on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Not at all.
    Plain,
    /// Encrypted, but whoever answers is taken for the server.
    Unverified,
    /// Encrypted, and the server's certificate is checked.
    Verified,
}

impl DatabaseConfig {
    /// The protection of each server that the settings name; none for SQLite, and for URLs that cannot be read.
    pub fn protections(&self) -> Vec<Protection> {
        let urls = [Some(&self.url), self.replica_url.as_ref()].into_iter().flatten();
        let servers = urls.filter(|url| matches!(Location::parse(url), Ok(Location::MySql(_))));
        servers.filter_map(|url| options(self, url).ok()).map(|options| protection(&options)).collect()
    }
}

fn protection(options: &Opts) -> Protection {
    match options.ssl_opts() {
        None => Protection::Plain,
        Some(tls) if tls.accept_invalid_certs() => Protection::Unverified,
        Some(_) => Protection::Verified,
    }
}

/// A connection, and what its server is.
pub(super) async fn connect(options: &Opts) -> Result<(AsyncMysqlConnection, Peer), ConnectionError> {
    let mut connection = Conn::new(options.clone()).await.map_err(connection_error)?;
    let variables: Vec<(String, String)> = connection
        .query(
            "SHOW SESSION VARIABLES WHERE Variable_name IN ('hostname', 'port', 'idle_transaction_timeout', 'wsrep_on')",
        )
        .await
        .map_err(connection_error)?;
    let peer = Peer::new(connection.id(), &variables);
    Ok((AsyncMysqlConnection::try_from(connection).await?, peer))
}

/// The other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Peer {
    /// The server's number of the connection.
    pub(super) connection: u32,
    /// Which server it is: behind one address there may be several, each with numbers of its own.
    server: String,
    /// MariaDB alone ends transactions that lie idle.
    pub(super) ends_idle_transactions: bool,
    /// It is a node of Galera, whose other nodes are a moment behind each other.
    pub(super) is_galera: bool,
}

impl Peer {
    fn new(connection: u32, variables: &[(String, String)]) -> Self {
        let value = |name| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        Self {
            connection,
            server: format!("{}:{}", value("hostname").unwrap_or_default(), value("port").unwrap_or_default()),
            ends_idle_transactions: value("idle_transaction_timeout").is_some(),
            is_galera: value("wsrep_on") == Some("ON"),
        }
    }

    /// Has the server close the connection, whatever it does, so that it holds no lock; asked on another connection.
    /// Nothing is done when that one leads to another server, where the number is of somebody else's connection.
    pub(super) async fn kill(&self, options: &Opts) -> Result<(), ConnectionError> {
        let mut connection = Conn::new(options.clone()).await.map_err(connection_error)?;
        let server: Option<String> =
            connection.query_first("SELECT CONCAT(@@hostname, ':', @@port)").await.map_err(connection_error)?;
        if server.as_ref() == Some(&self.server) {
            connection.query_drop(format!("KILL CONNECTION {}", self.connection)).await.map_err(connection_error)?;
        }
        connection.disconnect().await.map_err(connection_error)
    }
}

fn connection_error(error: mysql_async::Error) -> ConnectionError {
    match error {
        mysql_async::Error::Server(error) => ConnectionError::CouldntSetupConfiguration(Error::DatabaseError(
            DatabaseErrorKind::Unknown,
            Box::new(error.message),
        )),
        error => ConnectionError::BadConnection(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseConfig, Peer, options};

    #[test]
    fn a_socket_of_this_machine_is_used_only_when_asked_for() {
        for (url, expected) in [
            ("mysql://box@db.test/box", false),
            ("mysql://box@127.0.0.1/box?tcp_nodelay=true", false),
            ("mysql://box@127.0.0.1/box?prefer_socket=true", true),
        ] {
            let config = DatabaseConfig::new(url);
            assert_eq!(options(&config, &config.url).unwrap().prefer_socket(), expected, "{url}");
        }
    }

    #[test]
    fn tls_is_asked_for_by_the_url_or_by_the_settings() {
        let mut config = DatabaseConfig::new("mysql://box@db.test/box");
        assert!(options(&config, &config.url).unwrap().ssl_opts().is_none());
        config.require_tls = true;
        config.ca_file = Some("authorities.pem".into());
        let replica = "mysql://box@replica.test/box?require_ssl=false&verify_identity=false".into();
        for url in [&config.url, &replica] {
            let tls = options(&config, url).unwrap().ssl_opts().cloned().unwrap();
            assert_eq!(tls.root_certs().len(), 1);
            assert!(tls.disable_built_in_roots());
            assert!(!tls.accept_invalid_certs());
        }
        let config = DatabaseConfig::new("mysql://box@db.test/box?require_ssl=true");
        assert!(options(&config, &config.url).unwrap().ssl_opts().is_some_and(|tls| !tls.disable_built_in_roots()));
    }

    #[test]
    fn a_server_says_what_it_is() {
        let variables = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let galera = variables(&[
            ("hostname", "node-1"),
            ("port", "3306"),
            ("idle_transaction_timeout", "0"),
            ("wsrep_on", "ON"),
        ]);
        let galera = Peer::new(7, &galera);
        assert!(galera.is_galera && galera.ends_idle_transactions);
        assert_eq!(galera.server, "node-1:3306");
        let mysql = Peer::new(7, &variables(&[("hostname", "node-1"), ("port", "3306")]));
        assert!(!mysql.is_galera && !mysql.ends_idle_transactions);
    }
}
