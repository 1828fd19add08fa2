//! Events: what changed, of which aggregate, by whom and when.

use uuid::Uuid;

use crate::bookings::BookingEvent;
use crate::concerts::ConcertEvent;
use crate::payments::PaymentEvent;
use crate::shared::{Actor, BookingId, ConcertId, EventId, IdGenerator, PaymentId, Timestamp, UserId};
use crate::users::UserEvent;

/// What an event is about. Each has versions of its own, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// A user.
    User(UserId),
    /// A concert with its tickets.
    Concert(ConcertId),
    /// A booking.
    Booking(BookingId),
    /// A payment with its refunds.
    Payment(PaymentId),
}

impl Aggregate {
    /// The aggregate's kind as stored.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Concert(_) => "concert",
            Self::Booking(_) => "booking",
            Self::Payment(_) => "payment",
        }
    }

    /// The aggregate's bare id.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::Concert(id) => id.uuid(),
            Self::Booking(id) => id.uuid(),
            Self::Payment(id) => id.uuid(),
        }
    }

    /// The aggregate of a stored kind and id.
    pub fn from_stored(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "user" => Some(Self::User(UserId::from_uuid(id))),
            "concert" => Some(Self::Concert(ConcertId::from_uuid(id))),
            "booking" => Some(Self::Booking(BookingId::from_uuid(id))),
            "payment" => Some(Self::Payment(PaymentId::from_uuid(id))),
            _ => None,
        }
    }
}

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

/// One change of one aggregate in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The unique id. A consumer that receives the event twice recognises it by this id.
    pub id: EventId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What it is about.
    pub aggregate: Aggregate,
    /// The aggregate's version after the change.
    pub version: u64,
    /// Who caused it.
    pub actor: Actor,
    /// What happened.
    pub payload: EventPayload,
}

impl Event {
    /// An event with a fresh id.
    pub fn new(
        ids: &dyn IdGenerator,
        now: Timestamp,
        actor: Actor,
        aggregate: Aggregate,
        version: u64,
        payload: impl Into<EventPayload>,
    ) -> Self {
        Self { id: EventId::generate(ids), occurred_at: now, aggregate, version, actor, payload: payload.into() }
    }
}
