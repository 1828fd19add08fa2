//! A booking service by hand over hyper and `mysql_async`. It books two named seats in one transaction: the idempotency
//! key, the claim of the tickets, the booking and its tickets. It has no framework, events, caps, counters or cache.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;

use boxoffice_adapters::security::JwtTokens;
use boxoffice_adapters::system::{SystemClock, SystemIds};
use boxoffice_domain::shared::{Clock, IdGenerator};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use mysql_async::prelude::Queryable;
use mysql_async::{Opts, OptsBuilder, Pool, PoolOpts, TxOpts};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::JSON;
use crate::Failure;
use crate::subject::users::tokens;
use crate::subject::{Concert, Database, VenueLayout};

/// The price of every ticket, in minor units. A concert's prices do not change often, so they need no statement.
const PRICE: i64 = 4_500;
const HOLD_SECONDS: i64 = 7_200;

/// What such a service needs: seats by label, bookings of a user, overdue holds, keys of a user.
const TABLES: &str = "CREATE TABLE tickets ( \
        concert_id BINARY(16) NOT NULL, seat VARCHAR(24) NOT NULL, booking_id BINARY(16) NULL, \
        PRIMARY KEY (concert_id, seat)); \
    CREATE TABLE bookings ( \
        id BINARY(16) PRIMARY KEY, concert_id BINARY(16) NOT NULL, user_id BINARY(16) NOT NULL, \
        status VARCHAR(16) NOT NULL, total_amount BIGINT NOT NULL, expires_at BIGINT NOT NULL, \
        created_at BIGINT NOT NULL, KEY (user_id, id), KEY (status, expires_at)); \
    CREATE TABLE booking_tickets ( \
        booking_id BINARY(16) NOT NULL, concert_id BINARY(16) NOT NULL, seat VARCHAR(24) NOT NULL, \
        price BIGINT NOT NULL, PRIMARY KEY (booking_id, seat)); \
    CREATE TABLE idempotency_keys ( \
        user_id BINARY(16) NOT NULL, idem_key VARBINARY(255) NOT NULL, booking_id BINARY(16) NOT NULL, \
        created_at BIGINT NOT NULL, PRIMARY KEY (user_id, idem_key))";

/// Counts claimed tickets without a row in their booking, such rows without a claim, and bookings of another number of
/// tickets than two or without a key.
const VIOLATIONS: &str = "SELECT CAST( \
    (SELECT COUNT(*) FROM tickets t LEFT JOIN booking_tickets b USING (booking_id, concert_id, seat) \
        WHERE t.booking_id IS NOT NULL AND b.seat IS NULL) + \
    (SELECT COUNT(*) FROM booking_tickets b LEFT JOIN tickets t USING (booking_id, concert_id, seat) \
        WHERE t.seat IS NULL) + \
    (SELECT COUNT(*) FROM bookings b WHERE \
        (SELECT COUNT(*) FROM booking_tickets t WHERE t.booking_id = b.id) <> 2 OR \
        NOT EXISTS (SELECT 1 FROM idempotency_keys k WHERE k.user_id = b.user_id AND k.booking_id = b.id)) \
    AS CHAR) AS value";

/// Creates the tables.
pub(crate) async fn create_tables(database: &Database) -> Result<(), Failure> {
    database.execute(TABLES).await
}

/// Creates the tickets of a new concert.
pub(crate) async fn put_on_sale(database: &Database, layout: VenueLayout) -> Result<Concert, Failure> {
    let id = SystemIds::new(Arc::new(SystemClock)).next_uuid();
    let VenueLayout { sections, rows, seats } = layout;
    let tickets = format!(
        "INSERT INTO tickets SELECT UNHEX('{}'), CONCAT('S', section.seq, '-', r.seq, '-', seat.seq), NULL \
         FROM seq_1_to_{sections} section, seq_1_to_{rows} r, seq_1_to_{seats} seat",
        id.simple()
    );
    database.execute(&tickets).await?;
    Ok(Concert { id: id.to_string(), layout })
}

/// `None` if what is stored is valid.
pub(crate) async fn audit(database: &Database) -> Result<Option<String>, Failure> {
    let violations = database.value(VIOLATIONS).await?;
    Ok((violations != "0").then(|| format!("{violations} tickets and bookings that do not fit each other")))
}

struct Service {
    pool: Pool,
    tokens: JwtTokens,
    ids: SystemIds,
}

#[derive(Deserialize)]
struct BookingRequest {
    concert_id: Uuid,
    seats: [String; 2],
}

type Answer = (StatusCode, Value);

pub(super) async fn serve(listener: TcpListener, database: &str) -> Result<(), Failure> {
    // As many connections as transactions at a time, without a round trip to reset them in between.
    let options = OptsBuilder::from_opts(Opts::from_url(database)?)
        .pool_opts(PoolOpts::new().with_reset_connection(false))
        .setup(vec!["SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"]);
    let ids = SystemIds::new(Arc::new(SystemClock));
    let service = Arc::new(Service { pool: Pool::new(options), tokens: tokens()?, ids });
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = service.clone();
        let answer = service_fn(move |request| {
            let service = service.clone();
            async move { Ok::<_, Infallible>(service.answer(request).await) }
        });
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

impl Service {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (status, body) = self
            .book(request)
            .await
            .unwrap_or_else(|failure| (StatusCode::INTERNAL_SERVER_ERROR, json!({ "detail": failure.to_string() })));
        let mut response = Response::new(Full::new(body.to_string().into()));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        response
    }

    async fn book(&self, request: Request<Incoming>) -> Result<Answer, Failure> {
        let now = SystemClock.now();
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let token = header(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        let (Some(user), Some(key)) =
            (token.and_then(|token| self.tokens.verify(token, now)), header("idempotency-key").map(str::to_owned))
        else {
            return Ok((StatusCode::BAD_REQUEST, json!({ "detail": "a token and a key are needed" })));
        };
        let user = user.user.uuid();
        let BookingRequest { concert_id, seats: [first, second] } =
            serde_json::from_slice(&request.into_body().collect().await?.to_bytes())?;
        let (booking, created_at) = (self.ids.next_uuid(), now.micros());
        let (expires_at, total) = (now.plus_seconds(HOLD_SECONDS).micros(), 2 * PRICE);

        let mut unit = self.pool.start_transaction(TxOpts::default()).await?;
        let note = "INSERT IGNORE INTO idempotency_keys VALUES (?, ?, ?, ?)";
        unit.exec_drop(note, (user.as_bytes(), &key, booking.as_bytes(), created_at)).await?;
        if unit.affected_rows() == 0 {
            let known = "SELECT booking_id FROM idempotency_keys WHERE user_id = ? AND idem_key = ?";
            let known: Option<Vec<u8>> = unit.exec_first(known, (user.as_bytes(), &key)).await?;
            let known = Uuid::from_slice(&known.unwrap_or_default())?;
            return Ok((StatusCode::CREATED, json!({ "id": known })));
        }
        let claim = "UPDATE tickets SET booking_id = ? WHERE concert_id = ? AND seat IN (?, ?) AND booking_id IS NULL";
        unit.exec_drop(claim, (booking.as_bytes(), concert_id.as_bytes(), &first, &second)).await?;
        if unit.affected_rows() != 2 {
            unit.rollback().await?;
            return Ok((StatusCode::CONFLICT, json!({ "detail": "the seats are taken" })));
        }
        let write = "INSERT INTO bookings VALUES (?, ?, ?, 'pending', ?, ?, ?)";
        let row = (booking.as_bytes(), concert_id.as_bytes(), user.as_bytes(), total, expires_at, created_at);
        unit.exec_drop(write, row).await?;
        let write = "INSERT INTO booking_tickets VALUES (?, ?, ?, ?), (?, ?, ?, ?)";
        let (id, concert) = (booking.as_bytes(), concert_id.as_bytes());
        unit.exec_drop(write, (id, concert, &first, PRICE, id, concert, &second, PRICE)).await?;
        unit.commit().await?;
        let body = json!({
            "id": booking, "concert_id": concert_id, "status": "pending", "seats": [first, second],
            "total_amount": total, "expires_at": now.plus_seconds(HOLD_SECONDS).to_rfc3339(),
        });
        Ok((StatusCode::CREATED, body))
    }
}
