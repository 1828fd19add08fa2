//! A request to book whose seats and sections have been looked up in the seat plan. The sale terms make it a booking.

use crate::bookings::{BestAvailableRequest, BookedTicket, Booking, BookingReference, BookingStatus};
use crate::concerts::{Audience, SeatLabel, SeatPlan, SectionCode, TicketNumber};
use crate::shared::{Actor, BookingId, Faults, IdGenerator, Money, StoreError, Timestamp, UserId};

use super::placement_data::SaleTerms;
use super::{PlaceBooking, PlaceError, PlaceRequest, Selection};

/// A request for tickets of a seat plan. It has no prices: those are in the terms of sale, which are read in the unit of
/// work.
#[derive(Debug)]
pub(crate) struct ResolvedRequest {
    pub(crate) actor: Actor,
    pub(crate) user: UserId,
    /// Whose prices the customer may book at.
    audience: Audience,
    pub(crate) tickets: RequestedTickets,
    category: String,
    expected_total: Option<i64>,
    /// The sections of its tickets, ascending by position and without duplicates.
    sections: Vec<u16>,
    /// One fault for each seat that does not exist.
    faults: Faults,
}

/// The tickets that a request is for.
#[derive(Debug)]
pub(crate) enum RequestedTickets {
    Seats(Vec<TicketNumber>),
    Best(BestAvailableRequest),
}

impl ResolvedRequest {
    /// Looks up seats and section in the plan. `audience` decides at which prices the request may book.
    pub(crate) fn resolve(request: &PlaceRequest, plan: &SeatPlan, audience: Audience) -> Result<Self, PlaceError> {
        let user = request.actor.user_id().ok_or(PlaceError::LoginRequired)?;
        let PlaceBooking { selection, category, expected_total, .. } = &request.command;
        let mut faults = Faults::new();
        let (tickets, mut sections) = match selection {
            Selection::Seats(labels) => named_seats(labels, plan, &mut faults),
            Selection::BestAvailable { section, quantity } => best_available(section, *quantity, plan)?,
        };
        sections.sort_unstable();
        sections.dedup();
        let (category, expected_total) = (category.clone(), *expected_total);
        Ok(Self { actor: request.actor, user, audience, tickets, category, expected_total, sections, faults })
    }

    /// Checks that the terms have a price for each of its sections, which its customer may book at.
    ///
    /// # Errors
    /// [`PlaceError::Invalid`] with all faults of the request, those of its seats included.
    pub(crate) fn check(&self, terms: &SaleTerms) -> Result<(), PlaceError> {
        let mut faults = self.faults.clone();
        let prices: Vec<_> = self.sections.iter().map(|section| terms.price(*section, &self.category)).collect();
        let no_category = "not every section asked for has this price category";
        faults.require(prices.iter().all(Option::is_some), "/category", "unknown_category", no_category);
        let may_book = prices.iter().flatten().all(|price| price.audience.includes(self.audience));
        faults.require(may_book, "/category", "members_only", "this price category is for members of the organiser");
        faults.into_result().map_err(PlaceError::Invalid)
    }

    /// Whether all of its seats and sections exist, and the plan has its price category for each section.
    pub(crate) fn is_sound(&self, plan: &SeatPlan) -> bool {
        let has_category =
            |section: &u16| plan.section_at(*section).is_some_and(|section| section.price(&self.category).is_some());
        self.faults.is_empty() && self.sections.iter().all(has_category)
    }

    /// The request for the best available tickets, if it is one.
    pub(crate) const fn best(&self) -> Option<BestAvailableRequest> {
        match &self.tickets {
            RequestedTickets::Best(request) => Some(*request),
            RequestedTickets::Seats(_) => None,
        }
    }

    /// The tickets of the seats that it names.
    pub(crate) fn named(&self) -> &[TicketNumber] {
        match &self.tickets {
            RequestedTickets::Seats(numbers) => numbers,
            RequestedTickets::Best(_) => &[],
        }
    }

    /// How many tickets are requested.
    pub(crate) fn quantity(&self) -> u32 {
        match &self.tickets {
            RequestedTickets::Seats(numbers) => u32::try_from(numbers.len()).unwrap_or(u32::MAX),
            RequestedTickets::Best(request) => request.quantity,
        }
    }

    /// Whether all of its sections cost nothing.
    pub(crate) fn is_free_of_charge(&self, terms: &SaleTerms) -> bool {
        let mut prices = self.sections.iter().map(|section| terms.price(*section, &self.category));
        prices.all(|price| price.is_some_and(|price| price.amount == 0))
    }

    /// Creates the booking of these tickets. One that costs nothing is confirmed at once.
    ///
    /// # Errors
    /// [`PlaceError::PriceChanged`] when the total differs from the expected one.
    pub(crate) fn booking(
        &self,
        numbers: &[TicketNumber],
        terms: &SaleTerms,
        plan: &SeatPlan,
        now: Timestamp,
        hold_seconds: i64,
        ids: &dyn IdGenerator,
    ) -> Result<Booking, PlaceError> {
        let concert = terms.concert();
        let mut tickets = Vec::with_capacity(numbers.len());
        let mut total = Money::zero(concert.currency);
        for number in numbers {
            let ticket = self.ticket(*number, terms, plan).ok_or_else(|| {
                PlaceError::Store(StoreError::inconsistent(format!("ticket {} has no place or price", number.get())))
            })?;
            total = Money::new(ticket.price, concert.currency)
                .and_then(|price| total.plus(price))
                .map_err(|error| PlaceError::Store(StoreError::inconsistent(error.to_string())))?;
            tickets.push(ticket);
        }
        if self.expected_total.is_some_and(|expected| expected != total.minor()) {
            return Err(PlaceError::PriceChanged { total });
        }
        tickets.sort_unstable_by_key(|ticket| ticket.number);
        Ok(Booking {
            id: BookingId::generate(ids),
            reference: BookingReference::generate(ids),
            concert: concert.id,
            user: Some(self.user),
            customer: None,
            status: if total.is_zero() { BookingStatus::Confirmed } else { BookingStatus::Pending },
            cancel_reason: None,
            expires_at: now.plus_seconds(hold_seconds),
            tickets,
            total,
            payment: None,
            hold_extended: false,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    fn ticket(&self, number: TicketNumber, terms: &SaleTerms, plan: &SeatPlan) -> Option<BookedTicket> {
        let section = plan.section_of(number)?.position;
        let price = terms.price(section, &self.category)?.amount;
        Some(BookedTicket { number, seat: plan.label(number)?, section, category: self.category.clone(), price })
    }
}

/// The tickets of the named seats, and the section of each.
fn named_seats(labels: &[SeatLabel], plan: &SeatPlan, faults: &mut Faults) -> (RequestedTickets, Vec<u16>) {
    let mut numbers = Vec::with_capacity(labels.len());
    let mut sections = Vec::with_capacity(labels.len());
    for (index, label) in labels.iter().enumerate() {
        match plan.number(label).and_then(|number| Some((number, plan.section_of(number)?.position))) {
            Some((number, section)) => {
                numbers.push(number);
                sections.push(section);
            }
            None => faults.add(format!("/seats/{index}"), "unknown_seat", "there is no such seat"),
        }
    }
    (RequestedTickets::Seats(numbers), sections)
}

fn best_available(
    section: &SectionCode,
    quantity: u32,
    plan: &SeatPlan,
) -> Result<(RequestedTickets, Vec<u16>), PlaceError> {
    let unknown = || PlaceError::Invalid(Faults::one("/section", "unknown_section", "there is no such section"));
    let section = plan.section_coded(section).ok_or_else(unknown)?.position;
    Ok((RequestedTickets::Best(BestAvailableRequest { section, quantity }), vec![section]))
}
