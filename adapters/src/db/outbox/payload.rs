//! One shape for each type of event.

use boxoffice_domain::bookings::{Booking, BookingEvent, CancelReason};
use boxoffice_domain::concerts::{ConcertEvent, ConcertStatus, SeatChange, TicketNumber, TicketStatus};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::payments::{Payment, PaymentEvent, Refund};
use boxoffice_domain::shared::{OrganiserId, PaymentId, Role, StoreError};
use boxoffice_domain::users::{UserEvent, UserStatus};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::sales_data::{BookingData, PaymentData, RefundData, instant};
use crate::db::rows::parse_enum;

#[derive(Serialize, Deserialize)]
struct Nothing {}

#[derive(Serialize, Deserialize)]
struct UserRegistered {
    role: String,
}

#[derive(Serialize, Deserialize)]
struct UserChanged {
    role: String,
    status: String,
}

#[derive(Serialize, Deserialize)]
struct ConcertCreated {
    organiser_id: Uuid,
    name: String,
    total: u32,
}

#[derive(Serialize, Deserialize)]
struct ConcertChanged {
    status: String,
    revision: u64,
}

/// A busy sale writes many of these: each seat is its number and the letter of its status.
#[derive(Serialize, Deserialize)]
struct SeatsChanged {
    seats: Vec<(u32, char)>,
}

#[derive(Serialize, Deserialize)]
struct OneBooking {
    booking: BookingData,
}

#[derive(Serialize, Deserialize)]
struct BookingPaymentChanged {
    payment_id: Option<Uuid>,
    expires_at: String,
}

#[derive(Serialize, Deserialize)]
struct BookingConfirmed {
    payment_id: Uuid,
}

#[derive(Serialize, Deserialize)]
struct BookingCancelled {
    reason: String,
}

#[derive(Serialize, Deserialize)]
struct OnePayment {
    payment: PaymentData,
}

#[derive(Serialize, Deserialize)]
struct OneRefund {
    refund: RefundData,
}

#[derive(Serialize, Deserialize)]
struct PaymentAndRefund {
    payment: PaymentData,
    refund: RefundData,
}

/// The JSON of what happened.
pub(in crate::db) fn encode(payload: &EventPayload) -> Result<String, StoreError> {
    match payload {
        EventPayload::User(UserEvent::Erased)
        | EventPayload::Concert(ConcertEvent::Deleted)
        | EventPayload::Concert(ConcertEvent::BookingsCancelled) => json(&Nothing {}),
        EventPayload::User(UserEvent::Registered { role }) => json(&UserRegistered { role: role.as_str().to_owned() }),
        EventPayload::User(UserEvent::Changed { role, status }) => {
            json(&UserChanged { role: role.as_str().to_owned(), status: status.as_str().to_owned() })
        }
        EventPayload::Concert(ConcertEvent::Created { organiser, name, total }) => {
            json(&ConcertCreated { organiser_id: organiser.uuid(), name: name.clone(), total: *total })
        }
        EventPayload::Concert(ConcertEvent::Changed { status, revision }) => {
            json(&ConcertChanged { status: status.as_str().to_owned(), revision: *revision })
        }
        EventPayload::Concert(ConcertEvent::SeatsChanged { seats }) => {
            json(&SeatsChanged { seats: seats.iter().map(seat_data).collect() })
        }
        EventPayload::Booking(BookingEvent::Placed { booking }) => {
            json(&OneBooking { booking: booking.as_ref().into() })
        }
        EventPayload::Booking(BookingEvent::PaymentChanged { payment, expires_at }) => json(&BookingPaymentChanged {
            payment_id: payment.map(PaymentId::uuid),
            expires_at: expires_at.to_rfc3339(),
        }),
        EventPayload::Booking(BookingEvent::Confirmed { payment }) => {
            json(&BookingConfirmed { payment_id: payment.uuid() })
        }
        EventPayload::Booking(BookingEvent::Cancelled { reason }) => {
            json(&BookingCancelled { reason: reason.as_str().to_owned() })
        }
        EventPayload::Payment(PaymentEvent::Started { payment })
        | EventPayload::Payment(PaymentEvent::Changed { payment }) => {
            json(&OnePayment { payment: payment.as_ref().into() })
        }
        EventPayload::Payment(PaymentEvent::RefundStarted { refund }) => {
            json(&OneRefund { refund: refund.as_ref().into() })
        }
        EventPayload::Payment(PaymentEvent::CompletedAndRefunded { payment, refund })
        | EventPayload::Payment(PaymentEvent::RefundCompleted { refund, payment }) => {
            json(&PaymentAndRefund { payment: payment.as_ref().into(), refund: refund.as_ref().into() })
        }
    }
}

/// The seats that an entry changed, apart from its events.
pub(super) fn encode_seats(seats: &[SeatChange]) -> Result<String, StoreError> {
    json(&seats.iter().map(seat_data).collect::<Vec<_>>())
}

/// The same, read.
pub(super) fn decode_seats(seats: &str) -> Result<Vec<SeatChange>, StoreError> {
    let seats: Vec<(u32, char)> = serde_json::from_str(seats).map_err(unreadable)?;
    seats.into_iter().map(seat_change).collect()
}

/// What happened, from the type and the JSON.
pub(super) fn decode(type_name: &str, data: Value) -> Result<EventPayload, StoreError> {
    let payload = match type_name {
        "user.registered.v1" => {
            let data: UserRegistered = read(data)?;
            EventPayload::User(UserEvent::Registered { role: role(&data.role)? })
        }
        "user.changed.v1" => {
            let data: UserChanged = read(data)?;
            let status = parse_enum("a user's status of an event's data", &data.status, UserStatus::parse)?;
            EventPayload::User(UserEvent::Changed { role: role(&data.role)?, status })
        }
        "user.erased.v1" => EventPayload::User(UserEvent::Erased),
        "concert.created.v1" => {
            let ConcertCreated { organiser_id, name, total } = read(data)?;
            EventPayload::Concert(ConcertEvent::Created {
                organiser: OrganiserId::from_uuid(organiser_id),
                name,
                total,
            })
        }
        "concert.changed.v1" => {
            let data: ConcertChanged = read(data)?;
            let status = parse_enum("a concert's status of an event's data", &data.status, ConcertStatus::parse)?;
            EventPayload::Concert(ConcertEvent::Changed { status, revision: data.revision })
        }
        "concert.deleted.v1" => EventPayload::Concert(ConcertEvent::Deleted),
        "concert.wound_up.v1" => EventPayload::Concert(ConcertEvent::BookingsCancelled),
        "concert.seats_changed.v1" => {
            let data: SeatsChanged = read(data)?;
            EventPayload::Concert(ConcertEvent::SeatsChanged {
                seats: data.seats.into_iter().map(seat_change).collect::<Result<_, _>>()?,
            })
        }
        "booking.placed.v1" => EventPayload::Booking(BookingEvent::Placed { booking: booking(data)? }),
        "booking.payment_changed.v1" => {
            let data: BookingPaymentChanged = read(data)?;
            let payment = data.payment_id.map(PaymentId::from_uuid);
            EventPayload::Booking(BookingEvent::PaymentChanged { payment, expires_at: instant(&data.expires_at)? })
        }
        "booking.confirmed.v1" => {
            let data: BookingConfirmed = read(data)?;
            EventPayload::Booking(BookingEvent::Confirmed { payment: PaymentId::from_uuid(data.payment_id) })
        }
        "booking.cancelled.v1" => {
            let data: BookingCancelled = read(data)?;
            let reason = parse_enum("a reason of an event's data", &data.reason, CancelReason::parse)?;
            EventPayload::Booking(BookingEvent::Cancelled { reason })
        }
        "payment.started.v1" => EventPayload::Payment(PaymentEvent::Started { payment: payment(data)? }),
        "payment.changed.v1" => EventPayload::Payment(PaymentEvent::Changed { payment: payment(data)? }),
        "payment.refund_started.v1" => {
            let data: OneRefund = read(data)?;
            EventPayload::Payment(PaymentEvent::RefundStarted { refund: Box::new(data.refund.try_into()?) })
        }
        "payment.returned.v1" => {
            let (payment, refund) = payment_and_refund(data)?;
            EventPayload::Payment(PaymentEvent::CompletedAndRefunded { payment, refund })
        }
        "payment.refund_completed.v1" => {
            let (payment, refund) = payment_and_refund(data)?;
            EventPayload::Payment(PaymentEvent::RefundCompleted { refund, payment })
        }
        unknown => return Err(StoreError::inconsistent(format!("the type of an event is {unknown:?}"))),
    };
    Ok(payload)
}

fn json<T: Serialize>(data: &T) -> Result<String, StoreError> {
    serde_json::to_string(data).map_err(|error| StoreError::inconsistent(format!("an event: {error}")))
}

fn read<T: DeserializeOwned>(data: Value) -> Result<T, StoreError> {
    serde_json::from_value(data).map_err(unreadable)
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn unreadable(error: serde_json::Error) -> StoreError {
    StoreError::inconsistent(format!("the data of an event: {error}"))
}

fn role(text: &str) -> Result<Role, StoreError> {
    parse_enum("a role of an event's data", text, Role::parse)
}

const fn seat_data(seat: &SeatChange) -> (u32, char) {
    (seat.number.get(), seat.status.letter())
}

fn seat_change((number, letter): (u32, char)) -> Result<SeatChange, StoreError> {
    let statuses = [TicketStatus::Available, TicketStatus::Held, TicketStatus::Sold, TicketStatus::Blocked];
    let status = statuses.into_iter().find(|status| status.letter() == letter);
    let status = status.ok_or_else(|| StoreError::inconsistent(format!("a seat of an event's data is {letter:?}")))?;
    Ok(SeatChange { number: TicketNumber::new(number), status })
}

fn booking(data: Value) -> Result<Box<Booking>, StoreError> {
    let data: OneBooking = read(data)?;
    Ok(Box::new(data.booking.try_into()?))
}

fn payment(data: Value) -> Result<Box<Payment>, StoreError> {
    let data: OnePayment = read(data)?;
    Ok(Box::new(data.payment.try_into()?))
}

fn payment_and_refund(data: Value) -> Result<(Box<Payment>, Box<Refund>), StoreError> {
    let data: PaymentAndRefund = read(data)?;
    Ok((Box::new(data.payment.try_into()?), Box::new(data.refund.try_into()?)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{BookingEvent, EventPayload, decode, encode};

    /// A sample for each type, as some version of this program wrote it.
    macro_rules! samples {
        ($($type_name:literal)*) => {
            [$(($type_name, include_str!(concat!("samples/", $type_name, ".json")))),*]
        };
    }

    fn samples() -> impl Iterator<Item = (&'static str, &'static str)> {
        samples![
            "user.registered.v1"
            "user.changed.v1"
            "user.erased.v1"
            "concert.created.v1"
            "concert.changed.v1"
            "concert.deleted.v1"
            "concert.wound_up.v1"
            "concert.seats_changed.v1"
            "booking.placed.v1"
            "booking.payment_changed.v1"
            "booking.confirmed.v1"
            "booking.cancelled.v1"
            "payment.started.v1"
            "payment.changed.v1"
            "payment.refund_started.v1"
            "payment.returned.v1"
            "payment.refund_completed.v1"
        ]
        .into_iter()
    }

    #[test]
    fn every_sample_is_read_and_written_the_same() {
        for (type_name, sample) in samples() {
            let payload = decode(type_name, serde_json::from_str(sample).unwrap()).unwrap();
            assert_eq!(payload.type_name(), type_name);
            let (sample, written): (Value, Value) =
                (serde_json::from_str(sample).unwrap(), serde_json::from_str(&encode(&payload).unwrap()).unwrap());
            assert_eq!(sample, written, "{type_name}");
        }
    }

    #[test]
    fn every_type_has_a_sample() {
        let source = include_str!("payload.rs").split("#[cfg(test)]").next().unwrap();
        let types: BTreeSet<&str> = source.split('"').filter(|text| text.ends_with(".v1")).collect();
        let sampled: BTreeSet<&str> = samples().map(|(type_name, _)| type_name).collect();
        assert_eq!(types, sampled);
    }

    /// Versions before the field wrote bookings without it. A booking has no payment yet when it is placed.
    #[test]
    fn a_booking_without_hold_extended_is_read_as_not_extended() {
        let mut data: Value = serde_json::from_str(include_str!("samples/booking.placed.v1.json")).unwrap();
        assert!(data["booking"].as_object_mut().unwrap().remove("hold_extended").is_some());
        let EventPayload::Booking(BookingEvent::Placed { booking }) = decode("booking.placed.v1", data).unwrap() else {
            panic!("another event");
        };
        assert!(!booking.hold_extended);
    }

    #[test]
    fn fields_that_are_not_known_yet_do_not_matter() {
        let decode = |type_name, data| decode(type_name, serde_json::from_str(data).unwrap());
        assert!(decode("booking.cancelled.v1", r#"{"reason":"user","note":"since version 2"}"#).is_ok());
        assert!(decode("booking.cancelled.v1", r#"{"reason":"whim"}"#).is_err());
        assert!(decode("booking.dreamt_of.v1", "{}").is_err());
    }
}
