//! Cached pages of the public list of concerts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use boxoffice_domain::shared::{Clock, Timestamp};
use moka::sync::Cache;

use super::Freshness;
use super::cached_response::CachedResponse;
use super::response_slot::ResponseSlot;

/// The most pages in the cache.
const PAGES_MAX: u64 = 1_000;
/// A page that is not requested for this long is evicted.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// Pages by their query. Every change of any concert that this process commits begins a new epoch, and pages of earlier
/// epochs are not served any more: pages show availability too.
pub(super) struct ListPages {
    epoch: AtomicU64,
    pages: Cache<Vec<u8>, Arc<ResponseSlot>>,
    clock: Arc<dyn Clock>,
}

/// What a request requires of a page.
#[derive(Clone, Copy)]
struct Requirement {
    epoch: u64,
    freshness: Freshness,
    came_at: Timestamp,
}

impl ListPages {
    /// An empty cache.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let pages = Cache::builder().max_capacity(PAGES_MAX).time_to_idle(IDLE_MAX).build();
        Self { epoch: AtomicU64::new(0), pages, clock }
    }

    /// Invalidates all pages, because a concert has changed.
    pub(super) fn begin_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// A cached page, if it is current.
    pub(super) fn get_cached(&self, key: &[u8], freshness: Freshness) -> Option<Arc<CachedResponse>> {
        let slot = self.pages.get(key)?;
        self.good_page(&slot, self.requirement(freshness))
    }

    fn requirement(&self, freshness: Freshness) -> Requirement {
        Requirement { epoch: self.epoch.load(Ordering::Acquire), freshness, came_at: self.clock.now() }
    }

    fn good_page(&self, slot: &ResponseSlot, requirement: Requirement) -> Option<Arc<CachedResponse>> {
        let now = self.clock.now();
        slot.shown_if(|page| {
            page.version >= requirement.epoch
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
        let (epoch, begun_at) = (self.epoch.load(Ordering::Acquire), self.clock.now());
        let (tag, body) = load().await?;
        let page = Arc::new(CachedResponse::new(epoch, begun_at, tag, body, Arc::clone(&slot.pace)));
        slot.show(&page);
        Ok((page, true))
    }
}
