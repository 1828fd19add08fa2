//! The index of one concert's free seats, from which the best available are picked.

use std::collections::HashMap;
use std::sync::Arc;

use boxoffice_domain::bookings::{BestAvailableRequest, SeatMap, Seats, pick};
use boxoffice_domain::concerts::{SeatChange, TicketNumber, TicketStatus};

use super::concert_snapshot::ConcertSnapshot;

/// The free seats of the concert's snapshot without those that live proposals reserve.
#[derive(Default)]
pub(super) struct SeatIndex {
    map: Option<SeatMap>,
    /// Tickets reserved by live proposals, and whether they are free otherwise. In the map they are taken.
    reserved: HashMap<TicketNumber, bool>,
}

/// What brings the index in line with the concert's snapshot.
pub(super) struct IndexUpdate {
    /// The snapshot from which the index has to be built, if it has.
    pub(super) whole: Option<Arc<ConcertSnapshot>>,
    /// The changes to apply then.
    pub(super) changes: Vec<SeatChange>,
}

impl SeatIndex {
    /// Brings the index in line.
    pub(super) fn apply(&mut self, update: &IndexUpdate) {
        if let Some(snapshot) = &update.whole {
            let mut map = SeatMap::from_states(snapshot.plan(), TicketNumber::new(1), snapshot.states());
            for (number, free) in &mut self.reserved {
                *free = map.is_free(*number);
                map.set_taken(*number);
            }
            self.map = Some(map);
        }
        for change in &update.changes {
            self.set(change.number, change.status == TicketStatus::Available);
        }
    }

    fn set(&mut self, number: TicketNumber, free: bool) {
        if let Some(otherwise_free) = self.reserved.get_mut(&number) {
            *otherwise_free = free;
        } else if let Some(map) = &mut self.map {
            if free { map.set_free(number) } else { map.set_taken(number) }
        }
    }

    /// Whether live proposals have reserved any tickets.
    pub(super) fn has_reservations(&self) -> bool {
        !self.reserved.is_empty()
    }

    /// Picks tickets for each request in turn. Reserves them, and those of `named` that are free, for one proposal:
    /// returns the picks, and all that was reserved.
    pub(super) fn propose(
        &mut self,
        requests: &[BestAvailableRequest],
        named: &[TicketNumber],
    ) -> (Vec<Option<Vec<TicketNumber>>>, Vec<TicketNumber>) {
        let mut reserved = Vec::new();
        self.reserve(named, &mut reserved);
        let mut pick_for = |wanted: &BestAvailableRequest| {
            let tickets = pick(self.map.as_ref()?, wanted.section, wanted.quantity, Seats::Ordinary)?;
            self.reserve(&tickets, &mut reserved);
            Some(tickets)
        };
        let picks = requests.iter().map(&mut pick_for).collect();
        (picks, reserved)
    }

    fn reserve(&mut self, numbers: &[TicketNumber], reserved: &mut Vec<TicketNumber>) {
        let Some(map) = &mut self.map else {
            return;
        };
        for number in numbers {
            if map.is_free(*number) {
                map.set_taken(*number);
                self.reserved.insert(*number, true);
                reserved.push(*number);
            }
        }
    }

    /// Releases the tickets reserved by a proposal. Those that were not sold are free again.
    pub(super) fn release(&mut self, reserved: &[TicketNumber]) {
        for number in reserved {
            if self.reserved.remove(number) == Some(true)
                && let Some(map) = &mut self.map
            {
                map.set_free(*number);
            }
        }
    }
}
