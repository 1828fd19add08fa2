//! Fixtures that the tests of the rules of concerts share.

use crate::shared::{Faults, Timestamp};

use super::{Audience, NewConcert, NewPrice, NewRow, NewSection};

/// The time at which the rules are applied.
pub(super) const NOW: Timestamp = Timestamp::from_micros(1_777_636_800_000_000);

pub(super) fn in_days(days: i64) -> Timestamp {
    NOW.plus_seconds(days * 24 * 60 * 60)
}

/// A concert with sections A (2 rows of 3 seats at 25.00) and GA (4 places at 15.00), on sale since yesterday.
pub(super) fn new_concert() -> NewConcert {
    NewConcert {
        organiser_id: None,
        name: "An Evening in May".to_owned(),
        artist: "The Examples".to_owned(),
        description: "Two sets, one interval.".to_owned(),
        venue: "Test Hall".to_owned(),
        location: "Jakarta".to_owned(),
        time_zone: "Asia/Jakarta".to_owned(),
        starts_at: in_days(30),
        sales_start_at: in_days(-1),
        sales_end_at: in_days(29),
        refundable_until: None,
        currency: "EUR".to_owned(),
        max_tickets_per_booking: None,
        max_tickets_per_user: None,
        max_pending_bookings_per_user: None,
        sections: vec![seated("A"), standing("GA", 4)],
    }
}

pub(super) fn seated(code: &str) -> NewSection {
    NewSection {
        code: code.to_owned(),
        name: format!("Section {code}"),
        kind: "seated".to_owned(),
        price: Some(2_500),
        rows: Some(2),
        seats_per_row: Some(3),
        ..NewSection::default()
    }
}

pub(super) fn standing(code: &str, capacity: i64) -> NewSection {
    NewSection {
        code: code.to_owned(),
        name: format!("Section {code}"),
        kind: "standing".to_owned(),
        price: Some(1_500),
        capacity: Some(capacity),
        ..NewSection::default()
    }
}

pub(super) fn price(code: &str, price: i64) -> NewPrice {
    NewPrice { code: code.to_owned(), name: code.to_uppercase(), price, audience: Audience::Anyone }
}

pub(super) fn row(label: &str, seats: i64) -> NewRow {
    NewRow { label: label.to_owned(), seats, ..NewRow::default() }
}

/// Formats each fault as `pointer code`.
pub(super) fn fault_codes(faults: &Faults) -> Vec<String> {
    faults.as_slice().iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
}
