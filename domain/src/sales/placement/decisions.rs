//! Decides the requests of a batch one after the other, against the caps and the available tickets.

use std::collections::{HashMap, HashSet};

use crate::bookings::{Booking, BookingStatus, CustomerHoldings};
use crate::concerts::{Caps, SeatPlan, Section, TicketNumber, TicketState, TicketStatus};
use crate::sales::ChangeSet;
use crate::shared::UserId;

use super::placement_data::SaleTerms;
use super::resolved_request::ResolvedRequest;
use super::{Limit, PlaceError};

/// The tickets known to be available in this unit, and how many overdue bookings release for each user.
#[derive(Default)]
pub(crate) struct AvailableTickets {
    numbers: HashSet<TicketNumber>,
    released: Vec<(UserId, u32)>,
}

impl AvailableTickets {
    pub(crate) fn from_states(states: &[TicketState]) -> Self {
        let available = states.iter().filter(|state| state.status == TicketStatus::Available);
        Self { numbers: available.map(|state| state.number).collect(), released: Vec::new() }
    }

    /// Adds the tickets of an overdue booking that this unit expires.
    pub(crate) fn release(&mut self, booking: &Booking) {
        self.numbers.extend(booking.tickets.iter().map(|ticket| ticket.number));
        if let Some(user) = booking.user {
            self.released.push((user, u32::try_from(booking.tickets.len()).unwrap_or(u32::MAX)));
        }
    }
}

/// How much a user holds including this batch, and whether the batch adds to it.
#[derive(Clone, Copy, Default)]
struct Tally {
    tickets: u32,
    pending: u32,
    took: bool,
    took_pending: bool,
}

/// The state of the batch while its requests are decided in order.
pub(crate) struct Decisions<'unit> {
    terms: &'unit SaleTerms,
    plan: &'unit SeatPlan,
    tallies: HashMap<UserId, Tally>,
    available: HashSet<TicketNumber>,
    taken: HashSet<TicketNumber>,
}

impl<'unit> Decisions<'unit> {
    pub(crate) fn new(
        terms: &'unit SaleTerms,
        plan: &'unit SeatPlan,
        holdings: &[CustomerHoldings],
        available: AvailableTickets,
    ) -> Self {
        let mut tallies: HashMap<UserId, Tally> = holdings
            .iter()
            .map(|held| {
                let (tickets, pending) = (held.tickets, held.pending_bookings);
                (held.user, Tally { tickets, pending, ..Tally::default() })
            })
            .collect();
        for (user, tickets) in available.released {
            if let Some(tally) = tallies.get_mut(&user) {
                tally.tickets = tally.tickets.saturating_sub(tickets);
                tally.pending = tally.pending.saturating_sub(1);
            }
        }
        Self { terms, plan, tallies, available: available.numbers, taken: HashSet::new() }
    }

    /// Grants exactly these seats, in the order requested, or refuses with all of them that are taken.
    pub(crate) fn named(&self, numbers: &[TicketNumber]) -> Result<Vec<TicketNumber>, PlaceError> {
        let taken = numbers.iter().filter(|number| !self.is_available(**number));
        let seats: Vec<_> = taken.filter_map(|number| self.plan.label(*number)).collect();
        if seats.is_empty() { Ok(numbers.to_vec()) } else { Err(PlaceError::SeatsUnavailable { seats }) }
    }

    /// Whether a ticket is known to be available.
    pub(crate) fn is_available(&self, number: TicketNumber) -> bool {
        self.available.contains(&number)
    }

    /// Whether all of these tickets are known to be available.
    pub(crate) fn are_available(&self, numbers: &[TicketNumber]) -> bool {
        numbers.iter().all(|number| self.is_available(*number))
    }

    /// Adds tickets that were read after the batch began, except those it has already taken.
    pub(crate) fn learn(&mut self, states: &[TicketState]) {
        let read = AvailableTickets::from_states(states).numbers.into_iter();
        self.available.extend(read.filter(|number| !self.taken.contains(number)));
    }

    /// The tickets that this batch has taken so far.
    pub(crate) fn taken(&self) -> Vec<TicketNumber> {
        self.taken.iter().copied().collect()
    }

    /// How many unmarked tickets of a section this batch has taken so far.
    pub(crate) fn ordinary_taken_in(&self, section: &Section) -> u32 {
        let marked: HashSet<TicketNumber> = section.marked().into_iter().collect();
        let taken = self.taken.iter().filter(|number| section.contains(**number) && !marked.contains(number));
        u32::try_from(taken.count()).unwrap_or(u32::MAX)
    }

    /// Records a granted booking.
    pub(crate) fn take(&mut self, user: UserId, booking: &Booking) {
        for ticket in &booking.tickets {
            self.available.remove(&ticket.number);
            self.taken.insert(ticket.number);
        }
        let tally = self.tallies.entry(user).or_default();
        tally.tickets = tally.tickets.saturating_add(u32::try_from(booking.tickets.len()).unwrap_or(u32::MAX));
        tally.took = true;
        if booking.status == BookingStatus::Pending {
            tally.pending = tally.pending.saturating_add(1);
            tally.took_pending = true;
        }
    }

    /// Makes the store check the caps of the users who take tickets in this batch.
    pub(crate) fn guard(&self, changes: &mut ChangeSet) {
        for (user, tally) in self.tallies.iter().filter(|(_, tally)| tally.took) {
            let Caps { max_tickets_per_user, max_pending_bookings_per_user, .. } = self.terms.concert().caps;
            let max_pending = max_pending_bookings_per_user.filter(|_| tally.took_pending);
            changes.guard(*user, max_tickets_per_user, max_pending);
        }
    }

    /// Checks that the user stays within the caps with this request.
    pub(crate) fn within_caps(&self, request: &ResolvedRequest) -> Result<(), PlaceError> {
        let tally = self.tallies.get(&request.user).copied().unwrap_or_default();
        let quantity = request.quantity();
        let pending = if request.is_free_of_charge(self.terms) { 0 } else { 1 };
        let Caps { max_tickets_per_booking, max_tickets_per_user, max_pending_bookings_per_user } =
            self.terms.concert().caps;
        for (limit, allowed, held, asked) in [
            (Limit::TicketsPerBooking, max_tickets_per_booking, 0, quantity),
            (Limit::TicketsPerUser, max_tickets_per_user, tally.tickets, quantity),
            (Limit::PendingBookingsPerUser, max_pending_bookings_per_user, tally.pending, pending),
        ] {
            if let Some(allowed) = allowed
                && asked > 0
                && held.saturating_add(asked) > allowed
            {
                return Err(PlaceError::LimitReached { limit, allowed, left: allowed.saturating_sub(held) });
            }
        }
        Ok(())
    }
}
