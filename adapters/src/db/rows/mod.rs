//! Rows of the tables, and their conversion from and to the domain's types. A value that the domain would not have
//! written is [`StoreError::Inconsistent`]. The code neither panics nor guesses.

mod booking;
mod concert;
mod payment;
mod section;
mod user;

pub(super) use booking::{
    BookingRow, NamedBookingRow, TicketedBookingRow, changed_booking, new_booked_tickets, new_booking,
    with_their_tickets,
};
pub(super) use concert::{ConcertChanges, ConcertRow};
pub(super) use payment::{PaymentRow, RefundChanges, RefundRow, changed_payment, new_payment, new_refund};
pub(super) use section::{PriceRow, SectionRow, assemble_counted, assemble_sections, price_category};
pub(super) use user::{RefreshTokenRow, UserRow};

use boxoffice_domain::shared::{Currency, Money, StoreError};

/// Parses a column that must be one of the domain's.
pub(super) fn parse_enum<T>(column: &str, text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| StoreError::inconsistent(format!("{column} holds {text:?}")))
}

/// Converts a column whose number must fit the domain's type.
pub(super) fn number<T: TryFrom<i64>>(column: &str, value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::inconsistent(format!("{column} holds {value}")))
}

/// Converts a version or revision for its column. No aggregate reaches 2^63 of them.
pub(super) fn stored(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn currency(code: &str) -> Result<Currency, StoreError> {
    parse_enum("currency", code, Currency::parse)
}

fn money(column: &str, minor: i64, code: &str) -> Result<Money, StoreError> {
    Money::new(minor, currency(code)?).map_err(|_| StoreError::inconsistent(format!("{column} holds {minor}")))
}
