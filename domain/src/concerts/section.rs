//! The parts of a venue: sections, rows, seats and what they cost.

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
    /// `None` when the text is no section code.
    pub fn parse(text: &str) -> Option<Self> {
        is_code(text, 8).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RowLabel {
    /// `None` when the text is no row label.
    pub fn parse(text: &str) -> Option<Self> {
        is_code(text, 4).then(|| Self(text.to_owned()))
    }

    /// The text.
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

/// The category that every section has.
pub const STANDARD_CATEGORY: &str = "standard";

/// Who may book at a price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Every customer.
    #[default]
    Anyone,
    /// Members of the concert's organiser, whatever their role, and admins: for tickets of staff and guests.
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

    /// Whether a customer who is this to the organiser belongs to it.
    pub const fn includes(self, customer: Self) -> bool {
        match self {
            Self::Anyone => true,
            Self::Members => matches!(customer, Self::Members),
        }
    }

    /// The audience of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.as_str() == name)
    }
}

/// What a ticket costs for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceCategory {
    /// `[a-z0-9_]{1,16}`, unique in its section; `standard` always exists.
    pub code: String,
    /// For people, such as "Children under 12".
    pub name: String,
    /// In minor units of the concert's currency, 0 allowed.
    pub amount: i64,
    /// Who may book at it; `standard` is for anyone.
    pub audience: Audience,
}

/// What is special about a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// A place for a wheelchair.
    Wheelchair,
    /// The seat beside one.
    Companion,
    /// Part of the stage is hidden.
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

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A marked seat of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark {
    /// The seat's number in the row.
    pub seat: u32,
    /// What is special about it.
    pub kind: MarkKind,
}

/// A row of seats, numbered `first`, `first + 1` … without holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its label.
    pub label: RowLabel,
    /// How many seats, 1 to 500.
    pub seats: u32,
    /// The number of its first seat, at least 1.
    pub first: u32,
    /// The seat numbers after which an aisle lies, ascending; named twice, the aisle is twice as wide.
    pub gaps: Vec<u32>,
    /// Its special seats, ascending.
    pub marks: Vec<Mark>,
}

/// What kind of section it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionKind {
    /// Rows from the front to the back.
    Seated {
        /// The rows.
        rows: Vec<Row>,
    },
    /// Room for so many.
    Standing {
        /// How many.
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

/// Where a section lies on the drawn plan, in the plan's own units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionPlan {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width, above 0.
    pub width: i32,
    /// Height, above 0.
    pub height: i32,
    /// Degrees clockwise, -360 to 360.
    pub rotation: i32,
}

/// A part of the venue. It owns the contiguous ticket numbers `first..=last`, in row and seat order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// 1, 2, 3 … from the front.
    pub position: u16,
    /// Its code.
    pub code: SectionCode,
    /// Its name for people.
    pub name: String,
    /// Rows or room.
    pub kind: SectionKind,
    /// Where it is drawn.
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

    /// Whether a ticket lies in it.
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

    /// What a category costs here, in minor units.
    pub fn price(&self, category: &str) -> Option<i64> {
        self.prices.iter().find(|price| price.code == category).map(|price| price.amount)
    }
}
