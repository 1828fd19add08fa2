//! Concerts inside a unit of work.

use async_trait::async_trait;
use boxoffice_domain::concerts::{Concert, ConcertRepository, ConcertStatus};
use boxoffice_domain::shared::{ConcertId, OrganiserId, StoreError, Timestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::conn::on_conn;
use super::rows::{ConcertChanges, ConcertRow, number, stored};
use super::schema::{concerts, prices, sections, tickets};
use super::types::{Id, Micros};
use super::unit_of_work::SqlUnit;

#[async_trait]
impl ConcertRepository for SqlUnit {
    async fn add(&mut self, concert: &Concert) -> Result<(), StoreError> {
        let row = ConcertRow::from(concert);
        self.run(async |conn| on_conn!(conn, |c| diesel::insert_into(concerts::table).values(&row).execute(c).await))
            .await?;
        Ok(())
    }

    async fn get(&mut self, id: ConcertId) -> Result<Option<Concert>, StoreError> {
        let id = Id::from(id);
        let row = self.run(async |conn| {
            on_conn!(conn, |c| concerts::table.find(id).select(ConcertRow::as_select()).first(c).await.optional())
        });
        row.await?.map(Concert::try_from).transpose()
    }

    async fn count_created_since(&mut self, organiser: OrganiserId, since: Timestamp) -> Result<u64, StoreError> {
        let (organiser, since) = (Id::from(organiser), Micros::from(since));
        let counted = self.run(async |conn| {
            on_conn!(conn, |c| {
                concerts::table
                    .filter(concerts::organiser_id.eq(organiser).and(concerts::created_at.ge(since)))
                    .count()
                    .get_result::<i64>(c)
                    .await
            })
        });
        number("the number of concerts", counted.await?)
    }

    async fn save(&mut self, concert: &Concert) -> Result<u64, StoreError> {
        let id = Id::from(concert.id);
        let revision = stored(concert.revision);
        let changes = ConcertChanges::from(concert);
        self.run_exactly(1, async |conn| {
            on_conn!(conn, |c| {
                diesel::update(concerts::table.find(id).filter(concerts::revision.eq(revision)))
                    .set((
                        &changes,
                        concerts::revision.eq(concerts::revision + 1),
                        concerts::version.eq(concerts::version + 1),
                    ))
                    .execute(c)
                    .await
            })
        })
        .await?;
        self.version_of(id).await
    }

    async fn advance(&mut self, id: ConcertId, available: i64) -> Result<u64, StoreError> {
        let id = Id::from(id);
        let moved = self.run(async |conn| {
            on_conn!(conn, |c| {
                diesel::update(concerts::table.find(id))
                    .set((
                        concerts::available.eq(concerts::available + available),
                        concerts::version.eq(concerts::version + 1),
                    ))
                    .execute(c)
                    .await
            })
        });
        if moved.await? != 1 {
            return Err(StoreError::inconsistent("a unit changes tickets of a concert that does not exist"));
        }
        self.version_of(id).await
    }

    async fn delete_draft(&mut self, id: ConcertId, revision: u64) -> Result<(), StoreError> {
        let (id, revision) = (Id::from(id), stored(revision));
        self.run_exactly(1, async |conn| {
            on_conn!(conn, |c| {
                diesel::delete(tickets::table.filter(tickets::concert_id.eq(id))).execute(c).await?;
                diesel::delete(prices::table.filter(prices::concert_id.eq(id))).execute(c).await?;
                diesel::delete(sections::table.filter(sections::concert_id.eq(id))).execute(c).await?;
                let draft = concerts::table
                    .find(id)
                    .filter(concerts::revision.eq(revision))
                    .filter(concerts::status.eq(ConcertStatus::Draft.as_str()));
                diesel::delete(draft).execute(c).await
            })
        })
        .await
    }
}

impl SqlUnit {
    /// The version that this unit of work has just given a concert. The unit holds the row's lock until it ends.
    async fn version_of(&mut self, id: Id) -> Result<u64, StoreError> {
        let version = self.run(async |conn| {
            on_conn!(conn, |c| concerts::table.find(id).select(concerts::version).first::<i64>(c).await)
        });
        number("concerts.version", version.await?)
    }
}
