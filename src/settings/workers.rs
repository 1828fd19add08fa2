//! The background workers.

use serde::Deserialize;

use super::require_within;

/// Section `workers`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerSettings {
    /// Whether this process runs the workers.
    pub enabled: bool,
    /// How often overdue holds are expired.
    pub hold_expiry_ms: u32,
    /// How often the gateway is queried about payments and refunds with an unknown outcome.
    pub reconcile_ms: u32,
    /// How often bookings of cancelled concerts are cancelled.
    pub cancel_concert_bookings_ms: u32,
    /// How often events of other processes are delivered. Events of this process are delivered immediately.
    pub relay_ms: u32,
    /// How often expired data is deleted.
    pub pruning_seconds: u32,
}

impl WorkerSettings {
    pub(super) fn validate(&self, faults: &mut Vec<String>) {
        // The documentation promises that overdue holds are released within a second.
        require_within(10..=250, self.hold_expiry_ms.into(), "workers.hold_expiry_ms", faults);
        require_within(10..=60_000, self.reconcile_ms.into(), "workers.reconcile_ms", faults);
        require_within(
            10..=60_000,
            self.cancel_concert_bookings_ms.into(),
            "workers.cancel_concert_bookings_ms",
            faults,
        );
        require_within(10..=60_000, self.relay_ms.into(), "workers.relay_ms", faults);
        require_within(1..=86_400, self.pruning_seconds.into(), "workers.pruning_seconds", faults);
    }
}
