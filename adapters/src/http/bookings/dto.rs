//! Documents of bookings.

use boxoffice_domain::bookings::{BookedTicket, BookingPosition, BookingStatus, CancelReason, Customer, NamedBooking};
use boxoffice_domain::sales::placement::{PlaceBooking, Selection};
use boxoffice_domain::shared::{BookingId, ConcertId, Faults, Timestamp};
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::instant::Rfc3339;
use super::super::strict_object::{present, read_from_objects};

read_from_objects!(PlaceBookingBody);

/// The status of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "BookingStatus", rename_all = "snake_case", remote = "BookingStatus")]
#[serde(rename_all = "snake_case")]
pub(crate) enum BookingStatusName {
    /// The tickets are held until the booking expires.
    Pending,
    /// The tickets are sold.
    Confirmed,
    /// The tickets are released.
    Cancelled,
}

/// Why a booking was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "CancelReason", rename_all = "snake_case", remote = "CancelReason")]
#[serde(rename_all = "snake_case")]
pub(crate) enum CancelReasonName {
    /// The customer cancelled it.
    User,
    /// A member of the organiser cancelled it.
    Manager,
    /// It was not paid in time.
    Expired,
    /// The concert will not take place.
    ConcertCancelled,
}

/// A request for tickets: either named `seats`, or a `quantity` of the best available in a `section`.
#[derive(Debug, Object, Deserialize)]
#[oai(rename = "PlaceBooking", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct PlaceBookingBody {
    /// The concert's id.
    concert_id: Uuid,
    /// The labels of the seats to book.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(min_items = 1, max_items = 100, unique_items, max_length = 24))]
    seats: Option<Vec<String>>,
    /// The section in which the best available tickets are booked.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(pattern = "^[A-Z0-9]{1,8}$"))]
    section: Option<String>,
    /// The number of tickets in the section.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    quantity: Option<i64>,
    /// The price category; `standard` if absent. A category for `members` is refused with `members_only`, unless the
    /// caller is a member of the organiser or an admin.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(pattern = "^[a-z0-9_]{1,16}$"))]
    category: Option<String>,
    /// The expected total price, in minor units of the concert's currency. If the tickets cost something else, nothing
    /// is booked and `price_changed` contains the actual price. If absent, any price is accepted.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(minimum(value = "0")))]
    expected_total: Option<i64>,
}

impl TryFrom<PlaceBookingBody> for PlaceBooking {
    type Error = Faults;

    fn try_from(body: PlaceBookingBody) -> Result<Self, Faults> {
        let PlaceBookingBody { concert_id, seats, section, quantity, category, expected_total } = body;
        let selection = match (seats, section, quantity) {
            (Some(seats), None, None) => Selection::seats(&seats),
            (None, Some(section), Some(quantity)) => Selection::best_available(&section, quantity),
            (Some(_), _, _) => {
                Err(Faults::one("/seats", "ambiguous", "name either seats, or a section and a quantity"))
            }
            (None, section, quantity) => {
                let mut faults = Faults::new();
                faults.require(section.is_some(), "/section", "required", "name seats, or a section and a quantity");
                faults.require(quantity.is_some(), "/quantity", "required", "say how many tickets of the section");
                Err(faults)
            }
        };
        Self::new(ConcertId::from_uuid(concert_id), selection, category, expected_total)
    }
}

impl Example for PlaceBookingBody {
    fn example() -> Self {
        Self {
            concert_id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0002),
            seats: Some(vec!["A-12-7".to_owned(), "A-12-8".to_owned()]),
            section: None,
            quantity: None,
            category: None,
            expected_total: Some(9000),
        }
    }
}

/// A booking.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "Booking", example)]
pub(crate) struct BookingDocument {
    /// The booking's id.
    id: Uuid,
    /// A short reference for people, for example on the phone.
    reference: String,
    /// The concert's id.
    concert_id: Uuid,
    /// The id of the customer's account; `null` for a guest.
    #[oai(nullable)]
    user_id: Option<Uuid>,
    /// The username of that account, for members of the concert's organiser; otherwise `null`.
    #[oai(nullable)]
    username: Option<String>,
    /// The person the tickets are for, if given.
    #[oai(nullable)]
    customer: Option<CustomerDocument>,
    /// The current status.
    status: BookingStatusName,
    /// Why it was cancelled; `null` if it was not.
    #[oai(nullable)]
    cancel_reason: Option<CancelReasonName>,
    /// When a pending booking expires and its tickets are released; `null` if it is not pending.
    #[oai(nullable)]
    expires_at: Option<Rfc3339>,
    /// The total price, in minor units.
    total: i64,
    /// The currency, ISO 4217.
    currency: String,
    /// The booked tickets.
    tickets: Vec<BookedTicketDocument>,
    /// The id of the current payment.
    #[oai(nullable)]
    payment_id: Option<Uuid>,
    /// When it was placed.
    created_at: Rfc3339,
}

/// The person tickets are for.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "Customer")]
pub(crate) struct CustomerDocument {
    /// The person's name.
    name: String,
    /// The person's e-mail address.
    email: String,
}

/// A ticket of a booking.
#[derive(Debug, Object, Serialize, Deserialize)]
#[oai(rename = "BookedTicket")]
pub(crate) struct BookedTicketDocument {
    /// The seat's label.
    seat: String,
    /// The section's code.
    section: String,
    /// The price category.
    category: String,
    /// The price at the time of booking, in minor units.
    price: i64,
}

impl BookingDocument {
    /// The booking as it appears at `now`.
    pub(crate) fn at(now: Timestamp, named: NamedBooking) -> Self {
        let NamedBooking { booking, username } = named;
        let (status, cancel_reason) = booking.status_at(now);
        Self {
            id: booking.id.uuid(),
            reference: booking.reference.as_str().to_owned(),
            concert_id: booking.concert.uuid(),
            user_id: booking.user.map(|user| user.uuid()),
            username: username.map(|name| name.as_str().to_owned()),
            customer: booking.customer.map(CustomerDocument::from),
            status: status.into(),
            cancel_reason: cancel_reason.map(Into::into),
            expires_at: (status == BookingStatus::Pending).then_some(Rfc3339(booking.expires_at)),
            total: booking.total.minor(),
            currency: booking.total.currency().code().to_owned(),
            tickets: booking.tickets.into_iter().map(BookedTicketDocument::from).collect(),
            payment_id: booking.payment.map(|payment| payment.uuid()),
            created_at: Rfc3339(booking.created_at),
        }
    }
}

impl From<Customer> for CustomerDocument {
    fn from(customer: Customer) -> Self {
        Self { name: customer.name, email: customer.email.as_str().to_owned() }
    }
}

impl From<BookedTicket> for BookedTicketDocument {
    fn from(ticket: BookedTicket) -> Self {
        Self {
            seat: ticket.seat.as_str().to_owned(),
            section: ticket.seat.section_code().to_owned(),
            category: ticket.category,
            price: ticket.price,
        }
    }
}

impl Example for BookingDocument {
    fn example() -> Self {
        let ticket = |seat: &str| BookedTicketDocument {
            seat: seat.to_owned(),
            section: "A".to_owned(),
            category: "standard".to_owned(),
            price: 4500,
        };
        Self {
            id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0003),
            reference: "7KQ4MXRT".to_owned(),
            concert_id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0002),
            user_id: Some(Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0001)),
            username: Some("ana".to_owned()),
            customer: None,
            status: BookingStatusName::Pending,
            cancel_reason: None,
            expires_at: Some(Rfc3339(Timestamp::from_micros(1_777_637_400_000_000))),
            total: 9000,
            currency: "EUR".to_owned(),
            tickets: vec![ticket("A-12-7"), ticket("A-12-8")],
            payment_id: None,
            created_at: Rfc3339(Timestamp::from_micros(1_777_636_800_000_000)),
        }
    }
}

/// What a cursor contains: a position in a list of bookings.
#[derive(Serialize, Deserialize)]
pub(crate) struct BookingCursor {
    created_at: i64,
    id: Uuid,
}

impl From<BookingPosition> for BookingCursor {
    fn from(position: BookingPosition) -> Self {
        Self { created_at: position.created_at.micros(), id: position.id.uuid() }
    }
}

impl From<BookingCursor> for BookingPosition {
    fn from(cursor: BookingCursor) -> Self {
        Self { created_at: Timestamp::from_micros(cursor.created_at), id: BookingId::from_uuid(cursor.id) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(selection: &str) -> Vec<String> {
        let body = format!(r#"{{"concert_id": "0198f6a2-7b1e-7000-8000-000000000002"{selection}}}"#);
        let body: PlaceBookingBody = serde_json::from_str(&body).unwrap();
        let faults = PlaceBooking::try_from(body).err().map(Faults::into_vec).unwrap_or_default();
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn it_is_either_seats_or_a_section_with_a_quantity() {
        assert_eq!(pointers(""), ["/section", "/quantity"]);
        assert_eq!(pointers(r#", "section": "A""#), ["/quantity"]);
        assert_eq!(pointers(r#", "quantity": 1"#), ["/section"]);
        assert_eq!(pointers(r#", "seats": ["A-1-1"], "quantity": 1"#), ["/seats"]);
        assert_eq!(pointers(r#", "seats": ["A-1-1"]"#), [""; 0]);
        assert_eq!(pointers(r#", "section": "A", "quantity": 1"#), [""; 0]);
    }
}
