//! The bookings of a concert as a file, made while it is sent: no more than one part of it is ever in memory.

use std::io;

use boxoffice_domain::bookings::NamedBooking;
use boxoffice_domain::reports::BookingExport;
use boxoffice_domain::shared::{Causes, Money, StoreError, Timestamp};
use bytes::Bytes;
use futures_util::stream;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

use super::super::auth::Grant;
use super::csv::push_line;

const MEDIA_TYPE: &str = "text/csv";

const COLUMNS: [&str; 12] = [
    "reference",
    "placed_at",
    "status",
    "cancel_reason",
    "username",
    "customer_name",
    "customer_email",
    "tickets",
    "seats",
    "total",
    "currency",
    "booking_id",
];

/// The file. Its first part is read before the answer begins, so that a store that fails then is told as a problem.
pub(crate) struct BookingsFile {
    export: BookingExport,
    first: Vec<NamedBooking>,
    grant: Grant,
    now: Timestamp,
}

#[derive(Debug, thiserror::Error)]
#[error("the account of who downloads has changed")]
struct Revoked;

impl BookingsFile {
    /// The bookings as they read at `now`.
    pub(super) async fn begin(mut export: BookingExport, grant: Grant, now: Timestamp) -> Result<Self, StoreError> {
        let first = export.next().await?;
        Ok(Self { export, first, grant, now })
    }
}

/// An amount as people write it, with a point: `25.00`.
fn decimal(money: Money) -> String {
    let digits = usize::from(money.currency().exponent());
    let minor = format!("{:0>width$}", money.minor(), width = digits + 1);
    match minor.split_at_checked(minor.len() - digits) {
        Some((whole, "")) => whole.to_owned(),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => minor,
    }
}

fn push_booking(text: &mut String, named: &NamedBooking, now: Timestamp) {
    let NamedBooking { booking, username } = named;
    let (status, reason) = booking.status_at(now);
    let (name, email) =
        booking.customer.as_ref().map_or(("", ""), |customer| (customer.name.as_str(), customer.email.as_str()));
    let seats: Vec<&str> = booking.tickets.iter().map(|ticket| ticket.seat.as_str()).collect();
    let (placed_at, id) = (booking.created_at.to_rfc3339(), booking.id.to_string());
    let (tickets, seats, total) = (booking.tickets.len().to_string(), seats.join(" "), decimal(booking.total));
    let cells = [
        booking.reference.as_str(),
        &placed_at,
        status.as_str(),
        reason.map_or("", |reason| reason.as_str()),
        username.as_ref().map_or("", |name| name.as_str()),
        name,
        email,
        &tickets,
        &seats,
        &total,
        booking.total.currency().code(),
        &id,
    ];
    push_line(text, cells);
}

fn part(bookings: &[NamedBooking], now: Timestamp) -> String {
    let mut text = String::new();
    bookings.iter().for_each(|booking| push_booking(&mut text, booking, now));
    text
}

impl IntoResponse for BookingsFile {
    fn into_response(self) -> Response {
        let Self { export, first, grant, now } = self;
        let name = format!("attachment; filename=\"bookings-{}.csv\"", export.concert().id);
        let mut beginning = String::new();
        push_line(&mut beginning, COLUMNS);
        beginning.push_str(&part(&first, now));
        // A failure in the middle, and the end of the right to read it, break the connection off, so that nobody takes
        // half a file for a whole one.
        let parts = stream::unfold(Some((export, Some(beginning))), move |state| {
            let grant = grant.clone();
            async move {
                let (mut export, beginning) = state?;
                if let Some(text) = beginning {
                    return Some((Ok(Bytes::from(text)), Some((export, None))));
                }
                if grant.is_revoked() {
                    return Some((Err(io::Error::other(Revoked)), None));
                }
                match export.next().await {
                    Ok(bookings) if bookings.is_empty() => None,
                    Ok(bookings) => Some((Ok(Bytes::from(part(&bookings, now))), Some((export, None)))),
                    Err(error) => {
                        tracing::warn!(error = %Causes(&error), "an export ended in the middle");
                        Some((Err(io::Error::other(error)), None))
                    }
                }
            }
        });
        let mut answer = Response::from(Body::from_bytes_stream(parts));
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(name) = HeaderValue::from_str(&name) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        answer
    }
}

impl ApiResponse for BookingsFile {
    fn meta() -> MetaResponses {
        let file = MetaMediaType { content_type: MEDIA_TYPE, schema: String::schema_ref() };
        let success = MetaResponse {
            description: "The file",
            status: Some(StatusCode::OK.as_u16()),
            status_range: None,
            content: vec![file],
            headers: vec![MetaHeader {
                name: "Content-Disposition".to_owned(),
                description: Some("A name for the file.".to_owned()),
                required: true,
                deprecated: false,
                schema: String::schema_ref(),
            }],
        };
        MetaResponses { responses: vec![success] }
    }

    fn register(registry: &mut Registry) {
        String::register(registry);
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::{Currency, Money};

    use super::decimal;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        let text = |minor, code| decimal(Money::new(minor, Currency::parse(code).unwrap()).unwrap());
        assert_eq!(text(2_500, "EUR"), "25.00");
        assert_eq!(text(5, "EUR"), "0.05");
        assert_eq!(text(0, "EUR"), "0.00");
        assert_eq!(text(2_500, "JPY"), "2500");
        assert_eq!(text(1, "KWD"), "0.001");
    }
}
