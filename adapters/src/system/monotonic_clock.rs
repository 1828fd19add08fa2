//! A clock for ages. It never goes back.

use std::time::Instant;

use boxoffice_domain::shared::{Clock, Timestamp};

/// Starts at a given instant and advances with the machine's monotonic clock. After a correction of the time of day the
/// two differ. Compare its instants only with each other, for the age of something in memory.
#[derive(Debug, Clone, Copy)]
pub struct MonotonicClock {
    begins_at: Timestamp,
    began: Instant,
}

impl MonotonicClock {
    /// A clock that currently shows `begins_at`.
    pub fn beginning_at(begins_at: Timestamp) -> Self {
        Self { begins_at, began: Instant::now() }
    }
}

impl Clock for MonotonicClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.begins_at.micros().saturating_add(passed))
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::{Clock, Timestamp};

    use super::MonotonicClock;

    #[test]
    fn it_advances_from_its_start() {
        let begins_at = Timestamp::from_micros(1_000_000);
        let clock = MonotonicClock::beginning_at(begins_at);
        let first = clock.now();
        assert!(first >= begins_at && first < begins_at.plus_seconds(3_600));
        while clock.now() == first {}
        assert!(clock.now() > first);
    }
}
