//! A request to book with its tickets and prices: first resolved against the seat plan, then priced by the sale terms.

use crate::bookings::{BestAvailableRequest, BookedTicket, Booking, BookingReference, BookingStatus};
use crate::concerts::{Audience, SeatLabel, SeatPlan, SectionCode, TicketNumber};
use crate::shared::{Actor, BookingId, Faults, IdGenerator, Money, StoreError, Timestamp, UserId};

use super::placement_data::SaleTerms;
use super::{PlaceBooking, PlaceError, PlaceRequest, Selection};

/// A request whose seats and sections have been looked up in the plan. The terms of sale, which are read in the unit of
/// work, add what each of its sections costs.
#[derive(Debug, Clone)]
pub(crate) struct PricedRequest {
    pub(crate) actor: Actor,
    pub(crate) user: UserId,
    /// Whose prices the customer may book at.
    audience: Audience,
    pub(crate) tickets: RequestedTickets,
    category: String,
    expected_total: Option<i64>,
    /// The sections of its tickets, ascending by position and without duplicates.
    sections: Vec<SectionPrice>,
    /// One fault for each seat that does not exist.
    faults: Faults,
}

/// The tickets that a request is for.
#[derive(Debug, Clone)]
pub(crate) enum RequestedTickets {
    Seats(Vec<TicketNumber>),
    Best(BestAvailableRequest),
}

/// What one ticket of a section costs, in minor units; `None` until the request is priced.
#[derive(Debug, Clone, Copy)]
struct SectionPrice {
    section: u16,
    price: Option<i64>,
}

impl PricedRequest {
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
        let sections = sections.into_iter().map(|section| SectionPrice { section, price: None }).collect();
        let (category, expected_total) = (category.clone(), *expected_total);
        Ok(Self { actor: request.actor, user, audience, tickets, category, expected_total, sections, faults })
    }

    /// Adds the prices.
    ///
    /// # Errors
    /// [`PlaceError::Invalid`] with all faults of the request, those of its seats included.
    pub(crate) fn priced(mut self, terms: &SaleTerms) -> Result<Self, PlaceError> {
        let mut faults = std::mem::take(&mut self.faults);
        let mut audiences = Vec::with_capacity(self.sections.len());
        for section in &mut self.sections {
            let found = terms.price(section.section, &self.category);
            section.price = found.map(|price| price.amount);
            audiences.extend(found.map(|price| price.audience));
        }
        let is_priced = self.sections.iter().all(|section| section.price.is_some());
        let no_category = "not every section asked for has this price category";
        faults.require(is_priced, "/category", "unknown_category", no_category);
        let may_book = audiences.iter().all(|audience| audience.includes(self.audience));
        faults.require(may_book, "/category", "members_only", "this price category is for members of the organiser");
        faults.into_result().map_err(PlaceError::Invalid)?;
        Ok(self)
    }

    /// Whether all of its seats and sections exist, and the plan has its price category for each section.
    pub(crate) fn is_sound(&self, plan: &SeatPlan) -> bool {
        let has_category = |SectionPrice { section, .. }: &SectionPrice| {
            plan.section_at(*section).is_some_and(|section| section.price(&self.category).is_some())
        };
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
    pub(crate) fn is_free_of_charge(&self) -> bool {
        self.sections.iter().all(|section| section.price == Some(0))
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
            let ticket = self.ticket(*number, plan).ok_or_else(|| {
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

    fn ticket(&self, number: TicketNumber, plan: &SeatPlan) -> Option<BookedTicket> {
        let section = plan.section_of(number)?.position;
        let price = self.sections.iter().find(|priced| priced.section == section)?.price?;
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
