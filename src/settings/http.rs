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
    /// The address to listen on.
    pub address: SocketAddr,
    /// The maximum number of connections. When all are in use, a new one replaces the one that has been idle longest.
    pub max_connections: u32,
    /// The maximum number of connections from one address (for IPv6 a /64 network). It shrinks when few are left.
    /// Trusted proxies have no such limit.
    pub max_connections_per_address: u32,
    /// The maximum number of concurrent requests of each kind: reads, changes, and those that wait for the payment
    /// gateway. Further ones are refused with 503.
    pub max_requests: u32,
    /// The maximum number of browsers that watch seats. Further ones are refused with 503.
    pub max_watchers: u32,
    /// The maximum number of watching browsers from one address. It shrinks when few slots are left.
    pub max_watchers_per_address: u32,
    /// How long a stopping server waits for running requests.
    pub drain_seconds: u32,
    /// How long a stopping server still accepts connections after `/readyz` fails, so that load balancers notice.
    pub unready_seconds: u32,
    /// Whether cookies are only sent over HTTPS.
    pub secure_cookies: bool,
    /// Proxies in front of this program whose `X-Forwarded-For` is trusted.
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<AddressRange>,
    /// Origins of other pages that may keep a session, such as `https://tickets.example`.
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
