//! The public concerts, out of the cache of public concerts.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::concerts::{Catalogue, ConcertDetails, ConcertSearch, ListConcertsError};
use boxoffice_domain::shared::{Actor, ConcertId, PageLimit, StoreError};

use super::metadata::PublicConcerts;
use crate::cache::ShopWindow;

/// The most concerts of a sitemap; those that begin later than these are found from the front page.
const SITEMAP_MAX: usize = 5_000;

/// Concerts of this process.
pub(crate) struct CatalogueConcerts {
    /// What is in memory.
    pub(crate) window: Arc<ShopWindow>,
    /// What lists them.
    pub(crate) catalogue: Arc<Catalogue>,
}

#[async_trait]
impl PublicConcerts for CatalogueConcerts {
    async fn find(&self, id: ConcertId) -> Result<Option<ConcertDetails>, StoreError> {
        let concert = self.window.public_concert(id).await?;
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
                // A search for nothing in particular breaks no rule and needs no log-in.
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
