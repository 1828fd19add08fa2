//! Decides which scheduled work is due, robust against clocks that were ahead.

use super::Timestamp;

/// The scheduled times at which work is due: those that have passed, and those further in the future than any work is
/// ever scheduled. The latter were written by a clock that was ahead; the work does not wait until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Work scheduled up to this time is due.
    pub by: Timestamp,
    /// Work scheduled after this time is due too.
    pub beyond: Timestamp,
}

impl Due {
    /// The times due at `now`, when no work is scheduled further ahead than `longest_seconds`.
    pub const fn at(now: Timestamp, longest_seconds: i64) -> Self {
        Self { by: now, beyond: now.plus_seconds(longest_seconds) }
    }

    /// Whether work scheduled for this time is due.
    pub fn includes(self, until: Timestamp) -> bool {
        until <= self.by || until > self.beyond
    }
}

#[cfg(test)]
mod tests {
    use super::{Due, Timestamp};

    #[test]
    fn work_scheduled_further_ahead_than_possible_is_due_at_once() {
        let now = Timestamp::from_micros(1_000_000_000);
        let due = Due::at(now, 60);
        let after = |instant: Timestamp| Timestamp::from_micros(instant.micros() + 1);
        for (until, is_due) in [
            (now.plus_seconds(-3_600), true),
            (now, true),
            (after(now), false),
            (now.plus_seconds(60), false),
            (after(now.plus_seconds(60)), true),
            (Timestamp::MAX, true),
        ] {
            assert_eq!(due.includes(until), is_due, "{until:?}");
        }
    }
}
