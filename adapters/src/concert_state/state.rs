//! One concert: its snapshot, kept in line with the database, and what is derived from it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use boxoffice_domain::concerts::{SeatChange, SeatPlan, TicketNumber};
use boxoffice_domain::shared::{ConcertId, StoreError, Timestamp};
use tokio::sync::Notify;

use super::concert_snapshot::ConcertSnapshot;
use super::event_follower::{EVENTS_MAX, EventFollower, Requirement, Step};
use super::freshness::Freshness;
use super::need::Need;
use super::overdue_holds::OverdueHolds;
use super::rendered_views::RenderedViews;
use super::seat_index::SeatIndex;
use super::source::ConcertSource;
use super::view::View;
use crate::responses::CachedResponse;

/// How long a reader waits for a missing event before it reads the database.
const ARRIVAL_PATIENCE: Duration = Duration::from_millis(20);
/// How many reads and waits one request may cause before it is refused as busy. More than a few mean that the concert
/// changes faster than it can be read.
const STEPS_MAX: u32 = 8;
/// How long a concert that is shown is kept up to date by its events before it is loaded in full again: this minimum plus
/// up to the spread, in microseconds. The spread keeps many concerts from being loaded at the same moment.
const LIFETIME_MICROS_MIN: i64 = 600_000_000;
const LIFETIME_MICROS_SPREAD: u128 = 300_000_000;
/// Stands for "no version": no rendered response is current.
const NONE: u64 = u64::MAX;
/// The approximate size of a state without its snapshot, in bytes.
const OWN_WEIGHT: usize = 1_000;
/// The approximate bytes of responses for each byte of a snapshot: one letter a seat, in the whole map, in the section
/// and compressed.
const RENDERED_A_BYTE: usize = 3;

/// What this process knows of one concert.
///
/// The locks are held for computations only. A holder of the index may take the follower, never the other way round:
/// neither a read nor a commit waits for a pick.
pub(super) struct ConcertState {
    id: ConcertId,
    follower: Mutex<EventFollower>,
    /// Held while the database is read, so that concurrent readers share one load.
    load_lock: tokio::sync::Mutex<()>,
    /// The number of failed reads, and why the last one failed: those that waited for it fail with it.
    failures: Mutex<(u64, Option<StoreError>)>,
    /// Notified when an event arrives.
    arrivals: Notify,
    current: Current,
    pub(super) views: RenderedViews,
    index: Mutex<SeatIndex>,
    /// Since a booking of the concert was refused.
    pub(super) overdue_holds: OnceLock<Arc<OverdueHolds>>,
}

/// What a response must show to be current. Atomics, so that the fast path takes no lock.
struct Current {
    version: AtomicU64,
    revision: AtomicU64,
    checked_at: AtomicI64,
}

impl ConcertState {
    /// Without a snapshot yet.
    pub(super) fn new(id: ConcertId) -> Self {
        // The last bits of an id are random.
        let spread = i64::try_from(id.uuid().as_u128() % LIFETIME_MICROS_SPREAD).unwrap_or(0);
        Self {
            id,
            follower: Mutex::new(EventFollower::new(LIFETIME_MICROS_MIN + spread)),
            load_lock: tokio::sync::Mutex::default(),
            failures: Mutex::default(),
            arrivals: Notify::new(),
            current: Current {
                version: AtomicU64::new(NONE),
                revision: AtomicU64::new(NONE),
                checked_at: AtomicI64::new(i64::MIN),
            },
            views: RenderedViews::default(),
            index: Mutex::default(),
            overdue_holds: OnceLock::new(),
        }
    }

    fn follower(&self) -> MutexGuard<'_, EventFollower> {
        lock(&self.follower)
    }

    /// Changes the state, publishes the new versions and wakes the waiting readers.
    fn update(&self, change: impl FnOnce(&mut EventFollower)) {
        let mut follower = self.follower();
        change(&mut follower);
        let newest = follower.newest_snapshot().map(|snapshot| snapshot.concert());
        self.current.version.store(newest.map_or(NONE, |concert| concert.version), Ordering::Release);
        self.current.revision.store(newest.map_or(NONE, |concert| concert.revision), Ordering::Release);
        self.current.checked_at.store(follower.checked_at().micros(), Ordering::Release);
        drop(follower);
        self.arrivals.notify_waiters();
    }

    /// Takes note of what a unit of this process did; see [`EventFollower::apply_commit`].
    pub(super) fn apply_commit(&self, version: u64, seats: Option<&[SeatChange]>, now: Timestamp) {
        self.update(|follower| follower.apply_commit(version, seats, now));
    }

    /// The rendered response, if it is current. Does not wait.
    pub(super) fn get_cached(
        &self,
        view: View<'_>,
        freshness: Freshness,
        now: Timestamp,
    ) -> Option<Arc<CachedResponse>> {
        let checked_at = Timestamp::from_micros(self.current.checked_at.load(Ordering::Acquire));
        if !freshness.allows(checked_at, now, now) {
            return None;
        }
        let current = match view {
            View::Concert => &self.current.revision,
            View::Availability | View::Seats(_) => &self.current.version,
        };
        self.views.get(view, current.load(Ordering::Acquire))
    }

    /// The concert's seat plan, once it was loaded.
    pub(super) fn plan(&self) -> Option<Arc<SeatPlan>> {
        self.follower().plan().cloned()
    }

    /// The index of the free seats, in line with the snapshot; `None` while the states of the seats are not loaded.
    pub(super) fn seat_index(&self) -> Option<MutexGuard<'_, SeatIndex>> {
        let mut index = lock(&self.index);
        let update = self.follower().take_index_update()?;
        index.apply(&update);
        Some(index)
    }

    /// Releases the tickets of a proposal.
    pub(super) fn release(&self, tickets: &[TicketNumber]) {
        lock(&self.index).release(tickets);
    }

    /// A snapshot that meets a need, and whether the database was read for it. `None` when the concert does not exist or
    /// is not public. Concurrent readers wait for one load, and share its failure.
    pub(super) async fn snapshot(
        &self,
        source: &ConcertSource,
        need: Need,
    ) -> Result<(Option<Arc<ConcertSnapshot>>, bool), StoreError> {
        let requirement = self.follower().requirement(need, source.clock.now());
        if let Step::Show(snapshot) = self.follower().step(requirement, source.clock.now()) {
            return Ok((snapshot, false));
        }
        let failures = lock(&self.failures).0;
        let _load_lock = self.load_lock.lock().await;
        if let Step::Show(snapshot) = self.follower().step(requirement, source.clock.now()) {
            return Ok((snapshot, false));
        }
        if let (count, Some(error)) = &*lock(&self.failures)
            && *count > failures
        {
            return Err(error.clone());
        }
        let read = self.read_until_met(source, requirement).await;
        if let Err(error) = &read {
            let mut failures = lock(&self.failures);
            *failures = (failures.0 + 1, Some(error.clone()));
        }
        read
    }

    async fn read_until_met(
        &self,
        source: &ConcertSource,
        requirement: Requirement,
    ) -> Result<(Option<Arc<ConcertSnapshot>>, bool), StoreError> {
        let (mut loaded, mut waited) = (false, false);
        for _ in 0..STEPS_MAX {
            let step = self.follower().step(requirement, source.clock.now());
            match step {
                Step::Show(snapshot) => return Ok((snapshot, loaded)),
                Step::Wait if !waited => {
                    waited = true;
                    self.wait_for_arrival(requirement.version).await;
                    continue;
                }
                Step::Wait => self.read_events(source, None).await?,
                Step::ReadEvents(after) => self.read_events(source, Some(after)).await?,
                Step::Load { seats } => self.load(source, seats).await?,
            }
            loaded = true;
        }
        Err(StoreError::Busy)
    }

    async fn wait_for_arrival(&self, version: u64) {
        let arrived = async {
            loop {
                let mut arrival = std::pin::pin!(self.arrivals.notified());
                arrival.as_mut().enable();
                if self.follower().shown_version().is_none_or(|shown| shown >= version) {
                    return;
                }
                arrival.await;
            }
        };
        // If the event does not arrive in time, the caller reads it from the database.
        let _ = tokio::time::timeout(ARRIVAL_PATIENCE, arrived).await;
    }

    async fn read_events(&self, source: &ConcertSource, after: Option<u64>) -> Result<(), StoreError> {
        let Some(after) = after.or_else(|| self.follower().shown_version()) else {
            return Ok(());
        };
        let begun_at = source.clock.now();
        let updates = source.updates(self.id, after, EVENTS_MAX).await?;
        self.update(|follower| follower.apply_updates(&updates, begun_at));
        Ok(())
    }

    async fn load(&self, source: &ConcertSource, seats: bool) -> Result<(), StoreError> {
        let begun_at = source.clock.now();
        self.update(EventFollower::begin_loading);
        let loaded = source.load(self.id, seats).await?;
        self.update(|follower| follower.apply_loaded(loaded, begun_at));
        Ok(())
    }

    /// The approximate size in bytes, by which states are evicted.
    pub(super) fn weight(&self) -> u32 {
        let bytes = OWN_WEIGHT + self.follower().weight() * (1 + RENDERED_A_BYTE);
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
