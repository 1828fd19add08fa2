//! How much one client may ask for.

use serde::Deserialize;

use super::require_at_least;

/// Section `limits`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Whether clients are limited at all.
    pub enabled: bool,
    /// Registrations from one address.
    pub registrations_per_minute: u32,
}

impl LimitSettings {
    pub(super) fn validate(&self, faults: &mut Vec<String>) {
        require_at_least(1, self.registrations_per_minute.into(), "limits.registrations_per_minute", faults);
    }
}
