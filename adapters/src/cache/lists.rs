//! Pages of the list of concerts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use boxoffice_domain::shared::{Clock, Timestamp};
use moka::sync::Cache;

use super::Recency;
use super::rendering::Rendering;
use super::slot::Slot;

/// The pages that are kept.
const PAGES_MAX: u64 = 1_000;
/// A page that nobody asked for in this time is forgotten.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// The pages by what was asked for. Every change of any concert that this process commits begins a new epoch, in which
/// pages of the last one are not shown any more: they show counters too.
pub(super) struct Lists {
    epoch: AtomicU64,
    pages: Cache<Vec<u8>, Arc<Slot>>,
    clock: Arc<dyn Clock>,
}

/// What somebody who asks for a page has to see.
#[derive(Clone, Copy)]
struct Wish {
    epoch: u64,
    recency: Recency,
    came_at: Timestamp,
}

impl Lists {
    /// No pages yet.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let pages = Cache::builder().max_capacity(PAGES_MAX).time_to_idle(IDLE_MAX).build();
        Self { epoch: AtomicU64::new(0), pages, clock }
    }

    /// Some concert has changed.
    pub(super) fn begin_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// A page, if there is a current one.
    pub(super) fn glance(&self, key: &[u8], recency: Recency) -> Option<Arc<Rendering>> {
        let slot = self.pages.get(key)?;
        self.good_page(&slot, self.wish(recency))
    }

    fn wish(&self, recency: Recency) -> Wish {
        Wish { epoch: self.epoch.load(Ordering::Acquire), recency, came_at: self.clock.now() }
    }

    fn good_page(&self, slot: &Slot, wish: Wish) -> Option<Arc<Rendering>> {
        let now = self.clock.now();
        slot.shown_if(|page| page.version >= wish.epoch && wish.recency.allows(page.rendered_at, wish.came_at, now))
    }

    /// A page and whether it was loaded for this; `load` returns its tag and its bytes. Readers who come while it is
    /// being loaded wait for it, if it will show what they have to see.
    pub(super) async fn page<E>(
        &self,
        key: &[u8],
        recency: Recency,
        load: impl AsyncFnOnce() -> Result<(String, Vec<u8>), E>,
    ) -> Result<(Arc<Rendering>, bool), E> {
        let slot = self.pages.entry_by_ref(key).or_default().into_value();
        let wish = self.wish(recency);
        if let Some(page) = self.good_page(&slot, wish) {
            return Ok((page, false));
        }
        let _turn = slot.turn.lock().await;
        if let Some(page) = self.good_page(&slot, wish) {
            return Ok((page, false));
        }
        let (epoch, begun_at) = (self.epoch.load(Ordering::Acquire), self.clock.now());
        let (tag, body) = load().await?;
        let page = Arc::new(Rendering::new(epoch, begun_at, tag, body, Arc::clone(&slot.pace)));
        slot.show(&page);
        Ok((page, true))
    }
}
