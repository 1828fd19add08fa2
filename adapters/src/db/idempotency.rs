//! Idempotency records: committed requests, by the keys that clients chose.

use async_trait::async_trait;
use boxoffice_domain::idempotency::{
    CommandHash, IdempotencyKey, IdempotencyQueries, IdempotencyRecord, IdempotencyRepository, Operation, ScopedKey,
};
use boxoffice_domain::shared::StoreError;
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::batch::{Bound, Statement, Value, json};
use super::conn::{Conn, on_conn};
use super::database::Database;
use super::insert::Inserts;
use super::rows::parse_enum;
use super::types::{Bytes, Id, Micros};
use super::unit_of_work::SqlUnit;

/// The records of the given keys that exist.
struct FindKeys;

impl Statement for FindKeys {
    const MYSQL: &'static str = "SELECT k.user_id, k.operation, k.idem_key, k.command_hash, k.resource_id, \
            k.created_at \
        FROM JSON_TABLE(?, '$[*]' COLUMNS(user CHAR(32) PATH '$[0]', operation VARCHAR(32) PATH '$[1]', \
            idem_key VARCHAR(255) PATH '$[2]')) j \
        STRAIGHT_JOIN idempotency_keys k FORCE INDEX (PRIMARY) \
        ON k.user_id = UNHEX(j.user) AND k.operation = j.operation AND k.idem_key = CAST(j.idem_key AS BINARY)";
    const SQLITE: &'static str = "SELECT k.user_id, k.operation, k.idem_key, k.command_hash, k.resource_id, \
            k.created_at \
        FROM json_each(?) j CROSS JOIN idempotency_keys k \
        ON k.user_id = unhex(j.value ->> 0) AND k.operation = j.value ->> 1 \
            AND k.idem_key = CAST(j.value ->> 2 AS BLOB)";
    type Columns = (Binary, Text, Binary, Binary, Binary, BigInt);
}

const RECORDS: &str = "idempotency_keys (user_id, operation, idem_key, command_hash, resource_id, created_at)";

type RecordRow = (Id, String, Vec<u8>, Bytes<32>, Id, Micros);

fn remembered((user, operation, key, command, resource, at): RecordRow) -> Result<IdempotencyRecord, StoreError> {
    let key = String::from_utf8_lossy(&key);
    Ok(IdempotencyRecord {
        key: ScopedKey {
            user: user.into(),
            operation: parse_enum("idempotency_keys.operation", &operation, Operation::parse)?,
            key: parse_enum("idempotency_keys.idem_key", &key, IdempotencyKey::parse)?,
        },
        command: CommandHash::from_bytes(command.0),
        resource: Uuid::from_bytes(resource.0),
        at: at.into(),
    })
}

async fn find(conn: &mut Conn, keys: &[ScopedKey]) -> QueryResult<Vec<RecordRow>> {
    let key = |key: &ScopedKey| (Id::from(key.user), key.operation.as_str(), key.key.as_str().to_owned());
    let keys = json(keys.iter().map(key))?;
    let values = [Value::Text(&keys)];
    on_conn!(conn, |c| Bound::<FindKeys>::new(&values).load(c).await)
}

#[async_trait]
impl IdempotencyQueries for Database {
    async fn known(&self, keys: &[ScopedKey]) -> Result<Vec<IdempotencyRecord>, StoreError> {
        let rows = self.pools.reads.read(async |conn| find(conn, keys).await).await?;
        rows.into_iter().map(remembered).collect()
    }
}

#[async_trait]
impl IdempotencyRepository for SqlUnit {
    async fn find(&mut self, keys: &[ScopedKey]) -> Result<Vec<IdempotencyRecord>, StoreError> {
        self.run(async |conn| find(conn, keys).await).await?.into_iter().map(remembered).collect()
    }

    async fn remember(&mut self, requests: &[IdempotencyRecord]) -> Result<(), StoreError> {
        let written = self.run(async |conn| {
            let mut rows: Vec<_> = requests
                .iter()
                .map(|request| {
                    let ScopedKey { user, operation, key } = &request.key;
                    let resource = Bytes(request.resource.into_bytes());
                    let command = Bytes(*request.command.bytes());
                    (
                        Id::from(*user),
                        operation.as_str(),
                        key.as_str().as_bytes(),
                        command,
                        resource,
                        request.at.micros(),
                    )
                })
                .collect();
            rows.sort_unstable();
            Inserts::on(conn).rows(RECORDS, rows).execute(conn).await
        });
        match written.await {
            Ok(()) => Ok(()),
            Err(failure) if failure.violates_uniqueness() => Err(StoreError::Contention),
            Err(failure) => Err(failure.into()),
        }
    }
}
