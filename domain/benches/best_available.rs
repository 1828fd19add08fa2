//! How long it takes to find the best seats of a section of 60,000, from the first to the last.
//!
//! `cargo bench -p boxoffice-domain --bench best_available`

#![expect(clippy::unwrap_used, reason = "a bench of a plan that cannot be built has nothing to say")]

use std::hint::black_box;

use boxoffice_domain::bookings::{SeatMap, Seats, pick};
use boxoffice_domain::concerts::{Row, RowLabel, SeatPlan, Section, SectionCode, SectionKind, TicketNumber};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const SEATS: u32 = 60_000;
const ROWS: u32 = 500;
const SEATS_A_ROW: u32 = SEATS / ROWS;
const AISLE_AFTER: [u32; 3] = [30, 60, 90];
const PARTIES: [u32; 3] = [1, 4, 10];

/// Which seats of a section are taken.
type Taken = fn(u32) -> bool;

const FILLS: [(&str, Taken); 10] = [
    ("empty", |_| false),
    ("half", |seat| scattered(seat) < 50),
    ("90_percent", |seat| scattered(seat) < 90),
    ("99_percent", |seat| scattered(seat) < 99),
    ("checkerboard", |seat| (seat + seat / SEATS_A_ROW).is_multiple_of(2)),
    ("one_of_three", |seat| seat.is_multiple_of(3)),
    ("one_of_four", |seat| seat.is_multiple_of(4)),
    ("one_of_five", |seat| seat.is_multiple_of(5)),
    ("one_of_six", |seat| seat.is_multiple_of(6)),
    ("last_seats", |seat| seat < SEATS - 10),
];

/// 0 to 99, spread over the seats without a pattern.
fn scattered(seat: u32) -> u32 {
    let mixed = (seat ^ (seat >> 7)).wrapping_mul(2_654_435_761);
    (mixed ^ (mixed >> 15)) % 100
}

fn seat_map(kind: SectionKind, taken: Taken) -> SeatMap {
    let nowhere = TicketNumber::new(0);
    let section = Section {
        position: 1,
        code: SectionCode::parse("A").unwrap(),
        name: "Stalls".to_owned(),
        kind,
        plan: None,
        first: nowhere,
        last: nowhere,
        prices: Vec::new(),
    };
    let mut map = SeatMap::new(&SeatPlan::new(vec![section]));
    for seat in (0..SEATS).filter(|seat| !taken(*seat)) {
        map.set_free(TicketNumber::new(seat + 1));
    }
    map
}

fn seated() -> SectionKind {
    let row = |label: u32| Row {
        label: RowLabel::parse(&label.to_string()).unwrap(),
        seats: SEATS_A_ROW,
        first: 1,
        gaps: AISLE_AFTER.to_vec(),
        marks: Vec::new(),
    };
    SectionKind::Seated { rows: (1..=ROWS).map(row).collect() }
}

fn bench(criterion: &mut Criterion) {
    for (kind_name, kind) in [("seated", seated()), ("standing", SectionKind::Standing { capacity: SEATS })] {
        let mut group = criterion.benchmark_group(format!("best_available/{kind_name}"));
        for (fill, taken) in FILLS {
            let map = seat_map(kind.clone(), taken);
            for party in PARTIES {
                group.bench_with_input(BenchmarkId::new(fill, party), &party, |bencher, party| {
                    bencher.iter(|| pick(black_box(&map), 1, *party, Seats::Ordinary));
                });
            }
        }
        group.finish();
    }
    let mut map = seat_map(seated(), |_| false);
    criterion.bench_function("best_available/one_seat_taken_and_freed", |bencher| {
        bencher.iter(|| {
            map.set_taken(TicketNumber::new(30_000));
            map.set_free(black_box(TicketNumber::new(30_000)));
        });
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
