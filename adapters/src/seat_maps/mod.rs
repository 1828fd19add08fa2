//! In-memory seat maps of the concerts on sale, from which best available seats are proposed.

mod seat_index;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use boxoffice_domain::bookings::{BestAvailableRequest, Proposal, SeatMaps};
use boxoffice_domain::concerts::{ConcertQueries, SeatPlan, TicketNumber};
use boxoffice_domain::events::{EventPayload, OutboxEntry, Stream};
use boxoffice_domain::shared::{Clock, ConcertId, StoreError};
use boxoffice_domain::store::CommittedEvents;

use self::seat_index::{LoadFailure, Loaded, SeatIndex};

/// The most concerts whose seat maps are kept. The least recently used one is evicted. A map of 60,000 seats takes
/// about a tenth of a megabyte, one of a million about two.
const CONCERTS_MAX: usize = 256;

/// How often a map is loaded in a row if each time it is invalidated during the load.
const LOADS_IN_A_ROW_MAX: u32 = 3;

/// Seat maps that are loaded on first use and kept up to date by the events committed in this process.
pub struct MemorySeatMaps {
    queries: Arc<dyn ConcertQueries>,
    clock: Arc<dyn Clock>,
    concerts: Mutex<Concerts>,
}

#[derive(Default)]
struct Concerts {
    seats: HashMap<ConcertId, InUse>,
    uses: u64,
}

/// The seats of a concert and the sequence number of their last use.
struct InUse {
    seats: Arc<Seats>,
    last_use: u64,
}

/// The seats of one concert.
#[derive(Default)]
struct Seats {
    index: Mutex<SeatIndex>,
    /// Held during a load; concurrent callers wait for its result.
    load: tokio::sync::Mutex<()>,
}

/// What a caller needs of a concert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    /// Its seating plan, which takes a few rows: enough for a request that names its seats.
    Plan,
    /// The seat states as well, which takes a row each.
    SeatSnapshot,
}

impl Seats {
    /// Locked only for computations, never across an await.
    fn index(&self) -> MutexGuard<'_, SeatIndex> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The reservation of a proposal's tickets. Dropping it releases them.
struct Reservation {
    seats: Arc<Seats>,
    tickets: Vec<TicketNumber>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.seats.index().release(&self.tickets);
    }
}

impl MemorySeatMaps {
    /// Without maps yet.
    pub fn new(queries: Arc<dyn ConcertQueries>, clock: Arc<dyn Clock>) -> Self {
        Self { queries, clock, concerts: Mutex::default() }
    }

    fn concerts(&self) -> MutexGuard<'_, Concerts> {
        self.concerts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The seats of a concert, if they are cached. Does not count as a use.
    fn known_seats(&self, concert: ConcertId) -> Option<Arc<Seats>> {
        self.concerts().seats.get(&concert).map(|in_use| Arc::clone(&in_use.seats))
    }

    /// Loads what is needed of a concert, if it is not cached, and returns its plan. Concurrent callers wait for one
    /// load and share its failure. `None` when the concert does not exist.
    async fn get_or_load(&self, concert: ConcertId, needed: Needed) -> Result<Option<Arc<SeatPlan>>, StoreError> {
        let seats = self.concerts().seats_of(concert);
        let failures_before = {
            let index = seats.index();
            if let Some(plan) = self.plan_with(needed, &index) {
                return Ok(Some(plan));
            }
            index.failed_loads()
        };
        let _load_lock = seats.load.lock().await;
        {
            let index = seats.index();
            if let Some(plan) = self.plan_with(needed, &index) {
                return Ok(Some(plan));
            }
            if let Some(why) = index.failure_since(failures_before) {
                return why.into_outcome();
            }
        }
        let loaded = match needed {
            Needed::Plan => self.load_plan(concert, &seats).await,
            Needed::SeatSnapshot => self.load_snapshot(concert, &seats).await,
        };
        loaded.map(Some).or_else(|why| {
            self.concerts().drop_seats(concert, &seats);
            seats.index().record_load_failure(why.clone());
            why.into_outcome()
        })
    }

    fn plan_with(&self, needed: Needed, index: &SeatIndex) -> Option<Arc<SeatPlan>> {
        let is_enough = match needed {
            Needed::Plan => true,
            Needed::SeatSnapshot => index.is_usable(self.clock.now()),
        };
        index.plan().filter(|_| is_enough)
    }

    async fn load_plan(&self, concert: ConcertId, seats: &Seats) -> Result<Arc<SeatPlan>, LoadFailure> {
        let view = self.queries.get(concert).await?.ok_or(LoadFailure::NoConcert)?;
        Ok(seats.index().learn_plan(view.plan))
    }

    /// Loads the states of all seats of a concert.
    async fn load_snapshot(&self, concert: ConcertId, seats: &Seats) -> Result<Arc<SeatPlan>, LoadFailure> {
        let mut attempt = 1;
        loop {
            let loading = seats.index().begin_loading();
            let loaded = Loaded::new(self.queries.seats(concert, None).await?.ok_or(LoadFailure::NoConcert)?);
            let mut index = seats.index();
            if index.is_outdated(&loading) && attempt < LOADS_IN_A_ROW_MAX {
                attempt += 1;
                continue;
            }
            return Ok(index.show(loaded, self.clock.now()));
        }
    }
}

impl LoadFailure {
    fn into_outcome<T>(self) -> Result<Option<T>, StoreError> {
        match self {
            Self::NoConcert => Ok(None),
            Self::Failed(error) => Err(error),
        }
    }
}

impl From<StoreError> for LoadFailure {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Concerts {
    /// The seats of a concert; an empty entry if it has none, in exchange for the least recently used one.
    fn seats_of(&mut self, concert: ConcertId) -> Arc<Seats> {
        self.uses += 1;
        if !self.seats.contains_key(&concert) && self.seats.len() >= CONCERTS_MAX {
            let least_used = self.seats.iter().min_by_key(|(_, in_use)| in_use.last_use).map(|(id, _)| *id);
            least_used.and_then(|id| self.seats.remove(&id));
        }
        let in_use = self.seats.entry(concert).or_insert_with(|| InUse { seats: Arc::default(), last_use: 0 });
        in_use.last_use = self.uses;
        Arc::clone(&in_use.seats)
    }

    /// Removes the entry of a concert after a failed load.
    fn drop_seats(&mut self, concert: ConcertId, seats: &Arc<Seats>) {
        if self.seats.get(&concert).is_some_and(|in_use| Arc::ptr_eq(&in_use.seats, seats)) {
            self.seats.remove(&concert);
        }
    }
}

#[async_trait]
impl SeatMaps for MemorySeatMaps {
    async fn plan(&self, concert: ConcertId) -> Result<Option<Arc<SeatPlan>>, StoreError> {
        self.get_or_load(concert, Needed::Plan).await
    }

    async fn prepare(&self, concert: ConcertId) -> Result<(), StoreError> {
        self.get_or_load(concert, Needed::SeatSnapshot).await.map(|_| ())
    }

    fn propose(
        &self,
        concert: ConcertId,
        requests: &[BestAvailableRequest],
        named: &[TicketNumber],
    ) -> Option<Proposal> {
        let seats = self.known_seats(concert)?;
        let mut index = seats.index();
        if !index.is_usable(self.clock.now()) {
            return None;
        }
        let is_contended = index.has_reservations();
        let (picks, tickets) = index.propose(requests, named);
        drop(index);
        let reservation = Reservation { seats, tickets };
        Some(Proposal::new(picks, Box::new(reservation)).with_contention(is_contended))
    }

    fn mark_taken(&self, concert: ConcertId, numbers: &[TicketNumber]) {
        if let Some(seats) = self.known_seats(concert) {
            seats.index().mark_taken(numbers, self.clock.now());
        }
    }

    fn forget(&self, concert: ConcertId) {
        if let Some(seats) = self.known_seats(concert) {
            seats.index().forget();
        }
    }
}

impl CommittedEvents for MemorySeatMaps {
    fn committed(&self, entries: &[OutboxEntry]) {
        for entry in entries {
            let Stream::Concert(concert) = entry.stream else { continue };
            let Some(seats) = self.known_seats(concert) else { continue };
            let mut index = seats.index();
            if entry.events.iter().any(|event| matches!(event.payload, EventPayload::ConcertDeleted)) {
                index.forget_concert();
            } else {
                index.apply_event(entry.position, entry.seat_changes().unwrap_or_default(), self.clock.now());
            }
        }
    }
}
