//! The cached state of one concert, and how its events keep it in line with the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use boxoffice_domain::events::{SeatChange, SeatUpdate};
use boxoffice_domain::shared::Timestamp;

use super::concert_snapshot::ConcertSnapshot;
use super::freshness::Freshness;

/// The most entries of a stream that wait for an earlier one, and that are read at a time. When more are missing, the
/// concert is loaded in full.
pub(super) const EVENTS_MAX: u32 = 500;

/// What the cache holds of a concert.
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
    /// The newest version that an event announced or a load returned.
    newest: u64,
    /// The last time the snapshot was known to match the database.
    checked_at: Timestamp,
    /// When it was last loaded in full.
    read_at: Timestamp,
    /// How long it is kept up to date by events before it is loaded in full again, in microseconds.
    lifetime_micros: i64,
    /// What cannot be applied yet: something earlier is missing, or the concert is being read. `None` for a change of the
    /// concert itself.
    ahead: BTreeMap<u64, Option<Vec<SeatChange>>>,
    reading: bool,
    /// Seats have changed since the concert was cached. From then on loads include the states of all seats, because
    /// events can be applied only to these.
    is_selling: bool,
}

/// What a request requires of a snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Requirement {
    /// The minimal version.
    pub(super) version: u64,
    /// Whether the seat states are needed.
    pub(super) seats: bool,
    /// How fresh it must be.
    pub(super) freshness: Freshness,
    /// When the request arrived.
    pub(super) came_at: Timestamp,
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
    Read {
        /// Whether to load the seat states.
        seats: bool,
    },
}

impl EventFollower {
    /// An empty state. A concert is loaded in full again after `lifetime_micros`, however many events were applied.
    pub(super) const fn new(lifetime_micros: i64) -> Self {
        Self {
            known: SnapshotState::Nothing,
            newest: 0,
            checked_at: Timestamp::from_micros(0),
            read_at: Timestamp::from_micros(0),
            lifetime_micros,
            ahead: BTreeMap::new(),
            reading: false,
            is_selling: false,
        }
    }

    /// The newest version that an event announced or a load returned.
    pub(super) const fn newest(&self) -> u64 {
        self.newest
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

    /// The snapshot, if no newer version was announced.
    pub(super) fn newest_snapshot(&self) -> Option<&Arc<ConcertSnapshot>> {
        match &self.known {
            SnapshotState::Shown(snapshot) if snapshot.concert().version >= self.newest => Some(snapshot),
            _ => None,
        }
    }

    /// What to do next to meet `requirement`.
    pub(super) fn step(&self, requirement: Requirement, now: Timestamp) -> Step {
        let is_recent = requirement.freshness.allows(self.checked_at, requirement.came_at, now);
        match &self.known {
            SnapshotState::NotPublic if is_recent => Step::Show(None),
            SnapshotState::Nothing | SnapshotState::NotPublic => {
                Step::Read { seats: requirement.seats || self.is_selling }
            }
            SnapshotState::Shown(snapshot) => {
                let version = snapshot.concert().version;
                let lived = now.micros().saturating_sub(self.read_at.micros());
                if (requirement.seats && !snapshot.has_states()) || !(0..self.lifetime_micros).contains(&lived) {
                    Step::Read { seats: requirement.seats || self.is_selling || snapshot.has_states() }
                } else if !is_recent {
                    Step::ReadEvents(version)
                } else if version < requirement.version {
                    Step::Wait
                } else {
                    Step::Show(Some(Arc::clone(snapshot)))
                }
            }
        }
    }

    /// Takes note of what a unit of this process did: to these seats, or, with `None`, to the concert itself. Versions are
    /// in the order of commits: one that follows the snapshot says that no other process has changed anything either.
    pub(super) fn apply_event(&mut self, version: u64, seats: Option<&[SeatChange]>, now: Timestamp) {
        self.newest = self.newest.max(version);
        let known = match &self.known {
            SnapshotState::Shown(snapshot) => snapshot.concert().version,
            SnapshotState::NotPublic | SnapshotState::Nothing => {
                self.known = SnapshotState::Nothing;
                if self.reading {
                    self.keep_for_later(version, seats);
                }
                return;
            }
        };
        if version == known + 1 {
            self.checked_at = now;
            self.apply(version, seats);
            self.catch_up();
        } else if version > known {
            self.keep_for_later(version, seats);
        }
    }

    fn keep_for_later(&mut self, version: u64, seats: Option<&[SeatChange]>) {
        if self.ahead.len() < usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX) {
            self.ahead.insert(version, seats.map(<[SeatChange]>::to_vec));
        }
    }

    fn apply(&mut self, version: u64, seats: Option<&[SeatChange]>) {
        let SnapshotState::Shown(snapshot) = &mut self.known else {
            return;
        };
        self.is_selling |= seats.is_some_and(|seats| !seats.is_empty());
        let followed = seats.is_some_and(|seats| Arc::make_mut(snapshot).follow(version, seats));
        if !followed {
            self.forget();
        }
    }

    /// Applies the kept events that directly follow the snapshot.
    fn catch_up(&mut self) {
        while let SnapshotState::Shown(snapshot) = &self.known
            && let next = snapshot.concert().version + 1
            && let Some(seats) = self.ahead.remove(&next)
        {
            self.apply(next, seats.as_deref());
        }
    }

    fn forget(&mut self) {
        self.known = SnapshotState::Nothing;
        self.ahead.clear();
    }

    /// Marks the begin of a full load. Events that arrive during the load are kept for its result.
    pub(super) fn begin_reading(&mut self) {
        self.forget();
        self.reading = true;
    }

    /// Stores the result of a full load and applies the events that arrived during it. `begun_at` is when the load
    /// began.
    pub(super) fn show(&mut self, read: Option<ConcertSnapshot>, begun_at: Timestamp) {
        self.reading = false;
        (self.checked_at, self.read_at) = (begun_at, begun_at);
        match read {
            Some(snapshot) => {
                let version = snapshot.concert().version;
                self.newest = self.newest.max(version);
                self.ahead = self.ahead.split_off(&(version + 1));
                self.known = SnapshotState::Shown(Arc::new(snapshot));
                self.catch_up();
            }
            // An event that arrived during the load may have made the concert public.
            None if self.ahead.is_empty() => self.known = SnapshotState::NotPublic,
            None => self.forget(),
        }
    }

    /// Follows what was read of the concert's stream. `begun_at` is when reading began.
    pub(super) fn follow(&mut self, updates: &[SeatUpdate], begun_at: Timestamp) {
        if updates.len() >= usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX) {
            return self.forget();
        }
        for update in updates {
            self.newest = self.newest.max(update.position);
            match &self.known {
                SnapshotState::Shown(snapshot) if update.position <= snapshot.concert().version => {}
                SnapshotState::Shown(snapshot) if update.position == snapshot.concert().version + 1 => {
                    self.apply(update.position, update.seats.as_deref());
                }
                // Events in between were pruned, or one of them cannot be applied.
                _ => return self.forget(),
            }
        }
        self.checked_at = self.checked_at.max(begun_at);
        self.catch_up();
    }

    /// The approximate size in bytes.
    pub(super) fn weight(&self) -> usize {
        match &self.known {
            SnapshotState::Shown(snapshot) => snapshot.weight(),
            SnapshotState::Nothing | SnapshotState::NotPublic => 0,
        }
    }
}
