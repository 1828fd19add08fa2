//! Sections are drawn row by row: `.` is a free seat, `x` a taken one, `_` an aisle, `w` a free wheelchair place, `W` a
//! taken one. A picked seat is drawn as `P`.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::bookings::{SeatMap, Seats};
use crate::concerts::{
    Mark, MarkKind, Row, RowLabel, SeatPlan, Section, SectionCode, SectionKind, TicketNumber, TicketStatus,
};

use super::{COST_OF_A_HOLE, COST_OF_A_ROW, COST_OF_AN_ORPHAN, pick};

const WHEELCHAIR: Seats = Seats::Marked(MarkKind::Wheelchair);

fn section(kind: SectionKind) -> Section {
    let nowhere = TicketNumber::new(0);
    Section {
        position: 0,
        code: SectionCode::parse("A").unwrap(),
        name: "Stalls".to_owned(),
        kind,
        plan: None,
        first: nowhere,
        last: nowhere,
        prices: Vec::new(),
    }
}

fn row(label: u32, drawn: &str) -> Row {
    let mut row = Row {
        label: RowLabel::parse(&label.to_string()).unwrap(),
        seats: 0,
        first: 11,
        gaps: Vec::new(),
        marks: vec![],
    };
    for place in drawn.chars() {
        let next = row.first + row.seats;
        match place {
            '_' => row.gaps.push(next - 1),
            'w' | 'W' => row.marks.push(Mark { seat: next, kind: MarkKind::Wheelchair }),
            _ => {}
        }
        row.seats += u32::from(place != '_');
    }
    row
}

/// A concert whose second section is the drawn one. The seats of the first section must never be picked.
fn seat_map<Drawn: AsRef<str>>(drawn: &[Drawn]) -> (SeatMap, u32) {
    let rows = (1..).zip(drawn).map(|(label, row_drawn)| row(label, row_drawn.as_ref())).collect();
    let plan = SeatPlan::new(vec![
        section(SectionKind::Standing { capacity: 7 }),
        Section { code: SectionCode::parse("B").unwrap(), ..section(SectionKind::Seated { rows }) },
    ]);
    let places = drawn.iter().flat_map(|row_drawn| row_drawn.as_ref().chars().filter(|place| *place != '_'));
    let states =
        places.map(|place| if matches!(place, '.' | 'w') { TicketStatus::Available } else { TicketStatus::Sold });
    let first = plan.section_at(2).unwrap().first;
    (SeatMap::from_states(&plan, first, &states.collect::<Vec<_>>()), first.get())
}

fn draw<Drawn: AsRef<str>>(drawn: &[Drawn], first: u32, picked: &[TicketNumber]) -> Vec<String> {
    let mut number = first;
    let mut draw_place = |place: char| {
        let is_picked = place != '_' && picked.contains(&TicketNumber::new(number));
        number += u32::from(place != '_');
        if is_picked { 'P' } else { place }
    };
    drawn.iter().map(|row_drawn| row_drawn.as_ref().chars().map(&mut draw_place).collect()).collect()
}

fn picked(drawn: &[&str], quantity: u32, seats: Seats) -> Option<Vec<String>> {
    let (map, first) = seat_map(drawn);
    pick(&map, 2, quantity, seats).map(|tickets| draw(drawn, first, &tickets))
}

#[track_caller]
fn assert_picks(drawn: &[&str], quantity: u32, expected: &[&str]) {
    assert_eq!(picked(drawn, quantity, Seats::Ordinary).unwrap(), expected);
}

#[test]
fn in_an_empty_section_the_middle_of_the_front_row_is_picked() {
    assert_picks(&[".......", "......."], 3, &["..PPP..", "......."]);
    assert_picks(&["........", "........"], 2, &["...PP...", "........"]);
}

#[test]
fn two_seats_to_the_side_are_as_good_as_one_row_back_and_the_front_wins() {
    assert_picks(&["....xx....", ".........."], 2, &["..PPxx....", ".........."]);
    assert_picks(&["...xxxx...", ".........."], 2, &["...xxxx...", "....PP...."]);
}

#[test]
fn a_party_side_by_side_has_no_aisle_taken_seat_or_wheelchair_place_inside() {
    assert_picks(&["..._..x..w.."], 3, &["PPP_..x..w.."]);
    assert_picks(&["..._..", "x_x_..w...."], 4, &["..._..", "x_x_..wPPPP"]);
}

#[test]
fn no_single_seat_is_left_over_when_it_can_be_avoided() {
    assert_picks(&["x...x", "x....x"], 2, &["x...x", "xPP..x"]);
    assert_picks(&["x.....x"], 3, &["xPPP..x"]);
    assert_picks(&["x...x"], 1, &["xP..x"]);
    assert_picks(&["x...x", "x.x.x"], 2, &["xPP.x", "x.x.x"]);
}

#[test]
fn a_seat_that_was_single_before_is_no_orphan() {
    assert_picks(&[".x..x."], 2, &[".xPPx."]);
    assert_picks(&["..x.x.."], 1, &["..xPx.."]);
}

#[test]
fn without_enough_seats_side_by_side_a_party_stays_in_one_row() {
    assert_picks(&["..x..", ".....", "x...x"], 5, &["..x..", "PPPPP", "x...x"]);
    assert_picks(&["..x..", "..xxx", "x...x"], 4, &["PPxPP", "..xxx", "x...x"]);
    assert_picks(&["x.x.x", ".._.x"], 3, &["x.x.x", "PP_Px"]);
}

#[test]
fn in_one_row_the_smallest_hole_wins() {
    assert_picks(&["..xxx..x.."], 3, &["..xxxPPxP."]);
}

#[test]
fn without_enough_seats_in_one_row_the_nearest_rows_are_taken() {
    assert_picks(&["..x", "xxx", ".xx", "..x"], 3, &["..x", "xxx", "Pxx", "PPx"]);
    assert_picks(&["..x", "xxx", ".xx"], 3, &["PPx", "xxx", "Pxx"]);
}

#[test]
fn a_party_in_several_rows_has_the_longest_pieces_there_are() {
    assert_picks(&["..x...", "...x.."], 7, &[".PxPPP", "PPPx.."]);
}

#[test]
fn the_last_seats_are_picked_from_any_rows() {
    assert_picks(&[".xxxx", "xxxxx", "xxx.x", "x_xx."], 3, &["Pxxxx", "xxxxx", "xxxPx", "x_xxP"]);
}

#[test]
fn marked_seats_are_picked_only_on_request() {
    let drawn = ["..ww..", "w.W..w"];
    assert_eq!(picked(&drawn, 2, WHEELCHAIR).unwrap(), ["..PP..", "w.W..w"]);
    assert_eq!(picked(&drawn, 3, WHEELCHAIR).unwrap(), ["..PP..", "P.W..w"]);
    assert_eq!(picked(&drawn, 4, WHEELCHAIR).unwrap(), ["..PP..", "P.W..P"]);
    assert_eq!(picked(&drawn, 5, WHEELCHAIR), None);
    assert_eq!(picked(&drawn, 8, Seats::Ordinary), None);
    assert_eq!(picked(&drawn, 1, Seats::Marked(MarkKind::Companion)), None);
}

#[test]
fn counters_separate_ordinary_from_marked_seats() {
    let (mut map, first) = seat_map(&["..w_wW", "x."]);
    assert_eq!((map.free_in(1), map.free_in(2), map.free_ordinary_in(2)), (0, 5, 3));
    map.set_taken(TicketNumber::new(first));
    map.set_taken(TicketNumber::new(first));
    map.set_taken(TicketNumber::new(first + 2));
    map.set_free(TicketNumber::new(1));
    assert_eq!((map.free_in(1), map.free_in(2), map.free_ordinary_in(2)), (1, 3, 2));
    assert!(map.is_free(TicketNumber::new(first + 1)) && !map.is_free(TicketNumber::new(first)));
    for beyond in [0, first + 8, u32::MAX] {
        map.set_free(TicketNumber::new(beyond));
        assert!(!map.is_free(TicketNumber::new(beyond)));
    }
    assert_eq!((map.free_in(0), map.free_in(3), map.free_ordinary_in(3)), (0, 0, 0));
}

#[test]
fn in_a_standing_section_the_lowest_numbers_are_picked() {
    let plan = SeatPlan::new(vec![section(SectionKind::Standing { capacity: 300 })]);
    let mut map = SeatMap::new(&plan);
    for number in [5, 64, 65, 299, 300] {
        map.set_free(TicketNumber::new(number));
    }
    let numbers =
        |quantity| Some(pick(&map, 1, quantity, Seats::Ordinary)?.into_iter().map(TicketNumber::get).collect());
    assert_eq!(numbers(3), Some(vec![5, 64, 65]));
    assert_eq!(numbers(5), Some(vec![5, 64, 65, 299, 300]));
    assert_eq!(numbers(6), None);
    assert_eq!(pick(&map, 1, 1, WHEELCHAIR), None);
    assert_eq!(pick(&map, 2, 1, Seats::Ordinary), None);
}

/// The rank of the placement from one column to another of a row, computed from the drawing alone.
fn rank(row: usize, columns: &[char], from: usize, to: usize, quantity: usize) -> (usize, usize, usize, usize) {
    let free = |column: Option<usize>| column.and_then(|at| columns.get(at)) == Some(&'.');
    let single_before = free(from.checked_sub(1)) && !free(from.checked_sub(2));
    let single_behind = free(Some(to + 1)) && !free(Some(to + 2));
    let cost_of_a_row = usize::try_from(COST_OF_A_ROW).unwrap();
    let cost_of_a_hole = usize::try_from(COST_OF_A_HOLE).unwrap();
    let off_the_middle = (from + to).abs_diff(columns.len() - 1);
    let cost = row * cost_of_a_row + off_the_middle + (to + 1 - from - quantity) * cost_of_a_hole;
    let orphans = usize::from(single_before) + usize::from(single_behind);
    if to + 1 - from == quantity {
        (orphans, cost, row, from)
    } else {
        (0, cost + orphans * usize::try_from(COST_OF_AN_ORPHAN).unwrap(), row, from)
    }
}

/// The best rank of all stretches of one row with exactly `quantity` free seats, those side by side before the others.
fn best_rank(drawn: &[String], quantity: usize) -> Option<(bool, (usize, usize, usize, usize))> {
    let mut ranks = Vec::new();
    for (row, row_drawn) in drawn.iter().enumerate() {
        let columns: Vec<char> = row_drawn.chars().collect();
        for from in 0..columns.len() {
            for to in (from..columns.len()).filter(|to| columns[from] == '.' && columns[*to] == '.') {
                if columns[from..=to].iter().filter(|place| **place == '.').count() == quantity {
                    let split = to + 1 - from > quantity;
                    ranks.push((split, rank(row, &columns, from, to, quantity)));
                }
            }
        }
    }
    ranks.into_iter().min()
}

/// The least number of successive rows that hold `quantity` free seats.
fn rows_needed(drawn: &[String], quantity: usize) -> Option<usize> {
    let free = |rows: &[String]| rows.iter().flat_map(|row| row.chars()).filter(|place| *place == '.').count();
    (1..=drawn.len()).find(|count| drawn.windows(*count).any(|rows| free(rows) >= quantity))
}

fn drawn_section() -> impl Strategy<Value = Vec<String>> {
    let place = prop_oneof![6 => Just('.'), 4 => Just('x'), 1 => Just('w')];
    let full_place = prop_oneof![1 => Just('.'), 6 => Just('x'), 1 => Just('w')];
    let row_of = |seats: std::ops::Range<usize>, aisles: Vec<usize>, places: Vec<char>| {
        let mut drawn: String = places.into_iter().take(seats.end).collect();
        for aisle in aisles.into_iter().filter(|at| *at < drawn.len()).collect::<Vec<_>>().into_iter().rev() {
            if aisle > 0 {
                drawn.insert(aisle, '_');
            }
        }
        drawn
    };
    let places = prop_oneof![prop::collection::vec(place, 1..24), prop::collection::vec(full_place, 1..80)];
    let row = (places, prop::collection::vec(1_usize..24, 0..4)).prop_map(move |(places, mut aisles)| {
        aisles.sort_unstable();
        row_of(0..places.len(), aisles, places)
    });
    prop::collection::vec(row, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_picked_tickets_are_free_and_as_many_as_requested(drawn in drawn_section(), quantity in 1_u32..12) {
        let (map, first) = seat_map(&drawn);
        let wanted = usize::try_from(quantity).unwrap();
        match pick(&map, 2, quantity, Seats::Ordinary) {
            None => prop_assert!(map.free_ordinary_in(2) < quantity),
            Some(tickets) => {
                prop_assert_eq!(tickets.len(), wanted);
                prop_assert_eq!(tickets.iter().collect::<HashSet<_>>().len(), wanted);
                prop_assert!(tickets.iter().all(|ticket| map.is_free(*ticket)));
                let drawing = draw(&drawn, first, &tickets);
                let special = |rows: &[String]| rows.concat().chars().filter(|place| *place == 'w').count();
                prop_assert_eq!(special(&drawing), special(&drawn));
            }
        }
    }

    #[test]
    fn no_placement_in_one_row_is_better(drawn in drawn_section(), quantity in 1_u32..8) {
        let (map, first) = seat_map(&drawn);
        let wanted = usize::try_from(quantity).unwrap();
        if let Some((split, best)) = best_rank(&drawn, wanted) {
            let tickets = pick(&map, 2, quantity, Seats::Ordinary).unwrap();
            let drawing = draw(&drawn, first, &tickets);
            let rows = drawing.iter().enumerate().filter(|(_, row)| row.contains('P')).collect::<Vec<_>>();
            prop_assert_eq!(rows.len(), 1);
            let (row, _) = rows[0];
            let columns: Vec<char> = drawing[row].chars().collect();
            let from = columns.iter().position(|place| *place == 'P').unwrap();
            let to = columns.iter().rposition(|place| *place == 'P').unwrap();
            prop_assert_eq!((to + 1 - from > wanted, rank(row, &columns, from, to, wanted)), (split, best));
        }
    }

    #[test]
    fn a_party_is_spread_over_as_few_rows_as_possible(drawn in drawn_section(), quantity in 1_u32..40) {
        let (map, first) = seat_map(&drawn);
        if let Some(tickets) = pick(&map, 2, quantity, Seats::Ordinary) {
            let drawing = draw(&drawn, first, &tickets);
            let front = drawing.iter().position(|row| row.contains('P')).unwrap();
            let back = drawing.iter().rposition(|row| row.contains('P')).unwrap();
            prop_assert_eq!(Some(back + 1 - front), rows_needed(&drawn, usize::try_from(quantity).unwrap()));
        }
    }

    #[test]
    fn a_map_changed_seat_by_seat_is_the_map_loaded_at_once(drawn in drawn_section()) {
        let (loaded, first) = seat_map(&drawn);
        let all_taken: Vec<String> = drawn.iter().map(|row| row.replace('.', "x").replace('w', "W")).collect();
        let (mut changed, _) = seat_map(&all_taken);
        let places = drawn.concat().replace('_', "");
        for (number, place) in (first..).zip(places.chars()) {
            changed.set_free(TicketNumber::new(number));
            if !matches!(place, '.' | 'w') {
                changed.set_taken(TicketNumber::new(number));
            }
        }
        prop_assert_eq!(changed, loaded);
    }
}
