//! What is known of one concert's seats, and how it follows the committed events.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use boxoffice_domain::bookings::{SeatMap, Seats, Wanted, pick};
use boxoffice_domain::concerts::{SeatPlan, SeatStates, TicketNumber, TicketStatus};
use boxoffice_domain::events::SeatChange;
use boxoffice_domain::shared::{StoreError, Timestamp};

/// How long a picture that is known to be wrong somewhere is still used, in seconds. It only proposes, so being wrong
/// costs a lost proposal; loading it anew for each fault would cost more. Longer than the second that another
/// instance's changes may take to arrive.
pub(super) const PATIENCE_SECONDS: i64 = 2;

/// The most events that wait for an earlier one. With more missing, the picture is loaded anew.
const EVENTS_AHEAD_MAX: usize = 500;

/// What is known of one concert's seats: the picture itself, what is reserved in it, and what it has yet to catch up
/// with.
#[derive(Default)]
pub(super) struct Knowledge {
    /// It never changes, so that it outlives the picture.
    plan: Option<Arc<SeatPlan>>,
    picture: Option<Picture>,
    /// Tickets that a live proposal holds, and whether they are free but for that. In the map they are taken.
    reserved: HashMap<TicketNumber, bool>,
    /// The newest version heard of.
    heard: u64,
    /// Events that cannot be applied yet: an earlier one is missing, or the picture is being loaded.
    ahead: BTreeMap<u64, Vec<SeatChange>>,
    /// Since when an earlier event has been missing.
    behind_since: Option<Timestamp>,
    /// Since when the picture is known to have been wrong about a ticket.
    wrong_since: Option<Timestamp>,
    loading: bool,
    /// How often the picture was thrown away.
    forgotten: u64,
    /// How many attempts to load it came to nothing, and why the last of them did.
    fruitless: (u64, Option<Fruitless>),
}

/// Why there is no picture.
#[derive(Debug, Clone)]
pub(super) enum Fruitless {
    /// There is no such concert.
    NoConcert,
    /// The store failed.
    Failed(StoreError),
}

struct Picture {
    map: SeatMap,
    version: u64,
}

/// A picture on its way from the store.
pub(super) struct Loading {
    forgotten: u64,
}

/// A picture as it came from the store, not yet shown.
pub(super) struct Loaded {
    plan: SeatPlan,
    picture: Picture,
}

impl Loaded {
    /// Draws the picture.
    pub(super) fn new(seats: SeatStates) -> Self {
        let map = SeatMap::from_states(&seats.plan, seats.first, &seats.states);
        Self { plan: seats.plan, picture: Picture { map, version: seats.concert.version } }
    }
}

impl Knowledge {
    /// The plan, once it was loaded.
    pub(super) fn plan(&self) -> Option<Arc<SeatPlan>> {
        self.plan.clone()
    }

    /// Keeps the plan, which is returned.
    pub(super) fn learn_plan(&mut self, plan: SeatPlan) -> Arc<SeatPlan> {
        Arc::clone(self.plan.get_or_insert_with(|| Arc::new(plan)))
    }

    /// Whether there is a picture that can be trusted, apart from what happened in the last [`PATIENCE_SECONDS`].
    pub(super) fn is_usable(&self, now: Timestamp) -> bool {
        let out_of_patience = |since: Timestamp| now >= since.plus_seconds(PATIENCE_SECONDS);
        self.picture.is_some() && ![self.behind_since, self.wrong_since].into_iter().flatten().any(out_of_patience)
    }

    /// Says that a picture is being loaded from now on: events that arrive meanwhile are kept for it.
    pub(super) fn begin_loading(&mut self) -> Loading {
        self.picture = None;
        self.ahead.clear();
        self.loading = true;
        Loading { forgotten: self.forgotten }
    }

    /// Whether the picture was thrown away while it was being loaded.
    pub(super) const fn is_outdated(&self, loading: &Loading) -> bool {
        self.forgotten != loading.forgotten
    }

    /// Shows a picture that was loaded, and catches up with what happened meanwhile. Returns the plan.
    pub(super) fn show(&mut self, loaded: Loaded, now: Timestamp) -> Arc<SeatPlan> {
        let Loaded { plan, mut picture } = loaded;
        for (number, free) in &mut self.reserved {
            *free = picture.map.is_free(*number);
            picture.map.set_taken(*number);
        }
        self.loading = false;
        self.wrong_since = None;
        self.behind_since = None;
        self.ahead = self.ahead.split_off(&(picture.version + 1));
        self.picture = Some(picture);
        let ahead: Vec<SeatChange> = self.ahead.values().flatten().copied().collect();
        self.learn_what_is_taken(&ahead);
        self.catch_up(now);
        self.learn_plan(plan)
    }

    /// Says that nothing was loaded.
    pub(super) fn give_up_loading(&mut self, why: Fruitless) {
        self.loading = false;
        self.ahead.clear();
        self.fruitless = (self.fruitless_attempts() + 1, Some(why));
    }

    /// How many attempts to load the picture came to nothing.
    pub(super) const fn fruitless_attempts(&self) -> u64 {
        self.fruitless.0
    }

    /// Why the last of the attempts after the first `attempts` fruitless ones came to nothing.
    pub(super) fn fruitless_since(&self, attempts: u64) -> Option<Fruitless> {
        if self.fruitless_attempts() > attempts { self.fruitless.1.clone() } else { None }
    }

    /// Throws the picture away; one that is being loaded is loaded again.
    pub(super) fn forget(&mut self) {
        self.picture = None;
        self.ahead.clear();
        self.forgotten += 1;
    }

    /// The concert is gone.
    pub(super) fn forget_concert(&mut self) {
        self.plan = None;
        self.forget();
    }

    /// Takes note of what a unit did to the seats of this concert.
    pub(super) fn hear(&mut self, version: u64, changes: &[SeatChange], now: Timestamp) {
        self.heard = self.heard.max(version);
        match self.picture.as_ref().map(|picture| picture.version) {
            None if self.loading => self.keep_for_later(version, changes),
            None => {}
            Some(known) if version <= known => {}
            Some(known) if version == known + 1 => {
                self.apply(version, changes);
                self.catch_up(now);
            }
            Some(_) => {
                self.keep_for_later(version, changes);
                self.learn_what_is_taken(changes);
                self.catch_up(now);
            }
        }
    }

    /// Whether live proposals hold anything.
    pub(super) fn has_reservations(&self) -> bool {
        !self.reserved.is_empty()
    }

    /// Picks tickets for each wish in turn and reserves them, and those of `named` that are free, for one proposal.
    pub(super) fn propose(
        &mut self,
        wishes: &[Wanted],
        named: &[TicketNumber],
    ) -> (Vec<Option<Vec<TicketNumber>>>, Vec<TicketNumber>) {
        let mut reserved = Vec::new();
        self.reserve(named, &mut reserved);
        let mut pick_for = |wanted: &Wanted| {
            let map = &self.picture.as_ref()?.map;
            let tickets = pick(map, wanted.section, wanted.quantity, Seats::Ordinary)?;
            self.reserve(&tickets, &mut reserved);
            Some(tickets)
        };
        let picks = wishes.iter().map(&mut pick_for).collect();
        (picks, reserved)
    }

    /// Gives back what a proposal held: what was not sold meanwhile is free again.
    pub(super) fn give_back(&mut self, reserved: &[TicketNumber]) {
        for number in reserved {
            if self.reserved.remove(number) == Some(true)
                && let Some(picture) = &mut self.picture
            {
                picture.map.set_free(*number);
            }
        }
    }

    /// Corrects tickets that the store says are not available.
    pub(super) fn mark_taken(&mut self, numbers: &[TicketNumber], now: Timestamp) {
        for number in numbers {
            if self.learn(*number, false) {
                self.wrong_since.get_or_insert(now);
            }
        }
    }

    fn reserve(&mut self, numbers: &[TicketNumber], reserved: &mut Vec<TicketNumber>) {
        let Some(picture) = &mut self.picture else {
            return;
        };
        for number in numbers {
            if picture.map.is_free(*number) {
                picture.map.set_taken(*number);
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

    /// Applies the events that were waiting for one that is here now, and notes whether any is still missing.
    fn catch_up(&mut self, now: Timestamp) {
        while let Some(next) = self.picture.as_ref().map(|picture| picture.version + 1)
            && let Some(changes) = self.ahead.remove(&next)
        {
            self.apply(next, &changes);
        }
        let complete = self.picture.as_ref().is_none_or(|picture| picture.version >= self.heard);
        self.behind_since = if complete { None } else { self.behind_since.or(Some(now)) };
    }

    fn apply(&mut self, version: u64, changes: &[SeatChange]) {
        for change in changes {
            self.learn(change.number, change.status == TicketStatus::Available);
        }
        if let Some(picture) = &mut self.picture {
            picture.version = version;
        }
    }

    /// Of events that cannot be applied yet: a ticket that is taken in one of them is not worth proposing, while one
    /// that is freed may have been taken again by the event that is missing.
    fn learn_what_is_taken(&mut self, changes: &[SeatChange]) {
        for change in changes.iter().filter(|change| change.status != TicketStatus::Available) {
            self.learn(change.number, false);
        }
    }

    /// Notes whether a ticket is free in the store, and says whether that was news.
    fn learn(&mut self, number: TicketNumber, free: bool) -> bool {
        if let Some(known) = self.reserved.get_mut(&number) {
            return std::mem::replace(known, free) != free;
        }
        let Some(picture) = &mut self.picture else {
            return false;
        };
        let news = picture.map.is_free(number) != free;
        if free {
            picture.map.set_free(number)
        } else {
            picture.map.set_taken(number)
        }
        news
    }
}
