//! The seat maps of the concerts that are being sold, in memory.

mod picture;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use boxoffice_domain::bookings::{Proposal, SeatMaps, Wanted};
use boxoffice_domain::concerts::{ConcertQueries, SeatPlan, TicketNumber};
use boxoffice_domain::events::{EventPayload, OutboxEntry, Stream};
use boxoffice_domain::shared::{Clock, ConcertId, StoreError};
use boxoffice_domain::store::CommittedEvents;

use self::picture::{Fruitless, Knowledge, Loaded};

/// The most concerts whose maps are kept; the one that was not used for longest makes room. A map of 60,000 seats takes
/// about a tenth of a megabyte, one of a million about two.
const CONCERTS_MAX: usize = 256;

/// How often a map is read in a row when each time somebody threw it away meanwhile.
const LOADS_IN_A_ROW_MAX: u32 = 3;

/// Seat maps that are loaded on first use and follow the events committed in this process.
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

/// The seats of a concert and the number of their last use.
struct InUse {
    seats: Arc<Seats>,
    last_use: u64,
}

/// The seats of one concert.
#[derive(Default)]
struct Seats {
    knowledge: Mutex<Knowledge>,
    /// Held by the one who loads; the others wait for it.
    load: tokio::sync::Mutex<()>,
}

/// What somebody has to know of a concert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needed {
    /// Where its seats are, which takes a few rows: enough for those who name their seats.
    Plan,
    /// Which of them are free as well, which takes a row each.
    Picture,
}

impl Seats {
    /// Held for computations only, never while waiting for anything.
    fn knowledge(&self) -> MutexGuard<'_, Knowledge> {
        self.knowledge.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the tickets of a proposal back.
struct Reservation {
    seats: Arc<Seats>,
    tickets: Vec<TicketNumber>,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.seats.knowledge().give_back(&self.tickets);
    }
}

impl MemorySeatMaps {
    /// No map yet.
    pub fn new(queries: Arc<dyn ConcertQueries>, clock: Arc<dyn Clock>) -> Self {
        Self { queries, clock, concerts: Mutex::default() }
    }

    fn concerts(&self) -> MutexGuard<'_, Concerts> {
        self.concerts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The seats of a concert if there are any here, which does not count as a use of them.
    fn known_seats(&self, concert: ConcertId) -> Option<Arc<Seats>> {
        self.concerts().seats.get(&concert).map(|in_use| Arc::clone(&in_use.seats))
    }

    /// Sees to it that something is known of a concert, and returns its plan. Whoever comes while it is being loaded
    /// waits for that and shares its failure. `None` when there is no such concert.
    async fn know(&self, concert: ConcertId, needed: Needed) -> Result<Option<Arc<SeatPlan>>, StoreError> {
        let seats = self.concerts().seats_of(concert);
        let fruitless_before = {
            let knowledge = seats.knowledge();
            if let Some(plan) = self.plan_with(needed, &knowledge) {
                return Ok(Some(plan));
            }
            knowledge.fruitless_attempts()
        };
        let _loading = seats.load.lock().await;
        {
            let knowledge = seats.knowledge();
            if let Some(plan) = self.plan_with(needed, &knowledge) {
                return Ok(Some(plan));
            }
            if let Some(why) = knowledge.fruitless_since(fruitless_before) {
                return why.into_outcome();
            }
        }
        let loaded = match needed {
            Needed::Plan => self.load_plan(concert, &seats).await,
            Needed::Picture => self.load_picture(concert, &seats).await,
        };
        loaded.map(Some).or_else(|why| {
            self.concerts().drop_seats(concert, &seats);
            seats.knowledge().give_up_loading(why.clone());
            why.into_outcome()
        })
    }

    fn plan_with(&self, needed: Needed, knowledge: &Knowledge) -> Option<Arc<SeatPlan>> {
        let is_enough = match needed {
            Needed::Plan => true,
            Needed::Picture => knowledge.is_usable(self.clock.now()),
        };
        knowledge.plan().filter(|_| is_enough)
    }

    async fn load_plan(&self, concert: ConcertId, seats: &Seats) -> Result<Arc<SeatPlan>, Fruitless> {
        let view = self.queries.get(concert).await?.ok_or(Fruitless::NoConcert)?;
        Ok(seats.knowledge().learn_plan(view.plan))
    }

    /// Loads the states of all seats of a concert.
    async fn load_picture(&self, concert: ConcertId, seats: &Seats) -> Result<Arc<SeatPlan>, Fruitless> {
        let mut attempt = 1;
        loop {
            let loading = seats.knowledge().begin_loading();
            let loaded = Loaded::new(self.queries.seats(concert, None).await?.ok_or(Fruitless::NoConcert)?);
            let mut knowledge = seats.knowledge();
            if knowledge.is_outdated(&loading) && attempt < LOADS_IN_A_ROW_MAX {
                attempt += 1;
                continue;
            }
            return Ok(knowledge.show(loaded, self.clock.now()));
        }
    }
}

impl Fruitless {
    fn into_outcome<T>(self) -> Result<Option<T>, StoreError> {
        match self {
            Self::NoConcert => Ok(None),
            Self::Failed(error) => Err(error),
        }
    }
}

impl From<StoreError> for Fruitless {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Concerts {
    /// The seats of a concert, unknown ones if need be, in exchange for those that were not used for longest.
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

    /// Keeps no place for seats of which nothing came to be known.
    fn drop_seats(&mut self, concert: ConcertId, seats: &Arc<Seats>) {
        if self.seats.get(&concert).is_some_and(|in_use| Arc::ptr_eq(&in_use.seats, seats)) {
            self.seats.remove(&concert);
        }
    }
}

#[async_trait]
impl SeatMaps for MemorySeatMaps {
    async fn plan(&self, concert: ConcertId) -> Result<Option<Arc<SeatPlan>>, StoreError> {
        self.know(concert, Needed::Plan).await
    }

    async fn prepare(&self, concert: ConcertId) -> Result<(), StoreError> {
        self.know(concert, Needed::Picture).await.map(|_| ())
    }

    fn propose(&self, concert: ConcertId, wishes: &[Wanted], named: &[TicketNumber]) -> Option<Proposal> {
        let seats = self.known_seats(concert)?;
        let mut knowledge = seats.knowledge();
        if !knowledge.is_usable(self.clock.now()) {
            return None;
        }
        let has_rivals = knowledge.has_reservations();
        let (picks, tickets) = knowledge.propose(wishes, named);
        drop(knowledge);
        let reservation = Reservation { seats, tickets };
        Some(Proposal::new(picks, Box::new(reservation)).with_rivals(has_rivals))
    }

    fn mark_taken(&self, concert: ConcertId, numbers: &[TicketNumber]) {
        if let Some(seats) = self.known_seats(concert) {
            seats.knowledge().mark_taken(numbers, self.clock.now());
        }
    }

    fn forget(&self, concert: ConcertId) {
        if let Some(seats) = self.known_seats(concert) {
            seats.knowledge().forget();
        }
    }
}

impl CommittedEvents for MemorySeatMaps {
    fn committed(&self, entries: &[OutboxEntry]) {
        for entry in entries {
            let Stream::Concert(concert) = entry.stream else { continue };
            let Some(seats) = self.known_seats(concert) else { continue };
            let mut knowledge = seats.knowledge();
            if entry.events.iter().any(|event| matches!(event.payload, EventPayload::ConcertDeleted)) {
                knowledge.forget_concert();
            } else {
                knowledge.hear(entry.position, entry.seat_changes().unwrap_or_default(), self.clock.now());
            }
        }
    }
}
