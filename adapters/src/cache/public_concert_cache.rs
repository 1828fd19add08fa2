//! The cache of all public concert data.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_domain::concerts::{Catalogue, Section};
use boxoffice_domain::events::{EventLog, OutboxEntry, Stream};
use boxoffice_domain::shared::{Clock, ConcertId, StoreError, Timestamp};
use boxoffice_domain::store::CommittedEvents;
use moka::ops::compute::Op;
use moka::sync::Cache;

use super::Freshness;
use super::cache_entry::CacheEntry;
use super::cached_response::CachedResponse;
use super::concert_snapshot::ConcertSnapshot;
use super::list_pages::ListPages;

/// The approximate size limit of the cached concerts, in bytes. The least used are evicted first. A concert of 60,000
/// seats takes half a megabyte.
const WEIGHT_MAX: u64 = 64 * 1024 * 1024;
/// A concert that is not requested for this long is evicted.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// A part of a concert that is cached as a response of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View<'a> {
    /// The concert itself.
    Concert,
    /// The number of available tickets.
    Availability,
    /// The state of every seat, or of the seats in the section with this code.
    Seats(Option<&'a str>),
}

/// How snapshots are rendered as response bodies.
#[derive(Debug, Clone, Copy)]
pub struct Renderers {
    /// Renders [`View::Concert`].
    pub concert: fn(&ConcertSnapshot) -> serde_json::Result<Vec<u8>>,
    /// Renders [`View::Availability`].
    pub availability: fn(&ConcertSnapshot) -> serde_json::Result<Vec<u8>>,
    /// Renders [`View::Seats`], of all sections or of one.
    pub seats: fn(&ConcertSnapshot, Option<&Section>) -> serde_json::Result<Vec<u8>>,
}

impl Renderers {
    pub(super) fn render(&self, view: View<'_>, snapshot: &ConcertSnapshot) -> serde_json::Result<Vec<u8>> {
        match view {
            View::Concert => (self.concert)(snapshot),
            View::Availability => (self.availability)(snapshot),
            View::Seats(code) => {
                let section = snapshot.plan().sections().iter().find(|section| Some(section.code.as_str()) == code);
                (self.seats)(snapshot, section)
            }
        }
    }
}

/// What the cache needs.
pub struct CacheDependencies {
    /// Reads concerts, as anonymous clients see them.
    pub catalogue: Arc<Catalogue>,
    /// Finds changes by other processes.
    pub log: Arc<dyn EventLog>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Renders the responses.
    pub renderers: Renderers,
}

/// The result of a lookup.
#[derive(Debug)]
pub enum Lookup {
    /// The concert is public.
    Shown {
        /// The rendered response.
        rendering: Arc<CachedResponse>,
        /// Whether it was served without reading the database.
        from_memory: bool,
    },
    /// The concert does not exist or is not public.
    NotPublic,
    /// The concert has no such section.
    NoSuchSection,
}

/// Why a lookup failed.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The snapshot could not be serialised: a defect of this program.
    #[error("a response cannot be rendered")]
    Render(#[from] serde_json::Error),
}

/// The cache of public concert data.
///
/// Read-your-writes within this process; changes by other processes appear within 1 s. Register it as a listener of
/// committed events.
pub struct PublicConcertCache {
    parts: CacheDependencies,
    concerts: Cache<ConcertId, Arc<CacheEntry>>,
    lists: ListPages,
}

impl PublicConcertCache {
    /// An empty cache.
    pub fn new(parts: CacheDependencies) -> Self {
        let concerts = Cache::builder()
            .weigher(|_, cache_entry: &Arc<CacheEntry>| cache_entry.weight())
            .max_capacity(WEIGHT_MAX)
            .time_to_idle(IDLE_MAX)
            .build();
        Self { concerts, lists: ListPages::new(Arc::clone(&parts.clock)), parts }
    }

    /// The response for a view, if it is cached and current. Does not wait.
    pub fn get_cached(
        &self,
        id: ConcertId,
        view: View<'_>,
        freshness: Freshness,
        now: Timestamp,
    ) -> Option<Arc<CachedResponse>> {
        self.concerts.get(&id)?.get_cached(view, freshness, now)
    }

    /// The response for a view, loaded and rendered if it is not cached or not fresh enough.
    ///
    /// # Errors
    /// Returns [`LookupError`] when the database fails or the response cannot be rendered.
    pub async fn get_or_load(
        &self,
        id: ConcertId,
        view: View<'_>,
        freshness: Freshness,
    ) -> Result<Lookup, LookupError> {
        let cache_entry = self.concerts.get_with(id, || Arc::new(CacheEntry::new(id)));
        if let Some(rendering) = cache_entry.get_cached(view, freshness, self.parts.clock.now()) {
            return Ok(Lookup::Shown { rendering, from_memory: true });
        }
        let with_states = matches!(view, View::Seats(_));
        let (snapshot, loaded) = cache_entry.snapshot(&self.parts, with_states, freshness).await?;
        if loaded {
            self.weigh(id, &cache_entry);
        }
        let Some(snapshot) = snapshot else {
            return Ok(Lookup::NotPublic);
        };
        let rendering = cache_entry.render(&self.parts, view, &snapshot).await?;
        Ok(rendering.map_or(Lookup::NoSuchSection, |rendering| Lookup::Shown { rendering, from_memory: !loaded }))
    }

    /// A concert's snapshot with the seat states; `None` when the concert does not exist or is not public.
    ///
    /// # Errors
    /// Returns [`StoreError`] when the database fails.
    pub async fn snapshot(&self, id: ConcertId) -> Result<Option<Arc<ConcertSnapshot>>, StoreError> {
        self.find(id, true).await
    }

    /// A concert's snapshot, possibly without the seat states; `None` when the concert does not exist or is not public.
    ///
    /// # Errors
    /// Returns [`StoreError`] when the database fails.
    pub async fn public_concert(&self, id: ConcertId) -> Result<Option<Arc<ConcertSnapshot>>, StoreError> {
        self.find(id, false).await
    }

    async fn find(&self, id: ConcertId, with_states: bool) -> Result<Option<Arc<ConcertSnapshot>>, StoreError> {
        let cache_entry = self.concerts.get_with(id, || Arc::new(CacheEntry::new(id)));
        let (snapshot, loaded) = cache_entry.snapshot(&self.parts, with_states, Freshness::Usual).await?;
        if loaded {
            self.weigh(id, &cache_entry);
        }
        Ok(snapshot)
    }

    /// Updates the weight of an entry after its content has changed.
    fn weigh(&self, id: ConcertId, cache_entry: &Arc<CacheEntry>) {
        self.concerts.entry(id).and_compute_with(|entry| match entry {
            Some(entry) if Arc::ptr_eq(entry.value(), cache_entry) => Op::Put(Arc::clone(cache_entry)),
            _ => Op::Nop,
        });
    }

    /// A page of the list of concerts, if it is cached and current.
    pub fn get_cached_list(&self, key: &[u8], freshness: Freshness) -> Option<Arc<CachedResponse>> {
        self.lists.get_cached(key, freshness)
    }

    /// A page of the list of concerts, and whether it was served from memory. `key` identifies it; `load` returns its
    /// entity tag and its body.
    ///
    /// # Errors
    /// Returns the error of `load`.
    pub async fn list<E>(
        &self,
        key: &[u8],
        freshness: Freshness,
        load: impl AsyncFnOnce() -> Result<(String, Vec<u8>), E>,
    ) -> Result<(Arc<CachedResponse>, bool), E> {
        let (page, loaded) = self.lists.page(key, freshness, load).await?;
        Ok((page, !loaded))
    }
}

impl CommittedEvents for PublicConcertCache {
    fn committed(&self, entries: &[OutboxEntry]) {
        let now = self.parts.clock.now();
        let mut changed = false;
        for entry in entries {
            let Stream::Concert(id) = entry.stream else {
                continue;
            };
            let seats = entry.seat_changes();
            changed |= seats.is_none_or(|seats| !seats.is_empty());
            if let Some(display) = self.concerts.get(&id) {
                display.apply_event(entry.position, seats, now);
            }
        }
        if changed {
            self.lists.begin_epoch();
        }
    }
}
