//! Reads public concerts from the cache and the catalogue.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::concerts::{Catalogue, ConcertDetails, ConcertSearch, ListConcertsError};
use boxoffice_domain::shared::{Actor, ConcertId, PageLimit, StoreError};

use super::metadata::PublicConcerts;
use crate::concert_state::PublicConcertCache;

/// The most concerts of a sitemap; later ones are found from the front page.
const SITEMAP_MAX: usize = 5_000;

/// The public concerts of this installation.
pub(crate) struct CatalogueConcerts {
    /// Finds a concert.
    pub(crate) cache: Arc<PublicConcertCache>,
    /// Lists the concerts on sale.
    pub(crate) catalogue: Arc<Catalogue>,
}

#[async_trait]
impl PublicConcerts for CatalogueConcerts {
    async fn find(&self, id: ConcertId) -> Result<Option<ConcertDetails>, StoreError> {
        let concert = self.cache.public_concert(id).await?;
        Ok(concert.map(|concert| concert.concert().details.clone()))
    }

    async fn on_sale(&self) -> Result<Vec<ConcertId>, StoreError> {
        let (mut ids, mut after) = (Vec::new(), None);
        let limit = PageLimit::new(PageLimit::MAX).unwrap_or(PageLimit::DEFAULT);
        while ids.len() < SITEMAP_MAX {
            let search = ConcertSearch::default();
            let page = match self.catalogue.list(&Actor::Anonymous, search, after, limit).await {
                Ok(page) => page,
                Err(ListConcertsError::Store(error)) => return Err(error),
                // An empty search is always valid and needs no log-in.
                Err(_) => break,
            };
            ids.extend(page.items.iter().map(|summary| summary.concert.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(ids)
    }
}
