//! What happened to one thing, in order.

use async_trait::async_trait;
use boxoffice_domain::outbox::{Aggregate, Event, EventLog, History};
use boxoffice_domain::shared::StoreError;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::conn::on_conn;
use super::database::Database;
use super::events::EventRow;
use super::rows::stored;
use super::schema::outbox;
use super::types::Id;

#[async_trait]
impl EventLog for Database {
    async fn after(&self, aggregate: Aggregate, version: u64, limit: u32) -> Result<History, StoreError> {
        let rows: Vec<EventRow> = self
            .pools
            .reads
            .read(async |conn| {
                on_conn!(conn, |c| {
                    outbox::table
                        .filter(outbox::aggregate.eq(aggregate.kind()))
                        .filter(outbox::aggregate_id.eq(Id::from(aggregate.uuid())))
                        .filter(outbox::version.gt(stored(version)))
                        .order(outbox::version)
                        .limit(limit.into())
                        .select((
                            outbox::id,
                            outbox::aggregate,
                            outbox::aggregate_id,
                            outbox::version,
                            outbox::kind,
                            outbox::occurred_at,
                            outbox::actor,
                            outbox::data,
                        ))
                        .load(c)
                        .await
                })
            })
            .await?;
        let mut history = History::default();
        for row in rows {
            let Ok(event) = Event::try_from(row) else {
                history.is_cut = true;
                break;
            };
            history.events.push(event);
        }
        Ok(history)
    }
}
