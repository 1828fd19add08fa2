//! How old a public response may be.

use boxoffice_domain::shared::Timestamp;

/// How fresh a response must be. Changes by this process are visible at once in any case; this limits how late changes
/// by other processes appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// At most 1 s old.
    Usual,
    /// At most 250 ms old, as requested by `Cache-Control: no-cache`: at most four reads of the database a second.
    Insisted,
    /// Read from the database after the request arrived.
    Now,
}

impl Freshness {
    const fn micros(self) -> i64 {
        match self {
            Self::Usual => 1_000_000,
            Self::Insisted => 250_000,
            Self::Now => 1,
        }
    }

    /// Whether content that was true at `checked_at` is fresh enough for a request that arrived at `came_at`. Never if
    /// the clock was set back since.
    pub(super) fn allows(self, checked_at: Timestamp, came_at: Timestamp, now: Timestamp) -> bool {
        checked_at <= now && came_at.micros().saturating_sub(checked_at.micros()) < self.micros()
    }
}
