//! Sections with their prices and counters, inside a unit of work.

use std::collections::BTreeSet;

use async_trait::async_trait;
use boxoffice_domain::concerts::{CountChange, PriceCategory, Section, SectionRepository};
use boxoffice_domain::shared::{ConcertId, StoreError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::batch::{NoColumns, Statement, Value, execute, json};
use super::conn::{Conn, on_conn};
use super::insert::Inserts;
use super::rows::{PriceRow, SectionRow, assemble_sections, number, price_category};
use super::schema::{prices, sections};
use super::types::Id;
use super::unit_of_work::SqlUnit;

/// Adds to the counters of sections.
struct ChangeCounts;

impl Statement for ChangeCounts {
    const MYSQL: &'static str = "UPDATE \
        JSON_TABLE(?, '$[*]' COLUMNS(position INT PATH '$[0]', available INT PATH '$[1]', held INT PATH '$[2]', \
            sold INT PATH '$[3]', blocked INT PATH '$[4]', revenue BIGINT PATH '$[5]')) j \
        STRAIGHT_JOIN sections s FORCE INDEX (PRIMARY) \
        ON s.concert_id = ? AND s.position = j.position \
        SET s.available = s.available + j.available, s.held = s.held + j.held, s.sold = s.sold + j.sold, \
            s.blocked = s.blocked + j.blocked, s.revenue = s.revenue + j.revenue";
    const SQLITE: &'static str = "WITH j AS MATERIALIZED (SELECT ?2 AS concert, value ->> 0 AS position, \
            value ->> 1 AS available, value ->> 2 AS held, value ->> 3 AS sold, value ->> 4 AS blocked, \
            value ->> 5 AS revenue FROM json_each(?1)) \
        UPDATE sections SET available = sections.available + j.available, held = sections.held + j.held, \
            sold = sections.sold + j.sold, blocked = sections.blocked + j.blocked, \
            revenue = sections.revenue + j.revenue \
        FROM j WHERE concert_id = j.concert AND sections.position = j.position";
    type Columns = NoColumns;
}

const PRICES: &str = "prices (concert_id, position, code, ordinal, name, amount, audience)";

async fn add_prices(conn: &mut Conn, concert: ConcertId, sections: &[Section]) -> QueryResult<()> {
    let rows: Vec<PriceRow> = sections.iter().flat_map(|section| PriceRow::of_section(concert, section)).collect();
    Inserts::on(conn).rows(PRICES, rows.iter().map(PriceRow::values)).execute(conn).await
}

/// The sections of a concert by position.
pub(super) async fn sections_of(conn: &mut Conn, concert: Id) -> QueryResult<Vec<SectionRow>> {
    on_conn!(conn, |c| {
        sections::table
            .filter(sections::concert_id.eq(concert))
            .order(sections::position)
            .select(SectionRow::as_select())
            .load(c)
            .await
    })
}

/// The prices of a concert, by position and in the order in which they are offered.
pub(super) async fn prices_of(conn: &mut Conn, concert: Id) -> QueryResult<Vec<PriceRow>> {
    on_conn!(conn, |c| {
        prices::table
            .filter(prices::concert_id.eq(concert))
            .order((prices::position, prices::ordinal))
            .select(PriceRow::as_select())
            .load(c)
            .await
    })
}

#[async_trait]
impl SectionRepository for SqlUnit {
    async fn add_all(&mut self, concert: ConcertId, sections: &[Section]) -> Result<(), StoreError> {
        let rows = sections.iter().map(|section| SectionRow::new(concert, section)).collect::<Result<Vec<_>, _>>()?;
        self.run(async |conn| {
            for row in &rows {
                on_conn!(&mut *conn, |c| diesel::insert_into(sections::table).values(row).execute(c).await)?;
            }
            add_prices(conn, concert, sections).await
        })
        .await?;
        Ok(())
    }

    async fn of_concert(&mut self, concert: ConcertId) -> Result<Vec<Section>, StoreError> {
        let concert = Id::from(concert);
        let (sections, prices) =
            self.run(async |conn| Ok((sections_of(conn, concert).await?, prices_of(conn, concert).await?))).await?;
        assemble_sections(sections, prices)
    }

    async fn prices(&mut self, concert: ConcertId) -> Result<Vec<(u16, PriceCategory)>, StoreError> {
        let concert = Id::from(concert);
        let rows = self.run(async |conn| prices_of(conn, concert).await).await?;
        rows.into_iter().map(price_category).collect()
    }

    async fn available(&mut self, concert: ConcertId, position: u16) -> Result<u32, StoreError> {
        let key = (Id::from(concert), i64::from(position));
        let available = self.run(async |conn| {
            on_conn!(conn, |c| sections::table.find(key).select(sections::available).first::<i64>(c).await)
        });
        number("sections.available", available.await?)
    }

    async fn replace_prices(&mut self, concert: ConcertId, sections: &[Section]) -> Result<(), StoreError> {
        let positions: BTreeSet<i64> = sections.iter().map(|section| section.position.into()).collect();
        self.run(async |conn| {
            for position in &positions {
                on_conn!(&mut *conn, |c| {
                    let old = prices::table
                        .filter(prices::concert_id.eq(Id::from(concert)))
                        .filter(prices::position.eq(position));
                    diesel::delete(old).execute(c).await
                })?;
            }
            add_prices(conn, concert, sections).await
        })
        .await?;
        Ok(())
    }

    async fn change_counts(&mut self, concert: ConcertId, changes: &[CountChange]) -> Result<(), StoreError> {
        let row = |to: &CountChange| (to.position, to.available, to.held, to.sold, to.blocked, to.revenue);
        let mut rows: Vec<_> = changes.iter().map(row).collect();
        rows.sort_unstable();
        self.run_exactly(rows.len(), async |conn| {
            let rows = json(&rows)?;
            execute::<ChangeCounts>(conn, &[Value::Text(&rows), Value::Id(concert.into())]).await
        })
        .await
    }
}
