//! The seat plan of a concert: maps ticket numbers to seat labels and back.

use std::collections::HashMap;
use std::fmt::Write;

use super::{Row, RowLabel, SeatLabel, Section, SectionCode, SectionKind, TicketNumber};

/// The fewest digits of a standing ticket's number in its label.
const STANDING_DIGITS: usize = 6;

/// All sections of a concert. Computes ticket numbers from labels and labels from numbers, without reading tickets from
/// the store. Sections, rows and labels never change once the concert is on sale.
#[derive(Debug, Clone)]
pub struct SeatPlan {
    sections: Vec<Section>,
    by_code: HashMap<SectionCode, usize>,
    /// The row index of each section in `sections`; empty for a standing one.
    rows: Vec<RowIndex>,
}

/// Finds the rows of one section by ticket and by label.
#[derive(Debug, Clone, Default)]
struct RowIndex {
    /// The first ticket of each row, front to back.
    firsts: Vec<u32>,
    by_label: HashMap<RowLabel, usize>,
}

impl RowIndex {
    fn new(first: u32, rows: &[Row]) -> Self {
        let mut index = Self::default();
        let mut next = first;
        for (at, row) in rows.iter().enumerate() {
            index.firsts.push(next);
            index.by_label.insert(row.label.clone(), at);
            next = next.saturating_add(row.seats);
        }
        index
    }
}

impl PartialEq for SeatPlan {
    fn eq(&self, other: &Self) -> bool {
        self.sections == other.sections
    }
}

impl Eq for SeatPlan {}

impl SeatPlan {
    /// Lays out sections by their `position` (in the given order if equal) and numbers them: positions become 1, 2, 3
    /// …, and ticket numbers run through all sections without gaps. Sections that are already numbered do not change.
    /// Codes must be unique, and row labels unique in their section.
    pub fn new(mut sections: Vec<Section>) -> Self {
        sections.sort_by_key(|section| section.position);
        let mut plan = Self { by_code: HashMap::new(), rows: Vec::with_capacity(sections.len()), sections: Vec::new() };
        let mut next = 1_u32;
        for (position, (at, section)) in (1_u16..).zip(sections.iter_mut().enumerate()) {
            section.position = position;
            section.first = TicketNumber::new(next);
            next = next.saturating_add(section.capacity());
            section.last = TicketNumber::new(next.saturating_sub(1));
            plan.by_code.insert(section.code.clone(), at);
            plan.rows.push(match &section.kind {
                SectionKind::Seated { rows } => RowIndex::new(section.first.get(), rows),
                SectionKind::Standing { .. } => RowIndex::default(),
            });
        }
        plan.sections = sections;
        plan
    }

    /// The sections by position.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The section at a position, counted from 1.
    pub fn section_at(&self, position: u16) -> Option<&Section> {
        self.sections.get(usize::from(position).checked_sub(1)?)
    }

    /// The section with this code.
    pub fn section_coded(&self, code: &SectionCode) -> Option<&Section> {
        self.sections.get(*self.by_code.get(code)?)
    }

    /// The section of a ticket.
    pub fn section_of(&self, number: TicketNumber) -> Option<&Section> {
        self.sections.get(self.index_of(number)?)
    }

    /// The number of all tickets.
    pub fn total(&self) -> u32 {
        self.sections.last().map_or(0, |section| section.last.get())
    }

    /// The label of a ticket; `None` for a number beyond the plan.
    pub fn label(&self, number: TicketNumber) -> Option<SeatLabel> {
        let at = self.index_of(number)?;
        let section = self.sections.get(at)?;
        match &section.kind {
            SectionKind::Standing { .. } => Some(standing_label(section, number.get())),
            SectionKind::Seated { rows } => {
                let firsts = &self.rows.get(at)?.firsts;
                let row_at = firsts.partition_point(|first| *first <= number.get()).checked_sub(1)?;
                Some(seat_label(section, rows.get(row_at)?, number.get() - firsts.get(row_at)?))
            }
        }
    }

    /// The ticket with this label. `None` when it does not exist, or the label is not in the form that the plan writes.
    pub fn number(&self, label: &SeatLabel) -> Option<TicketNumber> {
        let (code, place) = label.as_str().split_once('-')?;
        let at = *self.by_code.get(code)?;
        let section = self.sections.get(at)?;
        let offset = match (&section.kind, place.split_once('-')) {
            (SectionKind::Standing { capacity }, None) => {
                offset_in(1, *capacity, canonical_number(place, STANDING_DIGITS)?)?
            }
            (SectionKind::Seated { rows }, Some((row_label, seat))) => {
                let index = self.rows.get(at)?;
                let row_at = *index.by_label.get(row_label)?;
                let row = rows.get(row_at)?;
                let seat_offset = offset_in(row.first, row.seats, canonical_number(seat, 1)?)?;
                index.firsts.get(row_at)? - section.first.get() + seat_offset
            }
            _ => return None,
        };
        Some(TicketNumber::new(section.first.get() + offset))
    }

    /// The labels of the tickets from `first` on, by number. Labels are computed one at a time.
    pub fn labels_from(&self, first: TicketNumber) -> impl Iterator<Item = SeatLabel> + '_ {
        let start = self.index_of(first).unwrap_or(self.sections.len());
        let to_skip = self.sections.get(start).map_or(0, |section| first.get() - section.first.get());
        let labels = self.sections.iter().skip(start).flat_map(SectionLabels::new);
        labels.skip(usize::try_from(to_skip).unwrap_or(usize::MAX))
    }

    /// The index in `sections` of a ticket's section.
    fn index_of(&self, number: TicketNumber) -> Option<usize> {
        let at = self.sections.partition_point(|section| section.last < number);
        self.sections.get(at).is_some_and(|section| section.contains(number)).then_some(at)
    }
}

/// Iterates over the labels of one section.
struct SectionLabels<'plan> {
    section: &'plan Section,
    number: u32,
    row: usize,
    seat: u32,
}

impl<'plan> SectionLabels<'plan> {
    fn new(section: &'plan Section) -> Self {
        Self { section, number: section.first.get(), row: 0, seat: 0 }
    }
}

impl Iterator for SectionLabels<'_> {
    type Item = SeatLabel;

    fn next(&mut self) -> Option<SeatLabel> {
        match &self.section.kind {
            SectionKind::Standing { .. } => {
                let number = self.number;
                self.number += 1;
                (number <= self.section.last.get()).then(|| standing_label(self.section, number))
            }
            SectionKind::Seated { rows } => {
                while self.seat >= rows.get(self.row)?.seats {
                    self.row += 1;
                    self.seat = 0;
                }
                let offset = self.seat;
                self.seat += 1;
                rows.get(self.row).map(|row| seat_label(self.section, row, offset))
            }
        }
    }
}

fn standing_label(section: &Section, number: u32) -> SeatLabel {
    let mut text = String::with_capacity(SeatLabel::MAX_LENGTH);
    let in_section = number - section.first.get() + 1;
    let written = write!(text, "{}-{in_section:0width$}", section.code.as_str(), width = STANDING_DIGITS);
    debug_assert!(written.is_ok(), "writing to a string never fails");
    SeatLabel::made_by_plan(text)
}

fn seat_label(section: &Section, row: &Row, offset: u32) -> SeatLabel {
    let mut text = String::with_capacity(SeatLabel::MAX_LENGTH);
    let seat = row.first.saturating_add(offset);
    let written = write!(text, "{}-{}-{seat}", section.code.as_str(), row.label.as_str());
    debug_assert!(written.is_ok(), "writing to a string never fails");
    SeatLabel::made_by_plan(text)
}

/// Parses a number of at least `least_digits` digits, with leading zeros only where needed for that length.
fn canonical_number(text: &str, least_digits: usize) -> Option<u32> {
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let length_fits = text.len() == least_digits || (text.len() > least_digits && !text.starts_with('0'));
    if digits_only && length_fits { text.parse().ok() } else { None }
}

/// The offset of `number` from `first`, if it is one of the `count` numbers from there on.
fn offset_in(first: u32, count: u32, number: u32) -> Option<u32> {
    number.checked_sub(first).filter(|offset| *offset < count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::SeatPlan;
    use crate::concerts::{Row, RowLabel, SeatLabel, Section, SectionCode, SectionKind, TicketNumber};

    fn row(label: &str, seats: u32, first: u32) -> Row {
        Row { label: RowLabel::parse(label).unwrap(), seats, first, gaps: Vec::new(), marks: Vec::new() }
    }

    fn section(code: &str, kind: SectionKind) -> Section {
        let nowhere = TicketNumber::new(0);
        Section {
            position: 0,
            code: SectionCode::parse(code).unwrap(),
            name: code.to_owned(),
            kind,
            plan: None,
            first: nowhere,
            last: nowhere,
            prices: Vec::new(),
        }
    }

    fn seated(code: &str, rows: Vec<Row>) -> Section {
        section(code, SectionKind::Seated { rows })
    }

    fn standing(code: &str, capacity: u32) -> Section {
        section(code, SectionKind::Standing { capacity })
    }

    fn theatre() -> SeatPlan {
        SeatPlan::new(vec![
            seated("A", vec![row("1", 3, 1), row("AA", 2, 101)]),
            standing("GA", 1_000_000),
            seated("B", vec![row("12", 1, 7)]),
        ])
    }

    fn number(plan: &SeatPlan, label: &str) -> Option<u32> {
        plan.number(&SeatLabel::parse(label)?).map(TicketNumber::get)
    }

    #[test]
    fn tickets_are_numbered_through_all_sections() {
        let plan = theatre();
        let ranges: Vec<_> = plan.sections().iter().map(|s| (s.position, s.first.get(), s.last.get())).collect();
        assert_eq!(ranges, [(1, 1, 5), (2, 6, 1_000_005), (3, 1_000_006, 1_000_006)]);
        assert_eq!(plan.total(), 1_000_006);
        assert_eq!(SeatPlan::new(plan.sections().to_vec()), plan);
    }

    #[test]
    fn sections_are_sorted_by_position() {
        let mut sections = theatre().sections().to_vec();
        sections.reverse();
        assert_eq!(SeatPlan::new(sections), theatre());
    }

    #[test]
    fn labels_name_section_row_and_seat_or_section_and_number() {
        let plan = theatre();
        for (at, label) in [
            (1, "A-1-1"),
            (3, "A-1-3"),
            (4, "A-AA-101"),
            (6, "GA-000001"),
            (128, "GA-000123"),
            (1_000_005, "GA-1000000"),
            (1_000_006, "B-12-7"),
        ] {
            assert_eq!(plan.label(TicketNumber::new(at)).unwrap().as_str(), label);
            assert_eq!(number(&plan, label), Some(at));
        }
        assert_eq!(plan.label(TicketNumber::new(0)), None);
        assert_eq!(plan.label(TicketNumber::new(1_000_007)), None);
    }

    #[test]
    fn only_the_written_form_of_a_label_is_known() {
        let plan = theatre();
        for label in [
            "A",
            "A-",
            "A-1",
            "A-1-",
            "A-1-0",
            "A-1-01",
            "A-1-4",
            "A-1-1-1",
            "A-01-1",
            "A-AA-1",
            "A--1",
            "-1-1",
            "C-1-1",
            "GA-123",
            "GA-0000123",
            "GA-01000000",
            "GA-000000",
            "GA-1000001",
            "GA-1-1",
            "GA",
            "GA-",
            "GA-99999999999",
            "B-12-6",
            "B-12-8",
            "A-000001",
        ] {
            assert_eq!(number(&plan, label), None, "{label}");
        }
    }

    #[test]
    fn sections_are_found_by_code_position_and_ticket() {
        let plan = theatre();
        let code = SectionCode::parse("GA").unwrap();
        assert_eq!(plan.section_coded(&code).unwrap().position, 2);
        assert_eq!(plan.section_coded(&SectionCode::parse("X").unwrap()), None);
        assert_eq!(plan.section_at(3).unwrap().code.as_str(), "B");
        assert_eq!((plan.section_at(0), plan.section_at(4)), (None, None));
        assert_eq!(plan.section_of(TicketNumber::new(5)).unwrap().code.as_str(), "A");
        assert_eq!(plan.section_of(TicketNumber::new(6)).unwrap().code.as_str(), "GA");
        assert_eq!(plan.section_of(TicketNumber::new(0)), None);
    }

    #[test]
    fn a_plan_without_sections_has_no_tickets() {
        let plan = SeatPlan::new(Vec::new());
        assert_eq!(plan.total(), 0);
        assert_eq!(plan.labels_from(TicketNumber::new(1)).count(), 0);
    }

    fn arbitrary_section(code: String) -> impl Strategy<Value = Section> {
        let rows = prop::collection::vec((1_u32..40, 1_u32..2_000), 1..12);
        let seated_rows = rows.prop_map(|rows| {
            let numbered =
                (1..).zip(rows).map(|(label, (seats, first)): (u32, _)| row(&label.to_string(), seats, first));
            SectionKind::Seated { rows: numbered.collect() }
        });
        let room = (1_u32..300).prop_map(|capacity| SectionKind::Standing { capacity });
        prop_oneof![2 => seated_rows, 1 => room].prop_map(move |kind| section(&code, kind))
    }

    fn arbitrary_plan() -> impl Strategy<Value = SeatPlan> {
        (1_usize..8)
            .prop_flat_map(|count| (0..count).map(|at| arbitrary_section(format!("S{at}"))).collect::<Vec<_>>())
            .prop_map(SeatPlan::new)
    }

    proptest! {
        #[test]
        fn every_ticket_has_a_label_of_its_own_and_is_found_by_it(plan in arbitrary_plan()) {
            let walked: Vec<SeatLabel> = plan.labels_from(TicketNumber::new(1)).collect();
            prop_assert_eq!(walked.len(), usize::try_from(plan.total()).unwrap());
            for (at, label) in (1..).zip(&walked) {
                let ticket = TicketNumber::new(at);
                prop_assert_eq!(plan.number(label), Some(ticket));
                prop_assert_eq!(plan.label(ticket), Some(label.clone()));
                prop_assert_eq!(SeatLabel::parse(label.as_str()), Some(label.clone()));
                prop_assert!(plan.section_of(ticket).unwrap().contains(ticket));
            }
        }

        #[test]
        fn labels_can_be_walked_from_any_ticket(plan in arbitrary_plan(), part in 0.0_f64..1.0) {
            let all: Vec<SeatLabel> = plan.labels_from(TicketNumber::new(1)).collect();
            let skipped = (0..plan.total()).find(|at| f64::from(*at) >= part * f64::from(plan.total())).unwrap_or(0);
            let rest: Vec<SeatLabel> = plan.labels_from(TicketNumber::new(skipped + 1)).collect();
            prop_assert_eq!(rest.as_slice(), &all[usize::try_from(skipped).unwrap()..]);
        }
    }
}
