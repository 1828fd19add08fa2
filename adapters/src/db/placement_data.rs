//! Reads all data that decides a batch of bookings, in one statement.
//!
//! A round trip costs more than the rows read here, and other requests wait while a unit of work is open. The parts of
//! the union have nothing in common, so each fills only the columns that it needs.

use std::sync::Arc;

use boxoffice_domain::bookings::CustomerHoldings;
use boxoffice_domain::concerts::{ConcertRepository, SectionRepository, TicketNumber, TicketState, TicketStatus};
use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord, Operation, ScopedKey};
use boxoffice_domain::sales::placement::{PlacementData, PlacementQuery, SaleTerms};
use boxoffice_domain::shared::{BookingId, StoreError};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::batch::{Bound, Statement, Value, json};
use super::conn::on_conn;
use super::rows::{number, parse_enum};
use super::types::{Bytes, Id, Micros};
use super::unit_of_work::SqlUnit;

/// The concert's revision, known idempotency keys, the holdings of users and the states of tickets.
struct ReadPlacementData;

/// The first column: the part of the union that a row belongs to.
mod part {
    pub(super) const CONCERT: i64 = 1;
    pub(super) const KEY: i64 = 2;
    pub(super) const PURCHASE: i64 = 3;
    pub(super) const TICKET: i64 = 4;
}

impl Statement for ReadPlacementData {
    const MYSQL: &'static str = "SELECT 1, c.revision, 0, NULL, NULL, NULL, NULL, NULL FROM concerts c WHERE c.id = ? \
        UNION ALL \
        SELECT 2, k.created_at, 0, k.user_id, k.resource_id, k.idem_key, k.command_hash, k.operation \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$[0]', operation VARCHAR(32) PATH '$[1]', \
            idem_key VARCHAR(255) PATH '$[2]')) j \
        STRAIGHT_JOIN idempotency_keys k \
        ON k.user_id = UNHEX(j.user) AND k.operation = j.operation AND k.idem_key = CAST(j.idem_key AS BINARY) \
        UNION ALL \
        SELECT 3, p.tickets, p.pending_bookings, p.user_id, NULL, NULL, NULL, NULL \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$')) j \
        STRAIGHT_JOIN purchases p FORCE INDEX (PRIMARY) ON p.concert_id = ? AND p.user_id = UNHEX(j.user) \
        UNION ALL \
        SELECT 4, t.number, 0, t.booking_id, NULL, NULL, NULL, t.status \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(number INT PATH '$')) j \
        STRAIGHT_JOIN tickets t FORCE INDEX (PRIMARY) ON t.concert_id = ? AND t.number = j.number";
    const SQLITE: &'static str = "SELECT 1, c.revision, 0, NULL, NULL, NULL, NULL, NULL FROM concerts c WHERE c.id = ? \
        UNION ALL \
        SELECT 2, k.created_at, 0, k.user_id, k.resource_id, k.idem_key, k.command_hash, k.operation \
        FROM json_each(?) j CROSS JOIN idempotency_keys k \
        ON k.user_id = unhex(j.value ->> 0) AND k.operation = j.value ->> 1 \
            AND k.idem_key = CAST(j.value ->> 2 AS BLOB) \
        UNION ALL \
        SELECT 3, p.tickets, p.pending_bookings, p.user_id, NULL, NULL, NULL, NULL \
        FROM json_each(?) j CROSS JOIN purchases p ON p.concert_id = ? AND p.user_id = unhex(j.value) \
        UNION ALL \
        SELECT 4, t.number, 0, t.booking_id, NULL, NULL, NULL, t.status \
        FROM json_each(?) j CROSS JOIN tickets t ON t.concert_id = ? AND t.number = j.value";
    type Columns = (
        BigInt,
        BigInt,
        BigInt,
        Nullable<Binary>,
        Nullable<Binary>,
        Nullable<Binary>,
        Nullable<Binary>,
        Nullable<Text>,
    );
}

type Row = (i64, i64, i64, Option<Id>, Option<Id>, Option<Vec<u8>>, Option<Bytes<32>>, Option<String>);

/// The error for a row that lacks a column which its part always fills.
fn missing_column() -> StoreError {
    StoreError::inconsistent("a row of the placement data lacks a column")
}

fn remembered(row: Row) -> Result<IdempotencyRecord, StoreError> {
    let (_, at, _, Some(user), Some(resource), Some(key), Some(command), Some(operation)) = row else {
        return Err(missing_column());
    };
    Ok(IdempotencyRecord {
        key: ScopedKey {
            user: user.into(),
            operation: parse_enum("idempotency_keys.operation", &operation, Operation::parse)?,
            key: parse_enum("idempotency_keys.idem_key", &String::from_utf8_lossy(&key), IdempotencyKey::parse)?,
        },
        command: CommandHash::from_bytes(command.0),
        resource: Uuid::from_bytes(resource.0),
        at: Micros(at).into(),
    })
}

fn purchase((_, tickets, pending_bookings, user, ..): Row) -> Result<CustomerHoldings, StoreError> {
    Ok(CustomerHoldings {
        user: user.ok_or_else(missing_column)?.into(),
        tickets: number("purchases.tickets", tickets)?,
        pending_bookings: number("purchases.pending_bookings", pending_bookings)?,
    })
}

fn ticket((_, ticket, _, booking, .., status): Row) -> Result<TicketState, StoreError> {
    Ok(TicketState {
        number: TicketNumber::new(number("tickets.number", ticket)?),
        status: parse_enum("tickets.status", &status.ok_or_else(missing_column)?, TicketStatus::parse)?,
        booking: booking.map(BookingId::from),
    })
}

impl SqlUnit {
    /// Reads all data that decides a batch of bookings. The sale terms, which only an organiser changes, are read only
    /// if the concert's revision has changed.
    pub(super) async fn read_placement_data(
        &mut self,
        questions: &PlacementQuery<'_>,
    ) -> Result<PlacementData, StoreError> {
        let rows = self.run(async |conn| {
            let key = |key: &ScopedKey| (Id::from(key.user), key.operation.as_str(), key.key.as_str().to_owned());
            let keys = json(questions.keys.iter().map(key))?;
            let users = json(questions.users.iter().map(|user| Id::from(*user)))?;
            let tickets = json(questions.tickets.iter().map(|number| number.get()))?;
            let concert = || Value::Id(questions.concert.into());
            let values =
                [concert(), Value::Text(&keys), Value::Text(&users), concert(), Value::Text(&tickets), concert()];
            on_conn!(conn, |c| Bound::<ReadPlacementData>::new(&values).load::<Row>(c).await)
        });
        let mut revision = None;
        let mut data = PlacementData { terms: None, keys: Vec::new(), holdings: Vec::new(), tickets: Vec::new() };
        for row in rows.await? {
            match row.0 {
                part::CONCERT => revision = Some(number::<u64>("concerts.revision", row.1)?),
                part::KEY => data.keys.push(remembered(row)?),
                part::PURCHASE => data.holdings.push(purchase(row)?),
                part::TICKET => data.tickets.push(ticket(row)?),
                _ => return Err(missing_column()),
            }
        }
        data.terms = match (revision, questions.known_terms) {
            (None, _) => None,
            (Some(revision), Some(known)) if known.revision() == revision => Some(Arc::clone(known)),
            (Some(_), _) => self.terms(questions).await?.map(Arc::new),
        };
        Ok(data)
    }

    async fn terms(&mut self, questions: &PlacementQuery<'_>) -> Result<Option<SaleTerms>, StoreError> {
        let Some(concert) = ConcertRepository::get(self, questions.concert).await? else {
            return Ok(None);
        };
        let prices = SectionRepository::prices(self, questions.concert).await?;
        Ok(Some(SaleTerms::new(concert, prices)))
    }
}
