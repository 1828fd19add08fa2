//! Resolves a request against the concert's seat plan, then against its prices.

use std::collections::HashMap;

use crate::concerts::{Audience, Concert, PriceCategory, SaleState, SeatPlan, TicketNumber};
use crate::shared::{Actor, BookingId, Faults, IdGenerator, Money, StoreError, Timestamp, UserId};

use super::placement_batch::initial_status;
use super::{PlaceBooking, PlaceError, PlaceRequest, SaleClosed, Selection};
use crate::bookings::{BestAvailableRequest, BookedTicket, Booking, BookingReference};

/// The prices of a concert by section and category.
#[derive(Debug)]
pub(crate) struct PriceList(HashMap<u16, Vec<PriceCategory>>);

impl PriceList {
    pub(crate) fn new(prices: Vec<(u16, PriceCategory)>) -> Self {
        let mut by_section: HashMap<u16, Vec<PriceCategory>> = HashMap::new();
        for (position, price) in prices {
            by_section.entry(position).or_default().push(price);
        }
        Self(by_section)
    }

    fn price(&self, section: u16, category: &str) -> Option<&PriceCategory> {
        self.0.get(&section)?.iter().find(|price| price.code == category)
    }
}

/// The requested tickets, with the labels and codes of the request looked up in the plan.
#[derive(Debug)]
pub(crate) enum ResolvedSelection {
    Seats(Vec<TicketNumber>),
    Best(BestAvailableRequest),
}

/// A request with its seats and sections looked up in the plan. Nothing has been read from the store for it yet.
#[derive(Debug)]
pub(crate) struct ResolvedRequest {
    actor: Actor,
    user: UserId,
    /// Whose prices the customer may book at.
    customer: Audience,
    wanted: ResolvedSelection,
    category: String,
    expected_total: Option<i64>,
    /// The positions of the sections of its tickets, ascending and without duplicates.
    sections: Vec<u16>,
    /// One fault for each seat that does not exist.
    faults: Faults,
}

impl ResolvedRequest {
    /// Looks up seats and section in the plan. `customer` decides at which prices the request may book.
    pub(crate) fn new(request: &PlaceRequest, plan: &SeatPlan, customer: Audience) -> Result<Self, PlaceError> {
        let user = request.actor.user_id().ok_or(PlaceError::LoginRequired)?;
        let PlaceBooking { selection, category, expected_total, .. } = &request.command;
        let mut faults = Faults::new();
        let mut sections = Vec::new();
        let wanted = match selection {
            Selection::Seats(labels) => {
                let mut numbers = Vec::with_capacity(labels.len());
                for (at, label) in labels.iter().enumerate() {
                    match plan.number(label).and_then(|number| Some((number, plan.section_of(number)?.position))) {
                        Some((number, section)) => {
                            numbers.push(number);
                            sections.push(section);
                        }
                        None => faults.add(format!("/seats/{at}"), "unknown_seat", "there is no such seat"),
                    }
                }
                ResolvedSelection::Seats(numbers)
            }
            Selection::BestAvailable { section, quantity } => {
                let found = plan.section_coded(section);
                let Some(section) = found.map(|section| section.position) else {
                    let unknown = Faults::one("/section", "unknown_section", "there is no such section");
                    return Err(PlaceError::Invalid(unknown));
                };
                sections.push(section);
                ResolvedSelection::Best(BestAvailableRequest { section, quantity: *quantity })
            }
        };
        sections.sort_unstable();
        sections.dedup();
        let (category, expected_total) = (category.clone(), *expected_total);
        Ok(Self { actor: request.actor, user, customer, wanted, category, expected_total, sections, faults })
    }

    /// Adds the prices. Returns all faults of the request, those of its seats included.
    pub(crate) fn priced(&self, request: usize, prices: &PriceList) -> Result<PricedRequest<'_>, PlaceError> {
        let price = |section: &u16| Some((*section, prices.price(*section, &self.category)?));
        let found: Vec<_> = self.sections.iter().filter_map(price).collect();
        let mut faults = self.faults.clone();
        if found.len() < self.sections.len() {
            faults.add("/category", "unknown_category", "not every section asked for has this price category");
        }
        let may_book = found.iter().all(|(_, price)| price.audience.includes(self.customer));
        faults.require(may_book, "/category", "members_only", "this price category is for members of the organiser");
        let priced = found.into_iter().map(|(section, price)| (section, price.amount)).collect();
        faults.into_result().map_err(PlaceError::Invalid)?;
        Ok(PricedRequest { request, understood: self, prices: priced })
    }

    /// Whether all of its seats and sections exist, and each section has its price category.
    pub(crate) fn is_sound(&self, plan: &SeatPlan) -> bool {
        let is_priced =
            |section: &u16| plan.section_at(*section).is_some_and(|section| section.price(&self.category).is_some());
        self.faults.is_empty() && self.sections.iter().all(is_priced)
    }

    pub(crate) const fn user(&self) -> UserId {
        self.user
    }

    pub(crate) const fn wanted(&self) -> &ResolvedSelection {
        &self.wanted
    }

    /// The request for the best available tickets, if it is one.
    pub(crate) const fn best(&self) -> Option<BestAvailableRequest> {
        match &self.wanted {
            ResolvedSelection::Best(wanted) => Some(*wanted),
            ResolvedSelection::Seats(_) => None,
        }
    }

    /// The tickets of the seats that it names.
    pub(crate) fn named(&self) -> &[TicketNumber] {
        match &self.wanted {
            ResolvedSelection::Seats(numbers) => numbers,
            ResolvedSelection::Best(_) => &[],
        }
    }
}

/// A resolved request with valid seats and prices.
#[derive(Debug)]
pub(crate) struct PricedRequest<'batch> {
    /// The index of the request in its batch.
    pub(crate) request: usize,
    understood: &'batch ResolvedRequest,
    /// The price of one ticket in each of its sections, in minor units.
    prices: Vec<(u16, i64)>,
}

impl PricedRequest<'_> {
    pub(crate) const fn actor(&self) -> Actor {
        self.understood.actor
    }

    pub(crate) const fn user(&self) -> UserId {
        self.understood.user
    }

    pub(crate) const fn wanted(&self) -> &ResolvedSelection {
        self.understood.wanted()
    }

    /// The request for the best available tickets, if it is one.
    pub(crate) const fn best(&self) -> Option<BestAvailableRequest> {
        self.understood.best()
    }

    /// The tickets of the seats that it names.
    pub(crate) fn named(&self) -> &[TicketNumber] {
        self.understood.named()
    }

    /// How many tickets are requested.
    pub(crate) fn quantity(&self) -> u32 {
        match self.wanted() {
            ResolvedSelection::Seats(numbers) => u32::try_from(numbers.len()).unwrap_or(u32::MAX),
            ResolvedSelection::Best(wanted) => wanted.quantity,
        }
    }

    /// Whether all of its sections cost nothing.
    pub(crate) fn is_free_of_charge(&self) -> bool {
        self.prices.iter().all(|(_, amount)| *amount == 0)
    }

    /// Creates the booking of these tickets.
    ///
    /// # Errors
    /// [`PlaceError::PriceChanged`] when the total differs from the expected one.
    pub(crate) fn booking(
        &self,
        numbers: &[TicketNumber],
        concert: &Concert,
        plan: &SeatPlan,
        now: Timestamp,
        hold_seconds: i64,
        ids: &dyn IdGenerator,
    ) -> Result<Booking, PlaceError> {
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
        if self.understood.expected_total.is_some_and(|expected| expected != total.minor()) {
            return Err(PlaceError::PriceChanged { total });
        }
        tickets.sort_unstable_by_key(|ticket| ticket.number);
        Ok(Booking {
            id: BookingId::generate(ids),
            reference: BookingReference::generate(ids),
            concert: concert.id,
            user: Some(self.user()),
            customer: None,
            status: initial_status(total.is_zero()),
            cancel_reason: None,
            expires_at: now.plus_seconds(hold_seconds),
            tickets,
            total,
            payment: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    fn ticket(&self, number: TicketNumber, plan: &SeatPlan) -> Option<BookedTicket> {
        let section = plan.section_of(number)?.position;
        let (_, price) = *self.prices.iter().find(|(position, _)| *position == section)?;
        Some(BookedTicket {
            number,
            seat: plan.label(number)?,
            section,
            category: self.understood.category.clone(),
            price,
        })
    }
}

/// Why no tickets are on sale at `now`, if so. The caller must refuse a draft before: the public must not learn that it
/// exists. Here a draft counts as cancelled.
pub(crate) fn sale_closed(concert: &Concert, now: Timestamp) -> Option<SaleClosed> {
    match concert.sale_state(now) {
        SaleState::Open => None,
        SaleState::NotYet { starts_at } => Some(SaleClosed::NotYet { starts_at }),
        SaleState::Over => Some(SaleClosed::Over),
        SaleState::Paused => Some(SaleClosed::Paused),
        SaleState::Cancelled | SaleState::Draft => Some(SaleClosed::Cancelled),
    }
}
