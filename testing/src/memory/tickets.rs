//! Tickets: each change is conditional on the current status.

use std::sync::Arc;

use async_trait::async_trait;
use boxoffice_domain::concerts::{
    SeatLabel, TICKETS_ADDED_AT_ONCE_MAX, TicketClaim, TicketNumber, TicketOfBooking, TicketRepository, TicketState,
    TicketStatus,
};
use boxoffice_domain::shared::{BookingId, ConcertId, StoreError};

use super::refused;
use super::state::{TicketRow, TicketSheet};
use super::unit::MemoryUnit;

const AVAILABLE: TicketRow = TicketRow { status: TicketStatus::Available, booking: None };
const BLOCKED: TicketRow = TicketRow { status: TicketStatus::Blocked, booking: None };

const fn taken(status: TicketStatus, booking: BookingId) -> TicketRow {
    TicketRow { status, booking: Some(booking) }
}

/// The index of a ticket in its table.
pub(super) fn index_of(number: TicketNumber) -> Option<usize> {
    usize::try_from(number.get()).ok()?.checked_sub(1)
}

/// The number of the ticket at an index.
pub(super) fn number_at(index: usize) -> TicketNumber {
    TicketNumber::new(u32::try_from(index).map_or(u32::MAX, |index| index.saturating_add(1)))
}

impl TicketSheet {
    /// The ticket with this number.
    pub(super) fn get(&self, number: TicketNumber) -> Option<TicketRow> {
        *self.tickets.get(index_of(number)?)?
    }

    /// The tickets that exist, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (TicketNumber, TicketRow)> {
        let numbered = self.tickets.iter().enumerate().map(|(index, row)| (number_at(index), row));
        numbered.filter_map(|(number, row)| row.map(|row| (number, row)))
    }

    fn add(&mut self, number: TicketNumber, label: &SeatLabel) -> Option<()> {
        let index = index_of(number)?;
        let tickets = Arc::make_mut(&mut self.tickets);
        if tickets.len() <= index {
            tickets.resize(index + 1, None);
        }
        let place = tickets.get_mut(index).filter(|place| place.is_none())?;
        if !Arc::make_mut(&mut self.labels).insert(label.clone()) {
            return None;
        }
        *place = Some(AVAILABLE);
        Some(())
    }
}

impl MemoryUnit {
    /// Changes the tickets that have the expected state, like a conditional UPDATE. If they are fewer than requested,
    /// the changed ones stay changed until the unit is rolled back.
    fn change_matching(
        &mut self,
        concert: ConcertId,
        changes: impl ExactSizeIterator<Item = (TicketNumber, TicketRow, TicketRow)>,
    ) -> Result<(), StoreError> {
        let asked = changes.len();
        let tickets = Arc::make_mut(&mut self.state.tickets.entry(concert).tickets);
        let mut changed = 0;
        for (number, from, to) in changes {
            let place = index_of(number).and_then(|index| tickets.get_mut(index));
            if let Some(place) = place.filter(|place| **place == Some(from)) {
                *place = Some(to);
                changed += 1;
            }
        }
        if changed == asked { Ok(()) } else { Err(self.contention()) }
    }
}

#[async_trait]
impl TicketRepository for MemoryUnit {
    async fn add(&mut self, concert: ConcertId, first: TicketNumber, seats: &[SeatLabel]) -> Result<(), StoreError> {
        assert!(seats.len() <= TICKETS_ADDED_AT_ONCE_MAX, "too many tickets at once");
        let sheet = self.state.tickets.entry(concert);
        for (number, seat) in (first.get()..).zip(seats) {
            let added = sheet.add(TicketNumber::new(number), seat);
            added.ok_or_else(|| refused("a ticket of the concert has this number or label"))?;
        }
        Ok(())
    }

    async fn states(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<Vec<TicketState>, StoreError> {
        let sheet = self.state.tickets.get(&concert);
        let state = |number: &TicketNumber| {
            let row = sheet?.get(*number)?;
            Some(TicketState { number: *number, status: row.status, booking: row.booking })
        };
        Ok(numbers.iter().filter_map(state).collect())
    }

    async fn claim(&mut self, concert: ConcertId, claims: &[TicketClaim]) -> Result<(), StoreError> {
        let changes = claims.iter().map(|claim| {
            let status = if claim.sold { TicketStatus::Sold } else { TicketStatus::Held };
            (claim.number, AVAILABLE, taken(status, claim.booking))
        });
        self.change_matching(concert, changes)
    }

    async fn sell(&mut self, concert: ConcertId, tickets: &[TicketOfBooking]) -> Result<(), StoreError> {
        let changes = tickets.iter().map(|ticket| {
            let from = taken(TicketStatus::Held, ticket.booking);
            (ticket.number, from, taken(TicketStatus::Sold, ticket.booking))
        });
        self.change_matching(concert, changes)
    }

    async fn release(
        &mut self,
        concert: ConcertId,
        from: TicketStatus,
        tickets: &[TicketOfBooking],
    ) -> Result<(), StoreError> {
        let changes = tickets.iter().map(|ticket| (ticket.number, taken(from, ticket.booking), AVAILABLE));
        self.change_matching(concert, changes)
    }

    async fn block(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<(), StoreError> {
        self.change_matching(concert, numbers.iter().map(|number| (*number, AVAILABLE, BLOCKED)))
    }

    async fn unblock(&mut self, concert: ConcertId, numbers: &[TicketNumber]) -> Result<(), StoreError> {
        self.change_matching(concert, numbers.iter().map(|number| (*number, BLOCKED, AVAILABLE)))
    }
}
