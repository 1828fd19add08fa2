//! Rows as they lie in the tables, and their way into the domain and back. What the domain would not have written is
//! [`StoreError::Inconsistent`], never a panic and never a guess.

mod booking;
mod concert;
mod payment;
mod section;
mod user;

pub(super) use booking::{BookedTicketRow, BookingRow, assemble, changed_booking, new_booked_tickets, new_booking};
pub(super) use concert::{ConcertChanges, ConcertRow};
pub(super) use payment::{PaymentRow, RefundChanges, RefundRow, changed_payment, new_refund};
pub(super) use section::{PriceRow, SectionRow, assemble_counted, assemble_sections, price_category};
pub(super) use user::{RefreshTokenRow, UserRow};

use boxoffice_domain::shared::{Currency, Money, StoreError};

/// A word of a column that must be one of the domain's.
pub(super) fn word<T>(column: &str, text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parse(text).ok_or_else(|| StoreError::inconsistent(format!("{column} holds {text:?}")))
}

/// A number of a column that must fit the domain's type.
pub(super) fn number<T: TryFrom<i64>>(column: &str, value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::inconsistent(format!("{column} holds {value}")))
}

/// A version or revision for its column. No aggregate lives to see 2^63 of them.
pub(super) fn stored(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn currency(code: &str) -> Result<Currency, StoreError> {
    word("currency", code, Currency::parse)
}

fn money(column: &str, minor: i64, code: &str) -> Result<Money, StoreError> {
    Money::new(minor, currency(code)?).map_err(|_| StoreError::inconsistent(format!("{column} holds {minor}")))
}

/// The rows that can be read. One that cannot, because it is damaged or a newer version wrote it, is told of and left out:
/// it must not keep work on the others from being done.
pub(super) fn readable<Row, T: TryFrom<Row, Error = StoreError>>(what: &str, rows: Vec<Row>) -> Vec<T> {
    let read = |row| T::try_from(row).inspect_err(|error| tracing::error!(%error, "a row of {what} cannot be read"));
    rows.into_iter().filter_map(|row| read(row).ok()).collect()
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::StoreError;

    use super::readable;

    struct Even;

    impl TryFrom<u8> for Even {
        type Error = StoreError;

        fn try_from(row: u8) -> Result<Self, StoreError> {
            if row.is_multiple_of(2) { Ok(Self) } else { Err(StoreError::inconsistent("it is odd")) }
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_does_not_keep_the_others_from_it() {
        assert_eq!(readable::<u8, Even>("numbers", vec![1, 2, 3, 4]).len(), 2);
    }
}
