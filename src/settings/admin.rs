//! Metrics and probes. They have a port of their own, so that the public cannot reach them.

use std::net::SocketAddr;

use serde::Deserialize;

use super::{Environment, HttpSettings};

/// Section `admin`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminSettings {
    /// The address to listen on.
    pub address: SocketAddr,
    /// Lets production listen on every interface, if something else keeps the public from the port.
    pub allow_every_interface: bool,
}

impl AdminSettings {
    pub(super) fn validate(&self, environment: Environment, http: &HttpSettings, faults: &mut Vec<String>) {
        let is_everywhere = self.address.ip().to_canonical().is_unspecified();
        if environment.is_production() && is_everywhere && !self.allow_every_interface {
            faults.push(
                "admin.address: must not be every interface in production, the public's among them, unless \
                 admin.allow_every_interface is true"
                    .to_owned(),
            );
        }
        if self.address == http.address && self.address.port() != 0 {
            faults.push("admin.address: must be another than http.address".to_owned());
        }
    }
}
