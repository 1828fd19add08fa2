//! Concerts.

use std::cmp::Ordering;

use boxoffice_domain::concerts::{Caps, Concert, ConcertDetails, ConcertOrder, ConcertPosition, ConcertStatus};
use boxoffice_domain::shared::StoreError;
use boxoffice_domain::text::{FOLD_VERSION, fold};
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::{currency, number, parse_enum, stored};
use crate::db::schema::concerts;
use crate::db::types::{Id, Micros};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = concerts)]
pub(in crate::db) struct ConcertRow {
    id: Id,
    organiser_id: Id,
    #[diesel(embed)]
    changes: ConcertChanges,
    currency: String,
    total: i64,
    available: i64,
    version: i64,
    revision: i64,
    created_at: Micros,
}

/// The columns that an edit of the concert may write.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = concerts, treat_none_as_null = true)]
pub(in crate::db) struct ConcertChanges {
    name: String,
    artist: String,
    description: String,
    venue: String,
    location: String,
    search_text: String,
    search_artist: String,
    search_location: String,
    search_fold: i64,
    time_zone: String,
    status: String,
    starts_at: Micros,
    sales_start_at: Micros,
    sales_end_at: Micros,
    refundable_until: Option<Micros>,
    max_tickets_per_booking: Option<i64>,
    max_tickets_per_user: Option<i64>,
    max_pending_bookings_per_user: Option<i64>,
    cancelled_at: Option<Micros>,
    cancellation_done_at: Option<Micros>,
    updated_at: Micros,
}

impl From<&Concert> for ConcertChanges {
    fn from(concert: &Concert) -> Self {
        let details = &concert.details;
        Self {
            name: details.name.clone(),
            artist: details.artist.clone(),
            description: details.description.clone(),
            venue: details.venue.clone(),
            location: details.location.clone(),
            search_text: details.search_text(),
            search_artist: fold(&details.artist),
            search_location: fold(&details.location),
            search_fold: FOLD_VERSION,
            time_zone: details.time_zone.clone(),
            status: concert.status.as_str().to_owned(),
            starts_at: details.starts_at.into(),
            sales_start_at: details.sales_start_at.into(),
            sales_end_at: details.sales_end_at.into(),
            refundable_until: details.refundable_until.map(Into::into),
            max_tickets_per_booking: concert.caps.max_tickets_per_booking.map(Into::into),
            max_tickets_per_user: concert.caps.max_tickets_per_user.map(Into::into),
            max_pending_bookings_per_user: concert.caps.max_pending_bookings_per_user.map(Into::into),
            cancelled_at: concert.cancelled_at.map(Into::into),
            cancellation_done_at: concert.cancellation_done_at.map(Into::into),
            updated_at: concert.updated_at.into(),
        }
    }
}

impl ConcertRow {
    pub(in crate::db) const fn id(&self) -> Id {
        self.id
    }

    /// Where it stands in a list, also when it cannot be read.
    pub(in crate::db) fn position(&self, order: ConcertOrder) -> ConcertPosition {
        let id = self.id.into();
        match order {
            ConcertOrder::StartsAt | ConcertOrder::StartsAtDescending => {
                ConcertPosition::StartsAt(self.changes.starts_at.into(), id)
            }
            ConcertOrder::Name => ConcertPosition::Name(self.changes.name.clone(), id),
        }
    }

    /// Which of two comes first in a list.
    pub(in crate::db) fn compare(&self, other: &Self, order: ConcertOrder) -> Ordering {
        let by_start = || (self.changes.starts_at, self.id).cmp(&(other.changes.starts_at, other.id));
        match order {
            ConcertOrder::StartsAt => by_start(),
            ConcertOrder::StartsAtDescending => by_start().reverse(),
            ConcertOrder::Name => (&self.changes.name, self.id).cmp(&(&other.changes.name, other.id)),
        }
    }

    /// When it was created.
    pub(in crate::db) const fn created_at(&self) -> Micros {
        self.created_at
    }
}

impl From<&Concert> for ConcertRow {
    fn from(concert: &Concert) -> Self {
        Self {
            id: concert.id.into(),
            organiser_id: concert.organiser.into(),
            changes: concert.into(),
            currency: concert.currency.code().to_owned(),
            total: concert.total.into(),
            available: concert.available.into(),
            version: stored(concert.version),
            revision: stored(concert.revision),
            created_at: concert.created_at.into(),
        }
    }
}

fn cap(value: Option<i64>) -> Result<Option<u32>, StoreError> {
    value.map(|value| number("a cap of concerts", value)).transpose()
}

impl TryFrom<ConcertRow> for Concert {
    type Error = StoreError;

    fn try_from(row: ConcertRow) -> Result<Self, StoreError> {
        let ConcertRow { changes: now, .. } = row;
        Ok(Self {
            id: row.id.into(),
            organiser: row.organiser_id.into(),
            details: ConcertDetails {
                name: now.name,
                artist: now.artist,
                description: now.description,
                venue: now.venue,
                location: now.location,
                time_zone: now.time_zone,
                starts_at: now.starts_at.into(),
                sales_start_at: now.sales_start_at.into(),
                sales_end_at: now.sales_end_at.into(),
                refundable_until: now.refundable_until.map(Into::into),
            },
            currency: currency(&row.currency)?,
            caps: Caps {
                max_tickets_per_booking: cap(now.max_tickets_per_booking)?,
                max_tickets_per_user: cap(now.max_tickets_per_user)?,
                max_pending_bookings_per_user: cap(now.max_pending_bookings_per_user)?,
            },
            status: parse_enum("concerts.status", &now.status, ConcertStatus::parse)?,
            total: number("concerts.total", row.total)?,
            available: number("concerts.available", row.available)?,
            version: number("concerts.version", row.version)?,
            revision: number("concerts.revision", row.revision)?,
            created_at: row.created_at.into(),
            updated_at: now.updated_at.into(),
            cancelled_at: now.cancelled_at.map(Into::into),
            cancellation_done_at: now.cancellation_done_at.map(Into::into),
        })
    }
}
