//! The events of all modules.

use crate::bookings::BookingEvent;
use crate::concerts::{ConcertEvent, SeatChange};
use crate::outbox::{self, Aggregate, Stream};
use crate::payments::PaymentEvent;
use crate::users::UserEvent;

/// What happened: the sum of the modules' events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventPayload {
    /// To a user.
    User(UserEvent),
    /// To a concert.
    Concert(ConcertEvent),
    /// To a booking.
    Booking(BookingEvent),
    /// To a payment or a refund.
    Payment(PaymentEvent),
}

impl EventPayload {
    /// The event's type in the API and the store.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::User(event) => event.type_name(),
            Self::Concert(event) => event.type_name(),
            Self::Booking(event) => event.type_name(),
            Self::Payment(event) => event.type_name(),
        }
    }
}

impl From<UserEvent> for EventPayload {
    fn from(event: UserEvent) -> Self {
        Self::User(event)
    }
}

impl From<ConcertEvent> for EventPayload {
    fn from(event: ConcertEvent) -> Self {
        Self::Concert(event)
    }
}

impl From<BookingEvent> for EventPayload {
    fn from(event: BookingEvent) -> Self {
        Self::Booking(event)
    }
}

impl From<PaymentEvent> for EventPayload {
    fn from(event: PaymentEvent) -> Self {
        Self::Payment(event)
    }
}

/// An event of any module.
pub type Event = outbox::Event<EventPayload>;

/// An entry of the outbox with events of any modules.
pub type OutboxEntry = outbox::OutboxEntry<EventPayload>;

impl OutboxEntry {
    /// The tickets that changed their status, perhaps none; `None` when the concert itself was changed, which those who
    /// follow it read again.
    pub fn seat_changes(&self) -> Option<&[SeatChange]> {
        let Stream::Concert(_) = self.stream else { return None };
        let mut of_the_concert = self.events.iter().filter(|event| matches!(event.aggregate, Aggregate::Concert(_)));
        match of_the_concert.next().map(|event| &event.payload) {
            None => Some(&[]),
            Some(EventPayload::Concert(ConcertEvent::SeatsChanged { seats })) => Some(seats),
            Some(_) => None,
        }
    }
}
