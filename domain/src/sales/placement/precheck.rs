//! Refuses requests that are certain to fail, judged by cached public data and without a transaction.

use crate::bookings::BestAvailableRequest;
use crate::concerts::{Audience, Concert, SeatPlan, SeatState, Section, TicketNumber, TicketStatus};
use crate::shared::Timestamp;

use super::resolved_request::{RequestedTickets, ResolvedRequest};
use super::{PlaceError, PlaceRequest, SaleClosed};

/// A public concert with the state of all of its tickets, at one version.
#[derive(Debug, Clone, Copy)]
pub struct Precheck<'view> {
    /// The concert as the public sees it.
    pub concert: &'view Concert,
    /// Its seat plan.
    pub plan: &'view SeatPlan,
    /// The state of every ticket; ticket number 1 comes first.
    pub states: &'view [SeatState],
}

impl Precheck<'_> {
    /// Why a request is certain to be refused at `now`. The store refuses it as well, provided that nothing has changed
    /// since the data was read, no hold of the concert is overdue, and the request's idempotency key is new.
    ///
    /// `None` promises nothing: the store can still refuse the request. The two reasons can also differ: the tickets
    /// that a user holds are not known here, so the store may name a cap where this names the seats.
    pub fn refusal(&self, request: &PlaceRequest, now: Timestamp) -> Option<PlaceError> {
        let resolved = ResolvedRequest::resolve(request, self.plan, Audience::Anyone).ok()?;
        if let Some(closed) = SaleClosed::of(self.concert, now) {
            return Some(PlaceError::SaleClosed(closed));
        }
        let quantity = resolved.quantity();
        let within_cap = self.concert.caps.max_tickets_per_booking.is_none_or(|cap| quantity <= cap);
        if !within_cap || !resolved.is_sound(self.plan) {
            return None;
        }
        match &resolved.tickets {
            RequestedTickets::Seats(numbers) => self.taken(numbers),
            RequestedTickets::Best(best) => self.sold_out(*best),
        }
    }

    fn taken(&self, numbers: &[TicketNumber]) -> Option<PlaceError> {
        let taken = numbers.iter().filter(|number| self.state(**number).is_some_and(|state| !is_available(state)));
        let seats: Vec<_> = taken.filter_map(|number| self.plan.label(*number)).collect();
        if seats.is_empty() { None } else { Some(PlaceError::SeatsUnavailable { seats }) }
    }

    fn sold_out(&self, best: BestAvailableRequest) -> Option<PlaceError> {
        let section = self.plan.section_at(best.section)?;
        let left = self.ordinary_left_in(section)?;
        (left < best.quantity).then(|| PlaceError::SoldOut { section: section.code.clone(), left })
    }

    /// How many unmarked tickets of a section are available.
    fn ordinary_left_in(&self, section: &Section) -> Option<u32> {
        let states = self.states.get(place_of(section.first)?..=place_of(section.last)?)?;
        let left = states.iter().filter(|state| is_available(**state)).count();
        let marked =
            section.marked().into_iter().filter(|number| self.state(*number).is_some_and(is_available)).count();
        u32::try_from(left.saturating_sub(marked)).ok()
    }

    fn state(&self, number: TicketNumber) -> Option<SeatState> {
        self.states.get(place_of(number)?).copied()
    }
}

const fn is_available(state: SeatState) -> bool {
    matches!(state, TicketStatus::Available)
}

fn place_of(number: TicketNumber) -> Option<usize> {
    usize::try_from(number.get().checked_sub(1)?).ok()
}
