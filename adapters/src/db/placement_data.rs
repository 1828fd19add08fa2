//! Reads all data that decides a batch of bookings, in one statement.
//!
//! A round trip costs more than the rows read here, and other requests wait while a unit of work is open. The parts of
//! the union have little in common, so each fills only the columns that it needs, and they are read by name.

use std::sync::Arc;

use boxoffice_domain::bookings::CustomerHoldings;
use boxoffice_domain::concerts::{ConcertRepository, SectionRepository, TicketNumber, TicketState, TicketStatus};
use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord, Operation, ScopedKey};
use boxoffice_domain::sales::placement::{PlacementData, PlacementQuery, SaleTerms};
use boxoffice_domain::shared::{BookingId, StoreError};
use diesel::QueryableByName;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::row::NamedRow;
use diesel::sql_types::{BigInt, Binary, Nullable, Text, Untyped};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::batch::{Bound, Statement, Value, json};
use super::conn::on_conn;
use super::rows::{number, parse_enum};
use super::types::{Bytes, Id, Micros};
use super::unit_of_work::SqlUnit;

/// The concert's revision, known idempotency keys, the holdings of users and the states of tickets.
struct ReadPlacementData;

/// The column `part`: the part of the union that a row belongs to.
mod part {
    pub(super) const CONCERT: i64 = 1;
    pub(super) const KEY: i64 = 2;
    pub(super) const HOLDINGS: i64 = 3;
    pub(super) const TICKET: i64 = 4;
}

impl Statement for ReadPlacementData {
    const MYSQL: &'static str = "SELECT 1 AS part, NULL AS number, NULL AS status, NULL AS booking_id, \
            NULL AS user_id, NULL AS tickets, NULL AS pending_bookings, NULL AS operation, NULL AS idem_key, \
            NULL AS command_hash, NULL AS resource_id, NULL AS created_at, c.revision AS revision \
        FROM concerts c WHERE c.id = ? \
        UNION ALL \
        SELECT 2, NULL, NULL, NULL, k.user_id, NULL, NULL, k.operation, k.idem_key, k.command_hash, k.resource_id, \
            k.created_at, NULL \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$[0]', operation VARCHAR(32) PATH '$[1]', \
            idem_key VARCHAR(255) PATH '$[2]')) j \
        STRAIGHT_JOIN idempotency_keys k \
        ON k.user_id = UNHEX(j.user) AND k.operation = j.operation AND k.idem_key = CAST(j.idem_key AS BINARY) \
        UNION ALL \
        SELECT 3, NULL, NULL, NULL, p.user_id, p.tickets, p.pending_bookings, NULL, NULL, NULL, NULL, NULL, NULL \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$')) j \
        STRAIGHT_JOIN purchases p FORCE INDEX (PRIMARY) ON p.concert_id = ? AND p.user_id = UNHEX(j.user) \
        UNION ALL \
        SELECT 4, t.number, t.status, t.booking_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(number INT PATH '$')) j \
        STRAIGHT_JOIN tickets t FORCE INDEX (PRIMARY) ON t.concert_id = ? AND t.number = j.number";
    const SQLITE: &'static str = "SELECT 1 AS part, NULL AS number, NULL AS status, NULL AS booking_id, \
            NULL AS user_id, NULL AS tickets, NULL AS pending_bookings, NULL AS operation, NULL AS idem_key, \
            NULL AS command_hash, NULL AS resource_id, NULL AS created_at, c.revision AS revision \
        FROM concerts c WHERE c.id = ? \
        UNION ALL \
        SELECT 2, NULL, NULL, NULL, k.user_id, NULL, NULL, k.operation, k.idem_key, k.command_hash, k.resource_id, \
            k.created_at, NULL \
        FROM json_each(?) j CROSS JOIN idempotency_keys k \
        ON k.user_id = unhex(j.value ->> 0) AND k.operation = j.value ->> 1 \
            AND k.idem_key = CAST(j.value ->> 2 AS BLOB) \
        UNION ALL \
        SELECT 3, NULL, NULL, NULL, p.user_id, p.tickets, p.pending_bookings, NULL, NULL, NULL, NULL, NULL, NULL \
        FROM json_each(?) j CROSS JOIN purchases p ON p.concert_id = ? AND p.user_id = unhex(j.value) \
        UNION ALL \
        SELECT 4, t.number, t.status, t.booking_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL \
        FROM json_each(?) j CROSS JOIN tickets t ON t.concert_id = ? AND t.number = j.value";
    type Columns = Untyped;
}

/// A row of the union.
enum PlacementRow {
    Concert { revision: i64 },
    Key(KeyRow),
    Holdings(HoldingsRow),
    Ticket(TicketRow),
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Binary)]
    user_id: Id,
    #[diesel(sql_type = Text)]
    operation: String,
    #[diesel(sql_type = Binary)]
    idem_key: Vec<u8>,
    #[diesel(sql_type = Binary)]
    command_hash: Bytes<32>,
    #[diesel(sql_type = Binary)]
    resource_id: Id,
    #[diesel(sql_type = BigInt)]
    created_at: Micros,
}

#[derive(QueryableByName)]
struct HoldingsRow {
    #[diesel(sql_type = Binary)]
    user_id: Id,
    #[diesel(sql_type = BigInt)]
    tickets: i64,
    #[diesel(sql_type = BigInt)]
    pending_bookings: i64,
}

#[derive(QueryableByName)]
struct TicketRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Binary>)]
    booking_id: Option<Id>,
}

impl<DB> QueryableByName<DB> for PlacementRow
where
    DB: Backend,
    i64: FromSql<BigInt, DB>,
    KeyRow: QueryableByName<DB>,
    HoldingsRow: QueryableByName<DB>,
    TicketRow: QueryableByName<DB>,
{
    fn build<'row>(row: &impl NamedRow<'row, DB>) -> deserialize::Result<Self> {
        match NamedRow::get::<BigInt, i64>(row, "part")? {
            part::CONCERT => Ok(Self::Concert { revision: NamedRow::get::<BigInt, i64>(row, "revision")? }),
            part::KEY => KeyRow::build(row).map(Self::Key),
            part::HOLDINGS => HoldingsRow::build(row).map(Self::Holdings),
            part::TICKET => TicketRow::build(row).map(Self::Ticket),
            unknown => Err(format!("the placement data has no part {unknown}").into()),
        }
    }
}

impl TryFrom<KeyRow> for IdempotencyRecord {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let key = String::from_utf8_lossy(&row.idem_key);
        Ok(Self {
            key: ScopedKey {
                user: row.user_id.into(),
                operation: parse_enum("idempotency_keys.operation", &row.operation, Operation::parse)?,
                key: parse_enum("idempotency_keys.idem_key", &key, IdempotencyKey::parse)?,
            },
            command: CommandHash::from_bytes(row.command_hash.0),
            resource: Uuid::from_bytes(row.resource_id.0),
            at: row.created_at.into(),
        })
    }
}

impl TryFrom<HoldingsRow> for CustomerHoldings {
    type Error = StoreError;

    fn try_from(row: HoldingsRow) -> Result<Self, StoreError> {
        Ok(Self {
            user: row.user_id.into(),
            tickets: number("purchases.tickets", row.tickets)?,
            pending_bookings: number("purchases.pending_bookings", row.pending_bookings)?,
        })
    }
}

impl TryFrom<TicketRow> for TicketState {
    type Error = StoreError;

    fn try_from(row: TicketRow) -> Result<Self, StoreError> {
        Ok(Self {
            number: TicketNumber::new(number("tickets.number", row.number)?),
            status: parse_enum("tickets.status", &row.status, TicketStatus::parse)?,
            booking: row.booking_id.map(BookingId::from),
        })
    }
}

impl SqlUnit {
    /// Reads all data that decides a batch of bookings. The sale terms, which only an organiser changes, are read only
    /// if the concert's revision has changed.
    pub(super) async fn read_placement_data(
        &mut self,
        query: &PlacementQuery<'_>,
    ) -> Result<PlacementData, StoreError> {
        let rows = self.run(async |conn| {
            let key = |key: &ScopedKey| (Id::from(key.user), key.operation.as_str(), key.key.as_str().to_owned());
            let keys = json(query.keys.iter().map(key))?;
            let users = json(query.users.iter().map(|user| Id::from(*user)))?;
            let tickets = json(query.tickets.iter().map(|number| number.get()))?;
            let concert = || Value::Id(query.concert.into());
            let values =
                [concert(), Value::Text(&keys), Value::Text(&users), concert(), Value::Text(&tickets), concert()];
            on_conn!(conn, |c| Bound::<ReadPlacementData>::new(&values).load::<PlacementRow>(c).await)
        });
        let mut revision = None;
        let mut data = PlacementData { terms: None, keys: Vec::new(), holdings: Vec::new(), tickets: Vec::new() };
        for row in rows.await? {
            match row {
                PlacementRow::Concert { revision: read } => revision = Some(number::<u64>("concerts.revision", read)?),
                PlacementRow::Key(row) => data.keys.push(row.try_into()?),
                PlacementRow::Holdings(row) => data.holdings.push(row.try_into()?),
                PlacementRow::Ticket(row) => data.tickets.push(row.try_into()?),
            }
        }
        data.terms = match (revision, query.known_terms) {
            (None, _) => None,
            (Some(revision), Some(known)) if known.revision() == revision => Some(Arc::clone(known)),
            (Some(_), _) => self.terms(query).await?.map(Arc::new),
        };
        Ok(data)
    }

    async fn terms(&mut self, query: &PlacementQuery<'_>) -> Result<Option<SaleTerms>, StoreError> {
        let Some(concert) = ConcertRepository::get(self, query.concert).await? else {
            return Ok(None);
        };
        let prices = SectionRepository::prices(self, query.concert).await?;
        Ok(Some(SaleTerms::new(concert, prices)))
    }
}
