//! Bookings, payments and refunds inside of events.

use boxoffice_domain::bookings::{BookedTicket, Booking, BookingReference, BookingStatus, CancelReason, Customer};
use boxoffice_domain::concerts::{SeatLabel, TicketNumber};
use boxoffice_domain::payments::{Payment, PaymentStatus, Refund, RefundStatus};
use boxoffice_domain::shared::{
    BookingId, ConcertId, Currency, Money, PaymentId, RefundId, StoreError, Timestamp, UserId,
};
use boxoffice_domain::users::Email;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::rows::parse_enum;

#[derive(Serialize, Deserialize)]
pub(super) struct BookingData {
    id: Uuid,
    reference: String,
    concert_id: Uuid,
    user_id: Option<Uuid>,
    customer: Option<CustomerData>,
    status: String,
    cancel_reason: Option<String>,
    expires_at: String,
    tickets: Vec<TicketData>,
    total: i64,
    currency: String,
    payment_id: Option<Uuid>,
    /// Entries of older versions lack it.
    #[serde(default)]
    hold_extended: bool,
    version: u64,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize, Deserialize)]
struct CustomerData {
    name: String,
    email: String,
}

#[derive(Serialize, Deserialize)]
struct TicketData {
    number: u32,
    seat: String,
    section: u16,
    category: String,
    price: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PaymentData {
    id: Uuid,
    booking_id: Uuid,
    user_id: Option<Uuid>,
    amount: i64,
    refunded: i64,
    currency: String,
    method: String,
    gateway: String,
    transaction_id: Option<String>,
    status: String,
    failure: Option<String>,
    next_action: Option<String>,
    version: u64,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RefundData {
    id: Uuid,
    payment_id: Uuid,
    amount: i64,
    currency: String,
    reason: String,
    status: String,
    gateway_reference: Option<String>,
    attempts: u32,
    next_attempt_at: String,
    created_at: String,
    updated_at: String,
}

pub(super) fn instant(text: &str) -> Result<Timestamp, StoreError> {
    parse_enum("an instant of an event's data", text, Timestamp::parse_rfc3339)
}

fn money(minor: i64, code: &str) -> Result<Money, StoreError> {
    let currency = parse_enum("a currency of an event's data", code, Currency::parse)?;
    Money::new(minor, currency).map_err(|error| StoreError::inconsistent(format!("the data of an event: {error}")))
}

impl From<&Booking> for BookingData {
    fn from(booking: &Booking) -> Self {
        let customer = |customer: &Customer| CustomerData {
            name: customer.name.clone(),
            email: customer.email.as_str().to_owned(),
        };
        let ticket = |ticket: &BookedTicket| TicketData {
            number: ticket.number.get(),
            seat: ticket.seat.as_str().to_owned(),
            section: ticket.section,
            category: ticket.category.clone(),
            price: ticket.price,
        };
        Self {
            id: booking.id.uuid(),
            reference: booking.reference.as_str().to_owned(),
            concert_id: booking.concert.uuid(),
            user_id: booking.user.map(UserId::uuid),
            customer: booking.customer.as_ref().map(customer),
            status: booking.status.as_str().to_owned(),
            cancel_reason: booking.cancel_reason.map(|reason| reason.as_str().to_owned()),
            expires_at: booking.expires_at.to_rfc3339(),
            tickets: booking.tickets.iter().map(ticket).collect(),
            total: booking.total.minor(),
            currency: booking.total.currency().code().to_owned(),
            payment_id: booking.payment.map(PaymentId::uuid),
            hold_extended: booking.hold_extended,
            version: booking.version,
            created_at: booking.created_at.to_rfc3339(),
            updated_at: booking.updated_at.to_rfc3339(),
        }
    }
}

impl TryFrom<TicketData> for BookedTicket {
    type Error = StoreError;

    fn try_from(data: TicketData) -> Result<Self, StoreError> {
        Ok(Self {
            number: TicketNumber::new(data.number),
            seat: parse_enum("a seat of an event's data", &data.seat, SeatLabel::parse)?,
            section: data.section,
            category: data.category,
            price: data.price,
        })
    }
}

impl TryFrom<BookingData> for Booking {
    type Error = StoreError;

    fn try_from(data: BookingData) -> Result<Self, StoreError> {
        let reason = |text: String| parse_enum("a reason of an event's data", &text, CancelReason::parse);
        let customer =
            |customer: CustomerData| Customer { name: customer.name, email: Email::from_stored(customer.email) };
        Ok(Self {
            id: BookingId::from_uuid(data.id),
            reference: BookingReference::from_stored(data.reference),
            concert: ConcertId::from_uuid(data.concert_id),
            user: data.user_id.map(UserId::from_uuid),
            customer: data.customer.map(customer),
            status: parse_enum("a booking's status of an event's data", &data.status, BookingStatus::parse)?,
            cancel_reason: data.cancel_reason.map(reason).transpose()?,
            expires_at: instant(&data.expires_at)?,
            tickets: data.tickets.into_iter().map(BookedTicket::try_from).collect::<Result<_, _>>()?,
            total: money(data.total, &data.currency)?,
            payment: data.payment_id.map(PaymentId::from_uuid),
            hold_extended: data.hold_extended,
            version: data.version,
            created_at: instant(&data.created_at)?,
            updated_at: instant(&data.updated_at)?,
        })
    }
}

impl From<&Payment> for PaymentData {
    fn from(payment: &Payment) -> Self {
        Self {
            id: payment.id.uuid(),
            booking_id: payment.booking.uuid(),
            user_id: payment.user.map(UserId::uuid),
            amount: payment.amount.minor(),
            refunded: payment.refunded,
            currency: payment.amount.currency().code().to_owned(),
            method: payment.method.clone(),
            gateway: payment.gateway.clone(),
            transaction_id: payment.transaction_id.clone(),
            status: payment.status.as_str().to_owned(),
            failure: payment.failure.clone(),
            next_action: payment.next_action.clone(),
            version: payment.version,
            created_at: payment.created_at.to_rfc3339(),
            updated_at: payment.updated_at.to_rfc3339(),
        }
    }
}

impl TryFrom<PaymentData> for Payment {
    type Error = StoreError;

    fn try_from(data: PaymentData) -> Result<Self, StoreError> {
        Ok(Self {
            id: PaymentId::from_uuid(data.id),
            booking: BookingId::from_uuid(data.booking_id),
            user: data.user_id.map(UserId::from_uuid),
            amount: money(data.amount, &data.currency)?,
            refunded: data.refunded,
            method: data.method,
            gateway: data.gateway,
            transaction_id: data.transaction_id,
            status: parse_enum("a payment's status of an event's data", &data.status, PaymentStatus::parse)?,
            failure: data.failure,
            next_action: data.next_action,
            version: data.version,
            created_at: instant(&data.created_at)?,
            updated_at: instant(&data.updated_at)?,
        })
    }
}

impl From<&Refund> for RefundData {
    fn from(refund: &Refund) -> Self {
        Self {
            id: refund.id.uuid(),
            payment_id: refund.payment.uuid(),
            amount: refund.amount.minor(),
            currency: refund.amount.currency().code().to_owned(),
            reason: refund.reason.clone(),
            status: refund.status.as_str().to_owned(),
            gateway_reference: refund.gateway_reference.clone(),
            attempts: refund.attempts,
            next_attempt_at: refund.next_attempt_at.to_rfc3339(),
            created_at: refund.created_at.to_rfc3339(),
            updated_at: refund.updated_at.to_rfc3339(),
        }
    }
}

impl TryFrom<RefundData> for Refund {
    type Error = StoreError;

    fn try_from(data: RefundData) -> Result<Self, StoreError> {
        Ok(Self {
            id: RefundId::from_uuid(data.id),
            payment: PaymentId::from_uuid(data.payment_id),
            amount: money(data.amount, &data.currency)?,
            reason: data.reason,
            status: parse_enum("a refund's status of an event's data", &data.status, RefundStatus::parse)?,
            gateway_reference: data.gateway_reference,
            attempts: data.attempts,
            next_attempt_at: instant(&data.next_attempt_at)?,
            created_at: instant(&data.created_at)?,
            updated_at: instant(&data.updated_at)?,
        })
    }
}
