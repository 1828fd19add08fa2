//! A clock that stands still until a test advances it.

use std::sync::atomic::{AtomicI64, Ordering};

use boxoffice_domain::shared::{Clock, Timestamp};

/// A clock that returns the time it was set to.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// The time of [`FixedClock::default`]: 2026-05-01T12:00:00Z.
    pub const START: Timestamp = Timestamp::from_micros(1_777_636_800_000_000);

    /// A clock that is set to `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Sets it to `now`, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Advances it by `seconds` and returns its new time.
    pub fn advance(&self, seconds: i64) -> Timestamp {
        self.set(self.now().plus_seconds(seconds));
        self.now()
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::FixedClock;
    use boxoffice_domain::shared::{Clock, Timestamp};

    #[test]
    fn it_changes_only_when_it_is_set() {
        let clock = FixedClock::default();
        assert_eq!(clock.now().to_rfc3339(), "2026-05-01T12:00:00Z");
        assert_eq!(clock.advance(90).to_rfc3339(), "2026-05-01T12:01:30Z");
        clock.set(Timestamp::from_micros(5));
        assert_eq!(clock.now(), Timestamp::from_micros(5));
    }
}
