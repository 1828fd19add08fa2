//! Concerts in a list.

use boxoffice_domain::concerts::{ConcertOrder, ConcertPosition, ConcertSummary};
use boxoffice_domain::shared::{ConcertId, Timestamp};
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::super::instant::Rfc3339;
use super::concert::ConcertStatusName;

/// How a list of concerts is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum)]
#[oai(rename = "ConcertSort")]
pub(crate) enum ConcertSort {
    /// Soonest first.
    #[default]
    #[oai(rename = "starts_at")]
    StartsAt,
    /// Latest first.
    #[oai(rename = "-starts_at")]
    StartsAtDescending,
    /// By name.
    #[oai(rename = "name")]
    Name,
}

impl ConcertSort {
    /// The name in the address.
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
    /// Its id.
    id: Uuid,
    /// The show's name.
    name: String,
    /// Who plays.
    artist: String,
    /// The house.
    venue: String,
    /// The town.
    location: String,
    /// Where its clocks are: an IANA name.
    time_zone: String,
    /// When it begins.
    starts_at: Rfc3339,
    /// From when on seats are sold.
    sales_start_at: Rfc3339,
    /// Until when seats are sold.
    sales_end_at: Rfc3339,
    /// Where it is in its life.
    status: ConcertStatusName,
    /// What prices are in, ISO 4217.
    currency: String,
    /// The lowest price of the category `standard`, in minor units.
    #[oai(nullable)]
    price_from: Option<i64>,
    /// All its tickets.
    total: u32,
    /// Tickets that can be booked.
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

/// A position in a list of concerts, inside a cursor.
#[derive(Serialize, Deserialize)]
pub(crate) enum ConcertPlace {
    /// In one of the orders by start.
    At(i64, Uuid),
    /// In the order by name.
    Named(String, Uuid),
}

impl From<ConcertPosition> for ConcertPlace {
    fn from(position: ConcertPosition) -> Self {
        match position {
            ConcertPosition::StartsAt(at, id) => Self::At(at.micros(), id.uuid()),
            ConcertPosition::Name(name, id) => Self::Named(name, id.uuid()),
        }
    }
}

impl From<ConcertPlace> for ConcertPosition {
    fn from(place: ConcertPlace) -> Self {
        match place {
            ConcertPlace::At(at, id) => Self::StartsAt(Timestamp::from_micros(at), ConcertId::from_uuid(id)),
            ConcertPlace::Named(name, id) => Self::Name(name, ConcertId::from_uuid(id)),
        }
    }
}
