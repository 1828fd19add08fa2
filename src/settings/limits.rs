//! Limits for each client.

use serde::Deserialize;

use super::{Environment, require_at_least};

/// Section `limits`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Whether the limits apply.
    pub enabled: bool,
    /// The maximum number of registrations from one address per minute.
    pub registrations_per_minute: u32,
    /// The maximum number of concerts that an organiser creates in 24 hours.
    pub concerts_per_day: u32,
}

impl LimitSettings {
    pub(super) fn validate(&self, environment: Environment, faults: &mut Vec<String>) {
        if environment.is_production() && !self.enabled {
            faults.push(
                "limits.enabled: must be true in production, to slow down attempts to guess passwords".to_owned(),
            );
        }
        require_at_least(1, self.concerts_per_day.into(), "limits.concerts_per_day", faults);
        require_at_least(1, self.registrations_per_minute.into(), "limits.registrations_per_minute", faults);
    }
}
