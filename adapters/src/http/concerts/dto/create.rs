//! The body of a request that creates a concert.

use boxoffice_domain::concerts::{NewConcert, NewSection};
use boxoffice_domain::shared::{OrganiserId, Timestamp};
use poem_openapi::Object;
use poem_openapi::types::{Example, MaybeUndefined};
use serde::Deserialize;
use uuid::Uuid;

use super::super::super::instant::Rfc3339;
use super::super::super::strict_object::{present, read_from_objects};
use super::venue::{PlanDocument, PriceDocument, RowDocument, SectionKindName};

read_from_objects!(CreateConcertBody, CreateSectionBody);

/// A new concert: at most 200 sections and 1,000,000 tickets, on SQLite 200,000; its layouts have at most 20,000 rows,
/// 40,000 gaps and 10,000 marks together.
#[derive(Debug, Object, Deserialize)]
#[oai(rename = "CreateConcert", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct CreateConcertBody {
    /// The organiser's id; if absent, the organiser you act for, which is created with your first concert.
    #[serde(default, deserialize_with = "present")]
    organiser_id: Option<Uuid>,
    /// The concert's name.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: String,
    /// The performing artist.
    #[oai(validator(min_length = 1, max_length = 200))]
    artist: String,
    /// Free text.
    #[serde(default)]
    #[oai(default, validator(max_length = 5000))]
    description: String,
    /// The venue's name.
    #[oai(validator(min_length = 1, max_length = 200))]
    venue: String,
    /// The city or town.
    #[oai(validator(min_length = 1, max_length = 200))]
    location: String,
    /// The IANA name of the time zone, such as `Asia/Jakarta`.
    #[oai(validator(max_length = 64))]
    time_zone: String,
    /// When the concert begins.
    starts_at: Rfc3339,
    /// When the sale begins.
    sales_start_at: Rfc3339,
    /// When the sale ends.
    sales_end_at: Rfc3339,
    /// Until when customers may cancel confirmed bookings; never if absent.
    #[serde(default, deserialize_with = "present")]
    refundable_until: Option<Rfc3339>,
    /// The currency of prices: an ISO 4217 code listed in `x-minor-digits`, with its number of decimals.
    #[oai(validator(pattern = "^[A-Z]{3}$"))]
    currency: String,
    /// The most tickets in one booking; 10 if absent, no limit if `null`.
    #[serde(default)]
    #[oai(nullable, validator(minimum(value = "1"), maximum(value = "10000")))]
    max_tickets_per_booking: MaybeUndefined<i64>,
    /// The most tickets of one user; 10 if absent, no limit if `null`.
    #[serde(default)]
    #[oai(nullable, validator(minimum(value = "1"), maximum(value = "10000")))]
    max_tickets_per_user: MaybeUndefined<i64>,
    /// The most unpaid bookings of one user; 2 if absent, no limit if `null`.
    #[serde(default)]
    #[oai(nullable, validator(minimum(value = "1"), maximum(value = "10000")))]
    max_pending_bookings_per_user: MaybeUndefined<i64>,
    /// The sections, front first.
    #[oai(validator(min_items = 1, max_items = 200))]
    sections: Vec<CreateSectionBody>,
}

/// A section: `seated` with `rows` and `seats_per_row` or with a `layout`, or `standing` with a `capacity`. It has one
/// `price` for all tickets, or `prices` by category.
#[derive(Debug, Object, Deserialize)]
#[oai(rename = "CreateSection", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct CreateSectionBody {
    /// The short name in seat labels, unique in the concert.
    #[oai(validator(pattern = "^[A-Z0-9]{1,8}$"))]
    code: String,
    /// The name for people.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    /// Whether it is seated or standing.
    kind: SectionKindName,
    /// One price for every ticket, in minor units.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000000")))]
    price: Option<i64>,
    /// Prices by category, `standard` among them.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(min_items = 1, max_items = 10))]
    prices: Option<Vec<PriceDocument>>,
    /// The number of rows, labelled 1, 2, 3 …
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(minimum(value = "1"), maximum(value = "500")))]
    rows: Option<i64>,
    /// The number of seats in each row.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(minimum(value = "1"), maximum(value = "500")))]
    seats_per_row: Option<i64>,
    /// The rows one by one, front first.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(min_items = 1, max_items = 500))]
    layout: Option<Vec<RowDocument>>,
    /// The number of people who may stand.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    capacity: Option<i64>,
    /// The position on the plan.
    #[serde(default, deserialize_with = "present")]
    plan: Option<PlanDocument>,
}

/// A value that is absent (`None`), null (`Some(None)`), or given.
pub(super) fn given<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

impl From<CreateConcertBody> for NewConcert {
    fn from(body: CreateConcertBody) -> Self {
        Self {
            organiser_id: body.organiser_id.map(OrganiserId::from_uuid),
            name: body.name,
            artist: body.artist,
            description: body.description,
            venue: body.venue,
            location: body.location,
            time_zone: body.time_zone,
            starts_at: body.starts_at.0,
            sales_start_at: body.sales_start_at.0,
            sales_end_at: body.sales_end_at.0,
            refundable_until: body.refundable_until.map(|until| until.0),
            currency: body.currency,
            max_tickets_per_booking: given(body.max_tickets_per_booking),
            max_tickets_per_user: given(body.max_tickets_per_user),
            max_pending_bookings_per_user: given(body.max_pending_bookings_per_user),
            sections: body.sections.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<CreateSectionBody> for NewSection {
    fn from(body: CreateSectionBody) -> Self {
        Self {
            code: body.code,
            name: body.name,
            kind: body.kind.as_str().to_owned(),
            price: body.price,
            prices: body.prices.map(|prices| prices.into_iter().map(Into::into).collect()),
            rows: body.rows,
            seats_per_row: body.seats_per_row,
            layout: body.layout.map(|rows| rows.into_iter().map(Into::into).collect()),
            capacity: body.capacity,
            plan: body.plan.map(Into::into),
        }
    }
}

impl Example for CreateConcertBody {
    fn example() -> Self {
        let instant = |micros| Rfc3339(Timestamp::from_micros(micros));
        Self {
            organiser_id: None,
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
            currency: "IDR".to_owned(),
            max_tickets_per_booking: MaybeUndefined::Undefined,
            max_tickets_per_user: MaybeUndefined::Undefined,
            max_pending_bookings_per_user: MaybeUndefined::Undefined,
            sections: vec![CreateSectionBody::example()],
        }
    }
}

impl Example for CreateSectionBody {
    fn example() -> Self {
        Self {
            code: "A".to_owned(),
            name: "Stalls".to_owned(),
            kind: SectionKindName::Seated,
            price: None,
            prices: Some(vec![PriceDocument::example()]),
            rows: Some(20),
            seats_per_row: Some(30),
            layout: None,
            capacity: None,
            plan: None,
        }
    }
}
