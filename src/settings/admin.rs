//! Metrics and probes, apart from the shop so that they can be kept from the public.

use std::net::SocketAddr;

use serde::Deserialize;

use super::HttpSettings;

/// Section `admin`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminSettings {
    /// Where to listen.
    pub address: SocketAddr,
}

impl AdminSettings {
    pub(super) fn validate(&self, http: &HttpSettings, faults: &mut Vec<String>) {
        if self.address == http.address && self.address.port() != 0 {
            faults.push("admin.address: must be another than http.address".to_owned());
        }
    }
}
