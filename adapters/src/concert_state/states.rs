//! The states of all concerts in use.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use boxoffice_domain::concerts::ConcertEvent;
use boxoffice_domain::events::{CommittedEvents, EventPayload, OutboxEntry};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::shared::{Clock, ConcertId, StoreError};
use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::concert_snapshot::ConcertSnapshot;
use super::freshness::Freshness;
use super::need::Need;
use super::overdue_holds::OverdueHolds;
use super::source::ConcertSource;
use super::state::ConcertState;

/// The approximate size limit of all states, in bytes. The least recently used are evicted first. A concert of 60,000
/// seats takes almost a megabyte with its responses and the index of its free seats.
const WEIGHT_MAX: u64 = 96 * 1024 * 1024;
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
        Self::bounded(source, WEIGHT_MAX)
    }

    pub(super) fn bounded(source: ConcertSource, weight_max: u64) -> Self {
        let concerts = Cache::builder()
            .weigher(|_, state: &Arc<ConcertState>| state.weight())
            .max_capacity(weight_max)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(IDLE_MAX)
            .build();
        Self { source, concerts, changes: AtomicU64::new(0) }
    }

    /// The clock that measures ages.
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
        Ok(self.find(id, Need::Show { seats: true, freshness: Freshness::Usual }).await?.snapshot)
    }

    /// The state of a concert, if there is one.
    pub(super) fn get(&self, id: ConcertId) -> Option<Arc<ConcertState>> {
        self.concerts.get(&id)
    }

    fn get_or_add(&self, id: ConcertId) -> Arc<ConcertState> {
        self.concerts.get_with(id, || Arc::new(ConcertState::new(id)))
    }

    /// The overdue holds of a concert of which a booking was refused; `None` for others.
    pub(crate) fn overdue_holds_once_refused(&self, id: ConcertId) -> Option<Arc<OverdueHolds>> {
        self.get(id)?.overdue_holds.get().cloned()
    }

    /// Notes that a booking of a concert was refused.
    pub(crate) fn note_refusal(&self, id: ConcertId) {
        self.get_or_add(id).overdue_holds.get_or_init(Arc::default);
    }

    /// A concert with a snapshot that meets a need.
    pub(super) async fn find(&self, id: ConcertId, need: Need) -> Result<Found, StoreError> {
        let state = self.get_or_add(id);
        let (snapshot, was_loaded) = state.snapshot(&self.source, need).await?;
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

    /// The approximate size of all states in bytes, once all that is too much is evicted.
    #[cfg(test)]
    pub(super) fn weight(&self) -> u64 {
        self.concerts.run_pending_tasks();
        self.concerts.weighted_size()
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
            if entry.events.iter().any(|event| matches!(event.payload, EventPayload::Concert(ConcertEvent::Deleted))) {
                self.concerts.invalidate(&id);
            } else if let Some(state) = self.get(id) {
                state.apply_commit(entry.position, seats, now);
            }
        }
        if changed {
            self.changes.fetch_add(1, Ordering::AcqRel);
        }
    }
}
