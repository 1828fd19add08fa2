//! The index of one concert's seats, and how committed events keep it up to date.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use boxoffice_domain::bookings::{BestAvailableRequest, SeatMap, Seats, pick};
use boxoffice_domain::concerts::{SeatPlan, SeatStates, TicketNumber, TicketStatus};
use boxoffice_domain::events::SeatChange;
use boxoffice_domain::shared::{StoreError, Timestamp};

/// How long a snapshot that is known to be wrong somewhere is still used, in seconds. The index only proposes seats, so
/// an error costs a lost proposal; a load for each error would cost more. Longer than the second within which other
/// instances' changes arrive.
pub(super) const STALE_SECONDS_MAX: i64 = 2;

/// The most events that are kept for a missing earlier one. If more are missing, the snapshot is loaded again.
const EVENTS_AHEAD_MAX: usize = 500;

/// One concert's seats: the snapshot, the tickets reserved in it, and the events that are not applied yet.
#[derive(Default)]
pub(super) struct SeatIndex {
    /// Never changes, so it is kept when the snapshot is invalidated.
    plan: Option<Arc<SeatPlan>>,
    snapshot: Option<SeatSnapshot>,
    /// Tickets reserved by live proposals, and whether they are available otherwise. In the map they are taken.
    reserved: HashMap<TicketNumber, bool>,
    /// The newest version that an event announced.
    heard: u64,
    /// Events that cannot be applied yet: an earlier one is missing, or a load is under way.
    ahead: BTreeMap<u64, Vec<SeatChange>>,
    /// Since when an earlier event has been missing.
    behind_since: Option<Timestamp>,
    /// Since when the snapshot is known to have been wrong about a ticket.
    wrong_since: Option<Timestamp>,
    loading: bool,
    /// How often the snapshot was invalidated.
    forgotten: u64,
    /// The number of failed loads, and why the last of them failed.
    failures: (u64, Option<LoadFailure>),
}

/// Why a load failed.
#[derive(Debug, Clone)]
pub(super) enum LoadFailure {
    /// The concert does not exist.
    NoConcert,
    /// The database failed.
    Failed(StoreError),
}

struct SeatSnapshot {
    map: SeatMap,
    version: u64,
}

/// A load that is under way.
pub(super) struct Loading {
    forgotten: u64,
}

/// A loaded snapshot that is not in the index yet.
pub(super) struct Loaded {
    plan: SeatPlan,
    snapshot: SeatSnapshot,
}

impl Loaded {
    /// Builds the map from the seat states.
    pub(super) fn new(seats: SeatStates) -> Self {
        let map = SeatMap::from_states(&seats.plan, seats.first, &seats.states);
        Self { plan: seats.plan, snapshot: SeatSnapshot { map, version: seats.concert.version } }
    }
}

impl SeatIndex {
    /// The seating plan, once it is loaded.
    pub(super) fn plan(&self) -> Option<Arc<SeatPlan>> {
        self.plan.clone()
    }

    /// Stores the plan and returns it.
    pub(super) fn learn_plan(&mut self, plan: SeatPlan) -> Arc<SeatPlan> {
        Arc::clone(self.plan.get_or_insert_with(|| Arc::new(plan)))
    }

    /// Whether there is a snapshot that is correct, except for changes of the last [`STALE_SECONDS_MAX`].
    pub(super) fn is_usable(&self, now: Timestamp) -> bool {
        let is_too_old = |since: Timestamp| now >= since.plus_seconds(STALE_SECONDS_MAX);
        self.snapshot.is_some() && ![self.behind_since, self.wrong_since].into_iter().flatten().any(is_too_old)
    }

    /// Marks the begin of a load. Events that arrive during the load are kept for its result.
    pub(super) fn begin_loading(&mut self) -> Loading {
        self.snapshot = None;
        self.ahead.clear();
        self.loading = true;
        Loading { forgotten: self.forgotten }
    }

    /// Whether the snapshot was invalidated during this load.
    pub(super) const fn is_outdated(&self, loading: &Loading) -> bool {
        self.forgotten != loading.forgotten
    }

    /// Stores a loaded snapshot and applies the events that arrived during the load. Returns the plan.
    pub(super) fn show(&mut self, loaded: Loaded, now: Timestamp) -> Arc<SeatPlan> {
        let Loaded { plan, mut snapshot } = loaded;
        for (number, free) in &mut self.reserved {
            *free = snapshot.map.is_free(*number);
            snapshot.map.set_taken(*number);
        }
        self.loading = false;
        self.wrong_since = None;
        self.behind_since = None;
        self.ahead = self.ahead.split_off(&(snapshot.version + 1));
        self.snapshot = Some(snapshot);
        let ahead: Vec<SeatChange> = self.ahead.values().flatten().copied().collect();
        self.apply_taken(&ahead);
        self.catch_up(now);
        self.learn_plan(plan)
    }

    /// Records that a load failed.
    pub(super) fn record_load_failure(&mut self, why: LoadFailure) {
        self.loading = false;
        self.ahead.clear();
        self.failures = (self.failed_loads() + 1, Some(why));
    }

    /// The number of failed loads.
    pub(super) const fn failed_loads(&self) -> u64 {
        self.failures.0
    }

    /// Why the last load failed, if any failed after the first `attempts` failures.
    pub(super) fn failure_since(&self, attempts: u64) -> Option<LoadFailure> {
        if self.failed_loads() > attempts { self.failures.1.clone() } else { None }
    }

    /// Invalidates the snapshot. A load that is under way is repeated.
    pub(super) fn forget(&mut self) {
        self.snapshot = None;
        self.ahead.clear();
        self.forgotten += 1;
    }

    /// The concert is gone.
    pub(super) fn forget_concert(&mut self) {
        self.plan = None;
        self.forget();
    }

    /// Takes note of what a unit did to the seats of this concert.
    pub(super) fn apply_event(&mut self, version: u64, changes: &[SeatChange], now: Timestamp) {
        self.heard = self.heard.max(version);
        match self.snapshot.as_ref().map(|snapshot| snapshot.version) {
            None if self.loading => self.keep_for_later(version, changes),
            None => {}
            Some(known) if version <= known => {}
            Some(known) if version == known + 1 => {
                self.apply(version, changes);
                self.catch_up(now);
            }
            Some(_) => {
                self.keep_for_later(version, changes);
                self.apply_taken(changes);
                self.catch_up(now);
            }
        }
    }

    /// Whether live proposals have reserved any tickets.
    pub(super) fn has_reservations(&self) -> bool {
        !self.reserved.is_empty()
    }

    /// Picks tickets for each request in turn. Reserves them, and those of `named` that are available, for one
    /// proposal.
    pub(super) fn propose(
        &mut self,
        requests: &[BestAvailableRequest],
        named: &[TicketNumber],
    ) -> (Vec<Option<Vec<TicketNumber>>>, Vec<TicketNumber>) {
        let mut reserved = Vec::new();
        self.reserve(named, &mut reserved);
        let mut pick_for = |wanted: &BestAvailableRequest| {
            let map = &self.snapshot.as_ref()?.map;
            let tickets = pick(map, wanted.section, wanted.quantity, Seats::Ordinary)?;
            self.reserve(&tickets, &mut reserved);
            Some(tickets)
        };
        let picks = requests.iter().map(&mut pick_for).collect();
        (picks, reserved)
    }

    /// Releases the tickets reserved by a proposal. Those that were not sold are available again.
    pub(super) fn release(&mut self, reserved: &[TicketNumber]) {
        for number in reserved {
            if self.reserved.remove(number) == Some(true)
                && let Some(snapshot) = &mut self.snapshot
            {
                snapshot.map.set_free(*number);
            }
        }
    }

    /// Corrects tickets that the database says are not available.
    pub(super) fn mark_taken(&mut self, numbers: &[TicketNumber], now: Timestamp) {
        for number in numbers {
            if self.learn(*number, false) {
                self.wrong_since.get_or_insert(now);
            }
        }
    }

    fn reserve(&mut self, numbers: &[TicketNumber], reserved: &mut Vec<TicketNumber>) {
        let Some(snapshot) = &mut self.snapshot else {
            return;
        };
        for number in numbers {
            if snapshot.map.is_free(*number) {
                snapshot.map.set_taken(*number);
                self.reserved.insert(*number, true);
                reserved.push(*number);
            }
        }
    }

    fn keep_for_later(&mut self, version: u64, changes: &[SeatChange]) {
        if self.ahead.len() < EVENTS_AHEAD_MAX {
            self.ahead.insert(version, changes.to_vec());
        }
    }

    /// Applies the kept events that directly follow, and notes whether an earlier one is still missing.
    fn catch_up(&mut self, now: Timestamp) {
        while let Some(next) = self.snapshot.as_ref().map(|snapshot| snapshot.version + 1)
            && let Some(changes) = self.ahead.remove(&next)
        {
            self.apply(next, &changes);
        }
        let complete = self.snapshot.as_ref().is_none_or(|snapshot| snapshot.version >= self.heard);
        self.behind_since = if complete { None } else { self.behind_since.or(Some(now)) };
    }

    fn apply(&mut self, version: u64, changes: &[SeatChange]) {
        for change in changes {
            self.learn(change.number, change.status == TicketStatus::Available);
        }
        if let Some(snapshot) = &mut self.snapshot {
            snapshot.version = version;
        }
    }

    /// From events that cannot be applied yet, learns only which tickets are taken: these are not worth proposing,
    /// while a ticket that became available may have been taken again by the missing event.
    fn apply_taken(&mut self, changes: &[SeatChange]) {
        for change in changes.iter().filter(|change| change.status != TicketStatus::Available) {
            self.learn(change.number, false);
        }
    }

    /// Records whether a ticket is available in the database. Returns whether that was news.
    fn learn(&mut self, number: TicketNumber, free: bool) -> bool {
        if let Some(known) = self.reserved.get_mut(&number) {
            return std::mem::replace(known, free) != free;
        }
        let Some(snapshot) = &mut self.snapshot else {
            return false;
        };
        let news = snapshot.map.is_free(number) != free;
        if free {
            snapshot.map.set_free(number)
        } else {
            snapshot.map.set_taken(number)
        }
        news
    }
}
