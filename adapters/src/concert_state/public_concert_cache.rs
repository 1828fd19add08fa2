//! Public reads of concerts: the responses that are the same for all clients.

use std::sync::Arc;

use boxoffice_domain::shared::{ConcertId, StoreError, Timestamp};

use super::concert_snapshot::ConcertSnapshot;
use super::freshness::Freshness;
use super::list_pages::ListPages;
use super::need::Need;
use super::states::ConcertStates;
use super::view::{Renderers, View};
use crate::responses::CachedResponse;

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
/// Read-your-writes within this process; changes by other processes appear within 1 s.
pub struct PublicConcertCache {
    concerts: Arc<ConcertStates>,
    renderers: Renderers,
    lists: ListPages,
}

impl PublicConcertCache {
    /// A cache over the states of concerts.
    pub fn new(concerts: Arc<ConcertStates>, renderers: Renderers) -> Self {
        Self { lists: ListPages::new(Arc::clone(&concerts)), concerts, renderers }
    }

    /// The response for a view, if it is cached and current. Does not wait.
    pub fn get_cached(
        &self,
        id: ConcertId,
        view: View<'_>,
        freshness: Freshness,
        now: Timestamp,
    ) -> Option<Arc<CachedResponse>> {
        self.concerts.get(id)?.get_cached(view, freshness, now)
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
        let clock = self.concerts.clock();
        if let Some(rendering) = self.get_cached(id, view, freshness, clock.now()) {
            return Ok(Lookup::Shown { rendering, from_memory: true });
        }
        let need = Need::Show { seats: matches!(view, View::Seats(_)), freshness };
        let found = self.concerts.find(id, need).await?;
        let Some(snapshot) = found.snapshot else {
            return Ok(Lookup::NotPublic);
        };
        let rendering = found.state.views.render(&self.renderers, view, &snapshot, clock.now()).await?;
        Ok(rendering
            .map_or(Lookup::NoSuchSection, |rendering| Lookup::Shown { rendering, from_memory: !found.was_loaded }))
    }

    /// A concert's snapshot, possibly without the seat states; `None` when the concert does not exist or is not public.
    ///
    /// # Errors
    /// Returns [`StoreError`] when the database fails.
    pub async fn public_concert(&self, id: ConcertId) -> Result<Option<Arc<ConcertSnapshot>>, StoreError> {
        let need = Need::Show { seats: false, freshness: Freshness::Usual };
        Ok(self.concerts.find(id, need).await?.snapshot)
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
