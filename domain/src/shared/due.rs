//! When something is due that was put off.

use super::Timestamp;

/// The instants at which something is due that was put off until an instant: those that have come, and those that lie
/// further ahead than anything is ever put off. The latter were written by a clock that was ahead; nothing has to wait
/// until that time really comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Everything up to this instant is due.
    pub by: Timestamp,
    /// Everything after this instant is due too.
    pub beyond: Timestamp,
}

impl Due {
    /// What is due at `now`, when nothing is put off for longer than `longest_seconds`.
    pub const fn at(now: Timestamp, longest_seconds: i64) -> Self {
        Self { by: now, beyond: now.plus_seconds(longest_seconds) }
    }

    /// Whether it is due what was put off until this instant.
    pub fn includes(self, until: Timestamp) -> bool {
        until <= self.by || until > self.beyond
    }
}

#[cfg(test)]
mod tests {
    use super::{Due, Timestamp};

    #[test]
    fn what_was_put_off_for_longer_than_anything_is_due_at_once() {
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
