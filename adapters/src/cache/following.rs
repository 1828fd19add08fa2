//! What is known of one concert, and how it is kept in line with the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use boxoffice_domain::events::{SeatChange, SeatUpdate};
use boxoffice_domain::shared::Timestamp;

use super::Recency;
use super::picture::Picture;

/// The most entries of a stream that wait for an earlier one, and that are read at a time; with more missing, the concert is read
/// anew.
pub(super) const EVENTS_MAX: u32 = 500;

/// What is known of a concert.
#[derive(Debug, Clone, Default)]
enum Known {
    /// Nothing yet, or nothing any more.
    #[default]
    Nothing,
    /// There is none that everybody may see.
    NotPublic,
    /// This.
    Shown(Arc<Picture>),
}

/// What is known of a concert, since when, and what it has yet to catch up with.
#[derive(Debug)]
pub(super) struct Following {
    known: Known,
    /// The newest version that was heard of or read.
    newest: u64,
    /// When it was in line with the store.
    checked_at: Timestamp,
    /// When it was read whole.
    read_at: Timestamp,
    /// For how long it is followed before it is read whole again, in microseconds.
    lifetime_micros: i64,
    /// What cannot be applied yet: something earlier is missing, or the concert is being read. `None` for a change of the
    /// concert itself.
    ahead: BTreeMap<u64, Option<Vec<SeatChange>>>,
    reading: bool,
    /// Seats have changed under somebody's eyes: from then on the states of all seats are worth having, because only
    /// they can be followed.
    is_selling: bool,
}

/// What somebody wants to see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// At least this version.
    pub(super) version: u64,
    /// With the states of the seats.
    pub(super) seats: bool,
    /// So recent.
    pub(super) recency: Recency,
    /// When they came.
    pub(super) came_at: Timestamp,
}

/// What has to be done before a wish is fulfilled.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing: this is it. `None` when there is no such concert for everybody.
    Show(Option<Arc<Picture>>),
    /// Wait a moment for an event that must be under way, because a later one is here.
    Wait,
    /// Read the events after this version.
    ReadEvents(u64),
    /// Read the whole concert.
    Read {
        /// With the states of the seats.
        seats: bool,
    },
}

impl Following {
    /// Knows nothing. A concert is read anew after `lifetime_micros`, whatever happens.
    pub(super) const fn new(lifetime_micros: i64) -> Self {
        Self {
            known: Known::Nothing,
            newest: 0,
            checked_at: Timestamp::from_micros(0),
            read_at: Timestamp::from_micros(0),
            lifetime_micros,
            ahead: BTreeMap::new(),
            reading: false,
            is_selling: false,
        }
    }

    /// The newest version that was heard of or read.
    pub(super) const fn newest(&self) -> u64 {
        self.newest
    }

    /// The version of what is known.
    pub(super) fn shown_version(&self) -> Option<u64> {
        match &self.known {
            Known::Shown(picture) => Some(picture.concert().version),
            Known::Nothing | Known::NotPublic => None,
        }
    }

    /// When it was in line with the store.
    pub(super) const fn checked_at(&self) -> Timestamp {
        self.checked_at
    }

    /// What is known, if nothing newer was heard of.
    pub(super) fn newest_picture(&self) -> Option<&Arc<Picture>> {
        match &self.known {
            Known::Shown(picture) if picture.concert().version >= self.newest => Some(picture),
            _ => None,
        }
    }

    /// What has to be done before `wish` is fulfilled.
    pub(super) fn step(&self, wish: Wish, now: Timestamp) -> Step {
        let is_recent = wish.recency.allows(self.checked_at, wish.came_at, now);
        match &self.known {
            Known::NotPublic if is_recent => Step::Show(None),
            Known::Nothing | Known::NotPublic => Step::Read { seats: wish.seats || self.is_selling },
            Known::Shown(picture) => {
                let version = picture.concert().version;
                let lived = now.micros().saturating_sub(self.read_at.micros());
                if (wish.seats && !picture.has_states()) || !(0..self.lifetime_micros).contains(&lived) {
                    Step::Read { seats: wish.seats || self.is_selling || picture.has_states() }
                } else if !is_recent {
                    Step::ReadEvents(version)
                } else if version < wish.version {
                    Step::Wait
                } else {
                    Step::Show(Some(Arc::clone(picture)))
                }
            }
        }
    }

    /// Takes note of what a unit of this process did: to these seats, or, with `None`, to the concert itself. Versions are
    /// in the order of commits: one that follows on what is known says that nobody else has changed anything either.
    pub(super) fn hear(&mut self, version: u64, seats: Option<&[SeatChange]>, now: Timestamp) {
        self.newest = self.newest.max(version);
        let known = match &self.known {
            Known::Shown(picture) => picture.concert().version,
            Known::NotPublic | Known::Nothing => {
                self.known = Known::Nothing;
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
        let Known::Shown(picture) = &mut self.known else {
            return;
        };
        self.is_selling |= seats.is_some_and(|seats| !seats.is_empty());
        let followed = seats.is_some_and(|seats| Arc::make_mut(picture).follow(version, seats));
        if !followed {
            self.forget();
        }
    }

    /// Applies the events that were waiting for one that is here now.
    fn catch_up(&mut self) {
        while let Known::Shown(picture) = &self.known
            && let next = picture.concert().version + 1
            && let Some(seats) = self.ahead.remove(&next)
        {
            self.apply(next, seats.as_deref());
        }
    }

    fn forget(&mut self) {
        self.known = Known::Nothing;
        self.ahead.clear();
    }

    /// Says that the concert is being read from now on: events that arrive meanwhile are kept for it.
    pub(super) fn begin_reading(&mut self) {
        self.forget();
        self.reading = true;
    }

    /// Shows what was read, and catches up with what happened meanwhile. `begun_at` is when reading began.
    pub(super) fn show(&mut self, read: Option<Picture>, begun_at: Timestamp) {
        self.reading = false;
        (self.checked_at, self.read_at) = (begun_at, begun_at);
        match read {
            Some(picture) => {
                let version = picture.concert().version;
                self.newest = self.newest.max(version);
                self.ahead = self.ahead.split_off(&(version + 1));
                self.known = Known::Shown(Arc::new(picture));
                self.catch_up();
            }
            // What was heard meanwhile may have made it public.
            None if self.ahead.is_empty() => self.known = Known::NotPublic,
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
                Known::Shown(picture) if update.position <= picture.concert().version => {}
                Known::Shown(picture) if update.position == picture.concert().version + 1 => {
                    self.apply(update.position, update.seats.as_deref());
                }
                // Those between were pruned, or something happened that cannot be followed.
                _ => return self.forget(),
            }
        }
        self.checked_at = self.checked_at.max(begun_at);
        self.catch_up();
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        match &self.known {
            Known::Shown(picture) => picture.weight(),
            Known::Nothing | Known::NotPublic => 0,
        }
    }
}
