//! The validation rules of sections, rows and prices.

use std::collections::HashSet;

use crate::shared::Faults;
use crate::text::single_line;

use super::concert_rules::whole;
use super::{
    Audience, Mark, MarkKind, NewMark, NewPlan, NewPrice, NewRow, NewSection, PriceCategory, Row, RowLabel,
    STANDARD_CATEGORY, SeatPlan, Section, SectionCode, SectionKind, SectionPlan, TicketNumber,
};

/// The most sections of a concert.
pub const SECTIONS_MAX: usize = 200;
/// The most rows of a section.
pub const ROWS_MAX: u32 = 500;
/// The most seats of a row.
pub const SEATS_IN_A_ROW_MAX: u32 = 500;
/// The highest number that the first seat of a row can have.
pub const FIRST_SEAT_MAX: u32 = 9_999;
/// The most aisles of a row; one that is twice as wide counts twice.
pub const GAPS_IN_A_ROW_MAX: usize = 100;
/// The most rows in all layouts of a concert: several times as many as the largest stadium has.
pub const ROWS_OF_A_CONCERT_MAX: usize = 20_000;
/// The most aisles of a concert.
pub const GAPS_OF_A_CONCERT_MAX: usize = 40_000;
/// The most marked seats of a concert.
pub const MARKS_OF_A_CONCERT_MAX: usize = 10_000;
/// The most price categories of a section.
pub const CATEGORIES_MAX: usize = 10;
/// The highest price, in minor units. The sum over a million tickets still fits into 64 bits.
pub const PRICE_MAX: i64 = 1_000_000_000_000;
/// The longest name of a section or of a price category, in characters.
pub const SECTION_NAME_LENGTH_MAX: usize = 100;
/// The longest code of a price category, in characters.
pub const CATEGORY_CODE_LENGTH_MAX: usize = 16;

/// The largest distance of a section from the origin of the drawn plan, and its largest width and height.
pub const DRAWING_MAX: i32 = 1_000_000;
/// The largest rotation of a section in either direction, in degrees.
pub const FULL_TURN_DEGREES: i32 = 360;
/// The name of the only category of a section that has one price.
const STANDARD_NAME: &str = "Standard";

/// Checks sections and lays them out as a plan. `None` when there are faults.
pub(super) fn plan_of(sections: &[NewSection], faults: &mut Faults) -> Option<SeatPlan> {
    if !(1..=SECTIONS_MAX).contains(&sections.len()) {
        faults.add("/sections", "count", format!("a concert has 1 to {SECTIONS_MAX} sections"));
        return None;
    }
    judge_layouts(sections, faults);
    let mut codes = HashSet::new();
    let mut checked = Vec::with_capacity(sections.len());
    for (at, section) in sections.iter().enumerate() {
        let pointer = format!("/sections/{at}");
        let is_new = codes.insert(section.code.as_str());
        faults.require(is_new, format!("{pointer}/code"), "duplicate", "another section has this code");
        checked.extend(section_of(section, &pointer, faults));
    }
    let total: u64 = checked.iter().map(|section| u64::from(section.capacity())).sum();
    if total > u64::from(TicketNumber::MAX) {
        faults.add("/sections", "too_many_tickets", format!("a concert has at most {} tickets", TicketNumber::MAX));
    }
    faults.is_empty().then(|| SeatPlan::new(checked))
}

/// Checks the sizes of all layouts together.
fn judge_layouts(sections: &[NewSection], faults: &mut Faults) {
    let rows = || sections.iter().filter_map(|section| section.layout.as_deref()).flatten();
    let counts = [
        (rows().count(), ROWS_OF_A_CONCERT_MAX, "rows"),
        (rows().map(|row| row.gaps.len()).sum(), GAPS_OF_A_CONCERT_MAX, "gaps"),
        (rows().map(|row| row.marks.len()).sum(), MARKS_OF_A_CONCERT_MAX, "marked seats"),
    ];
    for (count, most, what) in counts {
        faults.require(count <= most, "/sections", "count", format!("the layouts have at most {most} {what} together"));
    }
}

fn section_of(section: &NewSection, pointer: &str, faults: &mut Faults) -> Option<Section> {
    let code = SectionCode::parse(&section.code);
    faults.require(
        code.is_some(),
        format!("{pointer}/code"),
        "characters",
        "a code has 1 to 8 of the characters A-Z and 0-9",
    );
    let name = single_line(&section.name, SECTION_NAME_LENGTH_MAX, &format!("{pointer}/name"), faults);
    let kind = kind_of(section, pointer, faults);
    let plan = section.plan.map(|plan| drawing_of(plan, &format!("{pointer}/plan"), faults));
    let prices = prices_of(section.price, section.prices.as_deref(), pointer, faults);
    let to_be_numbered = TicketNumber::new(1);
    Some(Section {
        position: 0,
        code: code?,
        name,
        kind: kind?,
        plan: plan.flatten(),
        first: to_be_numbered,
        last: to_be_numbered,
        prices: prices?,
    })
}

fn kind_of(section: &NewSection, pointer: &str, faults: &mut Faults) -> Option<SectionKind> {
    match section.kind.as_str() {
        "seated" => {
            let no_capacity = section.capacity.is_none();
            faults.require(no_capacity, format!("{pointer}/capacity"), "not_allowed", "seats are counted by the rows");
            rows_of(section, pointer, faults).map(|rows| SectionKind::Seated { rows })
        }
        "standing" => {
            for (given, field) in [
                (section.rows.is_some(), "rows"),
                (section.seats_per_row.is_some(), "seats_per_row"),
                (section.layout.is_some(), "layout"),
            ] {
                faults.require(!given, format!("{pointer}/{field}"), "not_allowed", "one stands without rows");
            }
            let pointer = format!("{pointer}/capacity");
            let Some(capacity) = section.capacity else {
                faults.add(pointer, "required", "say how many can stand here");
                return None;
            };
            whole(capacity, 1..=TicketNumber::MAX, &pointer, faults).map(|capacity| SectionKind::Standing { capacity })
        }
        _ => {
            faults.add(format!("{pointer}/kind"), "unknown_kind", "a section is seated or standing");
            None
        }
    }
}

fn rows_of(section: &NewSection, pointer: &str, faults: &mut Faults) -> Option<Vec<Row>> {
    match (section.rows, section.seats_per_row, section.layout.as_deref()) {
        (None, None, Some(layout)) => layout_of(layout, &format!("{pointer}/layout"), faults),
        (rows, seats, None) if rows.is_some() || seats.is_some() => {
            let mut given = |value: Option<i64>, most, field: &str| {
                let pointer = format!("{pointer}/{field}");
                faults.require(value.is_some(), pointer.as_str(), "required", "rows and seats_per_row go together");
                whole(value?, 1..=most, &pointer, faults)
            };
            let (rows, seats) = (given(rows, ROWS_MAX, "rows"), given(seats, SEATS_IN_A_ROW_MAX, "seats_per_row"));
            let seats = seats?;
            let row = |label: u32| {
                let label = RowLabel::parse(&label.to_string())?;
                Some(Row { label, seats, first: 1, gaps: Vec::new(), marks: Vec::new() })
            };
            (1..=rows?).map(row).collect()
        }
        (_, _, layout) => {
            let code = if layout.is_some() { "ambiguous" } else { "required" };
            faults.add(format!("{pointer}/layout"), code, "a section has rows and seats_per_row, or a layout");
            None
        }
    }
}

fn layout_of(layout: &[NewRow], pointer: &str, faults: &mut Faults) -> Option<Vec<Row>> {
    let fits = u32::try_from(layout.len()).is_ok_and(|rows| (1..=ROWS_MAX).contains(&rows));
    if !fits {
        faults.add(pointer, "count", format!("a section has 1 to {ROWS_MAX} rows"));
        return None;
    }
    let mut labels = HashSet::new();
    let mut rows = Vec::with_capacity(layout.len());
    for (at, row) in layout.iter().enumerate() {
        let pointer = format!("{pointer}/{at}");
        let is_new = labels.insert(row.label.as_str());
        faults.require(is_new, format!("{pointer}/label"), "duplicate", "another row has this label");
        rows.push(row_of(row, &pointer, faults));
    }
    rows.into_iter().collect()
}

fn row_of(row: &NewRow, pointer: &str, faults: &mut Faults) -> Option<Row> {
    let label = RowLabel::parse(&row.label);
    faults.require(
        label.is_some(),
        format!("{pointer}/label"),
        "characters",
        "a label has 1 to 4 of the characters A-Z and 0-9",
    );
    let seats = whole(row.seats, 1..=SEATS_IN_A_ROW_MAX, &format!("{pointer}/seats"), faults);
    let first = whole(row.first.unwrap_or(1), 1..=FIRST_SEAT_MAX, &format!("{pointer}/first"), faults);
    let (label, seats, first) = (label?, seats?, first?);
    let last = first + seats - 1;
    let gaps = gaps_of(&row.gaps, first, last, pointer, faults);
    let marks = marks_of(&row.marks, first, last, pointer, faults);
    Some(Row { label, seats, first, gaps: gaps?, marks: marks? })
}

fn gaps_of(gaps: &[i64], first: u32, last: u32, pointer: &str, faults: &mut Faults) -> Option<Vec<u32>> {
    if gaps.len() > GAPS_IN_A_ROW_MAX {
        faults.add(format!("{pointer}/gaps"), "count", format!("a row has at most {GAPS_IN_A_ROW_MAX} gaps"));
        return None;
    }
    let mut checked = Vec::with_capacity(gaps.len());
    for (at, after) in gaps.iter().enumerate() {
        let inside = u32::try_from(*after).ok().filter(|after| (first..last).contains(after));
        let pointer = format!("{pointer}/gaps/{at}");
        faults.require(inside.is_some(), pointer, "out_of_range", "a gap lies after a seat that is not the last one");
        checked.push(inside);
    }
    let mut checked: Vec<u32> = checked.into_iter().collect::<Option<_>>()?;
    checked.sort_unstable();
    Some(checked)
}

fn marks_of(marks: &[NewMark], first: u32, last: u32, pointer: &str, faults: &mut Faults) -> Option<Vec<Mark>> {
    if marks.len() > usize::try_from(SEATS_IN_A_ROW_MAX).unwrap_or(usize::MAX) {
        faults.add(format!("{pointer}/marks"), "count", "a row has no more marks than seats");
        return None;
    }
    let mut seen = HashSet::new();
    let mut checked = Vec::with_capacity(marks.len());
    for (at, mark) in marks.iter().enumerate() {
        let pointer = format!("{pointer}/marks/{at}");
        let kind = MarkKind::parse(&mark.kind);
        let kinds = "a seat is marked as wheelchair, companion or restricted_view";
        faults.require(kind.is_some(), format!("{pointer}/kind"), "unknown_kind", kinds);
        let seat = whole(mark.seat, first..=last, &format!("{pointer}/seat"), faults);
        faults.require(seen.insert(mark.seat), format!("{pointer}/seat"), "duplicate", "this seat is marked already");
        checked.push(seat.zip(kind).map(|(seat, kind)| Mark { seat, kind }));
    }
    let mut checked: Vec<Mark> = checked.into_iter().collect::<Option<_>>()?;
    checked.sort_unstable_by_key(|mark| mark.seat);
    Some(checked)
}

fn drawing_of(plan: NewPlan, pointer: &str, faults: &mut Faults) -> Option<SectionPlan> {
    let mut within = |value: i64, least: i32, most: i32, field: &str| {
        let fitting = i32::try_from(value).ok().filter(|value| (least..=most).contains(value));
        let pointer = format!("{pointer}/{field}");
        faults.require(fitting.is_some(), pointer, "out_of_range", format!("this is a number from {least} to {most}"));
        fitting
    };
    let x = within(plan.x, -DRAWING_MAX, DRAWING_MAX, "x");
    let y = within(plan.y, -DRAWING_MAX, DRAWING_MAX, "y");
    let width = within(plan.width, 1, DRAWING_MAX, "width");
    let height = within(plan.height, 1, DRAWING_MAX, "height");
    let rotation = within(plan.rotation, -FULL_TURN_DEGREES, FULL_TURN_DEGREES, "rotation");
    Some(SectionPlan { x: x?, y: y?, width: width?, height: height?, rotation: rotation? })
}

/// Checks the prices of a section: either one price, or a list of categories.
pub(super) fn prices_of(
    price: Option<i64>,
    prices: Option<&[NewPrice]>,
    pointer: &str,
    faults: &mut Faults,
) -> Option<Vec<PriceCategory>> {
    match (price, prices) {
        (Some(amount), None) => {
            let amount = amount_of(amount, &format!("{pointer}/price"), faults)?;
            let (code, name) = (STANDARD_CATEGORY.to_owned(), STANDARD_NAME.to_owned());
            Some(vec![PriceCategory { code, name, amount, audience: Audience::Anyone }])
        }
        (None, Some(prices)) => categories_of(prices, &format!("{pointer}/prices"), faults),
        (price, _) => {
            let code = if price.is_some() { "ambiguous" } else { "required" };
            faults.add(format!("{pointer}/price"), code, "a section has either a price or prices");
            None
        }
    }
}

fn categories_of(prices: &[NewPrice], pointer: &str, faults: &mut Faults) -> Option<Vec<PriceCategory>> {
    if !(1..=CATEGORIES_MAX).contains(&prices.len()) {
        faults.add(pointer, "count", format!("a section has 1 to {CATEGORIES_MAX} price categories"));
        return None;
    }
    let mut codes = HashSet::new();
    let mut categories = Vec::with_capacity(prices.len());
    for (at, price) in prices.iter().enumerate() {
        let pointer = format!("{pointer}/{at}");
        let is_new = codes.insert(price.code.as_str());
        faults.require(is_new, format!("{pointer}/code"), "duplicate", "another category has this code");
        let letters_fit = price.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let code_fits = letters_fit && (1..=CATEGORY_CODE_LENGTH_MAX).contains(&price.code.len());
        let characters = "a code has 1 to 16 of the characters a-z, 0-9 and _";
        faults.require(code_fits, format!("{pointer}/code"), "characters", characters);
        let name = single_line(&price.name, SECTION_NAME_LENGTH_MAX, &format!("{pointer}/name"), faults);
        let amount = amount_of(price.price, &format!("{pointer}/price"), faults);
        let audience = price.audience;
        let audience_fits = price.code != STANDARD_CATEGORY || audience == Audience::Anyone;
        let for_anyone = "the category standard is for anyone";
        faults.require(audience_fits, format!("{pointer}/audience"), "not_allowed", for_anyone);
        categories.push(amount.map(|amount| PriceCategory { code: price.code.clone(), name, amount, audience }));
    }
    let has_standard = codes.contains(STANDARD_CATEGORY);
    faults.require(has_standard, pointer, "required", "the category standard must be among them");
    categories.into_iter().collect()
}

fn amount_of(amount: i64, pointer: &str, faults: &mut Faults) -> Option<i64> {
    let fitting = (0..=PRICE_MAX).contains(&amount).then_some(amount);
    let range = format!("a price is a number from 0 to {PRICE_MAX}");
    faults.require(fitting.is_some(), pointer, "out_of_range", range);
    fitting
}
