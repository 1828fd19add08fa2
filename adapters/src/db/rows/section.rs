//! Sections with their layouts and prices.

use std::collections::HashMap;

use boxoffice_domain::concerts::{
    Audience, Mark, MarkKind, PriceCategory, Row, RowLabel, Section, SectionAvailability, SectionCode, SectionKind,
    SectionPlan, TicketNumber,
};
use boxoffice_domain::shared::{ConcertId, StoreError};
use diesel::prelude::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};

use super::{number, parse_enum};
use crate::db::schema::{prices, sections};
use crate::db::types::Id;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sections)]
pub(in crate::db) struct SectionRow {
    concert_id: Id,
    position: i64,
    code: String,
    name: String,
    kind: String,
    layout: Option<String>,
    plan: Option<String>,
    first_number: i64,
    last_number: i64,
    total: i64,
    available: i64,
    held: i64,
    sold: i64,
    blocked: i64,
    revenue: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = prices)]
pub(in crate::db) struct PriceRow {
    concert_id: Id,
    position: i64,
    code: String,
    ordinal: i64,
    name: String,
    amount: i64,
    audience: String,
}

/// A row of seats as JSON.
#[derive(Serialize, Deserialize)]
struct StoredRow {
    label: String,
    seats: u32,
    first: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    marks: Vec<(u32, String)>,
}

/// A section's place on the venue plan as JSON.
#[derive(Serialize, Deserialize)]
struct StoredPlan {
    x: i32,
    y: i32,
    width: i32,
    height: i32,
    rotation: i32,
}

impl SectionRow {
    /// A section of a new concert. Every ticket is available.
    pub(in crate::db) fn new(concert: ConcertId, section: &Section) -> Result<Self, StoreError> {
        let layout = match &section.kind {
            SectionKind::Seated { rows } => Some(to_json(&rows.iter().map(StoredRow::from).collect::<Vec<_>>())?),
            SectionKind::Standing { .. } => None,
        };
        let plan = section.plan.map(|plan| {
            let SectionPlan { x, y, width, height, rotation } = plan;
            to_json(&StoredPlan { x, y, width, height, rotation })
        });
        let total = i64::from(section.capacity());
        Ok(Self {
            concert_id: concert.into(),
            position: section.position.into(),
            code: section.code.as_str().to_owned(),
            name: section.name.clone(),
            kind: section.kind.as_str().to_owned(),
            layout,
            plan: plan.transpose()?,
            first_number: section.first.get().into(),
            last_number: section.last.get().into(),
            total,
            available: total,
            held: 0,
            sold: 0,
            blocked: 0,
            revenue: 0,
        })
    }

    fn into_counted(self, prices: Vec<PriceCategory>) -> Result<SectionAvailability, StoreError> {
        let count = |value| number("a counter of sections", value);
        let (available, held) = (count(self.available)?, count(self.held)?);
        let (sold, blocked) = (count(self.sold)?, count(self.blocked)?);
        let kind = match self.layout {
            Some(layout) if self.kind == "seated" => {
                let rows: Vec<StoredRow> = from_json("sections.layout", &layout)?;
                SectionKind::Seated { rows: rows.into_iter().map(Row::try_from).collect::<Result<_, _>>()? }
            }
            None if self.kind == "standing" => SectionKind::Standing { capacity: count(self.total)? },
            _ => return Err(StoreError::inconsistent(format!("sections.kind holds {:?}", self.kind))),
        };
        let plan = self.plan.map(|plan| from_json::<StoredPlan>("sections.plan", &plan)).transpose()?;
        let section = Section {
            position: number("sections.position", self.position)?,
            code: parse_enum("sections.code", &self.code, SectionCode::parse)?,
            name: self.name,
            kind,
            plan: plan.map(|StoredPlan { x, y, width, height, rotation }| SectionPlan {
                x,
                y,
                width,
                height,
                rotation,
            }),
            first: TicketNumber::new(number("sections.first_number", self.first_number)?),
            last: TicketNumber::new(number("sections.last_number", self.last_number)?),
            prices,
        };
        Ok(SectionAvailability { section, available, held, sold, blocked })
    }
}

impl PriceRow {
    /// The prices of a section, in the order in which they are offered.
    pub(in crate::db) fn of_section(concert: ConcertId, section: &Section) -> impl Iterator<Item = Self> + '_ {
        (1..).zip(&section.prices).map(move |(ordinal, price)| Self {
            concert_id: concert.into(),
            position: section.position.into(),
            code: price.code.clone(),
            ordinal,
            name: price.name.clone(),
            amount: price.amount,
            audience: price.audience.as_str().to_owned(),
        })
    }

    /// The values of a row of a batch.
    pub(in crate::db) fn values(&self) -> (Id, i64, &str, i64, &str, i64, &str) {
        (self.concert_id, self.position, &self.code, self.ordinal, &self.name, self.amount, &self.audience)
    }
}

/// A price and the position of its section.
pub(in crate::db) fn price_category(row: PriceRow) -> Result<(u16, PriceCategory), StoreError> {
    let audience = parse_enum("prices.audience", &row.audience, Audience::parse)?;
    let category = PriceCategory { code: row.code, name: row.name, amount: row.amount, audience };
    Ok((number("prices.position", row.position)?, category))
}

/// Sections with their counters, by position. `prices` are sorted by position and order.
pub(in crate::db) fn assemble_counted(
    sections: Vec<SectionRow>,
    prices: Vec<PriceRow>,
) -> Result<Vec<SectionAvailability>, StoreError> {
    let mut of_section: HashMap<i64, Vec<PriceCategory>> = HashMap::new();
    for row in prices {
        let position = row.position;
        of_section.entry(position).or_default().push(price_category(row)?.1);
    }
    sections
        .into_iter()
        .map(|row| {
            let prices = of_section.remove(&row.position).unwrap_or_default();
            row.into_counted(prices)
        })
        .collect()
}

/// Sections by position.
pub(in crate::db) fn assemble_sections(
    sections: Vec<SectionRow>,
    prices: Vec<PriceRow>,
) -> Result<Vec<Section>, StoreError> {
    Ok(assemble_counted(sections, prices)?.into_iter().map(|counted| counted.section).collect())
}

impl From<&Row> for StoredRow {
    fn from(row: &Row) -> Self {
        Self {
            label: row.label.as_str().to_owned(),
            seats: row.seats,
            first: row.first,
            gaps: row.gaps.clone(),
            marks: row.marks.iter().map(|mark| (mark.seat, mark.kind.as_str().to_owned())).collect(),
        }
    }
}

impl TryFrom<StoredRow> for Row {
    type Error = StoreError;

    fn try_from(row: StoredRow) -> Result<Self, StoreError> {
        let mark = |(seat, kind): (u32, String)| {
            Ok(Mark { seat, kind: parse_enum("a mark of sections.layout", &kind, MarkKind::parse)? })
        };
        Ok(Self {
            label: parse_enum("a label of sections.layout", &row.label, RowLabel::parse)?,
            seats: row.seats,
            first: row.first,
            gaps: row.gaps,
            marks: row.marks.into_iter().map(mark).collect::<Result<_, StoreError>>()?,
        })
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::inconsistent(error.to_string()))
}

fn from_json<'a, T: Deserialize<'a>>(column: &str, text: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::inconsistent(format!("{column}: {error}")))
}
