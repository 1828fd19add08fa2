//! What happens in the background.

use serde::Deserialize;

use super::require_within;

/// Section `workers`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerSettings {
    /// Whether this process runs them.
    pub enabled: bool,
    /// How often overdue holds are looked for.
    pub hold_expiry_ms: u32,
    /// How often the gateway is asked about payments and refunds without an outcome.
    pub reconcile_ms: u32,
    /// How often cancelled concerts with bookings are looked for.
    pub wind_up_ms: u32,
    /// How often events are looked for that other processes committed; one's own are delivered at once.
    pub relay_ms: u32,
    /// How often what is no longer needed is deleted.
    pub pruning_seconds: u32,
}

impl WorkerSettings {
    pub(super) fn validate(&self, faults: &mut Vec<String>) {
        // Overdue holds are promised to be free within a second.
        require_within(10..=250, self.hold_expiry_ms.into(), "workers.hold_expiry_ms", faults);
        require_within(10..=60_000, self.reconcile_ms.into(), "workers.reconcile_ms", faults);
        require_within(10..=60_000, self.wind_up_ms.into(), "workers.wind_up_ms", faults);
        require_within(10..=60_000, self.relay_ms.into(), "workers.relay_ms", faults);
        require_within(1..=86_400, self.pruning_seconds.into(), "workers.pruning_seconds", faults);
    }
}
