//! Sections as a client describes them. Their values are not yet checked.

use super::Audience;

/// A section as a client describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NewSection {
    /// The code in seat labels, unique in the concert.
    pub code: String,
    /// The name for customers.
    pub name: String,
    /// `seated` or `standing`.
    pub kind: String,
    /// The price of the only category, `standard`; excludes `prices`.
    pub price: Option<i64>,
    /// All price categories; excludes `price`.
    pub prices: Option<Vec<NewPrice>>,
    /// The number of rows, labelled 1, 2, 3 …; requires `seats_per_row`.
    pub rows: Option<i64>,
    /// The number of seats in each row; requires `rows`.
    pub seats_per_row: Option<i64>,
    /// Each row, front to back; excludes `rows` and `seats_per_row`.
    pub layout: Option<Vec<NewRow>>,
    /// The number of tickets of a standing section.
    pub capacity: Option<i64>,
    /// The place on the drawn plan.
    pub plan: Option<NewPlan>,
}

/// A price category as a client describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NewPrice {
    /// The code, unique in the section.
    pub code: String,
    /// The name for customers.
    pub name: String,
    /// The price, in minor units of the concert's currency.
    pub price: i64,
    /// Who may book at this price.
    pub audience: Audience,
}

/// A row as a client describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NewRow {
    /// The label, unique in the section.
    pub label: String,
    /// The number of seats.
    pub seats: i64,
    /// The number of the first seat; 1 if `None`.
    pub first: Option<i64>,
    /// The seat numbers after which there is an aisle.
    pub gaps: Vec<i64>,
    /// The marked seats.
    pub marks: Vec<NewMark>,
}

/// A marked seat as a client describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NewMark {
    /// The seat's number.
    pub seat: i64,
    /// `wheelchair`, `companion` or `restricted_view`.
    pub kind: String,
}

/// The place of a section on the drawn plan, in the plan's own units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NewPlan {
    /// The left edge.
    pub x: i64,
    /// The top edge.
    pub y: i64,
    /// The width.
    pub width: i64,
    /// The height.
    pub height: i64,
    /// The rotation, in degrees clockwise.
    pub rotation: i64,
}
