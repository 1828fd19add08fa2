//! Three venues: a stadium, a theatre and a club. Prices are in hundredths of a rupiah.

use boxoffice_domain::concerts::{Audience, NewConcert, NewMark, NewPlan, NewPrice, NewRow, NewSection};
use boxoffice_domain::shared::Timestamp;

use super::sales::DAYS_ON_SALE;

const RUPIAH: i64 = 100;
const DAY_SECONDS: i64 = 24 * 60 * 60;
const DAY_MICROS: i64 = DAY_SECONDS * 1_000_000;
/// Eight in the evening in Jakarta, in seconds after midnight UTC.
const EIGHT_IN_THE_EVENING_SECONDS: i64 = 13 * 60 * 60;

/// The codes of popular sections, for consecutive parties.
pub(super) const STADIUM_FAVOURITES: &[&str] =
    &["F2", "L8", "F3", "L7", "U8", "F6", "L9", "F1", "L6", "U7", "F7", "L10", "F4", "U9", "L2", "L14"];
pub(super) const THEATRE_FAVOURITES: &[&str] = &["ST", "CI", "ST", "ST", "BA", "CI", "ST"];
pub(super) const CLUB_FAVOURITES: &[&str] = &["GA"];

/// The texts of a demo concert.
struct Show {
    name: &'static str,
    artist: &'static str,
    description: &'static str,
    venue: &'static str,
    location: &'static str,
    in_days: i64,
}

impl Show {
    /// A concert that is on sale until it starts. Bookings can be cancelled until a week before.
    fn with(self, now: Timestamp, sections: Vec<NewSection>) -> NewConcert {
        let today = Timestamp::from_micros(now.micros() - now.micros().rem_euclid(DAY_MICROS));
        let starts_at = today.plus_seconds(self.in_days * DAY_SECONDS + EIGHT_IN_THE_EVENING_SECONDS);
        NewConcert {
            organiser_id: None,
            name: self.name.to_owned(),
            artist: self.artist.to_owned(),
            description: self.description.to_owned(),
            venue: self.venue.to_owned(),
            location: self.location.to_owned(),
            time_zone: "Asia/Jakarta".to_owned(),
            starts_at,
            sales_start_at: today.plus_seconds(-DAYS_ON_SALE * DAY_SECONDS),
            sales_end_at: starts_at,
            refundable_until: Some(starts_at.plus_seconds(-7 * DAY_SECONDS)),
            currency: "IDR".to_owned(),
            max_tickets_per_booking: None,
            // The demo has few customers, who book often.
            max_tickets_per_user: Some(Some(100)),
            max_pending_bookings_per_user: None,
            sections,
        }
    }
}

/// 60,000 seats in 40 sections: the floor before the stage, and two rings around it.
pub(super) fn stadium(now: Timestamp) -> NewConcert {
    let mut sections = Vec::new();
    sections.extend((0..8).map(floor_section));
    sections.extend((0..16).map(|index| ring_section(&LOWER_RING, index)));
    sections.extend((0..16).map(|index| ring_section(&UPPER_RING, index)));
    Show {
        name: "Stadium Night",
        artist: "The Long Encore",
        description: "One night, one stage, sixty thousand seats.",
        venue: "Stadion Utama",
        location: "Jakarta",
        in_days: 60,
    }
    .with(now, sections)
}

/// Two rows of four blocks, 800 seats each.
fn floor_section(index: i64) -> NewSection {
    let (column, row) = (index % 4, index / 4);
    NewSection {
        code: format!("F{}", index + 1),
        name: format!("Floor {}", index + 1),
        kind: "seated".to_owned(),
        prices: Some(prices(if row == 0 { 2_500_000 } else { 1_900_000 })),
        rows: Some(20),
        seats_per_row: Some(40),
        plan: Some(NewPlan { x: 260 + column * 125, y: 120 + row * 165, width: 115, height: 150, rotation: 0 }),
        ..NewSection::default()
    }
}

/// A ring around the floor, open towards the stage: five sections in the west, six in the south, five in the east.
struct Ring {
    letter: char,
    name: &'static str,
    rows: i64,
    seats_per_row: i64,
    price: i64,
    /// The depth of its rows, from front to back, on the plan.
    depth: i64,
    /// The edges of the space that it surrounds, on the plan.
    west: i64,
    east: i64,
    north: i64,
    south: i64,
}

const LOWER_RING: Ring = Ring {
    letter: 'L',
    name: "Lower ring",
    rows: 30,
    seats_per_row: 50,
    price: 1_250_000,
    depth: 90,
    west: 240,
    east: 770,
    north: 90,
    south: 470,
};

const UPPER_RING: Ring = Ring {
    letter: 'U',
    name: "Upper ring",
    rows: 37,
    seats_per_row: 50,
    price: 650_000,
    depth: 110,
    west: 140,
    east: 870,
    north: 90,
    south: 570,
};

fn ring_section(ring: &Ring, index: i64) -> NewSection {
    const AT_THE_SIDE: i64 = 5;
    const IN_THE_SOUTH: i64 = 6;
    let side_length = (ring.south - ring.north) / AT_THE_SIDE;
    let south_length = (ring.east - ring.west) / IN_THE_SOUTH;
    // A plan gives a section as seen from the stage, and its rotation around its centre.
    let plan = if index < AT_THE_SIDE {
        let middle = ring.north + index * side_length + side_length / 2;
        turned(ring.west - ring.depth / 2, middle, side_length, ring.depth, 90)
    } else if index < AT_THE_SIDE + IN_THE_SOUTH {
        let middle = ring.west + (index - AT_THE_SIDE) * south_length + south_length / 2;
        turned(middle, ring.south + ring.depth / 2, south_length, ring.depth, 0)
    } else {
        let middle = ring.south - (index - AT_THE_SIDE - IN_THE_SOUTH) * side_length - side_length / 2;
        turned(ring.east + ring.depth / 2, middle, side_length, ring.depth, -90)
    };
    NewSection {
        code: format!("{}{}", ring.letter, index + 1),
        name: format!("{} {}", ring.name, index + 1),
        kind: "seated".to_owned(),
        prices: Some(prices(ring.price)),
        rows: Some(ring.rows),
        seats_per_row: Some(ring.seats_per_row),
        plan: Some(plan),
        ..NewSection::default()
    }
}

/// A rectangle around a centre, slightly smaller than its share to leave an aisle.
fn turned(middle_x: i64, middle_y: i64, width: i64, height: i64, rotation: i64) -> NewPlan {
    let (width, height) = (width - 6, height - 6);
    NewPlan { x: middle_x - width / 2, y: middle_y - height / 2, width, height, rotation }
}

/// 1,800 seats: stalls that widen towards the back, a circle and a balcony.
pub(super) fn theatre(now: Timestamp) -> NewConcert {
    let plan = |y, width, height| Some(NewPlan { x: (600 - width) / 2, y, width, height, rotation: 0 });
    let section = |code: &str, name: &str, price, layout, plan| NewSection {
        code: code.to_owned(),
        name: name.to_owned(),
        kind: "seated".to_owned(),
        prices: Some(prices(price)),
        layout: Some(layout),
        plan,
        ..NewSection::default()
    };
    let sections = vec![
        section("ST", "Stalls", 900_000, stalls(), plan(80, 480, 260)),
        section("CI", "Circle", 650_000, circle(), plan(360, 540, 130)),
        section("BA", "Balcony", 350_000, balcony(), plan(510, 420, 100)),
    ];
    Show {
        name: "Strings and Shadows",
        artist: "Orkes Senja",
        description: "Gamelan and chamber orchestra in the old theatre. Places for wheelchairs are in the last row of the \
                      stalls.",
        venue: "Gedung Kesenian",
        location: "Bandung",
        in_days: 30,
    }
    .with(now, sections)
}

/// Rows A to Z without I and O: 984 seats, two aisles, wheelchair places at both ends of the last row.
fn stalls() -> Vec<NewRow> {
    let labels = ('A'..='Z').filter(|label| !matches!(label, 'I' | 'O'));
    let mut rows: Vec<NewRow> =
        labels.zip(0..).map(|(label, index): (char, i64)| row(label.to_string(), 30 + 2 * (index / 2))).collect();
    if let Some(last) = rows.last_mut() {
        let mark = |seat: i64, kind: &str| NewMark { seat, kind: kind.to_owned() };
        last.marks = vec![
            mark(1, "wheelchair"),
            mark(2, "companion"),
            mark(3, "wheelchair"),
            mark(4, "companion"),
            mark(last.seats - 3, "companion"),
            mark(last.seats - 2, "wheelchair"),
            mark(last.seats - 1, "companion"),
            mark(last.seats, "wheelchair"),
        ];
    }
    rows
}

/// Twelve rows, each a seat wider than the one before it: 546 seats.
fn circle() -> Vec<NewRow> {
    (0..12).map(|index| row(format!("C{}", index + 1), 40 + index)).collect()
}

/// Nine rows under the roof: 270 seats. The outermost seats have a restricted view.
fn balcony() -> Vec<NewRow> {
    let restricted = |seat| NewMark { seat, kind: "restricted_view".to_owned() };
    (0..9)
        .map(|index| row(format!("B{}", index + 1), 26 + index))
        .map(|row| NewRow { marks: vec![restricted(1), restricted(row.seats)], ..row })
        .collect()
}

/// A row with an aisle after its first quarter and another before its last.
fn row(label: String, seats: i64) -> NewRow {
    NewRow { label, seats, first: None, gaps: vec![seats / 4, seats - seats / 4], marks: Vec::new() }
}

/// Standing room for 500.
pub(super) fn club(now: Timestamp) -> NewConcert {
    let floor = NewSection {
        code: "GA".to_owned(),
        name: "General admission".to_owned(),
        kind: "standing".to_owned(),
        price: Some(250_000 * RUPIAH),
        capacity: Some(500),
        plan: Some(NewPlan { x: 60, y: 80, width: 280, height: 220, rotation: 0 }),
        ..NewSection::default()
    };
    Show {
        name: "Late Set",
        artist: "Neon Becak",
        description: "Doors at seven. Bring good shoes.",
        venue: "Ruang Bawah",
        location: "Yogyakarta",
        in_days: 14,
    }
    .with(now, vec![floor])
}

/// The standard price and the student price.
fn prices(rupiah: i64) -> Vec<NewPrice> {
    let price = |code: &str, name: &str, rupiah: i64| NewPrice {
        code: code.to_owned(),
        name: name.to_owned(),
        price: rupiah * RUPIAH,
        audience: Audience::Anyone,
    };
    vec![price("standard", "Standard", rupiah), price("student", "Students", rupiah * 3 / 4)]
}
