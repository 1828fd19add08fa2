//! A concert as anonymous clients see it, at one version.

use std::sync::Arc;

use boxoffice_domain::concerts::{
    Availability, Concert, SeatChange, SeatPlan, SeatState, SeatStates, Section, TicketStatus,
};

/// A concert with its availability and, if loaded, its seat states.
#[derive(Debug, Clone)]
pub struct ConcertSnapshot {
    concert: Concert,
    plan: Arc<SeatPlan>,
    /// Available tickets by section, in the order of the plan.
    available: Vec<u32>,
    /// Seat states in the order of ticket numbers, from 1. `None` when only the counts were loaded.
    states: Option<Vec<SeatState>>,
}

impl From<Availability> for ConcertSnapshot {
    fn from(counted: Availability) -> Self {
        let available = counted.sections.iter().map(|section| section.available).collect();
        let sections = counted.sections.into_iter().map(|section| section.section).collect();
        Self { concert: counted.concert, plan: Arc::new(SeatPlan::new(sections)), available, states: None }
    }
}

impl From<SeatStates> for ConcertSnapshot {
    fn from(seats: SeatStates) -> Self {
        let left = |section: &Section| {
            let states = states_of(&seats.states, section).unwrap_or_default();
            let free = states.iter().filter(|state| **state == TicketStatus::Available).count();
            u32::try_from(free).unwrap_or(u32::MAX)
        };
        let available = seats.plan.sections().iter().map(left).collect();
        Self { concert: seats.concert, available, plan: Arc::new(seats.plan), states: Some(seats.states) }
    }
}

fn states_of<'states>(states: &'states [SeatState], section: &Section) -> Option<&'states [SeatState]> {
    let from = usize::try_from(section.first.get().checked_sub(1)?).ok()?;
    let count = usize::try_from(section.capacity()).ok()?;
    states.get(from..from.checked_add(count)?)
}

impl ConcertSnapshot {
    /// The concert's data at this version.
    pub const fn concert(&self) -> &Concert {
        &self.concert
    }

    /// The concert's sections and seats.
    pub fn plan(&self) -> &SeatPlan {
        &self.plan
    }

    /// The concert's sections and seats, to keep.
    pub(super) const fn shared_plan(&self) -> &Arc<SeatPlan> {
        &self.plan
    }

    /// The sections, each with its number of available tickets.
    pub fn sections(&self) -> impl Iterator<Item = (&Section, u32)> {
        self.plan.sections().iter().zip(self.available.iter().copied())
    }

    /// The states of all seats in the order of ticket numbers; empty when they were not loaded.
    pub fn states(&self) -> &[SeatState] {
        self.states.as_deref().unwrap_or_default()
    }

    /// The states of one section's seats, in order; empty when they were not loaded.
    pub fn states_of(&self, section: &Section) -> &[SeatState] {
        states_of(self.states(), section).unwrap_or_default()
    }

    /// Whether the seat states were loaded.
    pub(super) const fn has_states(&self) -> bool {
        self.states.is_some()
    }

    /// Moves on to the next version, in which tickets have other states, if any have. Says no, and changes nothing, when it cannot
    /// know what that means for the numbers, because it does not know the states before.
    pub(super) fn follow(&mut self, version: u64, changes: &[SeatChange]) -> bool {
        if changes.is_empty() {
            self.concert.version = version;
            return true;
        }
        let Some(states) = &mut self.states else {
            return false;
        };
        for change in changes {
            let at = change.number.get().checked_sub(1).and_then(|at| usize::try_from(at).ok());
            let section = self.plan.section_of(change.number).map(|section| usize::from(section.position) - 1);
            let (Some(state), Some(left)) =
                (at.and_then(|at| states.get_mut(at)), section.and_then(|section| self.available.get_mut(section)))
            else {
                continue;
            };
            let before = std::mem::replace(state, change.status);
            for (status, step) in [(before, -1), (change.status, 1)] {
                if status == TicketStatus::Available {
                    *left = left.saturating_add_signed(step);
                    self.concert.available = self.concert.available.saturating_add_signed(step);
                }
            }
        }
        self.concert.version = version;
        true
    }

    /// The approximate size in bytes, with the index of its free seats.
    pub(super) fn weight(&self) -> usize {
        const OF_A_ROW: usize = 250;
        const OF_A_SECTION: usize = 500;
        let tickets = self.states.as_ref().map_or(0, Vec::len);
        let rows: usize = self.plan.sections().iter().map(rows_of).sum();
        tickets + rows * OF_A_ROW + self.available.len() * OF_A_SECTION
    }
}

fn rows_of(section: &Section) -> usize {
    use boxoffice_domain::concerts::SectionKind;
    match &section.kind {
        SectionKind::Seated { rows } => rows.len(),
        SectionKind::Standing { .. } => 0,
    }
}
