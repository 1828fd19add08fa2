//! The cache of public reads: responses that are the same for all clients, rendered once and kept in memory.
//!
//! [`PublicConcertCache`] is the interface to the rest of the program. It holds an entry for each requested concert,
//! which applies the concert's events and so stays in line with the database, and the pages of the list. A rendered
//! response is a [`CachedResponse`].

mod cache_entry;
mod cached_response;
mod compression;
mod concert_snapshot;
mod event_follower;
mod list_pages;
mod public_concert_cache;
mod response_slot;
#[cfg(test)]
mod tests;

use boxoffice_domain::shared::Timestamp;

pub(crate) use cached_response::COMPRESSED_MIN;
pub use cached_response::{CachedResponse, EncodedBody};
pub use compression::{Accepted, Coding};
pub use concert_snapshot::ConcertSnapshot;
pub use public_concert_cache::{CacheDependencies, Lookup, LookupError, PublicConcertCache, Renderers, View};

/// How fresh a response must be. Changes by this process are visible at once in any case; this limits how late changes
/// by other processes appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// At most 1 s old.
    Usual,
    /// At most 250 ms old, as requested by `Cache-Control: no-cache`: at most four reads of the database a second.
    Insisted,
}

impl Freshness {
    const fn micros(self) -> i64 {
        match self {
            Self::Usual => 1_000_000,
            Self::Insisted => 250_000,
        }
    }

    /// Whether content that was true at `checked_at` is fresh enough for a request that arrived at `came_at`. Never if
    /// the clock was set back since.
    fn allows(self, checked_at: Timestamp, came_at: Timestamp, now: Timestamp) -> bool {
        checked_at <= now && came_at.micros().saturating_sub(checked_at.micros()) < self.micros()
    }
}
