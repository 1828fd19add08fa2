//! Bodies of requests that change a concert.

use boxoffice_domain::concerts::{BlockSeats, ChangeConcert, ChangeSection};
use poem_openapi::Object;
use poem_openapi::types::{Example, MaybeUndefined};
use serde::Deserialize;

use super::super::super::instant::Rfc3339;
use super::super::super::strict_object::{present, read_from_objects};
use super::create::given;
use super::venue::PriceDocument;

read_from_objects!(ChangeConcertBody, ChangeSectionBody, BlockSeatsBody);

/// Changes of a concert; absent members stay unchanged.
#[derive(Debug, Default, Object, Deserialize)]
#[oai(rename = "ChangeConcert", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct ChangeConcertBody {
    /// The concert's name.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Option<String>,
    /// The performing artist.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(min_length = 1, max_length = 200))]
    artist: Option<String>,
    /// Free text.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(max_length = 5000))]
    description: Option<String>,
    /// The venue's name.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(min_length = 1, max_length = 200))]
    venue: Option<String>,
    /// The city or town.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(min_length = 1, max_length = 200))]
    location: Option<String>,
    /// The IANA name of the time zone; changeable until the sale begins.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(max_length = 64))]
    time_zone: Option<String>,
    /// When the concert begins.
    #[serde(default, deserialize_with = "present")]
    starts_at: Option<Rfc3339>,
    /// When the sale begins; changeable until then.
    #[serde(default, deserialize_with = "present")]
    sales_start_at: Option<Rfc3339>,
    /// When the sale ends.
    #[serde(default, deserialize_with = "present")]
    sales_end_at: Option<Rfc3339>,
    /// Until when customers may cancel confirmed bookings, `null` for never; changeable until the sale begins.
    #[serde(default)]
    #[oai(nullable)]
    refundable_until: MaybeUndefined<Rfc3339>,
    /// The most tickets in one booking, `null` for no limit; changeable until the sale begins.
    #[serde(default)]
    #[oai(nullable, validator(minimum(value = "1"), maximum(value = "10000")))]
    max_tickets_per_booking: MaybeUndefined<i64>,
    /// The most tickets of one user, `null` for no limit; changeable until the sale begins.
    #[serde(default)]
    #[oai(nullable, validator(minimum(value = "1"), maximum(value = "10000")))]
    max_tickets_per_user: MaybeUndefined<i64>,
    /// The most unpaid bookings of one user, `null` for no limit; changeable until the sale begins.
    #[serde(default)]
    #[oai(nullable, validator(minimum(value = "1"), maximum(value = "10000")))]
    max_pending_bookings_per_user: MaybeUndefined<i64>,
    /// New prices of some sections, for future bookings.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(max_items = 200))]
    sections: Option<Vec<ChangeSectionBody>>,
}

/// New prices of a section.
#[derive(Debug, Object, Deserialize)]
#[oai(rename = "ChangeSection", deny_unknown_fields, skip_serializing_if_is_none)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct ChangeSectionBody {
    /// The section's code.
    #[oai(validator(pattern = "^[A-Z0-9]{1,8}$"))]
    code: String,
    /// One price for every ticket, in minor units.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000000")))]
    price: Option<i64>,
    /// Prices by category, `standard` among them.
    #[serde(default, deserialize_with = "present")]
    #[oai(validator(min_items = 1, max_items = 10))]
    prices: Option<Vec<PriceDocument>>,
}

impl From<ChangeConcertBody> for ChangeConcert {
    fn from(body: ChangeConcertBody) -> Self {
        Self {
            name: body.name,
            artist: body.artist,
            description: body.description,
            venue: body.venue,
            location: body.location,
            time_zone: body.time_zone,
            starts_at: body.starts_at.map(|instant| instant.0),
            sales_start_at: body.sales_start_at.map(|instant| instant.0),
            sales_end_at: body.sales_end_at.map(|instant| instant.0),
            refundable_until: given(body.refundable_until).map(|until| until.map(|instant| instant.0)),
            max_tickets_per_booking: given(body.max_tickets_per_booking),
            max_tickets_per_user: given(body.max_tickets_per_user),
            max_pending_bookings_per_user: given(body.max_pending_bookings_per_user),
            sections: body.sections.map(|sections| sections.into_iter().map(Into::into).collect()),
        }
    }
}

impl From<ChangeSectionBody> for ChangeSection {
    fn from(body: ChangeSectionBody) -> Self {
        Self {
            code: body.code,
            price: body.price,
            prices: body.prices.map(|prices| prices.into_iter().map(Into::into).collect()),
        }
    }
}

impl Example for ChangeConcertBody {
    fn example() -> Self {
        let section = ChangeSectionBody { code: "A".to_owned(), price: Some(5000), prices: None };
        Self { name: Some("A Longer Evening in May".to_owned()), sections: Some(vec![section]), ..Self::default() }
    }
}

/// Seats to block and seats to unblock, together 1 to 5,000.
#[derive(Debug, Object, Deserialize)]
#[oai(rename = "BlockSeats", deny_unknown_fields, skip_serializing_if_is_none, example)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object")]
pub(crate) struct BlockSeatsBody {
    /// Labels of available seats to block.
    #[serde(default)]
    #[oai(default, validator(max_items = 5000, unique_items, max_length = 24))]
    block: Vec<String>,
    /// Labels of blocked seats to return to the sale.
    #[serde(default)]
    #[oai(default, validator(max_items = 5000, unique_items, max_length = 24))]
    unblock: Vec<String>,
}

impl From<BlockSeatsBody> for BlockSeats {
    fn from(body: BlockSeatsBody) -> Self {
        Self { block: body.block, unblock: body.unblock }
    }
}

impl Example for BlockSeatsBody {
    fn example() -> Self {
        Self { block: vec!["A-1-1".to_owned(), "A-1-2".to_owned()], unblock: Vec::new() }
    }
}
