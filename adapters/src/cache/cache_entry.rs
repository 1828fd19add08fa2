//! One concert in the cache: its snapshot and the responses rendered from it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use boxoffice_domain::concerts::{ReadConcertError, ReadSeatsError, SectionCode};
use boxoffice_domain::events::SeatChange;
use boxoffice_domain::shared::{Actor, ConcertId, StoreError, Timestamp};
use tokio::sync::Notify;

use super::Freshness;
use super::cached_response::CachedResponse;
use super::concert_snapshot::ConcertSnapshot;
use super::event_follower::{EVENTS_MAX, EventFollower, Requirement, Step};
use super::public_concert_cache::{CacheDependencies, LookupError, View};
use super::response_slot::ResponseSlot;

/// How long a reader waits for a missing event before it reads the database.
const ARRIVAL_PATIENCE: Duration = Duration::from_millis(20);
/// How many reads and waits one request may cause before it is refused as busy. More than a few mean that the concert
/// changes faster than it can be read.
const STEPS_MAX: u32 = 8;
/// How long a concert is kept up to date by its events before it is loaded in full again: this minimum plus up to the
/// spread, in microseconds. The spread keeps many concerts from being loaded at the same moment.
const LIFETIME_MICROS_MIN: i64 = 600_000_000;
const LIFETIME_MICROS_SPREAD: u128 = 300_000_000;
/// Stands for "no version": no rendered response is current.
const NONE: u64 = u64::MAX;
/// The approximate size of an entry without its snapshot, in bytes.
const OWN_WEIGHT: usize = 1_000;
/// The approximate bytes of responses for each byte of a snapshot: one letter a seat, in the whole map, in the section
/// and compressed.
const RENDERED_A_BYTE: usize = 3;

/// The cache entry of one concert.
pub(super) struct CacheEntry {
    id: ConcertId,
    follower: Mutex<EventFollower>,
    /// Held while the database is read, so that concurrent readers share one load.
    load_lock: tokio::sync::Mutex<()>,
    /// Notified when an event arrives.
    arrivals: Notify,
    current: Current,
    concert: ResponseSlot,
    availability: ResponseSlot,
    seats: ResponseSlot,
    sections: RwLock<HashMap<SectionCode, Arc<ResponseSlot>>>,
}

/// What a response must show to be current. Atomics, so that the fast path takes no lock.
struct Current {
    version: AtomicU64,
    revision: AtomicU64,
    checked_at: AtomicI64,
}

impl CacheEntry {
    /// An entry without a snapshot.
    pub(super) fn new(id: ConcertId) -> Self {
        // The last bits of an id are random.
        let spread = i64::try_from(id.uuid().as_u128() % LIFETIME_MICROS_SPREAD).unwrap_or(0);
        Self {
            id,
            follower: Mutex::new(EventFollower::new(LIFETIME_MICROS_MIN + spread)),
            load_lock: tokio::sync::Mutex::default(),
            arrivals: Notify::new(),
            current: Current {
                version: AtomicU64::new(NONE),
                revision: AtomicU64::new(NONE),
                checked_at: AtomicI64::new(i64::MIN),
            },
            concert: ResponseSlot::default(),
            availability: ResponseSlot::default(),
            seats: ResponseSlot::default(),
            sections: RwLock::default(),
        }
    }

    fn follower(&self) -> MutexGuard<'_, EventFollower> {
        self.follower.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Takes note of what a unit of this process did; see [`EventFollower::apply_event`].
    pub(super) fn apply_event(&self, version: u64, seats: Option<&[SeatChange]>, now: Timestamp) {
        self.update(|follower| follower.apply_event(version, seats, now));
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
        let is_current = |rendering: &CachedResponse| rendering.version == current.load(Ordering::Acquire);
        match view {
            View::Concert => self.concert.shown_if(is_current),
            View::Availability => self.availability.shown_if(is_current),
            View::Seats(None) => self.seats.shown_if(is_current),
            View::Seats(Some(code)) => self.sections().get(code)?.shown_if(is_current),
        }
    }

    /// A snapshot that is fresh enough, and whether the database was read for it. `None` when the concert does not
    /// exist or is not public. Concurrent readers wait for one load.
    pub(super) async fn snapshot(
        &self,
        parts: &CacheDependencies,
        seats: bool,
        freshness: Freshness,
    ) -> Result<(Option<Arc<ConcertSnapshot>>, bool), StoreError> {
        let requirement =
            Requirement { version: self.follower().newest(), seats, freshness, came_at: parts.clock.now() };
        if let Step::Show(snapshot) = self.follower().step(requirement, parts.clock.now()) {
            return Ok((snapshot, false));
        }
        let _load_lock = self.load_lock.lock().await;
        let (mut loaded, mut waited) = (false, false);
        for _ in 0..STEPS_MAX {
            let step = self.follower().step(requirement, parts.clock.now());
            match step {
                Step::Show(snapshot) => return Ok((snapshot, loaded)),
                Step::Wait if !waited => {
                    waited = true;
                    self.wait_for_arrival(requirement.version).await;
                    continue;
                }
                Step::Wait => self.read_events(parts, None).await?,
                Step::ReadEvents(after) => self.read_events(parts, Some(after)).await?,
                Step::Read { seats } => self.read(parts, seats).await?,
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

    async fn read_events(&self, parts: &CacheDependencies, after: Option<u64>) -> Result<(), StoreError> {
        let Some(after) = after.or_else(|| self.follower().shown_version()) else {
            return Ok(());
        };
        metrics::counter!("boxoffice_cache_loads_total", "read" => "events").increment(1);
        let begun_at = parts.clock.now();
        let updates = parts.log.after(self.id, after, EVENTS_MAX).await?;
        self.update(|follower| follower.follow(&updates, begun_at));
        Ok(())
    }

    async fn read(&self, parts: &CacheDependencies, seats: bool) -> Result<(), StoreError> {
        metrics::counter!("boxoffice_cache_loads_total", "read" => if seats { "seats" } else { "numbers" })
            .increment(1);
        let begun_at = parts.clock.now();
        self.update(EventFollower::begin_reading);
        let read = if seats {
            match parts.catalogue.seats(&Actor::Anonymous, self.id, None).await {
                Ok(seats) => Some(ConcertSnapshot::from(seats)),
                Err(ReadSeatsError::Store(error)) => return Err(error),
                Err(ReadSeatsError::NotFound | ReadSeatsError::Invalid(_)) => None,
            }
        } else {
            match parts.catalogue.availability(&Actor::Anonymous, self.id).await {
                Ok(counted) => Some(ConcertSnapshot::from(counted)),
                Err(ReadConcertError::Store(error)) => return Err(error),
                Err(ReadConcertError::NotFound) => None,
            }
        };
        self.update(|follower| follower.show(read, begun_at));
        Ok(())
    }

    /// The response for `view`, rendered from the snapshot. `None` when the concert has no such section.
    pub(super) async fn render(
        &self,
        parts: &CacheDependencies,
        view: View<'_>,
        snapshot: &ConcertSnapshot,
    ) -> Result<Option<Arc<CachedResponse>>, LookupError> {
        match view {
            View::Concert => rendered(&self.concert, parts, view, snapshot).await.map(Some),
            View::Availability => rendered(&self.availability, parts, view, snapshot).await.map(Some),
            View::Seats(None) => rendered(&self.seats, parts, view, snapshot).await.map(Some),
            View::Seats(Some(code)) => {
                let Some(slot) = self.section_slot(code, snapshot) else {
                    return Ok(None);
                };
                rendered(&slot, parts, view, snapshot).await.map(Some)
            }
        }
    }

    fn sections(&self) -> std::sync::RwLockReadGuard<'_, HashMap<SectionCode, Arc<ResponseSlot>>> {
        self.sections.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn section_slot(&self, code: &str, snapshot: &ConcertSnapshot) -> Option<Arc<ResponseSlot>> {
        if let Some(slot) = self.sections().get(code) {
            return Some(Arc::clone(slot));
        }
        let code = SectionCode::parse(code)?;
        snapshot.plan().section_coded(&code)?;
        let mut sections = self.sections.write().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(sections.entry(code).or_default()))
    }

    /// The approximate size in bytes, by which the cache evicts.
    pub(super) fn weight(&self) -> u32 {
        let bytes = OWN_WEIGHT + self.follower().weight() * (1 + RENDERED_A_BYTE);
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

/// The response of `slot`, of the snapshot's version or later. One reader renders it for all that wait.
async fn rendered(
    slot: &ResponseSlot,
    parts: &CacheDependencies,
    view: View<'_>,
    snapshot: &ConcertSnapshot,
) -> Result<Arc<CachedResponse>, LookupError> {
    let version = match view {
        View::Concert => snapshot.concert().revision,
        View::Availability | View::Seats(_) => snapshot.concert().version,
    };
    let is_current = |rendering: &CachedResponse| rendering.version >= version;
    if let Some(rendering) = slot.shown_if(is_current) {
        return Ok(rendering);
    }
    let _rendering_lock = slot.turn.lock().await;
    if let Some(rendering) = slot.shown_if(is_current) {
        return Ok(rendering);
    }
    let body = parts.renderers.render(view, snapshot)?;
    let rendering = CachedResponse::new(version, parts.clock.now(), version.to_string(), body, Arc::clone(&slot.pace));
    let rendering = Arc::new(rendering);
    slot.show(&rendering);
    Ok(rendering)
}
