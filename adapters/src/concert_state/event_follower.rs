//! What is known of one concert, and how its events keep it in line with the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use boxoffice_domain::concerts::{SeatChange, SeatPlan, TicketStatus};
use boxoffice_domain::events::SeatUpdate;
use boxoffice_domain::shared::Timestamp;

use super::concert_snapshot::ConcertSnapshot;
use super::need::Need;
use super::seat_index::IndexUpdate;

/// The most entries of a stream that wait for an earlier one, and that are read at a time. When more are missing, the
/// concert is loaded in full.
pub(super) const EVENTS_MAX: u32 = 500;
/// The most changes that wait for the seat index, of 8 bytes each. When more do, the index is built again.
const INDEX_CHANGES_MAX: usize = 10_000;

/// Changes of seats by version. `None` is a change of the concert itself.
type Updates = BTreeMap<u64, Option<Vec<SeatChange>>>;

/// The concert as it was loaded, with the changes since.
#[derive(Debug, Clone, Default)]
enum SnapshotState {
    /// Not loaded, or invalidated.
    #[default]
    Nothing,
    /// The concert does not exist or is not public.
    NotPublic,
    /// The latest snapshot.
    Shown(Arc<ConcertSnapshot>),
}

/// A concert's snapshot, how fresh it is, and the events that are not applied yet.
#[derive(Debug)]
pub(super) struct EventFollower {
    known: SnapshotState,
    /// Its seats never change, so it is kept when the snapshot is invalidated.
    plan: Option<Arc<SeatPlan>>,
    /// The newest version that an event announced or a load returned.
    newest: u64,
    /// The last time the snapshot was known to match the database.
    checked_at: Timestamp,
    /// When the concert was last loaded in full; `None` when the concert itself was changed since.
    loaded_at: Option<Timestamp>,
    /// How long it is kept up to date by events before it is loaded in full again, in microseconds.
    lifetime_micros: i64,
    /// What cannot be applied yet, because something earlier is missing.
    ahead: Updates,
    /// What was announced while the concert is being loaded.
    during_load: Option<Updates>,
    /// The changes that the seat index has not applied yet; `None` when it has to be built from the snapshot.
    for_index: Option<Vec<SeatChange>>,
    /// Seats have changed since the concert is known. From then on loads include the states of all seats, because
    /// events can be applied only to these.
    is_selling: bool,
}

/// What a request requires of a snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Requirement {
    need: Need,
    /// The minimal version.
    pub(super) version: u64,
    /// When the request arrived.
    came_at: Timestamp,
}

/// What to do next to meet a requirement.
#[derive(Debug)]
pub(super) enum Step {
    /// The requirement is met. `None` when the concert does not exist or is not public.
    Show(Option<Arc<ConcertSnapshot>>),
    /// Wait a moment for a missing event: a later one has arrived already.
    Wait,
    /// Read the events after this version.
    ReadEvents(u64),
    /// Load the concert in full.
    Load {
        /// Whether to load the states of the seats.
        seats: bool,
    },
}

impl EventFollower {
    /// An empty state. To be shown, a concert is loaded in full again after `lifetime_micros`, however many events were
    /// applied.
    pub(super) const fn new(lifetime_micros: i64) -> Self {
        Self {
            known: SnapshotState::Nothing,
            plan: None,
            newest: 0,
            checked_at: Timestamp::from_micros(0),
            loaded_at: None,
            lifetime_micros,
            ahead: Updates::new(),
            during_load: None,
            for_index: None,
            is_selling: false,
        }
    }

    /// The concert's seat plan, once it was loaded.
    pub(super) const fn plan(&self) -> Option<&Arc<SeatPlan>> {
        self.plan.as_ref()
    }

    /// The version of the snapshot.
    pub(super) fn shown_version(&self) -> Option<u64> {
        match &self.known {
            SnapshotState::Shown(snapshot) => Some(snapshot.concert().version),
            SnapshotState::Nothing | SnapshotState::NotPublic => None,
        }
    }

    /// The last time the snapshot was known to match the database.
    pub(super) const fn checked_at(&self) -> Timestamp {
        self.checked_at
    }

    /// The snapshot, if it may be shown: no newer version was announced.
    pub(super) fn newest_snapshot(&self) -> Option<&Arc<ConcertSnapshot>> {
        match &self.known {
            SnapshotState::Shown(snapshot) if snapshot.concert().version >= self.newest => {
                self.loaded_at.and(Some(snapshot))
            }
            _ => None,
        }
    }

    /// What a request that comes now requires. What is shown includes everything that this process has announced.
    pub(super) const fn requirement(&self, need: Need, came_at: Timestamp) -> Requirement {
        let version = if matches!(need, Need::Show { .. }) { self.newest } else { 0 };
        Requirement { need, version, came_at }
    }

    /// What to do next to meet `requirement`.
    pub(super) fn step(&self, requirement: Requirement, now: Timestamp) -> Step {
        let Requirement { need, version, came_at } = requirement;
        let is_recent = need.freshness().allows(self.checked_at, came_at, now);
        let snapshot = match &self.known {
            SnapshotState::Shown(snapshot) => snapshot,
            SnapshotState::NotPublic if is_recent => return Step::Show(None),
            SnapshotState::Nothing | SnapshotState::NotPublic => {
                return Step::Load { seats: need.seats() || self.is_selling };
            }
        };
        let has_enough = snapshot.has_states() || !need.seats();
        if !has_enough || !need.accepts_load(self.loaded_at, self.lifetime_micros, came_at, now) {
            Step::Load { seats: need.seats() || self.is_selling || snapshot.has_states() }
        } else if !is_recent {
            Step::ReadEvents(snapshot.concert().version)
        } else if snapshot.concert().version < version {
            Step::Wait
        } else {
            Step::Show(Some(Arc::clone(snapshot)))
        }
    }

    /// Takes note of what a unit of this process did: to these seats, or, with `None`, to the concert itself. Versions are
    /// in the order of commits: one that follows the snapshot says that no other process has changed anything either.
    pub(super) fn apply_commit(&mut self, version: u64, seats: Option<&[SeatChange]>, now: Timestamp) {
        self.newest = self.newest.max(version);
        if let Some(updates) = &mut self.during_load {
            keep(updates, version, seats);
        }
        let Some(known) = self.shown_version() else {
            self.known = SnapshotState::Nothing;
            return;
        };
        if version == known + 1 {
            self.checked_at = now;
            self.apply(version, seats);
            self.catch_up();
        } else if version > known {
            keep(&mut self.ahead, version, seats);
            // A ticket that was taken is not worth proposing. One that became available may be taken again by what is
            // missing.
            self.tell_index(seats.unwrap_or_default().iter().copied().filter(is_taken));
        }
    }

    fn apply(&mut self, version: u64, seats: Option<&[SeatChange]>) {
        let SnapshotState::Shown(snapshot) = &mut self.known else {
            return;
        };
        let changes = seats.unwrap_or_default();
        self.is_selling |= !changes.is_empty();
        if !Arc::make_mut(snapshot).follow(version, changes) {
            return self.forget();
        }
        if seats.is_none() {
            self.loaded_at = None;
        }
        self.tell_index(changes.iter().copied());
    }

    fn tell_index(&mut self, changes: impl Iterator<Item = SeatChange>) {
        if let Some(waiting) = &mut self.for_index {
            waiting.extend(changes);
            if waiting.len() > INDEX_CHANGES_MAX {
                self.for_index = None;
            }
        }
    }

    /// Applies the kept events that directly follow the snapshot.
    fn catch_up(&mut self) {
        while let Some(version) = self.shown_version() {
            self.ahead = self.ahead.split_off(&(version + 1));
            let Some(seats) = self.ahead.remove(&(version + 1)) else {
                return;
            };
            self.apply(version + 1, seats.as_deref());
        }
    }

    fn forget(&mut self) {
        self.known = SnapshotState::Nothing;
        self.ahead.clear();
        self.for_index = None;
    }

    /// Marks the begin of a full load. Events that arrive during the load are kept for its result, and applied to the
    /// snapshot of before as well: seats are proposed from it during the load.
    pub(super) fn begin_loading(&mut self) {
        self.during_load = Some(Updates::new());
    }

    /// Stores the result of a full load and applies the events that arrived during it. `begun_at` is when the load
    /// began.
    pub(super) fn apply_loaded(&mut self, loaded: Option<ConcertSnapshot>, begun_at: Timestamp) {
        let arrived = self.during_load.take().unwrap_or_default();
        self.forget();
        self.checked_at = begun_at;
        match loaded {
            Some(snapshot) => {
                self.newest = self.newest.max(snapshot.concert().version);
                self.plan = Some(Arc::clone(snapshot.shared_plan()));
                self.loaded_at = Some(begun_at);
                self.ahead = arrived;
                self.known = SnapshotState::Shown(Arc::new(snapshot));
                self.catch_up();
            }
            None => {
                self.plan = None;
                // An event that arrived during the load may have made the concert public.
                if arrived.is_empty() {
                    self.known = SnapshotState::NotPublic;
                }
            }
        }
    }

    /// Follows what was read of the concert's stream. `begun_at` is when reading began.
    pub(super) fn apply_updates(&mut self, updates: &[SeatUpdate], begun_at: Timestamp) {
        if updates.len() >= usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX) {
            return self.forget();
        }
        for update in updates {
            self.newest = self.newest.max(update.position);
            match (self.shown_version(), &update.seats) {
                (Some(known), _) if update.position <= known => {}
                (Some(known), Some(seats)) if update.position == known + 1 => {
                    self.apply(update.position, Some(seats));
                }
                // Events in between were pruned, the concert itself was changed, or the change is unknown.
                _ => return self.forget(),
            }
        }
        // Loads and reads of the stream exclude each other: a load that was under way was given up.
        self.during_load = None;
        self.checked_at = begun_at;
        self.catch_up();
    }

    /// What the seat index has not applied yet; `None` while the states of the seats are not known. From now on changes
    /// are kept for the index.
    pub(super) fn take_index_update(&mut self) -> Option<IndexUpdate> {
        let SnapshotState::Shown(snapshot) = &self.known else {
            return None;
        };
        if !snapshot.has_states() {
            return None;
        }
        Some(match self.for_index.replace(Vec::new()) {
            Some(changes) => IndexUpdate { whole: None, changes },
            None => {
                let ahead = self.ahead.values().flatten().flatten().copied();
                IndexUpdate { whole: Some(Arc::clone(snapshot)), changes: ahead.filter(is_taken).collect() }
            }
        })
    }

    /// The approximate size in bytes.
    pub(super) fn weight(&self) -> usize {
        match &self.known {
            SnapshotState::Shown(snapshot) => snapshot.weight(),
            SnapshotState::Nothing | SnapshotState::NotPublic => 0,
        }
    }
}

fn keep(updates: &mut Updates, version: u64, seats: Option<&[SeatChange]>) {
    if updates.len() < usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX) {
        updates.insert(version, seats.map(<[SeatChange]>::to_vec));
    }
}

fn is_taken(change: &SeatChange) -> bool {
    change.status != TicketStatus::Available
}
