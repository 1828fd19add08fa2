//! What decides a batch of wishes, read in one go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::concerts::{Concert, PriceCategory, TicketNumber, TicketState};
use crate::idempotency::{KeyOfUser, Remembered};
use crate::shared::{ConcertId, UserId};

use super::Purchase;
use super::wishes::PriceList;

/// On which terms a concert is sold: everything that its organiser decides. It is the same for as long as the
/// concert's revision is, so it is kept in memory and only its revision is read.
#[derive(Debug)]
pub struct SaleTerms {
    concert: Concert,
    prices: PriceList,
}

impl SaleTerms {
    /// A concert and its prices by section.
    pub fn new(concert: Concert, prices: Vec<(u16, PriceCategory)>) -> Self {
        Self { concert, prices: PriceList::new(prices) }
    }

    /// The concert. What sales change (its version, how many tickets are available) is out of date.
    pub const fn concert(&self) -> &Concert {
        &self.concert
    }

    /// Until when these terms hold.
    pub const fn revision(&self) -> u64 {
        self.concert.revision
    }

    pub(crate) const fn prices(&self) -> &PriceList {
        &self.prices
    }
}

/// What a batch of wishes for one concert asks for.
#[derive(Debug, Clone, Copy)]
pub struct Questions<'batch> {
    /// The concert.
    pub concert: ConcertId,
    /// The terms as they were known before.
    pub known_terms: Option<&'batch Arc<SaleTerms>>,
    /// The keys of the requests.
    pub keys: &'batch [KeyOfUser],
    /// Who asks.
    pub users: &'batch [UserId],
    /// The tickets that are named or were proposed.
    pub tickets: &'batch [TicketNumber],
}

/// The answers to [`Questions`].
#[derive(Debug, Clone)]
pub struct Briefing {
    /// The terms as they are; `None` when there is no such concert.
    pub terms: Option<Arc<SaleTerms>>,
    /// Those of the keys that are remembered.
    pub keys: Vec<Remembered>,
    /// What those users hold who hold anything.
    pub purchases: Vec<Purchase>,
    /// The states of the tickets.
    pub tickets: Vec<TicketState>,
}

/// The most concerts whose terms are kept in memory.
const KNOWN_CONCERTS_MAX: usize = 256;

/// The terms that were read last, by concert.
#[derive(Debug, Default)]
pub(crate) struct KnownTerms(Mutex<HashMap<ConcertId, Arc<SaleTerms>>>);

impl KnownTerms {
    pub(crate) fn of(&self, concert: ConcertId) -> Option<Arc<SaleTerms>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&concert).cloned()
    }

    /// Terms that were read, or that there are none.
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
            // Any will do: whoever is asked for again is read again.
            let any = known.keys().next().copied();
            any.and_then(|any| known.remove(&any));
        }
        known.insert(concert, Arc::clone(terms));
    }
}
