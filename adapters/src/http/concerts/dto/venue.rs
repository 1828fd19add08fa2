//! Documents of a venue's parts: prices, rows, marked seats, the plan. The same types are used in requests and
//! responses.

use boxoffice_domain::concerts::{
    Audience, Mark, MarkKind, NewMark, NewPlan, NewPrice, NewRow, PriceCategory, Row, SectionKind, SectionPlan,
};
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};

use super::super::super::strict_object::{present, read_and_write_objects};

read_and_write_objects!(PriceDocument, RowDocument, MarkDocument, PlanDocument);

/// The kind of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "SectionKind", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum SectionKindName {
    /// Rows of seats.
    Seated,
    /// Standing room.
    Standing,
}

impl SectionKindName {
    /// The name in the domain's commands.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Seated => "seated",
            Self::Standing => "standing",
        }
    }
}

impl From<&SectionKind> for SectionKindName {
    fn from(kind: &SectionKind) -> Self {
        match kind {
            SectionKind::Seated { .. } => Self::Seated,
            SectionKind::Standing { .. } => Self::Standing,
        }
    }
}

/// What is special about a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "MarkKind", rename_all = "snake_case", remote = "MarkKind")]
#[serde(rename_all = "snake_case")]
pub(crate) enum MarkKindName {
    /// A wheelchair space.
    Wheelchair,
    /// A companion seat beside a wheelchair space.
    Companion,
    /// A seat from which part of the stage is hidden.
    RestrictedView,
}

/// Who may book at a price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "Audience", rename_all = "snake_case", remote = "Audience")]
#[serde(rename_all = "snake_case")]
pub(crate) enum AudienceName {
    /// Every customer.
    #[default]
    Anyone,
    /// Members of the concert's organiser, and admins.
    Members,
}

/// A price category.
#[derive(Debug, Clone, Object, Serialize, Deserialize)]
#[oai(rename = "Price", deny_unknown_fields)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct PriceDocument {
    /// The category's code, unique in its section; `standard` always exists.
    #[oai(validator(pattern = "^[a-z0-9_]{1,16}$"))]
    pub(crate) code: String,
    /// The name for people.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub(crate) name: String,
    /// The price, in minor units of the concert's currency.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000000")))]
    pub(crate) price: i64,
    /// Who may book at it. `standard` is for anyone.
    #[serde(default)]
    #[oai(default)]
    pub(crate) audience: AudienceName,
}

impl From<&PriceCategory> for PriceDocument {
    fn from(price: &PriceCategory) -> Self {
        Self {
            code: price.code.clone(),
            name: price.name.clone(),
            price: price.amount,
            audience: price.audience.into(),
        }
    }
}

impl From<PriceDocument> for NewPrice {
    fn from(price: PriceDocument) -> Self {
        Self { code: price.code, name: price.name, price: price.price, audience: price.audience.into() }
    }
}

impl Example for PriceDocument {
    fn example() -> Self {
        Self { code: "standard".to_owned(), name: "Standard".to_owned(), price: 4500, audience: AudienceName::Anyone }
    }
}

/// A row of seats, numbered consecutively from `first`.
#[derive(Debug, Clone, Object, Serialize, Deserialize)]
#[oai(rename = "Row", deny_unknown_fields, skip_serializing_if_is_none)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct RowDocument {
    /// The row's label, unique in its section.
    #[oai(validator(pattern = "^[A-Z0-9]{1,4}$"))]
    pub(crate) label: String,
    /// The number of seats.
    #[oai(validator(minimum(value = "1"), maximum(value = "500")))]
    pub(crate) seats: i64,
    /// The number of the first seat; 1 if absent.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(minimum(value = "1"), maximum(value = "9999")))]
    pub(crate) first: Option<i64>,
    /// The seat numbers after which there is an aisle; a repeated number makes it wider.
    #[serde(default)]
    #[oai(default, validator(max_items = 100, minimum(value = "1"), maximum(value = "10497")))]
    pub(crate) gaps: Vec<i64>,
    /// The special seats.
    #[serde(default)]
    #[oai(default, validator(max_items = 500))]
    pub(crate) marks: Vec<MarkDocument>,
}

impl From<&Row> for RowDocument {
    fn from(row: &Row) -> Self {
        Self {
            label: row.label.as_str().to_owned(),
            seats: row.seats.into(),
            first: Some(row.first.into()),
            gaps: row.gaps.iter().copied().map(Into::into).collect(),
            marks: row.marks.iter().map(MarkDocument::from).collect(),
        }
    }
}

impl From<RowDocument> for NewRow {
    fn from(row: RowDocument) -> Self {
        Self {
            label: row.label,
            seats: row.seats,
            first: row.first,
            gaps: row.gaps,
            marks: row.marks.into_iter().map(Into::into).collect(),
        }
    }
}

/// A special seat of a row.
#[derive(Debug, Clone, Object, Serialize, Deserialize)]
#[oai(rename = "Mark", deny_unknown_fields)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct MarkDocument {
    /// The seat's number.
    #[oai(validator(minimum(value = "1"), maximum(value = "10498")))]
    pub(crate) seat: i64,
    /// What is special about it.
    pub(crate) kind: MarkKindName,
}

impl From<&Mark> for MarkDocument {
    fn from(mark: &Mark) -> Self {
        Self { seat: mark.seat.into(), kind: mark.kind.into() }
    }
}

impl From<MarkDocument> for NewMark {
    fn from(mark: MarkDocument) -> Self {
        Self { seat: mark.seat, kind: MarkKind::from(mark.kind).as_str().to_owned() }
    }
}

/// The position of a section on the plan, in the plan's own units.
#[derive(Debug, Clone, Copy, Object, Serialize, Deserialize)]
#[oai(rename = "SectionPlan", deny_unknown_fields)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct PlanDocument {
    /// The left edge.
    #[oai(validator(minimum(value = "-1000000"), maximum(value = "1000000")))]
    pub(crate) x: i64,
    /// The top edge.
    #[oai(validator(minimum(value = "-1000000"), maximum(value = "1000000")))]
    pub(crate) y: i64,
    /// The width.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    pub(crate) width: i64,
    /// The height.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    pub(crate) height: i64,
    /// The rotation in degrees clockwise; 0 if absent.
    #[serde(default)]
    #[oai(default, validator(minimum(value = "-360"), maximum(value = "360")))]
    pub(crate) rotation: i64,
}

impl From<SectionPlan> for PlanDocument {
    fn from(plan: SectionPlan) -> Self {
        Self {
            x: plan.x.into(),
            y: plan.y.into(),
            width: plan.width.into(),
            height: plan.height.into(),
            rotation: plan.rotation.into(),
        }
    }
}

impl From<PlanDocument> for NewPlan {
    fn from(plan: PlanDocument) -> Self {
        let PlanDocument { x, y, width, height, rotation } = plan;
        Self { x, y, width, height, rotation }
    }
}
