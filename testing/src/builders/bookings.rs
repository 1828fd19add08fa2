//! Builds bookings.

use boxoffice_domain::bookings::{BookedTicket, Booking, BookingReference, BookingStatus, CancelReason, Customer};
use boxoffice_domain::concerts::{ConcertView, STANDARD_CATEGORY, SeatLabel, TicketNumber};
use boxoffice_domain::shared::{BookingId, IdGenerator, Money, Timestamp, UserId};
use boxoffice_domain::users::Email;

use crate::clock::FixedClock;

/// Builds a pending booking without a user, placed at [`FixedClock::START`] and held for ten minutes.
#[derive(Debug, Clone)]
pub struct BookingBuilder<'concert> {
    view: &'concert ConcertView,
    booking: Booking,
    category: String,
}

impl<'concert> BookingBuilder<'concert> {
    /// A booking of a concert, without tickets.
    pub fn new(ids: &dyn IdGenerator, view: &'concert ConcertView) -> Self {
        let booking = Booking {
            id: BookingId::generate(ids),
            reference: BookingReference::generate(ids),
            concert: view.concert.id,
            user: None,
            customer: None,
            status: BookingStatus::Pending,
            cancel_reason: None,
            expires_at: FixedClock::START.plus_seconds(600),
            tickets: Vec::new(),
            total: Money::zero(view.concert.currency),
            payment: None,
            hold_extended: false,
            version: 1,
            created_at: FixedClock::START,
            updated_at: FixedClock::START,
        };
        Self { view, booking, category: STANDARD_CATEGORY.to_owned() }
    }

    /// Sets the user.
    #[must_use]
    pub const fn user(mut self, user: UserId) -> Self {
        self.booking.user = Some(user);
        self
    }

    /// Sets the customer.
    #[must_use]
    pub fn customer(mut self, name: &str, address: &str) -> Self {
        self.booking.customer =
            Some(Customer { name: name.to_owned(), email: Email::parse(address, "/email").unwrap() });
        self
    }

    /// Sets the price category of the tickets that are added after this call.
    #[must_use]
    pub fn category(mut self, code: &str) -> Self {
        code.clone_into(&mut self.category);
        self
    }

    /// Adds tickets by number.
    #[must_use]
    pub fn tickets(mut self, numbers: impl IntoIterator<Item = u32>) -> Self {
        for number in numbers.into_iter().map(TicketNumber::new) {
            let section = self.view.plan.section_of(number).expect("a ticket of the concert");
            let price = section.price(&self.category).expect("a category of the section");
            self.booking.tickets.push(BookedTicket {
                number,
                seat: self.view.plan.label(number).unwrap(),
                section: section.position,
                category: self.category.clone(),
                price,
            });
        }
        self.booking.tickets.sort_by_key(|ticket| ticket.number);
        let sum = self.booking.tickets.iter().map(|ticket| ticket.price).sum();
        self.booking.total = Money::new(sum, self.view.concert.currency).unwrap();
        self
    }

    /// Adds tickets by label.
    #[must_use]
    pub fn seats(self, labels: &[&str]) -> Self {
        let plan = &self.view.plan;
        let number = |label: &&str| plan.number(&SeatLabel::parse(label).unwrap()).expect("a seat of the concert");
        let numbers: Vec<u32> = labels.iter().map(|label| number(label).get()).collect();
        self.tickets(numbers)
    }

    /// Sets the status; a cancelled booking was cancelled by its user.
    #[must_use]
    pub fn status(mut self, status: BookingStatus) -> Self {
        self.booking.status = status;
        self.booking.cancel_reason = (status == BookingStatus::Cancelled).then_some(CancelReason::User);
        self
    }

    /// Sets when the hold expires.
    #[must_use]
    pub const fn expires_at(mut self, at: Timestamp) -> Self {
        self.booking.expires_at = at;
        self
    }

    /// Sets when it was placed.
    #[must_use]
    pub const fn created_at(mut self, at: Timestamp) -> Self {
        self.booking.created_at = at;
        self.booking.updated_at = at;
        self
    }

    /// Returns the booking.
    pub fn build(self) -> Booking {
        self.booking
    }
}
