//! The states of all concerts in use.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use boxoffice_domain::events::{OutboxEntry, Stream};
use boxoffice_domain::shared::{Clock, ConcertId, StoreError};
use boxoffice_domain::store::CommittedEvents;
use moka::ops::compute::Op;
use moka::sync::Cache;

use super::concert_snapshot::ConcertSnapshot;
use super::freshness::Freshness;
use super::source::ConcertSource;
use super::state::ConcertState;

/// The approximate size limit of all states, in bytes. The least used are evicted first. A concert of 60,000 seats takes
/// half a megabyte.
const WEIGHT_MAX: u64 = 64 * 1024 * 1024;
/// A concert that is not used for this long is evicted.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// The states of the concerts in use, by id.
///
/// Register it as a listener of committed events: what this process commits is in the states before the caller is
/// answered. Changes by other processes appear within a second.
pub struct ConcertStates {
    source: ConcertSource,
    concerts: Cache<ConcertId, Arc<ConcertState>>,
    /// The number of changes of any concert that this process committed.
    changes: AtomicU64,
}

/// A concert that was looked up.
pub(super) struct Found {
    pub(super) state: Arc<ConcertState>,
    /// `None` when the concert does not exist or is not public.
    pub(super) snapshot: Option<Arc<ConcertSnapshot>>,
    /// Whether the database was read for it.
    pub(super) was_loaded: bool,
}

impl ConcertStates {
    /// Without states yet.
    pub fn new(source: ConcertSource) -> Self {
        let concerts = Cache::builder()
            .weigher(|_, state: &Arc<ConcertState>| state.weight())
            .max_capacity(WEIGHT_MAX)
            .time_to_idle(IDLE_MAX)
            .build();
        Self { source, concerts, changes: AtomicU64::new(0) }
    }

    /// The clock by which ages are told.
    pub(super) const fn clock(&self) -> &Arc<dyn Clock> {
        &self.source.clock
    }

    /// The number of changes of any concert that this process committed so far.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// A concert's snapshot with the states of its seats; `None` when the concert does not exist or is not public.
    ///
    /// # Errors
    /// Returns [`StoreError`] when the database fails.
    pub async fn snapshot(&self, id: ConcertId) -> Result<Option<Arc<ConcertSnapshot>>, StoreError> {
        Ok(self.find(id, true, Freshness::Usual).await?.snapshot)
    }

    /// The state of a concert, if there is one.
    pub(super) fn get(&self, id: ConcertId) -> Option<Arc<ConcertState>> {
        self.concerts.get(&id)
    }

    /// A concert with a snapshot that is fresh enough, and that has the states of the seats if these are asked for.
    pub(super) async fn find(&self, id: ConcertId, seats: bool, freshness: Freshness) -> Result<Found, StoreError> {
        let state = self.concerts.get_with(id, || Arc::new(ConcertState::new(id)));
        let (snapshot, was_loaded) = state.snapshot(&self.source, seats, freshness).await?;
        if was_loaded {
            self.weigh(id, &state);
        }
        Ok(Found { state, snapshot, was_loaded })
    }

    /// Updates the weight of a state after its content has changed.
    fn weigh(&self, id: ConcertId, state: &Arc<ConcertState>) {
        self.concerts.entry(id).and_compute_with(|entry| match entry {
            Some(entry) if Arc::ptr_eq(entry.value(), state) => Op::Put(Arc::clone(state)),
            _ => Op::Nop,
        });
    }
}

impl CommittedEvents for ConcertStates {
    fn committed(&self, entries: &[OutboxEntry]) {
        let now = self.source.clock.now();
        let mut changed = false;
        for entry in entries {
            let Stream::Concert(id) = entry.stream else {
                continue;
            };
            let seats = entry.seat_changes();
            changed |= seats.is_none_or(|seats| !seats.is_empty());
            if let Some(state) = self.concerts.get(&id) {
                state.apply_event(entry.position, seats, now);
            }
        }
        if changed {
            self.changes.fetch_add(1, Ordering::AcqRel);
        }
    }
}
