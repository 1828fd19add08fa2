//! Events: what changed, of which aggregate, by whom and when.

use uuid::Uuid;

use crate::bookings::{Booking, CancelReason};
use crate::concerts::{ConcertStatus, TicketNumber, TicketStatus};
use crate::payments::{Payment, Refund};
use crate::shared::{
    Actor, BookingId, ConcertId, EventId, IdGenerator, OrganiserId, PaymentId, Role, Timestamp, UserId,
};
use crate::users::UserStatus;

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

/// A ticket that has another status now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatChange {
    /// Which ticket.
    pub number: TicketNumber,
    /// Its status now.
    pub status: TicketStatus,
}

/// What happened. The names on the wire are `<aggregate>.<variant>.v1`; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventPayload {
    /// A user registered.
    UserRegistered {
        /// Their role.
        role: Role,
    },
    /// Role, status, address or password changed.
    UserChanged {
        /// The role now.
        role: Role,
        /// The status now.
        status: UserStatus,
    },
    /// A user was erased.
    UserErased,
    /// A draft was created.
    ConcertCreated {
        /// Whose it is.
        organiser: OrganiserId,
        /// Its name.
        name: String,
        /// Its tickets.
        total: u32,
    },
    /// Details, caps, prices or status changed.
    ConcertChanged {
        /// The status now.
        status: ConcertStatus,
        /// The revision now.
        revision: u64,
    },
    /// A draft was deleted.
    ConcertDeleted,
    /// Every booking of a cancelled concert is cancelled.
    ConcertWoundUp,
    /// Tickets changed their status.
    SeatsChanged {
        /// Which, by number.
        seats: Vec<SeatChange>,
    },
    /// A booking was placed, and confirmed at once if nothing is to be paid.
    BookingPlaced {
        /// As it is now.
        booking: Box<Booking>,
    },
    /// A payment of a pending booking began, or failed.
    BookingPaymentChanged {
        /// Its live payment now.
        payment: Option<PaymentId>,
        /// Its expiry now.
        expires_at: Timestamp,
    },
    /// A booking was paid.
    BookingConfirmed {
        /// By which payment.
        payment: PaymentId,
    },
    /// A booking was cancelled.
    BookingCancelled {
        /// Why.
        reason: CancelReason,
    },
    /// A payment was started.
    PaymentStarted {
        /// As it is now.
        payment: Box<Payment>,
    },
    /// A payment has another status, or waits for its customer.
    PaymentChanged {
        /// As it is now.
        payment: Box<Payment>,
    },
    /// A refund was written.
    RefundStarted {
        /// As it is now.
        refund: Box<Refund>,
    },
    /// A payment completed for a booking that could not be confirmed any more, and goes back in full.
    PaymentReturned {
        /// The payment.
        payment: Box<Payment>,
        /// Its refund.
        refund: Box<Refund>,
    },
    /// A refund reached its customer; the payment says how much of it went back.
    RefundCompleted {
        /// The refund.
        refund: Box<Refund>,
        /// The payment as it is now.
        payment: Box<Payment>,
    },
}

impl EventPayload {
    /// The event's type on the wire and in the store.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::UserRegistered { .. } => "user.registered.v1",
            Self::UserChanged { .. } => "user.changed.v1",
            Self::UserErased => "user.erased.v1",
            Self::ConcertCreated { .. } => "concert.created.v1",
            Self::ConcertChanged { .. } => "concert.changed.v1",
            Self::ConcertDeleted => "concert.deleted.v1",
            Self::ConcertWoundUp => "concert.wound_up.v1",
            Self::SeatsChanged { .. } => "concert.seats_changed.v1",
            Self::BookingPlaced { .. } => "booking.placed.v1",
            Self::BookingPaymentChanged { .. } => "booking.payment_changed.v1",
            Self::BookingConfirmed { .. } => "booking.confirmed.v1",
            Self::BookingCancelled { .. } => "booking.cancelled.v1",
            Self::PaymentStarted { .. } => "payment.started.v1",
            Self::PaymentChanged { .. } => "payment.changed.v1",
            Self::RefundStarted { .. } => "payment.refund_started.v1",
            Self::PaymentReturned { .. } => "payment.returned.v1",
            Self::RefundCompleted { .. } => "payment.refund_completed.v1",
        }
    }
}

/// One thing that happened, to one aggregate, in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id; who has handled it once may forget it.
    pub id: EventId,
    /// When.
    pub occurred_at: Timestamp,
    /// To what.
    pub aggregate: Aggregate,
    /// The aggregate's version since then.
    pub version: u64,
    /// By whom.
    pub actor: Actor,
    /// What.
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
        payload: EventPayload,
    ) -> Self {
        Self { id: EventId::generate(ids), occurred_at: now, aggregate, version, actor, payload }
    }
}
