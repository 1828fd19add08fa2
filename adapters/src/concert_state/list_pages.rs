//! Cached pages of the public list of concerts.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_domain::shared::{Clock, Timestamp};
use moka::sync::Cache;

use super::freshness::Freshness;
use super::states::ConcertStates;
use crate::responses::{CachedResponse, ResponseSlot};

/// The most pages in the cache.
const PAGES_MAX: u64 = 1_000;
/// A page that is not requested for this long is evicted.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Pages by their query. A page from before a change of any concert by this process is not served any more: pages show
/// availability too.
pub(super) struct ListPages {
    concerts: Arc<ConcertStates>,
    pages: Cache<Vec<u8>, Arc<ResponseSlot>>,
    clock: Arc<dyn Clock>,
}

/// What a request requires of a page.
#[derive(Clone, Copy)]
struct Requirement {
    /// The number of changes that it shows at least.
    changes: u64,
    freshness: Freshness,
    came_at: Timestamp,
}

impl ListPages {
    /// An empty cache.
    pub(super) fn new(concerts: Arc<ConcertStates>) -> Self {
        let pages = Cache::builder().max_capacity(PAGES_MAX).time_to_idle(IDLE_MAX).build();
        let clock = Arc::clone(concerts.clock());
        Self { concerts, pages, clock }
    }

    /// A cached page, if it is current.
    pub(super) fn get_cached(&self, key: &[u8], freshness: Freshness) -> Option<Arc<CachedResponse>> {
        let slot = self.pages.get(key)?;
        self.good_page(&slot, self.requirement(freshness))
    }

    fn requirement(&self, freshness: Freshness) -> Requirement {
        Requirement { changes: self.concerts.changes(), freshness, came_at: self.clock.now() }
    }

    fn good_page(&self, slot: &ResponseSlot, requirement: Requirement) -> Option<Arc<CachedResponse>> {
        let now = self.clock.now();
        slot.shown_if(|page| {
            page.version >= requirement.changes
                && requirement.freshness.allows(page.rendered_at, requirement.came_at, now)
        })
    }

    /// A page, and whether it was loaded for this request. `load` returns its entity tag and its body. Concurrent
    /// readers wait for one load, if its result will be current enough for them.
    pub(super) async fn page<E>(
        &self,
        key: &[u8],
        freshness: Freshness,
        load: impl AsyncFnOnce() -> Result<(String, Vec<u8>), E>,
    ) -> Result<(Arc<CachedResponse>, bool), E> {
        let slot = self.pages.entry_by_ref(key).or_default().into_value();
        let requirement = self.requirement(freshness);
        if let Some(page) = self.good_page(&slot, requirement) {
            return Ok((page, false));
        }
        let _load_lock = slot.turn.lock().await;
        if let Some(page) = self.good_page(&slot, requirement) {
            return Ok((page, false));
        }
        let (changes, begun_at) = (self.concerts.changes(), self.clock.now());
        let (tag, body) = load().await?;
        let page = Arc::new(CachedResponse::new(changes, begun_at, tag, body, Arc::clone(&slot.pace)));
        slot.show(&page);
        Ok((page, true))
    }
}
