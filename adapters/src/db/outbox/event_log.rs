//! A concert's stream for those who follow its seats.

use async_trait::async_trait;
use boxoffice_domain::events::{EventLog, SeatUpdate};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::shared::{ConcertId, StoreError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::payload::decode_seats;
use crate::db::conn::on_conn;
use crate::db::database::Database;
use crate::db::rows::{number, stored};
use crate::db::schema::outbox_entries;
use crate::db::types::Id;

#[async_trait]
impl EventLog for Database {
    async fn after(&self, concert: ConcertId, position: u64, limit: u32) -> Result<Vec<SeatUpdate>, StoreError> {
        let rows: Vec<(i64, Option<String>)> = self
            .pools
            .reads
            .read(async |conn| {
                on_conn!(conn, |c| {
                    outbox_entries::table
                        .filter(outbox_entries::stream_kind.eq(Stream::Concert(concert).kind()))
                        .filter(outbox_entries::stream_id.eq(Id::from(concert)))
                        .filter(outbox_entries::position.gt(stored(position)))
                        .order(outbox_entries::position)
                        .limit(limit.into())
                        .select((outbox_entries::position, outbox_entries::seats))
                        .load(c)
                        .await
                })
            })
            .await?;
        rows.into_iter()
            .map(|(position, seats)| {
                // What cannot be decoded is read again with the concert.
                let seats = seats.and_then(|seats| decode_seats(&seats).ok());
                Ok(SeatUpdate { position: number("outbox_entries.position", position)?, seats })
            })
            .collect()
    }
}
