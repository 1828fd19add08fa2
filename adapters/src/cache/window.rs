//! The shop window: everything that everybody may read, current and ready to be sent.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_domain::concerts::{Catalogue, Section};
use boxoffice_domain::events::{EventLog, OutboxEntry, Stream};
use boxoffice_domain::shared::{Clock, ConcertId, StoreError, Timestamp};
use boxoffice_domain::store::CommittedEvents;
use moka::ops::compute::Op;
use moka::sync::Cache;

use super::Recency;
use super::display::Display;
use super::lists::Lists;
use super::picture::Picture;
use super::rendering::Rendering;

/// About how many bytes the concerts in the window may take; those that were not looked at for longest make room. A
/// concert of 60,000 seats takes half a megabyte.
const WEIGHT_MAX: u64 = 64 * 1024 * 1024;
/// A concert that nobody looked at for so long leaves the window.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// What of a concert is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight<'a> {
    /// What it is.
    Concert,
    /// How many tickets are left.
    Availability,
    /// The state of every seat, or of those of the section with this code.
    Seats(Option<&'a str>),
}

/// How a concert is written down.
#[derive(Debug, Clone, Copy)]
pub struct Renderers {
    /// What it is.
    pub concert: fn(&Picture) -> serde_json::Result<Vec<u8>>,
    /// How many tickets are left.
    pub availability: fn(&Picture) -> serde_json::Result<Vec<u8>>,
    /// The state of every seat, or of those of one section.
    pub seats: fn(&Picture, Option<&Section>) -> serde_json::Result<Vec<u8>>,
}

impl Renderers {
    pub(super) fn render(&self, sight: Sight<'_>, picture: &Picture) -> serde_json::Result<Vec<u8>> {
        match sight {
            Sight::Concert => (self.concert)(picture),
            Sight::Availability => (self.availability)(picture),
            Sight::Seats(code) => {
                let section = picture.plan().sections().iter().find(|section| Some(section.code.as_str()) == code);
                (self.seats)(picture, section)
            }
        }
    }
}

/// What a window is made of.
pub struct WindowParts {
    /// Where concerts are read, as strangers see them.
    pub catalogue: Arc<Catalogue>,
    /// Where other processes' changes are found.
    pub log: Arc<dyn EventLog>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// How concerts are written down.
    pub renderers: Renderers,
}

/// What somebody who looked has seen.
#[derive(Debug)]
pub enum Looked {
    /// This.
    Shown {
        /// The answer.
        rendering: Arc<Rendering>,
        /// Whether the store was not asked for it.
        from_memory: bool,
    },
    /// There is no such concert for strangers.
    NotPublic,
    /// The concert has no such section.
    NoSuchSection,
}

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect of this program.
    #[error("an answer cannot be written")]
    Render(#[from] serde_json::Error),
}

/// Everything that everybody may read.
///
/// Whoever begins to look after a change was committed by this process sees it; of what others commit they see
/// everything but the last second. Let it hear the committed events.
pub struct ShopWindow {
    parts: WindowParts,
    concerts: Cache<ConcertId, Arc<Display>>,
    lists: Lists,
}

impl ShopWindow {
    /// An empty window.
    pub fn new(parts: WindowParts) -> Self {
        let concerts = Cache::builder()
            .weigher(|_, display: &Arc<Display>| display.weight())
            .max_capacity(WEIGHT_MAX)
            .time_to_idle(IDLE_MAX)
            .build();
        Self { concerts, lists: Lists::new(Arc::clone(&parts.clock)), parts }
    }

    /// What can be shown of a concert without waiting for anything.
    pub fn glance(&self, id: ConcertId, sight: Sight<'_>, recency: Recency, now: Timestamp) -> Option<Arc<Rendering>> {
        self.concerts.get(&id)?.glance(sight, recency, now)
    }

    /// Looks at a concert.
    ///
    /// # Errors
    /// [`LookError`].
    pub async fn look(&self, id: ConcertId, sight: Sight<'_>, recency: Recency) -> Result<Looked, LookError> {
        let display = self.concerts.get_with(id, || Arc::new(Display::new(id)));
        if let Some(rendering) = display.glance(sight, recency, self.parts.clock.now()) {
            return Ok(Looked::Shown { rendering, from_memory: true });
        }
        let with_states = matches!(sight, Sight::Seats(_));
        let (picture, asked) = display.picture(&self.parts, with_states, recency).await?;
        if asked {
            self.weigh(id, &display);
        }
        let Some(picture) = picture else {
            return Ok(Looked::NotPublic);
        };
        let rendering = display.render(&self.parts, sight, &picture).await?;
        Ok(rendering.map_or(Looked::NoSuchSection, |rendering| Looked::Shown { rendering, from_memory: !asked }))
    }

    /// A concert with the states of its seats; `None` when there is none that everybody may see.
    ///
    /// # Errors
    /// What the store fails with.
    pub async fn picture(&self, id: ConcertId) -> Result<Option<Arc<Picture>>, StoreError> {
        self.find(id, true).await
    }

    /// A public concert without the states of its seats; `None` when no concert of that id is public.
    ///
    /// # Errors
    /// What the store fails with.
    pub async fn public_concert(&self, id: ConcertId) -> Result<Option<Arc<Picture>>, StoreError> {
        self.find(id, false).await
    }

    async fn find(&self, id: ConcertId, with_states: bool) -> Result<Option<Arc<Picture>>, StoreError> {
        let display = self.concerts.get_with(id, || Arc::new(Display::new(id)));
        let (picture, asked) = display.picture(&self.parts, with_states, Recency::Usual).await?;
        if asked {
            self.weigh(id, &display);
        }
        Ok(picture)
    }

    /// Tells the cache what a display takes by now.
    fn weigh(&self, id: ConcertId, display: &Arc<Display>) {
        self.concerts.entry(id).and_compute_with(|entry| match entry {
            Some(entry) if Arc::ptr_eq(entry.value(), display) => Op::Put(Arc::clone(display)),
            _ => Op::Nop,
        });
    }

    /// A page of the list of concerts, if there is a current one.
    pub fn glance_at_list(&self, key: &[u8], recency: Recency) -> Option<Arc<Rendering>> {
        self.lists.glance(key, recency)
    }

    /// A page of the list of concerts, and whether it was in memory. `key` names it; `load` returns its tag and its
    /// bytes.
    ///
    /// # Errors
    /// What `load` fails with.
    pub async fn list<E>(
        &self,
        key: &[u8],
        recency: Recency,
        load: impl AsyncFnOnce() -> Result<(String, Vec<u8>), E>,
    ) -> Result<(Arc<Rendering>, bool), E> {
        let (page, loaded) = self.lists.page(key, recency, load).await?;
        Ok((page, !loaded))
    }
}

impl CommittedEvents for ShopWindow {
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
                display.hear(entry.position, seats, now);
            }
        }
        if changed {
            self.lists.begin_epoch();
        }
    }
}
