//! What a request asks for, in the words of the concert's plan.

use std::collections::HashMap;

use crate::concerts::{Concert, PriceCategory, SaleState, SeatPlan, TicketNumber};
use crate::shared::{Actor, BookingId, Faults, IdGenerator, Money, StoreError, Timestamp, UserId};

use super::settlement::initial_status;
use super::{
    BookedTicket, Booking, BookingReference, PlaceBooking, PlaceError, PlaceRequest, SaleClosed, Selection, Wanted,
};

/// The prices of a concert by section and category.
pub(crate) struct PriceList(HashMap<u16, Vec<PriceCategory>>);

impl PriceList {
    pub(crate) fn new(prices: Vec<(u16, PriceCategory)>) -> Self {
        let mut by_section: HashMap<u16, Vec<PriceCategory>> = HashMap::new();
        for (position, price) in prices {
            by_section.entry(position).or_default().push(price);
        }
        Self(by_section)
    }

    fn amount(&self, section: u16, category: &str) -> Option<i64> {
        self.0.get(&section)?.iter().find(|price| price.code == category).map(|price| price.amount)
    }
}

/// Which tickets.
pub(crate) enum WishFor {
    Seats(Vec<TicketNumber>),
    Best(Wanted),
}

/// A request that makes sense at this concert.
pub(crate) struct Wish {
    /// Its place in the batch.
    pub(crate) request: usize,
    pub(crate) actor: Actor,
    pub(crate) user: UserId,
    pub(crate) wanted: WishFor,
    category: String,
    /// What a ticket costs, for each section that is asked for.
    prices: Vec<(u16, i64)>,
}

impl Wish {
    /// Looks up seats, section and category in the plan.
    pub(crate) fn understand(
        index: usize,
        request: &PlaceRequest,
        plan: &SeatPlan,
        prices: &PriceList,
    ) -> Result<Self, PlaceError> {
        let user = request.actor.user_id().ok_or(PlaceError::LoginRequired)?;
        let PlaceBooking { selection, category, .. } = &request.command;
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
            Selection::BestAvailable { section, quantity } => match plan.section_coded(section) {
                Some(section) => {
                    sections.push(section.position);
                    WishFor::Best(Wanted { section: section.position, quantity: *quantity })
                }
                None => {
                    return Err(PlaceError::Invalid(Faults::one(
                        "/section",
                        "unknown_section",
                        "there is no such section",
                    )));
                }
            },
        };
        sections.sort_unstable();
        sections.dedup();
        let priced: Vec<_> =
            sections.iter().filter_map(|section| Some((*section, prices.amount(*section, category)?))).collect();
        if priced.len() < sections.len() {
            faults.add("/category", "unknown_category", "not every section asked for has this price category");
        }
        faults.into_result().map_err(PlaceError::Invalid)?;
        Ok(Self { request: index, actor: request.actor, user, wanted, category: category.clone(), prices: priced })
    }

    /// How many tickets.
    pub(crate) fn quantity(&self) -> u32 {
        match &self.wanted {
            WishFor::Seats(numbers) => u32::try_from(numbers.len()).unwrap_or(u32::MAX),
            WishFor::Best(wanted) => wanted.quantity,
        }
    }

    /// The wish for the best tickets, if that is what it is.
    pub(crate) const fn wanted(&self) -> Option<Wanted> {
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

    /// Whether nothing is to be paid for it.
    pub(crate) fn is_free_of_charge(&self) -> bool {
        self.prices.iter().all(|(_, amount)| *amount == 0)
    }

    /// The booking of these tickets.
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
        tickets.sort_unstable_by_key(|ticket| ticket.number);
        Ok(Booking {
            id: BookingId::generate(ids),
            reference: BookingReference::generate(ids),
            concert: concert.id,
            user: Some(self.user),
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
        Some(BookedTicket { number, seat: plan.label(number)?, section, category: self.category.clone(), price })
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
