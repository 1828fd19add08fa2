//! Connections to a MySQL or MariaDB server.

use std::path::PathBuf;

use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::AsyncMysqlConnection;
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder};
use secrecy::{ExposeSecret, SecretString};

use super::settings::{DatabaseConfig, Location, Protection, UrlFault, mysql_options};

/// The silence after which the operating system begins to probe a connection, in milliseconds.
const TCP_KEEPALIVE: &str = "tcp_keepalive=10000";

/// By default the driver asks the server for its socket and connects to that path on this machine, which may belong to
/// another server than the URL names.
const NO_SOCKET: &str = "prefer_socket=false";

/// The driver's options for a URL under these settings.
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
    // Diesel caches the prepared statements itself and counts matched rows, changed or not.
    let mut options = OptsBuilder::from_opts(options).stmt_cache_size(0).client_found_rows(true);
    if let (Some(tls), Some(ca_file)) = (tls, &config.ca_file) {
        let authorities = vec![PathBuf::from(ca_file).into()];
        options = options.ssl_opts(tls.with_root_certs(authorities).with_disable_built_in_roots(true));
    }
    Ok(options.into())
}

impl DatabaseConfig {
    /// The protection of each server in the settings. Empty for SQLite and for URLs that cannot be parsed.
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

/// Connects, and returns the connection with its server's identity.
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

/// The server's end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Peer {
    /// The server's id of the connection.
    pub(super) connection: u32,
    /// The identity of the server. One address may lead to several servers, each with connection ids of its own.
    server: String,
    /// Whether the server ends idle transactions. Only MariaDB does.
    pub(super) ends_idle_transactions: bool,
    /// Whether the server is a Galera node, which may lag behind the other nodes for a moment.
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

    /// Makes the server close the connection, even in the middle of a statement, so that it holds no lock. The request
    /// uses another connection. If that one leads to another server, nothing is done, because the id belongs to a
    /// different connection there.
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
    fn a_local_socket_is_used_only_on_request() {
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
    fn tls_is_requested_by_the_url_or_by_the_settings() {
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
    fn a_servers_variables_identify_it() {
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
