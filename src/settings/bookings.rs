//! How bookings are committed, and how long they hold their seats.

use serde::Deserialize;

use super::require_within;

/// How bookings are committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum CommitMode {
    /// Concurrent bookings of one concert share a transaction.
    Group,
    /// Each booking has a transaction of its own.
    Direct,
}

impl TryFrom<String> for CommitMode {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        match name.as_str() {
            "group" => Ok(Self::Group),
            "direct" => Ok(Self::Direct),
            _ => Err("must be group or direct"),
        }
    }
}

/// Section `bookings`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookingSettings {
    /// How long a booking holds its seats without payment.
    pub hold_seconds: u32,
    /// How bookings are committed.
    pub commit_mode: CommitMode,
    /// The longest wait of a booking for its batch to begin, in milliseconds.
    pub wait_ms: u32,
}

impl BookingSettings {
    pub(super) fn validate(&self, faults: &mut Vec<String>) {
        require_within(1..=86_400, self.hold_seconds.into(), "bookings.hold_seconds", faults);
        require_within(1..=60_000, self.wait_ms.into(), "bookings.wait_ms", faults);
    }
}
