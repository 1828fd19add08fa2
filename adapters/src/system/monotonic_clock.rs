//! A clock for ages, which cannot be put back.

use std::time::Instant;

use boxoffice_domain::shared::{Clock, Timestamp};

/// Begins at a given instant and goes on as the machine's monotonic clock does. When the time of day is corrected, the
/// two differ from then on: compare its instants with each other only, to tell how old something in memory is.
#[derive(Debug, Clone, Copy)]
pub struct MonotonicClock {
    begins_at: Timestamp,
    began: Instant,
}

impl MonotonicClock {
    /// A clock that shows `begins_at` now.
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
    fn it_goes_on_from_where_it_begins() {
        let begins_at = Timestamp::from_micros(1_000_000);
        let clock = MonotonicClock::beginning_at(begins_at);
        let first = clock.now();
        assert!(first >= begins_at && first < begins_at.plus_seconds(3_600));
        while clock.now() == first {}
        assert!(clock.now() > first);
    }
}
