//! Events: what changed, of which aggregate, by whom and when.

use uuid::Uuid;

use crate::shared::{Actor, BookingId, ConcertId, EventId, IdGenerator, PaymentId, Timestamp, UserId};

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

/// One change of one aggregate in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<P> {
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
    pub payload: P,
}

impl<P> Event<P> {
    /// An event with a fresh id.
    pub fn new(
        ids: &dyn IdGenerator,
        now: Timestamp,
        actor: Actor,
        aggregate: Aggregate,
        version: u64,
        payload: impl Into<P>,
    ) -> Self {
        Self { id: EventId::generate(ids), occurred_at: now, aggregate, version, actor, payload: payload.into() }
    }

    /// The same event as one of a sum of events.
    pub fn into_event<Q>(self) -> Event<Q>
    where
        P: Into<Q>,
    {
        let Self { id, occurred_at, aggregate, version, actor, payload } = self;
        Event { id, occurred_at, aggregate, version, actor, payload: payload.into() }
    }
}
