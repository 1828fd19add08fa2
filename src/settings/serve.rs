//! Which services this process runs.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::AuthSettings;
use super::list::list;

/// A part of the program that a process can run without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Accounts, sessions and access tokens.
    Users,
    /// Concerts, bookings, reports, live seats and the web pages; expires holds.
    Bookings,
    /// Payments and refunds; reconciles them with the gateway.
    Payments,
    /// The delivery of events, parked events and pruning.
    Worker,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 4] = [Self::Users, Self::Bookings, Self::Payments, Self::Worker];

    /// The name in settings and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Bookings => "bookings",
            Self::Payments => "payments",
            Self::Worker => "worker",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// There is no service of this name.
#[derive(Debug, thiserror::Error)]
#[error("must be users, bookings, payments or worker, not {0:?}")]
pub struct NoService(String);

impl FromStr for Service {
    type Err = NoService;

    fn from_str(name: &str) -> Result<Self, NoService> {
        Self::ALL.into_iter().find(|service| service.as_str() == name).ok_or_else(|| NoService(name.to_owned()))
    }
}

/// Section `serve`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServeSettings {
    /// The services of this process. Empty means all of them.
    #[serde(deserialize_with = "list")]
    pub only: Vec<Service>,
}

impl ServeSettings {
    /// Whether this process runs a service.
    pub fn includes(&self, service: Service) -> bool {
        self.only.is_empty() || self.only.contains(&service)
    }

    /// Whether other processes run some of the services.
    pub fn is_partial(&self) -> bool {
        !Service::ALL.into_iter().all(|service| self.includes(service))
    }

    pub(super) fn validate(&self, auth: &AuthSettings, faults: &mut Vec<String>) {
        if self.is_partial() && auth.signing_key.is_none() {
            faults.push(
                "serve.only: needs auth.signing_key, the same in every process; each process would refuse the access \
                 tokens of the others"
                    .to_owned(),
            );
        }
    }
}
