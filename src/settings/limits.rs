//! How much one client may ask for.

use serde::Deserialize;

use super::{Environment, require_at_least};

/// Section `limits`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Whether clients are limited at all.
    pub enabled: bool,
    /// Registrations from one address.
    pub registrations_per_minute: u32,
    /// Concerts that an organiser creates in 24 hours.
    pub concerts_per_day: u32,
}

impl LimitSettings {
    pub(super) fn validate(&self, environment: Environment, faults: &mut Vec<String>) {
        if environment.is_production() && !self.enabled {
            faults.push("limits.enabled: must be true in production, or anybody can guess passwords".to_owned());
        }
        require_at_least(1, self.concerts_per_day.into(), "limits.concerts_per_day", faults);
        require_at_least(1, self.registrations_per_minute.into(), "limits.registrations_per_minute", faults);
    }
}
