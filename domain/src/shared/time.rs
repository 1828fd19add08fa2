//! Timestamps in microseconds, the precision that both databases store.

use chrono::{DateTime, SecondsFormat, Utc};

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    const MICROS_PER_SECOND: i64 = 1_000_000;

    /// The last timestamp that this system stores: the end of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);

    /// Makes a timestamp of microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Parses RFC 3339 with any offset. Digits beyond microseconds are cut off. `None` when the text is not RFC 3339 or
    /// not between the years 0 and 9999.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let instant = Self(DateTime::parse_from_rfc3339(text).ok()?.timestamp_micros());
        (instant <= Self::MAX).then_some(instant)
    }

    /// Formats as RFC 3339 in UTC with a trailing `Z`, with fractions of a second only if they are not zero.
    pub fn to_rfc3339(self) -> String {
        DateTime::<Utc>::from_timestamp_micros(self.0)
            .map_or_else(String::new, |instant| instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }

    /// This timestamp plus `seconds`, saturating at the numeric bounds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(Self::MICROS_PER_SECOND)))
    }

    /// Whole seconds from `earlier` to this timestamp; negative when `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(Self::MICROS_PER_SECOND)
    }
}

/// The source of the current time. Each unit of work reads it once.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn any_offset_is_read_and_utc_is_written() {
        let instant = Timestamp::parse_rfc3339("2026-12-31T20:30:00.1234567+07:00").unwrap();
        assert_eq!(instant.to_rfc3339(), "2026-12-31T13:30:00.123456Z");
    }

    #[test]
    fn a_text_that_is_no_timestamp_is_refused() {
        for text in ["", "2026-12-31", "2026-13-01T00:00:00Z", "2026-12-31T20:30:00"] {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_between_instants_are_whole() {
        let start = Timestamp::from_micros(1_999_999);
        assert_eq!(start.plus_seconds(60).seconds_since(start), 60);
        assert_eq!(Timestamp::from_micros(2_000_000).seconds_since(start), 0);
    }
}
