//! How long seats are held.

use serde::Deserialize;

use super::require_within;

/// Section `bookings`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookingSettings {
    /// How long a booking may stay unpaid.
    pub hold_seconds: u32,
}

impl BookingSettings {
    pub(super) fn validate(&self, faults: &mut Vec<String>) {
        require_within(1..=86_400, self.hold_seconds.into(), "bookings.hold_seconds", faults);
    }
}
