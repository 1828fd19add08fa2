//! The document of a concert with its sections.

use boxoffice_domain::concerts::{Concert, ConcertStatus, ConcertView, SeatPlan, Section, SectionKind};
use boxoffice_domain::shared::Timestamp;
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::super::instant::Rfc3339;
use super::venue::{PlanDocument, PriceDocument, RowDocument, SectionKindName};

/// The status of a concert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[oai(rename = "ConcertStatus", rename_all = "snake_case", remote = "ConcertStatus")]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConcertStatusName {
    /// In preparation; visible to members of its organiser only.
    Draft,
    /// Published and on sale.
    OnSale,
    /// Published, but the sale is paused.
    Paused,
    /// Cancelled.
    Cancelled,
}

/// A concert. Its availability, which changes with every booking, is a separate resource.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Concert", example)]
pub(crate) struct ConcertDocument {
    /// The concert's id.
    id: Uuid,
    /// The organiser's id.
    organiser_id: Uuid,
    /// The concert's name.
    name: String,
    /// The performing artist.
    artist: String,
    /// Free text, may be empty.
    description: String,
    /// The venue's name.
    venue: String,
    /// The city or town.
    location: String,
    /// The IANA name of the time zone.
    time_zone: String,
    /// When the concert begins.
    starts_at: Rfc3339,
    /// When the sale begins.
    sales_start_at: Rfc3339,
    /// When the sale ends.
    sales_end_at: Rfc3339,
    /// Until when customers may cancel confirmed bookings; `null` for never.
    #[oai(nullable)]
    refundable_until: Option<Rfc3339>,
    /// The currency of prices, ISO 4217.
    currency: String,
    /// The most tickets in one booking; `null` for no limit.
    #[oai(nullable)]
    max_tickets_per_booking: Option<u32>,
    /// The most tickets of one user; `null` for no limit.
    #[oai(nullable)]
    max_tickets_per_user: Option<u32>,
    /// The most unpaid bookings of one user; `null` for no limit.
    #[oai(nullable)]
    max_pending_bookings_per_user: Option<u32>,
    /// The current status.
    status: ConcertStatusName,
    /// The number of all tickets.
    total: u32,
    /// Increases with each change; the number in the `ETag`.
    revision: u64,
    /// The sections, front first.
    sections: Vec<SectionDocument>,
    /// When it was created.
    created_at: Rfc3339,
    /// When it was last changed.
    updated_at: Rfc3339,
}

/// A section of a concert.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "Section")]
pub(crate) struct SectionDocument {
    /// The short name in seat labels.
    code: String,
    /// The name for people.
    name: String,
    /// Whether it is seated or standing.
    kind: SectionKindName,
    /// The prices by category.
    prices: Vec<PriceDocument>,
    /// The number of all tickets.
    total: u32,
    /// The rows of a seated section, front first.
    #[oai(nullable)]
    layout: Option<Vec<RowDocument>>,
    /// The capacity of a standing section.
    #[oai(nullable)]
    capacity: Option<u32>,
    /// The position on the plan.
    #[oai(nullable)]
    plan: Option<PlanDocument>,
}

impl From<ConcertView> for ConcertDocument {
    fn from(view: ConcertView) -> Self {
        Self::new(&view.concert, &view.plan)
    }
}

impl ConcertDocument {
    /// The document of a concert with its sections.
    pub(crate) fn new(concert: &Concert, plan: &SeatPlan) -> Self {
        let (details, caps) = (concert.details.clone(), &concert.caps);
        Self {
            id: concert.id.uuid(),
            organiser_id: concert.organiser.uuid(),
            name: details.name,
            artist: details.artist,
            description: details.description,
            venue: details.venue,
            location: details.location,
            time_zone: details.time_zone,
            starts_at: Rfc3339(details.starts_at),
            sales_start_at: Rfc3339(details.sales_start_at),
            sales_end_at: Rfc3339(details.sales_end_at),
            refundable_until: details.refundable_until.map(Rfc3339),
            currency: concert.currency.code().to_owned(),
            max_tickets_per_booking: caps.max_tickets_per_booking,
            max_tickets_per_user: caps.max_tickets_per_user,
            max_pending_bookings_per_user: caps.max_pending_bookings_per_user,
            status: concert.status.into(),
            total: concert.total,
            revision: concert.revision,
            sections: plan.sections().iter().map(SectionDocument::from).collect(),
            created_at: Rfc3339(concert.created_at),
            updated_at: Rfc3339(concert.updated_at),
        }
    }
}

impl From<&Section> for SectionDocument {
    fn from(section: &Section) -> Self {
        let (layout, capacity) = match &section.kind {
            SectionKind::Seated { rows } => (Some(rows.iter().map(RowDocument::from).collect()), None),
            SectionKind::Standing { capacity } => (None, Some(*capacity)),
        };
        Self {
            code: section.code.as_str().to_owned(),
            name: section.name.clone(),
            kind: (&section.kind).into(),
            prices: section.prices.iter().map(PriceDocument::from).collect(),
            total: section.capacity(),
            layout,
            capacity,
            plan: section.plan.map(PlanDocument::from),
        }
    }
}

impl Example for ConcertDocument {
    fn example() -> Self {
        let instant = |micros| Rfc3339(Timestamp::from_micros(micros));
        let section = SectionDocument {
            code: "GA".to_owned(),
            name: "Floor".to_owned(),
            kind: SectionKindName::Standing,
            prices: vec![PriceDocument::example()],
            total: 500,
            layout: None,
            capacity: Some(500),
            plan: None,
        };
        Self {
            id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0002),
            organiser_id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0006),
            name: "An Evening in May".to_owned(),
            artist: "The Examples".to_owned(),
            description: "Two sets, one interval.".to_owned(),
            venue: "Test Hall".to_owned(),
            location: "Jakarta".to_owned(),
            time_zone: "Asia/Jakarta".to_owned(),
            starts_at: instant(1_780_228_800_000_000),
            sales_start_at: instant(1_777_550_400_000_000),
            sales_end_at: instant(1_780_142_400_000_000),
            refundable_until: None,
            currency: "EUR".to_owned(),
            max_tickets_per_booking: Some(10),
            max_tickets_per_user: Some(10),
            max_pending_bookings_per_user: Some(2),
            status: ConcertStatusName::OnSale,
            total: 500,
            revision: 2,
            sections: vec![section],
            created_at: instant(1_777_464_000_000_000),
            updated_at: instant(1_777_467_600_000_000),
        }
    }
}
