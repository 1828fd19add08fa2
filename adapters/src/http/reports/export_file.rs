//! The CSV export of a concert's bookings or tickets, streamed: no more than one page of it is in memory.

use std::io;

use boxoffice_domain::bookings::NamedBooking;
use boxoffice_domain::reports::{BookingExport, ReportedBooking};
use boxoffice_domain::shared::{Causes, Currency, StoreError, Timestamp};
use bytes::Bytes;
use futures_util::stream;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

use super::super::auth::Grant;
use super::csv::{BYTE_ORDER_MARK, Cell, push_line};

const MEDIA_TYPE: &str = "text/csv";

/// The columns with which every line begins.
const BOOKING_COLUMNS: [&str; 7] =
    ["reference", "placed_at", "status", "cancel_reason", "username", "customer_name", "customer_email"];

/// What one line of the file is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lines {
    /// A booking.
    Bookings,
    /// A ticket of a booking.
    Tickets,
}

impl Lines {
    const fn name(self) -> &'static str {
        match self {
            Self::Bookings => "bookings",
            Self::Tickets => "tickets",
        }
    }

    fn columns(self) -> impl Iterator<Item = &'static str> {
        let own: &[&str] = match self {
            Self::Bookings => &["tickets", "seats", "total", "paid", "refunded", "currency", "booking_id"],
            Self::Tickets => &["seat", "section", "category", "price", "currency", "booking_id"],
        };
        BOOKING_COLUMNS.iter().chain(own).copied()
    }
}

/// The export. Its first page is read before the response begins, so that a failure of the database is still returned
/// as a problem.
pub(crate) struct ExportFile {
    lines: Lines,
    export: BookingExport,
    first: Vec<ReportedBooking>,
    grant: Grant,
    now: Timestamp,
}

#[derive(Debug, thiserror::Error)]
#[error("the account of the downloading user has changed")]
struct Revoked;

impl ExportFile {
    /// Starts an export of the bookings as they appear at `now`.
    pub(super) async fn begin(
        lines: Lines,
        mut export: BookingExport,
        grant: Grant,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let first = export.next().await?;
        Ok(Self { lines, export, first, grant, now })
    }
}

/// An amount in major units with a decimal point: `25.00`.
fn decimal(minor: i64, currency: Currency) -> String {
    let digits = usize::from(currency.exponent());
    let minor = format!("{minor:0>width$}", width = digits + 1);
    match minor.split_at_checked(minor.len() - digits) {
        Some((whole, "")) => whole.to_owned(),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => minor,
    }
}

fn push_booking(text: &mut String, lines: Lines, reported: &ReportedBooking, now: Timestamp) {
    let ReportedBooking { named: NamedBooking { booking, username }, paid, refunded } = reported;
    let (status, reason) = booking.status_at(now);
    let (name, email) =
        booking.customer.as_ref().map_or(("", ""), |customer| (customer.name.as_str(), customer.email.as_str()));
    let (placed_at, id) = (booking.created_at.to_rfc3339(), booking.id.to_string());
    let currency = booking.total.currency();
    let of_booking: [Cell<'_>; BOOKING_COLUMNS.len()] = [
        Cell::Text(booking.reference.as_str()),
        Cell::Value(&placed_at),
        Cell::Value(status.as_str()),
        Cell::Value(reason.map_or("", |reason| reason.as_str())),
        Cell::Text(username.as_ref().map_or("", |name| name.as_str())),
        Cell::Text(name),
        Cell::Text(email),
    ];
    match lines {
        Lines::Bookings => {
            let seats: Vec<&str> = booking.tickets.iter().map(|ticket| ticket.seat.as_str()).collect();
            let (tickets, seats) = (booking.tickets.len().to_string(), seats.join(" "));
            let [total, paid, refunded] =
                [booking.total.minor(), *paid, *refunded].map(|minor| decimal(minor, currency));
            let own = [
                Cell::Value(&tickets),
                Cell::Text(&seats),
                Cell::Value(&total),
                Cell::Value(&paid),
                Cell::Value(&refunded),
                Cell::Value(currency.code()),
                Cell::Text(&id),
            ];
            push_line(text, of_booking.into_iter().chain(own));
        }
        Lines::Tickets => {
            for ticket in &booking.tickets {
                let price = decimal(ticket.price, currency);
                let own = [
                    Cell::Text(ticket.seat.as_str()),
                    Cell::Text(ticket.seat.section_code()),
                    Cell::Text(&ticket.category),
                    Cell::Value(&price),
                    Cell::Value(currency.code()),
                    Cell::Text(&id),
                ];
                push_line(text, of_booking.iter().copied().chain(own));
            }
        }
    }
}

fn part(lines: Lines, bookings: &[ReportedBooking], now: Timestamp) -> String {
    let mut text = String::new();
    bookings.iter().for_each(|booking| push_booking(&mut text, lines, booking, now));
    text
}

impl IntoResponse for ExportFile {
    fn into_response(self) -> Response {
        let Self { lines, export, first, grant, now } = self;
        let name = format!("attachment; filename=\"{}-{}.csv\"", lines.name(), export.concert().id);
        let mut beginning = String::from(BYTE_ORDER_MARK);
        push_line(&mut beginning, lines.columns().map(Cell::Value));
        beginning.push_str(&part(lines, &first, now));
        // A failure in the middle, or a revoked token, aborts the connection, so that a partial file is not mistaken
        // for a complete one.
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
                    Ok(bookings) => Some((Ok(Bytes::from(part(lines, &bookings, now))), Some((export, None)))),
                    Err(error) => {
                        tracing::warn!(error = %Causes(&error), "an export was aborted");
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

impl ApiResponse for ExportFile {
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
    use boxoffice_domain::shared::Currency;

    use super::decimal;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        let text = |minor, code| decimal(minor, Currency::parse(code).unwrap());
        assert_eq!(text(2_500, "EUR"), "25.00");
        assert_eq!(text(5, "EUR"), "0.05");
        assert_eq!(text(0, "EUR"), "0.00");
        assert_eq!(text(2_500, "JPY"), "2500");
        assert_eq!(text(1, "KWD"), "0.001");
    }
}
