//! The data that decides a batch of placement requests, read in one call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::bookings::CustomerHoldings;
use crate::concerts::{Concert, PriceCategory, TicketNumber, TicketState};
use crate::idempotency::{IdempotencyRecord, ScopedKey};
use crate::shared::{ConcertId, UserId};

/// The terms on which a concert is sold: everything that its organiser decides. They change only with the concert's
/// revision, so they are cached, and a batch reads only the revision.
#[derive(Debug)]
pub struct SaleTerms {
    concert: Concert,
    /// The price categories of each section, by its position.
    prices: HashMap<u16, Vec<PriceCategory>>,
}

impl SaleTerms {
    /// Combines a concert with its prices, each with the position of its section.
    pub fn new(concert: Concert, prices: Vec<(u16, PriceCategory)>) -> Self {
        let mut by_section: HashMap<u16, Vec<PriceCategory>> = HashMap::new();
        for (section, price) in prices {
            by_section.entry(section).or_default().push(price);
        }
        Self { concert, prices: by_section }
    }

    /// The concert. Its fields that sales change (the version and the number of available tickets) are stale.
    pub const fn concert(&self) -> &Concert {
        &self.concert
    }

    /// The revision of the concert for which these terms are valid.
    pub const fn revision(&self) -> u64 {
        self.concert.revision
    }

    /// A price category of the section at this position.
    pub(crate) fn price(&self, section: u16, category: &str) -> Option<&PriceCategory> {
        self.prices.get(&section)?.iter().find(|price| price.code == category)
    }
}

/// What to read for a batch of requests for one concert.
#[derive(Debug, Clone, Copy)]
pub struct PlacementQuery<'batch> {
    /// The concert that all requests are for.
    pub concert: ConcertId,
    /// The cached terms, if there are any; they are read again only when the revision has changed.
    pub known_terms: Option<&'batch Arc<SaleTerms>>,
    /// The idempotency keys of the requests.
    pub keys: &'batch [ScopedKey],
    /// The users who sent the requests.
    pub users: &'batch [UserId],
    /// The tickets that requests name or that were proposed.
    pub tickets: &'batch [TicketNumber],
}

/// The result of a [`PlacementQuery`].
#[derive(Debug, Clone)]
pub struct PlacementData {
    /// The current terms; `None` when the concert does not exist.
    pub terms: Option<Arc<SaleTerms>>,
    /// The records of the keys that were used before.
    pub keys: Vec<IdempotencyRecord>,
    /// The holdings of the users; users without a row are left out.
    pub holdings: Vec<CustomerHoldings>,
    /// The states of the requested tickets.
    pub tickets: Vec<TicketState>,
}

/// The most concerts whose terms are cached.
const KNOWN_CONCERTS_MAX: usize = 256;

/// The terms that were last read of each concert.
#[derive(Debug, Default)]
pub(crate) struct SaleTermsCache(Mutex<HashMap<ConcertId, Arc<SaleTerms>>>);

impl SaleTermsCache {
    pub(crate) fn of(&self, concert: ConcertId) -> Option<Arc<SaleTerms>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&concert).cloned()
    }

    /// Stores the terms that were just read. `None` removes those of a concert that no longer exists.
    pub(crate) fn learn(&self, concert: ConcertId, terms: Option<&Arc<SaleTerms>>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(terms) = terms else {
            known.remove(&concert);
            return;
        };
        if known.get(&concert).is_some_and(|before| Arc::ptr_eq(before, terms)) {
            return;
        }
        if known.len() >= KNOWN_CONCERTS_MAX && !known.contains_key(&concert) {
            // Evicts an arbitrary entry: terms that are needed again are read again.
            let any = known.keys().next().copied();
            any.and_then(|any| known.remove(&any));
        }
        known.insert(concert, Arc::clone(terms));
    }
}
