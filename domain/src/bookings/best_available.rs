//! Picks the best free tickets of a section for a party.
//!
//! A seated section is searched in three steps. Each step runs only when the one before found nothing.
//!
//! 1. *Side by side*: free seats of one row without an aisle, a taken seat or a seat of another kind between them.
//! 2. *In one row*: as many successive free seats of one row, with any gaps between them.
//! 3. *In near rows*: within the fewest successive rows that have enough free seats (of several such stretches the
//!    foremost), the party is split into the longest runs of these rows; the last part is placed as in step 1.
//!
//! Of two placements the one nearer to the middle of the front row is better. This is measured as a cost, in half
//! seats; the lower cost wins:
//!
//! * [`COST_OF_A_ROW`] for every row that lies before it,
//! * 2 for every seat's width between the middle of the placement and the middle of its row (aisles count as wide as a
//!   seat, and rows as centred behind one another),
//! * [`COST_OF_A_HOLE`] for every seat's width inside the placement that is not part of it.
//!
//! Of equal costs the row nearer to the front wins, then the lower seat.
//!
//! An orphan is a single free seat that the placement leaves behind, and that had a free neighbour before. In step 1 a
//! placement without an orphan is better than any that leaves one, wherever it is. In step 2, where the party does not
//! sit side by side anyway, an orphan only costs [`COST_OF_AN_ORPHAN`].
//!
//! Rows are searched from the front. The search stops at the row whose distance from the front alone costs as much as
//! the best placement so far, so a nearly empty section is searched in a few rows. In a nearly full section most rows
//! are skipped by their summary: how many free seats they have, and which lengths of runs.
//!
//! In a standing section the free tickets with the lowest numbers are picked.

use crate::concerts::TicketNumber;

use super::bits::{Bits, Run};
use super::seat_map::{FreeSeats, Room, RowMap, SeatMap, Seats};

/// In half seats: one row further back is as bad as two seats further from the middle.
const COST_OF_A_ROW: u32 = 4;
/// In half seats: an aisle or a taken seat inside the party is as bad as one seat further from the middle.
const COST_OF_A_HOLE: u32 = 2;
/// In half seats: an orphan is as bad as two rows further back.
const COST_OF_AN_ORPHAN: u32 = 2 * COST_OF_A_ROW;
/// How far from the ideal column of a run the search for a column without an orphan has to go. Only two columns of a
/// run leave an orphan (a single seat before, a single seat behind), so one next to them does not, if the run has any.
const PLACES_TO_TRY: u32 = 3;

/// The best `quantity` free tickets of the section at position `section`, ascending within each row. `None` when the
/// section has fewer free tickets of that kind (see [`SeatMap::free_ordinary_in`]).
pub fn pick(map: &SeatMap, section: u16, quantity: u32, seats: Seats) -> Option<Vec<TicketNumber>> {
    if quantity == 0 {
        return Some(Vec::new());
    }
    match map.room(section)? {
        (first, Room::Standing(free)) => pick_standing(first, free, quantity, seats),
        (_, Room::Seated(rows)) => {
            let search = Search { rows, quantity, seats };
            search.side_by_side().or_else(|| search.in_one_row()).or_else(|| search.in_near_rows())
        }
    }
}

fn pick_standing(first: TicketNumber, free: &Bits, quantity: u32, seats: Seats) -> Option<Vec<TicketNumber>> {
    let wanted = usize::try_from(quantity).ok()?;
    let lowest = free.ones().take(wanted).map(|offset| TicketNumber::new(first.get() + offset));
    let tickets: Vec<TicketNumber> = lowest.collect();
    (seats == Seats::Ordinary && tickets.len() == wanted).then_some(tickets)
}

struct Search<'map> {
    rows: &'map [RowMap],
    quantity: u32,
    seats: Seats,
}

/// All free seats of a row from one column to another. The order of the fields makes the better placement the lesser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Placement {
    orphans: u32,
    cost: u32,
    row: u32,
    from: u32,
    to: u32,
}

impl Placement {
    fn new(row: u32, columns: &Bits, from: u32, to: u32, quantity: u32) -> Self {
        let single_before = from > 0 && columns.get(from - 1) && (from < 2 || !columns.get(from - 2));
        let single_behind = columns.get(to + 1) && !columns.get(to + 2);
        let off_the_middle = (from + to).abs_diff(columns.length() - 1);
        let holes = to - from + 1 - quantity;
        Self {
            orphans: u32::from(single_before) + u32::from(single_behind),
            cost: row * COST_OF_A_ROW + off_the_middle + holes * COST_OF_A_HOLE,
            row,
            from,
            to,
        }
    }

    /// The same placement with its orphans counted as a part of its cost.
    const fn at_a_price(self) -> Self {
        Self { orphans: 0, cost: self.cost + self.orphans * COST_OF_AN_ORPHAN, ..self }
    }

    /// The best placement side by side in a run that is long enough.
    fn in_run(row: u32, columns: &Bits, run: Run, quantity: u32) -> Option<Self> {
        let last = run.from + run.length - quantity;
        let ideal = (columns.length().saturating_sub(quantity) / 2).clamp(run.from, last);
        let from = ideal.saturating_sub(PLACES_TO_TRY).max(run.from);
        let to = (ideal + PLACES_TO_TRY).min(last);
        (from..=to).map(|place| Self::new(row, columns, place, place + quantity - 1, quantity)).min()
    }
}

impl Search<'_> {
    fn side_by_side(&self) -> Option<Vec<TicketNumber>> {
        let in_runs = |row: u32, columns: &Bits, fits: fn(u32, u32) -> bool| {
            let runs = columns.runs().filter(|run| fits(run.length, self.quantity));
            runs.filter_map(|run| Placement::in_run(row, columns, run, self.quantity)).min()
        };
        let without_orphan = self.best_row(
            |free| free.can_give_without_orphan(self.quantity),
            |row, columns| in_runs(row, columns, |length, party| length >= party && length != party + 1),
        );
        let best = without_orphan.or_else(|| {
            self.best_row(
                |free| free.longest >= self.quantity,
                |row, columns| in_runs(row, columns, |length, party| length >= party),
            )
        })?;
        Some(self.tickets(best).collect())
    }

    fn in_one_row(&self) -> Option<Vec<TicketNumber>> {
        let party = usize::try_from(self.quantity).ok()?;
        let best = self.best_row(
            |free| free.count >= self.quantity,
            |row, columns| {
                let places: Vec<u32> = columns.ones().collect();
                let neighbours = places.iter().zip(places.iter().skip(party - 1));
                neighbours.map(|(from, to)| Placement::new(row, columns, *from, *to, self.quantity).at_a_price()).min()
            },
        )?;
        Some(self.tickets(best).collect())
    }

    /// The best placement that `place` finds in the rows whose summary passes `enough`. Stopping early is correct only
    /// if all placements that `place` returns have equally many orphans.
    fn best_row(
        &self,
        enough: impl Fn(FreeSeats) -> bool,
        place: impl Fn(u32, &Bits) -> Option<Placement>,
    ) -> Option<Placement> {
        let mut best: Option<Placement> = None;
        for (row, map) in (0_u32..).zip(self.rows) {
            if best.is_some_and(|best| best.cost <= row * COST_OF_A_ROW) {
                break;
            }
            if enough(map.free_seats(self.seats)) {
                let found = place(row, &map.columns(self.seats));
                best = best.into_iter().chain(found).min();
            }
        }
        best
    }

    fn in_near_rows(&self) -> Option<Vec<TicketNumber>> {
        let (first, rows) = self.nearest_rows()?;
        let columns: Vec<_> = (first..).zip(rows).map(|(row, map)| (row, map.columns(self.seats))).collect();
        let mut pieces: Vec<(Placement, u32)> = Vec::new();
        for (row, columns) in &columns {
            let whole = |run: Run| Some((Placement::in_run(*row, columns, run, run.length)?, run.length));
            pieces.extend(columns.runs().filter_map(whole));
        }
        pieces.sort_unstable_by_key(|(placement, length)| (std::cmp::Reverse(*length), *placement));
        let mut pieces = pieces.into_iter().peekable();
        let mut left = self.quantity;
        let mut tickets = Vec::new();
        while let Some((piece, length)) = pieces.next_if(|(_, length)| *length < left) {
            tickets.extend(self.tickets(piece));
            left -= length;
        }
        let last_pieces = pieces.take_while(|(_, length)| *length >= left).filter_map(|(piece, length)| {
            let (_, columns) = columns.get(usize::try_from(piece.row - first).ok()?)?;
            Placement::in_run(piece.row, columns, Run { from: piece.from, length }, left)
        });
        tickets.extend(self.tickets(last_pieces.min()?));
        Some(tickets)
    }

    /// The fewest successive rows with enough free seats, and the number of the first.
    fn nearest_rows(&self) -> Option<(u32, &[RowMap])> {
        let counts: Vec<u32> = self.rows.iter().map(|row| row.free_seats(self.seats).count).collect();
        let mut best: Option<(usize, usize)> = None;
        let (mut start, mut free) = (0_usize, 0_u32);
        for (end, count) in (1_usize..).zip(&counts) {
            free += count;
            while let Some(without_first) = counts.get(start).and_then(|first| free.checked_sub(*first))
                && without_first >= self.quantity
            {
                free = without_first;
                start += 1;
            }
            if free >= self.quantity && best.is_none_or(|(from, to)| end - start < to - from) {
                best = Some((start, end));
            }
        }
        let (start, end) = best?;
        Some((u32::try_from(start).ok()?, self.rows.get(start..end)?))
    }

    fn tickets(&self, placement: Placement) -> impl Iterator<Item = TicketNumber> + '_ {
        let map = usize::try_from(placement.row).ok().and_then(|row| self.rows.get(row));
        map.into_iter().flat_map(move |map| {
            let free = map.columns(self.seats);
            (placement.from..=placement.to).filter(move |column| free.get(*column)).map(|column| map.ticket(column))
        })
    }
}

#[cfg(test)]
mod tests;
