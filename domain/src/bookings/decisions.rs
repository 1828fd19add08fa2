//! Who gets what: caps and free tickets, counted down wish by wish.

use std::collections::{HashMap, HashSet};

use crate::concerts::{Caps, Concert, SeatPlan, Section, TicketNumber, TicketState, TicketStatus};
use crate::shared::UserId;

use super::wishes::Wish;
use super::{Booking, BookingStatus, Ledger, Limit, PlaceError, Purchase};

/// The tickets known to be free in this unit, and what overdue bookings gave back to whom.
#[derive(Default)]
pub(crate) struct Free {
    numbers: HashSet<TicketNumber>,
    given_back: Vec<(UserId, u32)>,
}

impl Free {
    pub(crate) fn from_states(states: &[TicketState]) -> Self {
        let available = states.iter().filter(|state| state.status == TicketStatus::Available);
        Self { numbers: available.map(|state| state.number).collect(), given_back: Vec::new() }
    }

    /// An overdue booking ends in this unit.
    pub(crate) fn give_back(&mut self, booking: &Booking) {
        self.numbers.extend(booking.tickets.iter().map(|ticket| ticket.number));
        if let Some(user) = booking.user {
            self.given_back.push((user, u32::try_from(booking.tickets.len()).unwrap_or(u32::MAX)));
        }
    }
}

/// What a user holds, and whether their row is new.
#[derive(Clone, Copy, Default)]
struct Tally {
    tickets: u32,
    pending: u32,
    known: bool,
    took: bool,
}

/// The state of the batch while its wishes are decided in order.
pub(crate) struct Decisions<'unit> {
    caps: Caps,
    plan: &'unit SeatPlan,
    tallies: HashMap<UserId, Tally>,
    free: HashSet<TicketNumber>,
    taken: HashSet<TicketNumber>,
}

impl<'unit> Decisions<'unit> {
    pub(crate) fn new(concert: &Concert, plan: &'unit SeatPlan, purchases: &[Purchase], free: Free) -> Self {
        let mut tallies: HashMap<UserId, Tally> = purchases
            .iter()
            .map(|purchase| {
                let (tickets, pending) = (purchase.tickets, purchase.pending_bookings);
                (purchase.user, Tally { tickets, pending, known: true, took: false })
            })
            .collect();
        for (user, tickets) in free.given_back {
            if let Some(tally) = tallies.get_mut(&user) {
                tally.tickets = tally.tickets.saturating_sub(tickets);
                tally.pending = tally.pending.saturating_sub(1);
            }
        }
        Self { caps: concert.caps, plan, tallies, free: free.numbers, taken: HashSet::new() }
    }

    /// A wish for these very seats, in the order asked.
    pub(crate) fn named(&self, wish: &Wish, numbers: &[TicketNumber]) -> Result<Vec<TicketNumber>, PlaceError> {
        self.within_caps(wish)?;
        let seats: Vec<_> = self.taken_of(numbers).into_iter().filter_map(|number| self.plan.label(number)).collect();
        if seats.is_empty() { Ok(numbers.to_vec()) } else { Err(PlaceError::SeatsUnavailable { seats }) }
    }

    /// A wish for the best, of which these are.
    pub(crate) fn picked(&self, wish: &Wish, numbers: &[TicketNumber]) -> Result<Vec<TicketNumber>, PlaceError> {
        self.within_caps(wish).map(|()| numbers.to_vec())
    }

    /// Whether none of them is taken.
    pub(crate) fn are_free(&self, numbers: &[TicketNumber]) -> bool {
        numbers.iter().all(|number| self.free.contains(number))
    }

    /// Those of them that are taken.
    pub(crate) fn taken_of(&self, numbers: &[TicketNumber]) -> Vec<TicketNumber> {
        numbers.iter().filter(|number| !self.free.contains(number)).copied().collect()
    }

    /// How many unmarked tickets of a section this batch has taken so far.
    pub(crate) fn ordinary_taken_in(&self, section: &Section) -> u32 {
        let marked: HashSet<TicketNumber> = section.marked().into_iter().collect();
        let taken = self.taken.iter().filter(|number| section.contains(**number) && !marked.contains(number));
        u32::try_from(taken.count()).unwrap_or(u32::MAX)
    }

    /// A booking was granted.
    pub(crate) fn take(&mut self, user: UserId, booking: &Booking) {
        for ticket in &booking.tickets {
            self.free.remove(&ticket.number);
            self.taken.insert(ticket.number);
        }
        let tally = self.tallies.entry(user).or_default();
        tally.tickets = tally.tickets.saturating_add(u32::try_from(booking.tickets.len()).unwrap_or(u32::MAX));
        tally.pending = tally.pending.saturating_add(u32::from(booking.status == BookingStatus::Pending));
        tally.took = true;
    }

    /// Has the store hold the caps against what this batch takes.
    pub(crate) fn guard(&self, ledger: &mut Ledger) {
        for (user, tally) in self.tallies.iter().filter(|(_, tally)| tally.took) {
            let Caps { max_tickets_per_user, max_pending_bookings_per_user, .. } = self.caps;
            ledger.guard(*user, !tally.known, max_tickets_per_user, max_pending_bookings_per_user);
        }
    }

    fn within_caps(&self, wish: &Wish) -> Result<(), PlaceError> {
        let tally = self.tallies.get(&wish.user).copied().unwrap_or_default();
        let quantity = wish.quantity();
        let pending = if wish.is_free_of_charge() { 0 } else { 1 };
        let Caps { max_tickets_per_booking, max_tickets_per_user, max_pending_bookings_per_user } = self.caps;
        for (limit, allowed, held, asked) in [
            (Limit::TicketsPerBooking, max_tickets_per_booking, 0, quantity),
            (Limit::TicketsPerUser, max_tickets_per_user, tally.tickets, quantity),
            (Limit::PendingBookingsPerUser, max_pending_bookings_per_user, tally.pending, pending),
        ] {
            if let Some(allowed) = allowed
                && held.saturating_add(asked) > allowed
            {
                return Err(PlaceError::LimitReached { limit, allowed, left: allowed.saturating_sub(held) });
            }
        }
        Ok(())
    }
}
