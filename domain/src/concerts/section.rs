//! The parts of a venue: sections, rows and seats, with their prices.

use std::borrow::Borrow;

use super::TicketNumber;

/// A section's short name in labels: `[A-Z0-9]{1,8}`, unique in its concert.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SectionCode(String);

/// A row's label: `[A-Z0-9]{1,4}`, unique in its section.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowLabel(String);

fn is_code(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

impl SectionCode {
    /// Parses a code. `None` when the text is not a section code.
    pub fn parse(text: &str) -> Option<Self> {
        is_code(text, 8).then(|| Self(text.to_owned()))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RowLabel {
    /// Parses a label. `None` when the text is not a row label.
    pub fn parse(text: &str) -> Option<Self> {
        is_code(text, 4).then(|| Self(text.to_owned()))
    }

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for SectionCode {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for RowLabel {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The code of the price category that every section has.
pub const STANDARD_CATEGORY: &str = "standard";

/// Who may book at a price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Every customer.
    #[default]
    Anyone,
    /// Members of the concert's organiser in any role, and admins: for tickets of staff and guests.
    Members,
}

impl Audience {
    const ALL: [Self; 2] = [Self::Anyone, Self::Members];

    /// The audience's name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Members => "members",
        }
    }

    /// Whether this audience includes a customer who belongs to the audience `customer`.
    pub const fn includes(self, customer: Self) -> bool {
        match self {
            Self::Anyone => true,
            Self::Members => matches!(customer, Self::Members),
        }
    }

    /// The audience with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.as_str() == name)
    }
}

/// A price of the tickets in a section, and who may book at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceCategory {
    /// `[a-z0-9_]{1,16}`, unique in its section; `standard` always exists.
    pub code: String,
    /// The name for customers, such as "Children under 12".
    pub name: String,
    /// The price in minor units of the concert's currency; may be 0.
    pub amount: i64,
    /// Who may book at this price. The category `standard` is for anyone.
    pub audience: Audience,
}

/// The kind of a marked seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// A place for a wheelchair.
    Wheelchair,
    /// A seat beside a wheelchair place.
    Companion,
    /// A seat with a restricted view of the stage.
    RestrictedView,
}

impl MarkKind {
    const ALL: [Self; 3] = [Self::Wheelchair, Self::Companion, Self::RestrictedView];

    /// The kind's name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wheelchair => "wheelchair",
            Self::Companion => "companion",
            Self::RestrictedView => "restricted_view",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A marked seat of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark {
    /// The seat's number in the row.
    pub seat: u32,
    /// The kind of the mark.
    pub kind: MarkKind,
}

/// A row of seats, numbered `first`, `first + 1` … without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The row's label.
    pub label: RowLabel,
    /// The number of seats, 1 to 500.
    pub seats: u32,
    /// The number of its first seat, at least 1.
    pub first: u32,
    /// The seat numbers after which there is an aisle, ascending. A number that occurs twice makes the aisle twice as
    /// wide.
    pub gaps: Vec<u32>,
    /// Its marked seats, ascending.
    pub marks: Vec<Mark>,
}

/// The kind of a section, with its seats or its capacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionKind {
    /// A section with numbered seats.
    Seated {
        /// The rows, front to back.
        rows: Vec<Row>,
    },
    /// A section without seats.
    Standing {
        /// The number of tickets.
        capacity: u32,
    },
}

impl SectionKind {
    /// The kind's name in the API and the database.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Seated { .. } => "seated",
            Self::Standing { .. } => "standing",
        }
    }

    /// How many tickets it has.
    pub fn capacity(&self) -> u32 {
        match self {
            Self::Seated { rows } => rows.iter().map(|row| row.seats).sum(),
            Self::Standing { capacity } => *capacity,
        }
    }
}

/// The place of a section on the drawn plan, in the plan's own units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionPlan {
    /// The left edge.
    pub x: i32,
    /// The top edge.
    pub y: i32,
    /// The width, above 0.
    pub width: i32,
    /// The height, above 0.
    pub height: i32,
    /// The rotation in degrees clockwise, -360 to 360.
    pub rotation: i32,
}

/// A part of the venue. It owns the contiguous ticket numbers `first..=last`, in row and seat order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// 1, 2, 3 … from the front.
    pub position: u16,
    /// The code in seat labels.
    pub code: SectionCode,
    /// The name for customers.
    pub name: String,
    /// Its seats, or its capacity for standing.
    pub kind: SectionKind,
    /// The place on the drawn plan, if it has one.
    pub plan: Option<SectionPlan>,
    /// Its first ticket.
    pub first: TicketNumber,
    /// Its last ticket.
    pub last: TicketNumber,
    /// 1 to 10 categories, `standard` among them.
    pub prices: Vec<PriceCategory>,
}

impl Section {
    /// How many tickets it has.
    pub fn capacity(&self) -> u32 {
        self.kind.capacity()
    }

    /// Whether a ticket belongs to it.
    pub fn contains(&self, number: TicketNumber) -> bool {
        (self.first..=self.last).contains(&number)
    }

    /// Its marked tickets, by number.
    pub fn marked(&self) -> Vec<TicketNumber> {
        let SectionKind::Seated { rows } = &self.kind else {
            return Vec::new();
        };
        let mut start = self.first.get();
        let mut marked = Vec::new();
        for row in rows {
            let seats = row.marks.iter().filter_map(|mark| mark.seat.checked_sub(row.first));
            marked.extend(seats.map(|offset| TicketNumber::new(start.saturating_add(offset))));
            start = start.saturating_add(row.seats);
        }
        marked
    }

    /// The price of a category in this section, in minor units; `None` when the section does not have the category.
    pub fn price(&self, category: &str) -> Option<i64> {
        self.prices.iter().find(|price| price.code == category).map(|price| price.amount)
    }
}
