//! The shop and its API.

use std::net::SocketAddr;

use boxoffice_adapters::http::AddressRange;
use serde::Deserialize;

use super::list::list;
use super::{Environment, require_within};

/// Section `http`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// Where to listen.
    pub address: SocketAddr,
    /// Connections at a time; when all are taken, the one that is idle for longest makes room for the next.
    pub max_connections: u32,
    /// Connections of one address (of IPv6 a /64 network) at a time; fewer when few are left. Trusted proxies have no bound.
    pub max_connections_per_address: u32,
    /// Requests of each kind (reads, changes, those that wait for the payment gateway) that are worked on at once; the rest
    /// is turned away with 503.
    pub max_requests: u32,
    /// Browsers that watch seats at a time; the rest is turned away with 503.
    pub max_watchers: u32,
    /// Browsers of one address that watch at a time; fewer when few places are left.
    pub max_watchers_per_address: u32,
    /// How long a stopping server waits for requests that have begun.
    pub drain_seconds: u32,
    /// How long a stopping server goes on accepting after `/readyz` says that it stops, so that load balancers notice.
    pub unready_seconds: u32,
    /// Whether cookies are only sent over HTTPS.
    pub secure_cookies: bool,
    /// Proxies in front of this program whose `X-Forwarded-For` is believed.
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<AddressRange>,
    /// Origins of pages beside our own that may keep a log-in, such as `https://tickets.example`.
    #[serde(deserialize_with = "list")]
    pub allowed_origins: Vec<String>,
}

impl HttpSettings {
    pub(super) fn validate(&self, environment: Environment, faults: &mut Vec<String>) {
        require_within(1..=1_000_000, self.max_connections.into(), "http.max_connections", faults);
        let per_address = self.max_connections_per_address.into();
        require_within(1..=1_000_000, per_address, "http.max_connections_per_address", faults);
        let per_address = self.max_watchers_per_address.into();
        require_within(1..=1_000_000, per_address, "http.max_watchers_per_address", faults);
        require_within(1..=1_000_000, self.max_requests.into(), "http.max_requests", faults);
        require_within(0..=1_000_000, self.max_watchers.into(), "http.max_watchers", faults);
        require_within(1..=3_600, self.drain_seconds.into(), "http.drain_seconds", faults);
        require_within(0..=300, self.unready_seconds.into(), "http.unready_seconds", faults);
        if environment.is_production() && self.trusted_proxies.iter().any(AddressRange::is_wider_than_a_network) {
            faults.push(
                "http.trusted_proxies: must name your proxies in production; when every client is believed, each chooses the \
                 address that limits count them by"
                    .to_owned(),
            );
        }
        if environment.is_production() && !self.secure_cookies {
            faults.push("http.secure_cookies: must be true in production".to_owned());
        }
    }
}
