//! What a request asks for, in the words of the concert's plan.

use std::collections::HashMap;

use crate::concerts::{Audience, Concert, PriceCategory, SaleState, SeatPlan, TicketNumber};
use crate::shared::{Actor, BookingId, Faults, IdGenerator, Money, StoreError, Timestamp, UserId};

use super::settlement::initial_status;
use super::{
    BookedTicket, Booking, BookingReference, PlaceBooking, PlaceError, PlaceRequest, SaleClosed, Selection, Wanted,
};

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

/// Which tickets.
#[derive(Debug)]
pub(crate) enum WishFor {
    Seats(Vec<TicketNumber>),
    Best(Wanted),
}

/// A request in the words of the concert's plan, before anything of it was read from the store.
#[derive(Debug)]
pub(crate) struct Understood {
    actor: Actor,
    user: UserId,
    /// What the customer is to the organiser.
    customer: Audience,
    wanted: WishFor,
    category: String,
    expected_total: Option<i64>,
    /// The sections that it asks for.
    sections: Vec<u16>,
    /// Seats that do not exist.
    faults: Faults,
}

impl Understood {
    /// Looks up seats and section in the plan. `customer` says at which prices the request may book.
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
                WishFor::Seats(numbers)
            }
            Selection::BestAvailable { section, quantity } => {
                let found = plan.section_coded(section);
                let Some(section) = found.map(|section| section.position) else {
                    let unknown = Faults::one("/section", "unknown_section", "there is no such section");
                    return Err(PlaceError::Invalid(unknown));
                };
                sections.push(section);
                WishFor::Best(Wanted { section, quantity: *quantity })
            }
        };
        sections.sort_unstable();
        sections.dedup();
        let (category, expected_total) = (category.clone(), *expected_total);
        Ok(Self { actor: request.actor, user, customer, wanted, category, expected_total, sections, faults })
    }

    /// What it costs, which is the last thing that can be wrong with it.
    pub(crate) fn priced(&self, request: usize, prices: &PriceList) -> Result<Wish<'_>, PlaceError> {
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
        Ok(Wish { request, understood: self, prices: priced })
    }

    /// Whether everything that it names is in the plan, its category too.
    pub(crate) fn is_sound(&self, plan: &SeatPlan) -> bool {
        let is_priced =
            |section: &u16| plan.section_at(*section).is_some_and(|section| section.price(&self.category).is_some());
        self.faults.is_empty() && self.sections.iter().all(is_priced)
    }

    pub(crate) const fn user(&self) -> UserId {
        self.user
    }

    pub(crate) const fn wanted(&self) -> &WishFor {
        &self.wanted
    }

    /// The wish for the best tickets, if that is what it is.
    pub(crate) const fn best(&self) -> Option<Wanted> {
        match &self.wanted {
            WishFor::Best(wanted) => Some(*wanted),
            WishFor::Seats(_) => None,
        }
    }

    /// The tickets it names.
    pub(crate) fn named(&self) -> &[TicketNumber] {
        match &self.wanted {
            WishFor::Seats(numbers) => numbers,
            WishFor::Best(_) => &[],
        }
    }
}

/// A request that makes sense at this concert.
#[derive(Debug)]
pub(crate) struct Wish<'batch> {
    /// Its place in the batch.
    pub(crate) request: usize,
    understood: &'batch Understood,
    /// What a ticket costs, for each section that is asked for.
    prices: Vec<(u16, i64)>,
}

impl Wish<'_> {
    pub(crate) const fn actor(&self) -> Actor {
        self.understood.actor
    }

    pub(crate) const fn user(&self) -> UserId {
        self.understood.user
    }

    pub(crate) const fn wanted(&self) -> &WishFor {
        self.understood.wanted()
    }

    /// The wish for the best tickets, if that is what it is.
    pub(crate) const fn best(&self) -> Option<Wanted> {
        self.understood.best()
    }

    /// The tickets it names.
    pub(crate) fn named(&self) -> &[TicketNumber] {
        self.understood.named()
    }

    /// How many tickets.
    pub(crate) fn quantity(&self) -> u32 {
        match self.wanted() {
            WishFor::Seats(numbers) => u32::try_from(numbers.len()).unwrap_or(u32::MAX),
            WishFor::Best(wanted) => wanted.quantity,
        }
    }

    /// Whether nothing is to be paid for it.
    pub(crate) fn is_free_of_charge(&self) -> bool {
        self.prices.iter().all(|(_, amount)| *amount == 0)
    }

    /// The booking of these tickets.
    ///
    /// # Errors
    /// [`PlaceError::PriceChanged`] when it costs something else than was expected.
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

/// Why nothing is sold at `now`, if nothing is. A draft is no sale that is closed: it is no concert to the public.
pub(crate) fn sale_closed(concert: &Concert, now: Timestamp) -> Option<SaleClosed> {
    match concert.sale_state(now) {
        SaleState::Open => None,
        SaleState::NotYet { starts_at } => Some(SaleClosed::NotYet { starts_at }),
        SaleState::Over => Some(SaleClosed::Over),
        SaleState::Paused => Some(SaleClosed::Paused),
        SaleState::Cancelled | SaleState::Draft => Some(SaleClosed::Cancelled),
    }
}
