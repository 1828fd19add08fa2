//! The time of day.

use std::time::{SystemTime, UNIX_EPOCH};

use boxoffice_domain::shared::{Clock, Timestamp};

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "everything else uses this port")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_micros()).map_or(Timestamp::MAX, Timestamp::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::{Clock, Timestamp};

    use super::SystemClock;

    #[test]
    fn the_system_clock_is_in_this_century_and_advances() {
        let first = SystemClock.now();
        assert!(first > Timestamp::parse_rfc3339("2024-01-01T00:00:00Z").unwrap());
        assert!(first < Timestamp::parse_rfc3339("2100-01-01T00:00:00Z").unwrap());
        while SystemClock.now() == first {}
    }
}
