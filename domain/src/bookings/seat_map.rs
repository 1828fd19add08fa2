//! The free tickets of a concert, as one bitmap per row.
//!
//! A bitmap has one bit per column. Aisles are columns whose bits are never set. Bits that are adjacent in the bitmap
//! are therefore adjacent seats, and a distance in columns is a distance in seats.

use std::borrow::Cow;

use crate::concerts::{MarkKind, Row, SeatPlan, Section, SectionKind, TicketNumber, TicketStatus};

use super::bits::Bits;

/// Which kind of seats to pick from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Seats {
    /// Seats without a mark.
    #[default]
    Ordinary,
    /// Seats with this mark.
    Marked(MarkKind),
}

/// The free tickets of every section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatMap {
    sections: Vec<SectionMap>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct SectionMap {
    first: u32,
    last: u32,
    free: u32,
    room: Room,
}

/// The free tickets of one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Room {
    /// Rows from the front to the back.
    Seated(Vec<RowMap>),
    /// One bit per ticket.
    Standing(Bits),
}

/// The free seats of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowMap {
    first: u32,
    seats: u32,
    /// For each aisle column, the number of seats before it.
    aisles: Vec<u32>,
    /// One bit per column.
    free: Bits,
    /// The columns of marked seats.
    marked: Vec<(u32, MarkKind)>,
    ordinary: FreeSeats,
}

/// A summary of a row's free seats, which lets a search skip the row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FreeSeats {
    /// The number of free seats.
    pub(super) count: u32,
    /// The length of the longest run.
    pub(super) longest: u32,
    /// The lengths of runs that occur: bit 1 for a single seat, bit 2 for a pair …, bit 63 for 63 seats and more.
    lengths: u64,
}

impl SeatMap {
    /// A map in which every ticket is taken.
    pub fn new(plan: &SeatPlan) -> Self {
        Self { sections: plan.sections().iter().map(SectionMap::new).collect() }
    }

    /// A map of the states of the tickets from number `first` on. All other tickets are taken.
    pub fn from_states(plan: &SeatPlan, first: TicketNumber, states: &[TicketStatus]) -> Self {
        let is_free = |number: u32| {
            let place = number.checked_sub(first.get()).and_then(|offset| usize::try_from(offset).ok());
            place.and_then(|place| states.get(place)) == Some(&TicketStatus::Available)
        };
        let mut map = Self::new(plan);
        for section in &mut map.sections {
            section.load(is_free);
        }
        map
    }

    /// Marks a ticket as free. A number beyond the plan changes nothing.
    pub fn set_free(&mut self, number: TicketNumber) {
        self.set(number.get(), true);
    }

    /// Marks a ticket as taken. A number beyond the plan changes nothing.
    pub fn set_taken(&mut self, number: TicketNumber) {
        self.set(number.get(), false);
    }

    /// Whether a ticket is free.
    pub fn is_free(&self, number: TicketNumber) -> bool {
        let at = self.sections.partition_point(|section| section.last < number.get());
        self.sections.get(at).is_some_and(|section| section.is_free(number.get()))
    }

    /// How many tickets of the section at a position are free, marked seats included.
    pub fn free_in(&self, position: u16) -> u32 {
        self.section(position).map_or(0, |section| section.free)
    }

    /// How many tickets of the section at a position are free and unmarked. Requests for the best available tickets get
    /// only these.
    pub fn free_ordinary_in(&self, position: u16) -> u32 {
        self.section(position).map_or(0, |section| match &section.room {
            Room::Seated(rows) => rows.iter().map(|row| row.ordinary.count).sum(),
            Room::Standing(_) => section.free,
        })
    }

    /// The room at a position, with the number of its first ticket.
    pub(super) fn room(&self, position: u16) -> Option<(TicketNumber, &Room)> {
        self.section(position).map(|section| (TicketNumber::new(section.first), &section.room))
    }

    fn section(&self, position: u16) -> Option<&SectionMap> {
        self.sections.get(usize::from(position).checked_sub(1)?)
    }

    fn set(&mut self, number: u32, free: bool) {
        let at = self.sections.partition_point(|section| section.last < number);
        if let Some(section) = self.sections.get_mut(at) {
            section.set(number, free);
        }
    }
}

impl SectionMap {
    fn new(section: &Section) -> Self {
        let first = section.first.get();
        let room = match &section.kind {
            SectionKind::Standing { capacity } => Room::Standing(Bits::new(*capacity)),
            SectionKind::Seated { rows } => {
                let mut next = first;
                let mut of_row = |row: &Row| {
                    let map = RowMap::new(next, row);
                    next += row.seats;
                    map
                };
                Room::Seated(rows.iter().map(&mut of_row).collect())
            }
        };
        Self { first, last: section.last.get(), free: 0, room }
    }

    fn load(&mut self, is_free: impl Fn(u32) -> bool) {
        self.free = match &mut self.room {
            Room::Standing(bits) => {
                (self.first..=self.last).filter(|number| bits.put(number - self.first, is_free(*number))).count()
            }
            Room::Seated(rows) => rows.iter_mut().map(|row| row.load(&is_free)).sum(),
        }
        .try_into()
        .unwrap_or(u32::MAX);
    }

    fn is_free(&self, number: u32) -> bool {
        let Some(offset) = number.checked_sub(self.first) else {
            return false;
        };
        match &self.room {
            Room::Standing(bits) => bits.get(offset),
            Room::Seated(rows) => {
                let at = rows.partition_point(|row| row.first <= number).checked_sub(1);
                at.and_then(|at| rows.get(at)).is_some_and(|row| row.is_free(number))
            }
        }
    }

    fn set(&mut self, number: u32, free: bool) {
        let Some(offset) = number.checked_sub(self.first) else {
            return;
        };
        let changed = match &mut self.room {
            Room::Standing(bits) => bits.put(offset, free),
            Room::Seated(rows) => {
                let at = rows.partition_point(|row| row.first <= number).checked_sub(1);
                at.and_then(|at| rows.get_mut(at)).is_some_and(|row| row.set(number, free))
            }
        };
        if changed {
            self.free = if free { self.free + 1 } else { self.free - 1 };
        }
    }
}

impl RowMap {
    fn new(first: u32, row: &Row) -> Self {
        let last_seat = row.first + row.seats.saturating_sub(1);
        let inner_gaps = row.gaps.iter().filter(|after| (row.first..last_seat).contains(*after));
        let mut aisles: Vec<u32> = inner_gaps.map(|after| after - row.first + 1).collect();
        aisles.sort_unstable();
        let columns = row.seats + count(aisles.len());
        let mut map = Self {
            first,
            seats: row.seats,
            aisles,
            free: Bits::new(columns),
            marked: Vec::new(),
            ordinary: FreeSeats::default(),
        };
        let marks = row.marks.iter().filter_map(|mark| Some((mark.seat.checked_sub(row.first)?, mark.kind)));
        map.marked = marks.map(|(seat, kind)| (map.column(seat), kind)).collect();
        map
    }

    /// The number of columns, aisles included.
    pub(super) const fn width(&self) -> u32 {
        self.free.length()
    }

    /// The ticket in a column. The column must not be an aisle.
    pub(super) fn ticket(&self, column: u32) -> TicketNumber {
        let aisles_before =
            (0_u32..).zip(&self.aisles).filter(|(at, seats_before)| *seats_before + at < column).count();
        TicketNumber::new(self.first + column - count(aisles_before))
    }

    /// The columns of its free seats of a kind.
    pub(super) fn columns(&self, seats: Seats) -> Cow<'_, Bits> {
        if self.marked.is_empty() && seats == Seats::Ordinary {
            return Cow::Borrowed(&self.free);
        }
        match seats {
            Seats::Ordinary => {
                let mut bits = self.free.clone();
                for (column, _) in &self.marked {
                    bits.put(*column, false);
                }
                Cow::Owned(bits)
            }
            Seats::Marked(kind) => {
                let mut bits = Bits::new(self.width());
                for (column, _) in self.marked.iter().filter(|(_, of)| *of == kind) {
                    bits.put(*column, self.free.get(*column));
                }
                Cow::Owned(bits)
            }
        }
    }

    /// The summary of its free seats of a kind.
    pub(super) fn free_seats(&self, seats: Seats) -> FreeSeats {
        match seats {
            Seats::Ordinary => self.ordinary,
            Seats::Marked(_) if self.marked.is_empty() => FreeSeats::default(),
            Seats::Marked(_) => FreeSeats::count(&self.columns(seats)),
        }
    }

    fn is_free(&self, number: u32) -> bool {
        self.free.get(self.column(number - self.first))
    }

    fn set(&mut self, number: u32, free: bool) -> bool {
        let changed = self.free.put(self.column(number - self.first), free);
        if changed {
            self.ordinary = FreeSeats::count(&self.columns(Seats::Ordinary));
        }
        changed
    }

    fn load(&mut self, is_free: impl Fn(u32) -> bool) -> usize {
        let loaded =
            (0..self.seats).filter(|seat| self.free.put(self.column(*seat), is_free(self.first + seat))).count();
        self.ordinary = FreeSeats::count(&self.columns(Seats::Ordinary));
        loaded
    }

    /// The column of the seat that has `seat` seats before it.
    fn column(&self, seat: u32) -> u32 {
        seat + count(self.aisles.partition_point(|seats_before| *seats_before <= seat))
    }
}

impl FreeSeats {
    const LAST_BIT: u32 = 63;

    /// Whether `quantity` seats can be taken from one run without leaving a single seat at either end. That is possible
    /// unless the run is longer by exactly one. Runs of 63 seats and more are not distinguished, so for them the result
    /// may be true although no run fits.
    pub(super) const fn can_give_without_orphan(self, quantity: u32) -> bool {
        let exact = Self::bit(quantity);
        let longer_by_two = Self::bit(quantity.saturating_add(2)).wrapping_neg();
        self.longest >= quantity && self.lengths & (exact | longer_by_two) != 0
    }

    const fn bit(length: u32) -> u64 {
        1 << if length < Self::LAST_BIT { length } else { Self::LAST_BIT }
    }

    fn count(columns: &Bits) -> Self {
        let mut seats = Self::default();
        for run in columns.runs() {
            seats.count += run.length;
            seats.longest = seats.longest.max(run.length);
            seats.lengths |= Self::bit(run.length);
        }
        seats
    }
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}
