//! Bookings with their tickets.

use std::collections::HashMap;

use boxoffice_domain::bookings::{
    BookedTicket, Booking, BookingPosition, BookingReference, BookingStatus, CancelReason, Customer, NamedBooking,
};
use boxoffice_domain::concerts::{SeatLabel, TicketNumber};
use boxoffice_domain::shared::StoreError;
use boxoffice_domain::users::{Email, Username};
use diesel::prelude::{Queryable, Selectable};
use serde::Serialize;

use super::{money, number, parse_enum, stored};
use crate::db::insert::Row;
use crate::db::schema::{booking_tickets, bookings};
use crate::db::types::{Id, Micros};

#[derive(Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub(in crate::db) struct BookingRow {
    pub(in crate::db) id: Id,
    reference: String,
    concert_id: Id,
    user_id: Option<Id>,
    customer_name: Option<String>,
    customer_email: Option<String>,
    status: String,
    cancel_reason: Option<String>,
    expires_at: Micros,
    total_amount: i64,
    currency: String,
    ticket_count: i64,
    payment_id: Option<Id>,
    hold_extended: i64,
    version: i64,
    created_at: Micros,
    updated_at: Micros,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = booking_tickets)]
pub(in crate::db) struct BookedTicketRow {
    booking_id: Id,
    number: i64,
    seat: String,
    section_position: i64,
    category: String,
    price: i64,
}

/// The values of a new booking, in the order of its columns.
pub(in crate::db) fn new_booking(booking: &Booking) -> impl Row {
    let customer = booking.customer.as_ref();
    (
        Id::from(booking.id),
        booking.reference.as_str(),
        Id::from(booking.concert),
        booking.user.map(Id::from),
        customer.map(|customer| customer.name.as_str()),
        customer.map(|customer| customer.email.as_str()),
        booking.status.as_str(),
        booking.cancel_reason.map(CancelReason::as_str),
        booking.expires_at.micros(),
        booking.total.minor(),
        booking.total.currency().code(),
        booking.tickets.len(),
        booking.payment.map(Id::from),
        stored(booking.version),
        booking.created_at.micros(),
        booking.updated_at.micros(),
    )
}

/// The values of a new booking's tickets, in the order of their columns.
pub(in crate::db) fn new_booked_tickets(booking: &Booking) -> impl Iterator<Item = impl Row> {
    booking.tickets.iter().map(|ticket| {
        (
            Id::from(booking.id),
            Id::from(booking.concert),
            ticket.number.get(),
            ticket.seat.as_str(),
            ticket.section,
            ticket.category.as_str(),
            ticket.price,
        )
    })
}

/// The mutable values of a booking, in the order of its statement.
pub(in crate::db) fn changed_booking(booking: &Booking) -> impl Serialize {
    (
        Id::from(booking.id),
        booking.status.as_str(),
        booking.cancel_reason.map(CancelReason::as_str),
        booking.expires_at.micros(),
        booking.payment.map(Id::from),
        stored(booking.version),
        booking.updated_at.micros(),
        i64::from(booking.hold_extended),
    )
}

/// A booking and its tickets.
pub(in crate::db) struct TicketedBookingRow {
    booking: BookingRow,
    tickets: Vec<BookedTicketRow>,
}

/// Puts the tickets of bookings to them, and leaves the bookings in their order.
pub(in crate::db) fn with_their_tickets(
    bookings: Vec<BookingRow>,
    tickets: Vec<BookedTicketRow>,
) -> Vec<TicketedBookingRow> {
    let mut of_booking: HashMap<Id, Vec<BookedTicketRow>> = HashMap::with_capacity(bookings.len());
    for row in tickets {
        of_booking.entry(row.booking_id).or_default().push(row);
    }
    let with_tickets = |booking: BookingRow| TicketedBookingRow {
        tickets: of_booking.remove(&booking.id).unwrap_or_default(),
        booking,
    };
    bookings.into_iter().map(with_tickets).collect()
}

impl TicketedBookingRow {
    pub(in crate::db) const fn id(&self) -> Id {
        self.booking.id
    }

    /// Where it stands in a list, also when it cannot be read.
    pub(in crate::db) fn position(&self) -> BookingPosition {
        BookingPosition { created_at: self.booking.created_at.into(), id: self.booking.id.into() }
    }
}

/// The same with the name of its account.
pub(in crate::db) struct NamedBookingRow {
    pub(in crate::db) booking: TicketedBookingRow,
    pub(in crate::db) username: Option<String>,
}

impl TryFrom<NamedBookingRow> for NamedBooking {
    type Error = StoreError;

    fn try_from(row: NamedBookingRow) -> Result<Self, StoreError> {
        Ok(Self { booking: row.booking.try_into()?, username: row.username.map(Username::from_stored) })
    }
}

impl TryFrom<BookedTicketRow> for BookedTicket {
    type Error = StoreError;

    fn try_from(row: BookedTicketRow) -> Result<Self, StoreError> {
        Ok(Self {
            number: TicketNumber::new(number("booking_tickets.number", row.number)?),
            seat: parse_enum("booking_tickets.seat", &row.seat, SeatLabel::parse)?,
            section: number("booking_tickets.section_position", row.section_position)?,
            category: row.category,
            price: row.price,
        })
    }
}

impl TryFrom<TicketedBookingRow> for Booking {
    type Error = StoreError;

    fn try_from(TicketedBookingRow { booking: row, tickets }: TicketedBookingRow) -> Result<Self, StoreError> {
        let mut tickets = tickets.into_iter().map(BookedTicket::try_from).collect::<Result<Vec<_>, _>>()?;
        tickets.sort_unstable_by_key(|ticket| ticket.number);
        if i64::try_from(tickets.len()) != Ok(row.ticket_count) {
            let found = tickets.len();
            return Err(StoreError::inconsistent(format!(
                "booking {} lists {found} tickets instead of {}",
                row.reference, row.ticket_count
            )));
        }
        let customer = match (row.customer_name, row.customer_email) {
            (Some(name), Some(email)) => Some(Customer { name, email: Email::from_stored(email) }),
            _ => None,
        };
        let reason = row.cancel_reason.map(|reason| parse_enum("bookings.cancel_reason", &reason, CancelReason::parse));
        Ok(Self {
            id: row.id.into(),
            reference: BookingReference::from_stored(row.reference),
            concert: row.concert_id.into(),
            user: row.user_id.map(Into::into),
            customer,
            status: parse_enum("bookings.status", &row.status, BookingStatus::parse)?,
            cancel_reason: reason.transpose()?,
            expires_at: row.expires_at.into(),
            tickets,
            total: money("bookings.total_amount", row.total_amount, &row.currency)?,
            payment: row.payment_id.map(Into::into),
            hold_extended: row.hold_extended != 0,
            version: number("bookings.version", row.version)?,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}
