//! Documents of concerts in a list.

use boxoffice_domain::concerts::{ConcertOrder, ConcertPosition, ConcertSummary};
use boxoffice_domain::shared::{ConcertId, Timestamp};
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::super::instant::Rfc3339;
use super::concert::ConcertStatusName;

/// The sort order of concerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[oai(rename = "ConcertSort")]
pub(crate) enum ConcertSort {
    /// By start, soonest first.
    #[default]
    #[oai(rename = "starts_at")]
    StartsAt,
    /// By start, latest first.
    #[oai(rename = "-starts_at")]
    StartsAtDescending,
    /// By name.
    #[oai(rename = "name")]
    Name,
}

impl ConcertSort {
    /// The name in the query.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::StartsAt => "starts_at",
            Self::StartsAtDescending => "-starts_at",
            Self::Name => "name",
        }
    }
}

impl From<ConcertSort> for ConcertOrder {
    fn from(sort: ConcertSort) -> Self {
        match sort {
            ConcertSort::StartsAt => Self::StartsAt,
            ConcertSort::StartsAtDescending => Self::StartsAtDescending,
            ConcertSort::Name => Self::Name,
        }
    }
}

/// A concert in a list.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "ConcertSummary", example)]
pub(crate) struct ConcertSummaryDocument {
    /// The concert's id.
    id: Uuid,
    /// The concert's name.
    name: String,
    /// The performing artist.
    artist: String,
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
    /// The current status.
    status: ConcertStatusName,
    /// The currency of prices, ISO 4217.
    currency: String,
    /// The lowest price of the category `standard`, in minor units.
    #[oai(nullable)]
    price_from: Option<i64>,
    /// The number of all tickets.
    total: u32,
    /// The number of available tickets.
    available: u32,
}

impl From<ConcertSummary> for ConcertSummaryDocument {
    fn from(summary: ConcertSummary) -> Self {
        let ConcertSummary { concert, price_from } = summary;
        Self {
            id: concert.id.uuid(),
            name: concert.details.name,
            artist: concert.details.artist,
            venue: concert.details.venue,
            location: concert.details.location,
            time_zone: concert.details.time_zone,
            starts_at: Rfc3339(concert.details.starts_at),
            sales_start_at: Rfc3339(concert.details.sales_start_at),
            sales_end_at: Rfc3339(concert.details.sales_end_at),
            status: concert.status.into(),
            currency: concert.currency.code().to_owned(),
            price_from,
            total: concert.total,
            available: concert.available,
        }
    }
}

impl Example for ConcertSummaryDocument {
    fn example() -> Self {
        let instant = |micros| Rfc3339(Timestamp::from_micros(micros));
        Self {
            id: Uuid::from_u128(0x0198_0c2a_7b1e_7000_8000_0000_0000_0002),
            name: "An Evening in May".to_owned(),
            artist: "The Examples".to_owned(),
            venue: "Test Hall".to_owned(),
            location: "Jakarta".to_owned(),
            time_zone: "Asia/Jakarta".to_owned(),
            starts_at: instant(1_780_228_800_000_000),
            sales_start_at: instant(1_777_550_400_000_000),
            sales_end_at: instant(1_780_142_400_000_000),
            status: ConcertStatusName::OnSale,
            currency: "EUR".to_owned(),
            price_from: Some(2500),
            total: 500,
            available: 312,
        }
    }
}

/// What a cursor contains: a position in a list of concerts.
#[derive(Serialize, Deserialize)]
pub(crate) enum ConcertCursor {
    /// In a list sorted by start.
    At(i64, Uuid),
    /// In a list sorted by name.
    Named(String, Uuid),
}

impl From<ConcertPosition> for ConcertCursor {
    fn from(position: ConcertPosition) -> Self {
        match position {
            ConcertPosition::StartsAt(at, id) => Self::At(at.micros(), id.uuid()),
            ConcertPosition::Name(name, id) => Self::Named(name, id.uuid()),
        }
    }
}

impl From<ConcertCursor> for ConcertPosition {
    fn from(cursor: ConcertCursor) -> Self {
        match cursor {
            ConcertCursor::At(at, id) => Self::StartsAt(Timestamp::from_micros(at), ConcertId::from_uuid(id)),
            ConcertCursor::Named(name, id) => Self::Name(name, ConcertId::from_uuid(id)),
        }
    }
}
