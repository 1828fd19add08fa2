//! Documents of availability: counts by section, states of seats by row.

use boxoffice_domain::concerts::{
    Availability, Concert, Row, SeatState, SeatStates, Section, SectionAvailability, SectionKind,
};
use poem_openapi::Object;
use poem_openapi::types::Example;
use serde::Serialize;
use uuid::Uuid;

use super::venue::{PriceDocument, SectionKindName};

/// The letter of an aisle in a row.
const AISLE: char = '_';

/// The availability of a concert.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Availability", example)]
pub(crate) struct AvailabilityDocument {
    /// The concert's id.
    concert_id: Uuid,
    /// Increases with each booking and change; the number in the `ETag`.
    version: u64,
    /// The number of all tickets.
    total: u32,
    /// The number of available tickets.
    available: u32,
    /// The sections, front first.
    sections: Vec<SectionAvailabilityDocument>,
}

/// The availability of a section.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "SectionAvailability")]
pub(crate) struct SectionAvailabilityDocument {
    /// The section's code.
    code: String,
    /// The section's name.
    name: String,
    /// Whether it is seated or standing.
    kind: SectionKindName,
    /// The prices by category, in minor units.
    prices: Vec<PriceDocument>,
    /// The number of all tickets.
    total: u32,
    /// The number of available tickets.
    available: u32,
}

impl AvailabilityDocument {
    /// The document of a concert's sections with their available tickets.
    pub(crate) fn new<'a>(concert: &Concert, sections: impl Iterator<Item = (&'a Section, u32)>) -> Self {
        Self {
            concert_id: concert.id.uuid(),
            version: concert.version,
            total: concert.total,
            available: concert.available,
            sections: sections.map(|(section, left)| SectionAvailabilityDocument::new(section, left)).collect(),
        }
    }
}

impl From<Availability> for AvailabilityDocument {
    fn from(availability: Availability) -> Self {
        let sections =
            availability.sections.iter().map(|SectionAvailability { section, available, .. }| (section, *available));
        Self::new(&availability.concert, sections)
    }
}

impl SectionAvailabilityDocument {
    fn new(section: &Section, available: u32) -> Self {
        Self {
            code: section.code.as_str().to_owned(),
            name: section.name.clone(),
            kind: (&section.kind).into(),
            prices: section.prices.iter().map(PriceDocument::from).collect(),
            total: section.capacity(),
            available,
        }
    }
}

impl Example for AvailabilityDocument {
    fn example() -> Self {
        let section = SectionAvailabilityDocument {
            code: "A".to_owned(),
            name: "Stalls".to_owned(),
            kind: SectionKindName::Seated,
            prices: vec![PriceDocument::example()],
            total: 600,
            available: 312,
        };
        Self {
            concert_id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0002),
            version: 289,
            total: 600,
            available: 312,
            sections: vec![section],
        }
    }
}

/// The states of all seats.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Seats", example)]
pub(crate) struct SeatsDocument {
    /// The concert's id.
    concert_id: Uuid,
    /// Increases with each booking and change; the number in the `ETag`.
    version: u64,
    /// The sections, front first: all, or the requested one.
    sections: Vec<SectionSeatsDocument>,
}

/// The seats of a section.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "SectionSeats")]
pub(crate) struct SectionSeatsDocument {
    /// The section's code.
    code: String,
    /// The rows, front first; empty for a standing section.
    rows: Vec<RowSeatsDocument>,
}

/// The seats of a row.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "RowSeats")]
pub(crate) struct RowSeatsDocument {
    /// The row's label. A seat's label consists of section, row and number, such as `A-12-7`.
    label: String,
    /// The number of the first seat; the next seats are numbered consecutively.
    first: u32,
    /// One letter for each seat: `a` available, `h` held, `s` sold, `b` blocked; `_` is an aisle.
    seats: String,
}

impl SeatsDocument {
    /// The document of a concert's sections with the states of their seats.
    pub(crate) fn new<'a>(concert: &Concert, sections: impl Iterator<Item = (&'a Section, &'a [SeatState])>) -> Self {
        Self {
            concert_id: concert.id.uuid(),
            version: concert.version,
            sections: sections.map(|(section, states)| section_seats(section, states)).collect(),
        }
    }
}

impl From<SeatStates> for SeatsDocument {
    fn from(seats: SeatStates) -> Self {
        let states_of = |section: &Section| {
            let from = usize::try_from(section.first.get().checked_sub(seats.first.get())?).ok()?;
            let count = usize::try_from(section.capacity()).ok()?;
            seats.states.get(from..from.checked_add(count)?)
        };
        let shown = seats.plan.sections().iter().filter_map(|section| Some((section, states_of(section)?)));
        Self::new(&seats.concert, shown)
    }
}

fn section_seats(section: &Section, states: &[SeatState]) -> SectionSeatsDocument {
    let mut states = states.iter().copied();
    let rows = match &section.kind {
        SectionKind::Seated { rows } => rows.iter().map(|row| row_seats(row, &mut states)).collect(),
        SectionKind::Standing { .. } => Vec::new(),
    };
    SectionSeatsDocument { code: section.code.as_str().to_owned(), rows }
}

fn row_seats(row: &Row, states: &mut impl Iterator<Item = SeatState>) -> RowSeatsDocument {
    let mut seats = String::new();
    let mut aisles = row.gaps.iter().copied().peekable();
    for number in (row.first..).take(usize::try_from(row.seats).unwrap_or(usize::MAX)) {
        seats.extend(states.next().map(SeatState::letter));
        while aisles.next_if_eq(&number).is_some() {
            seats.push(AISLE);
        }
    }
    RowSeatsDocument { label: row.label.as_str().to_owned(), first: row.first, seats }
}

impl Example for SeatsDocument {
    fn example() -> Self {
        let row = RowSeatsDocument { label: "12".to_owned(), first: 1, seats: "aahs_b".to_owned() };
        Self {
            concert_id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0002),
            version: 289,
            sections: vec![SectionSeatsDocument { code: "A".to_owned(), rows: vec![row] }],
        }
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::concerts::{Row, RowLabel, TicketStatus};

    use super::row_seats;

    #[test]
    fn aisles_are_written_after_their_seats_once_for_each_width() {
        let row = Row {
            label: RowLabel::parse("C").unwrap(),
            seats: 5,
            first: 11,
            gaps: vec![12, 14, 14],
            marks: Vec::new(),
        };
        let states = [TicketStatus::Available, TicketStatus::Held, TicketStatus::Sold, TicketStatus::Blocked];
        let mut states = states.into_iter().cycle();
        let shown = row_seats(&row, &mut states);
        assert_eq!((shown.label.as_str(), shown.first, shown.seats.as_str()), ("C", 11, "ah_sb__a"));
        assert_eq!(states.next(), Some(TicketStatus::Held), "the next row begins where this one ends");
    }
}
