//! One concert in the window: what is known of it, and what is rendered of that.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use boxoffice_domain::concerts::{ReadConcertError, ReadSeatsError, SectionCode};
use boxoffice_domain::events::SeatChange;
use boxoffice_domain::shared::{Actor, ConcertId, StoreError, Timestamp};
use tokio::sync::Notify;

use super::Recency;
use super::following::{EVENTS_MAX, Following, Step, Wish};
use super::picture::Picture;
use super::rendering::Rendering;
use super::slot::Slot;
use super::window::{LookError, Sight, WindowParts};

/// How long a reader waits for an event that must be under way before it asks the store.
const ARRIVAL_PATIENCE: Duration = Duration::from_millis(20);
/// How often a reader asks the store or waits before it is turned away. Each time it does, somebody has changed
/// something meanwhile.
const STEPS_MAX: u32 = 8;
/// For how long a concert is followed before it is read whole again: between these, in microseconds, so that many
/// concerts are not read at once.
const LIFETIME_MICROS_MIN: i64 = 600_000_000;
const LIFETIME_MICROS_SPREAD: u128 = 300_000_000;
/// What stands for "no version": nothing rendered is current.
const NONE: u64 = u64::MAX;
/// About how many bytes a display takes by itself.
const OWN_WEIGHT: usize = 1_000;
/// About how many bytes are rendered for each that a picture takes: a letter a seat, whole and by section, compressed.
const RENDERED_A_BYTE: usize = 3;

/// One concert in the window.
pub(super) struct Display {
    id: ConcertId,
    following: Mutex<Following>,
    /// Held by whoever asks the store; the others wait for it.
    asking: tokio::sync::Mutex<()>,
    /// Rings when an event arrives.
    arrivals: Notify,
    current: Current,
    concert: Slot,
    availability: Slot,
    seats: Slot,
    sections: RwLock<HashMap<SectionCode, Arc<Slot>>>,
}

/// What a rendering must show to be current, for those who do not want to wait for a lock.
struct Current {
    version: AtomicU64,
    revision: AtomicU64,
    checked_at: AtomicI64,
}

impl Display {
    /// Of a concert that nobody has looked at yet.
    pub(super) fn new(id: ConcertId) -> Self {
        // The end of an id is random.
        let spread = i64::try_from(id.uuid().as_u128() % LIFETIME_MICROS_SPREAD).unwrap_or(0);
        Self {
            id,
            following: Mutex::new(Following::new(LIFETIME_MICROS_MIN + spread)),
            asking: tokio::sync::Mutex::default(),
            arrivals: Notify::new(),
            current: Current {
                version: AtomicU64::new(NONE),
                revision: AtomicU64::new(NONE),
                checked_at: AtomicI64::new(i64::MIN),
            },
            concert: Slot::default(),
            availability: Slot::default(),
            seats: Slot::default(),
            sections: RwLock::default(),
        }
    }

    fn following(&self) -> MutexGuard<'_, Following> {
        self.following.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is known, for all to see.
    fn learn(&self, change: impl FnOnce(&mut Following)) {
        let mut following = self.following();
        change(&mut following);
        let newest = following.newest_picture().map(|picture| picture.concert());
        self.current.version.store(newest.map_or(NONE, |concert| concert.version), Ordering::Release);
        self.current.revision.store(newest.map_or(NONE, |concert| concert.revision), Ordering::Release);
        self.current.checked_at.store(following.checked_at().micros(), Ordering::Release);
        drop(following);
        self.arrivals.notify_waiters();
    }

    /// Takes note of what a unit of this process did; see [`Following::hear`].
    pub(super) fn hear(&self, version: u64, seats: Option<&[SeatChange]>, now: Timestamp) {
        self.learn(|following| following.hear(version, seats, now));
    }

    /// What is rendered, if it is current.
    pub(super) fn glance(&self, sight: Sight<'_>, recency: Recency, now: Timestamp) -> Option<Arc<Rendering>> {
        let checked_at = Timestamp::from_micros(self.current.checked_at.load(Ordering::Acquire));
        if !recency.allows(checked_at, now, now) {
            return None;
        }
        let current = match sight {
            Sight::Concert => &self.current.revision,
            Sight::Availability | Sight::Seats(_) => &self.current.version,
        };
        let is_current = |rendering: &Rendering| rendering.version == current.load(Ordering::Acquire);
        match sight {
            Sight::Concert => self.concert.shown_if(is_current),
            Sight::Availability => self.availability.shown_if(is_current),
            Sight::Seats(None) => self.seats.shown_if(is_current),
            Sight::Seats(Some(code)) => self.sections().get(code)?.shown_if(is_current),
        }
    }

    /// The concert, as recent as it has to be, and whether the store was asked for it; `None` when there is none that
    /// everybody may see. Readers who come while the store is being asked wait for that answer.
    pub(super) async fn picture(
        &self,
        parts: &WindowParts,
        seats: bool,
        recency: Recency,
    ) -> Result<(Option<Arc<Picture>>, bool), StoreError> {
        let wish = Wish { version: self.following().newest(), seats, recency, came_at: parts.clock.now() };
        if let Step::Show(picture) = self.following().step(wish, parts.clock.now()) {
            return Ok((picture, false));
        }
        let _asking = self.asking.lock().await;
        let (mut asked, mut waited) = (false, false);
        for _ in 0..STEPS_MAX {
            let step = self.following().step(wish, parts.clock.now());
            match step {
                Step::Show(picture) => return Ok((picture, asked)),
                Step::Wait if !waited => {
                    waited = true;
                    self.wait_for_arrival(wish.version).await;
                    continue;
                }
                Step::Wait => self.read_events(parts, None).await?,
                Step::ReadEvents(after) => self.read_events(parts, Some(after)).await?,
                Step::Read { seats } => self.read(parts, seats).await?,
            }
            asked = true;
        }
        Err(StoreError::Busy)
    }

    async fn wait_for_arrival(&self, version: u64) {
        let arrived = async {
            loop {
                let mut arrival = std::pin::pin!(self.arrivals.notified());
                arrival.as_mut().enable();
                if self.following().shown_version().is_none_or(|shown| shown >= version) {
                    return;
                }
                arrival.await;
            }
        };
        // When it does not come, the caller looks for it in the store.
        let _ = tokio::time::timeout(ARRIVAL_PATIENCE, arrived).await;
    }

    async fn read_events(&self, parts: &WindowParts, after: Option<u64>) -> Result<(), StoreError> {
        let Some(after) = after.or_else(|| self.following().shown_version()) else {
            return Ok(());
        };
        metrics::counter!("boxoffice_window_reads_total", "read" => "events").increment(1);
        let begun_at = parts.clock.now();
        let updates = parts.log.after(self.id, after, EVENTS_MAX).await?;
        self.learn(|following| following.follow(&updates, begun_at));
        Ok(())
    }

    async fn read(&self, parts: &WindowParts, seats: bool) -> Result<(), StoreError> {
        metrics::counter!("boxoffice_window_reads_total", "read" => if seats { "seats" } else { "numbers" })
            .increment(1);
        let begun_at = parts.clock.now();
        self.learn(Following::begin_reading);
        let read = if seats {
            match parts.catalogue.seats(&Actor::Anonymous, self.id, None).await {
                Ok(seats) => Some(Picture::from(seats)),
                Err(ReadSeatsError::Store(error)) => return Err(error),
                Err(ReadSeatsError::NotFound | ReadSeatsError::Invalid(_)) => None,
            }
        } else {
            match parts.catalogue.availability(&Actor::Anonymous, self.id).await {
                Ok(counted) => Some(Picture::from(counted)),
                Err(ReadConcertError::Store(error)) => return Err(error),
                Err(ReadConcertError::NotFound) => None,
            }
        };
        self.learn(|following| following.show(read, begun_at));
        Ok(())
    }

    /// The concert rendered as asked for; `None` when it has no such section.
    pub(super) async fn render(
        &self,
        parts: &WindowParts,
        sight: Sight<'_>,
        picture: &Picture,
    ) -> Result<Option<Arc<Rendering>>, LookError> {
        match sight {
            Sight::Concert => rendered(&self.concert, parts, sight, picture).await.map(Some),
            Sight::Availability => rendered(&self.availability, parts, sight, picture).await.map(Some),
            Sight::Seats(None) => rendered(&self.seats, parts, sight, picture).await.map(Some),
            Sight::Seats(Some(code)) => {
                let Some(slot) = self.section_slot(code, picture) else {
                    return Ok(None);
                };
                rendered(&slot, parts, sight, picture).await.map(Some)
            }
        }
    }

    fn sections(&self) -> std::sync::RwLockReadGuard<'_, HashMap<SectionCode, Arc<Slot>>> {
        self.sections.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn section_slot(&self, code: &str, picture: &Picture) -> Option<Arc<Slot>> {
        if let Some(slot) = self.sections().get(code) {
            return Some(Arc::clone(slot));
        }
        let code = SectionCode::parse(code)?;
        picture.plan().section_coded(&code)?;
        let mut sections = self.sections.write().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(sections.entry(code).or_default()))
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> u32 {
        let bytes = OWN_WEIGHT + self.following().weight() * (1 + RENDERED_A_BYTE);
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

/// What a slot shows of a picture, or of a later one; rendered by one reader for all of them.
async fn rendered(
    slot: &Slot,
    parts: &WindowParts,
    sight: Sight<'_>,
    picture: &Picture,
) -> Result<Arc<Rendering>, LookError> {
    let version = match sight {
        Sight::Concert => picture.concert().revision,
        Sight::Availability | Sight::Seats(_) => picture.concert().version,
    };
    let is_good = |rendering: &Rendering| rendering.version >= version;
    if let Some(rendering) = slot.shown_if(is_good) {
        return Ok(rendering);
    }
    let _turn = slot.turn.lock().await;
    if let Some(rendering) = slot.shown_if(is_good) {
        return Ok(rendering);
    }
    let body = parts.renderers.render(sight, picture)?;
    let rendering = Rendering::new(version, parts.clock.now(), version.to_string(), body, Arc::clone(&slot.pace));
    let rendering = Arc::new(rendering);
    slot.show(&rendering);
    Ok(rendering)
}
