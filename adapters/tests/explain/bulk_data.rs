//! A large database, written by statements that each insert very many rows.
//!
//! Beside what [`Fixture::write`](super::fixture::Fixture::write) writes: a concert of 1,000,000 tickets, 90 % taken, whose
//! 600,000 bookings have two tickets each (440,000 confirmed, 10,000 pending, the others cancelled or expired); 50,000
//! concerts of 100 tickets with 88 bookings of one ticket each, 80 of them confirmed; 1,000,000 users. Each
//! confirmed booking is paid, and one payment in a hundred was partly refunded. 500,000 entries of the large concert's
//! stream and those of the newest 250,000 users are in the outbox, all delivered. All other streams have only the floors
//! that pruning leaves.

use std::time::Instant;

use boxoffice_domain::concerts::ConcertView;
use boxoffice_domain::shared::UserId;
use boxoffice_testing::FixedClock;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};

/// The number of rows that one statement inserts.
const AT_ONCE: u64 = 200_000;

const BOOKINGS_A_CONCERT: u64 = 88;
const SOLD_A_CONCERT: u64 = 80;
const TICKETS_A_CONCERT: u64 = 100;
const PRICE: u64 = 2_500;

/// Kinds of ids, marked by three digits in their middle.
const USER: &str = "a00";
const BOOKING: &str = "b00";
const CONCERT: &str = "c00";
const PAYMENT: &str = "d00";
const ORGANISER: &str = "e00";
const REFUND: &str = "f10";
const TOKEN: &str = "f20";

/// The numbers of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    users: u64,
    concerts: u64,
    /// Bookings of the large concert, with two tickets each.
    confirmed: u64,
    pending: u64,
    gone: u64,
    events: u64,
    keys: u64,
}

impl Size {
    /// The full size, divided by `scale`.
    pub(crate) const fn divided_by(scale: u64) -> Self {
        Self {
            users: 1_000_000 / scale,
            concerts: 50_000 / scale,
            confirmed: 440_000 / scale,
            pending: 10_000 / scale,
            gone: 150_000 / scale,
            events: 500_000 / scale,
            keys: 200_000 / scale,
        }
    }

    const fn small_bookings(self) -> u64 {
        self.concerts * BOOKINGS_A_CONCERT
    }

    /// The version of the large concert.
    pub(crate) const fn versions(self) -> u64 {
        self.events + 1
    }

    /// The bookings of the large concert that hold tickets.
    const fn live(self) -> u64 {
        self.confirmed + self.pending
    }
}

/// The user who placed the first booking of the large concert, and about five of small concerts.
pub(crate) fn first_customer(size: Size) -> UserId {
    let text = format!("019de368-f500-7000-8{USER}-{:012x}", 7919 % size.users + 1);
    text.parse().unwrap()
}

/// The database that is filled.
pub(crate) enum Target {
    Server(Box<AsyncMysqlConnection>),
    File(SqliteConnection),
}

impl Target {
    pub(crate) async fn open(url: &str) -> Self {
        if url.starts_with("mysql") {
            let mut server = AsyncMysqlConnection::establish(url).await.unwrap();
            // This data need not survive a power cut. A server that refuses the setting is only slower.
            for setting in ["innodb_flush_log_at_trx_commit = 2", "innodb_buffer_pool_size = 3221225472"] {
                drop(server.batch_execute(&format!("SET GLOBAL {setting}")).await);
            }
            for redo in ["innodb_log_file_size = 2147483648", "innodb_redo_log_capacity = 2147483648"] {
                drop(server.batch_execute(&format!("SET GLOBAL {redo}")).await);
            }
            server.batch_execute("SET NAMES utf8mb4 COLLATE utf8mb4_bin").await.unwrap();
            server.batch_execute("SET unique_checks = 0, foreign_key_checks = 0").await.unwrap();
            return Self::Server(Box::new(server));
        }
        let mut file = SqliteConnection::establish(url).unwrap();
        file.batch_execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA busy_timeout = 60000")
            .unwrap();
        Self::File(file)
    }

    async fn run(&mut self, statement: &str) {
        match self {
            Self::Server(server) => server.batch_execute(statement).await,
            Self::File(file) => file.batch_execute(statement),
        }
        .unwrap_or_else(|error| panic!("{error}: {statement}"));
    }

    /// The SQL of the id of a kind and number.
    fn id(&self, kind: &str, number: &str) -> String {
        match self {
            Self::Server(_) => format!("UNHEX(CONCAT('019DE368F50070008{kind}', LPAD(HEX({number}), 12, '0')))"),
            Self::File(_) => format!("unhex(printf('019DE368F50070008{kind}%012x', {number}))"),
        }
    }

    /// The SQL of a text that contains a number.
    fn text(&self, before: &str, number: &str, after: &str) -> String {
        match self {
            Self::Server(_) => format!("CONCAT('{before}', {number}, '{after}')"),
            Self::File(_) => format!("'{before}' || ({number}) || '{after}'"),
        }
    }

    /// The SQL of an integer division.
    fn div(&self, number: &str, by: u64) -> String {
        match self {
            Self::Server(_) => format!("(({number}) DIV {by})"),
            Self::File(_) => format!("(({number}) / {by})"),
        }
    }

    /// Inserts `rows` rows into a table, with `values` for each number `n` from 1.
    async fn fill(&mut self, table: &str, columns: &str, rows: u64, values: &str) {
        let begun = Instant::now();
        let mut from = 1;
        while from <= rows {
            let to = rows.min(from + AT_ONCE - 1);
            let insert =
                format!("INSERT INTO {table} ({columns}) SELECT {values} FROM numbers WHERE n BETWEEN {from} AND {to}");
            self.run(&insert).await;
            from = to + 1;
        }
        eprintln!("{rows:>10} rows of {table} in {:.0?}", begun.elapsed());
    }
}

/// Writes all data.
pub(crate) async fn load(url: &str, size: Size, large: &ConcertView) {
    let mut target = Target::open(url).await;
    numbers(&mut target, size).await;
    users(&mut target, size).await;
    small_concerts(&mut target, size).await;
    small_bookings(&mut target, size).await;
    large_bookings(&mut target, size, large).await;
    large_tickets(&mut target, size, large).await;
    refunds(&mut target, size).await;
    outbox(&mut target, size, large).await;
    floors(&mut target, size).await;
    target.run("DROP TABLE numbers").await;
}

async fn numbers(target: &mut Target, size: Size) {
    let most = (size.concerts * TICKETS_A_CONCERT).max(size.small_bookings()).max(size.users).max(1_000_000);
    target.run("CREATE TABLE numbers (n INTEGER NOT NULL PRIMARY KEY)").await;
    target.run("INSERT INTO numbers VALUES (1)").await;
    let mut count = 1;
    while count < most {
        target.run(&format!("INSERT INTO numbers SELECT n + {count} FROM numbers")).await;
        count *= 2;
    }
}

const START: i64 = FixedClock::START.micros();
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

async fn users(target: &mut Target, size: Size) {
    let (id, name, email) =
        (target.id(USER, "n"), target.text("fan", "n", ""), target.text("fan", "n", "@example.com"));
    let registered = format!("{START} - 400 * {DAY} + n * 30000000");
    let columns = "id, username, email, password_hash, role, status, version, created_at, updated_at";
    let values = format!("{id}, {name}, {email}, 'a hash', 'user', 'active', 1, {registered}, {registered}");
    target.fill("users", columns, size.users, &values).await;
    let (token, user) = (target.id(TOKEN, "n"), target.id(USER, "n"));
    let columns = "id, user_id, family_id, token_hash, issued_at, expires_at";
    let hash = match target {
        Target::Server(_) => "UNHEX(SHA2(n, 256))".to_owned(),
        Target::File(_) => "unhex(printf('%064x', n))".to_owned(),
    };
    let values = format!("{token}, {user}, {token}, {hash}, {START}, {START} + n * 1000000");
    target.fill("refresh_tokens", columns, size.keys, &values).await;
    let columns = "user_id, operation, idem_key, command_hash, resource_id, created_at";
    let key = match target {
        Target::Server(_) => "CAST(CONCAT('key-', n) AS BINARY)",
        Target::File(_) => "CAST('key-' || n AS BLOB)",
    };
    let values = format!("{user}, 'place_booking', {key}, {hash}, {token}, {START} - n * 400000");
    target.fill("idempotency_keys", columns, size.keys, &values).await;
}

async fn small_concerts(target: &mut Target, size: Size) {
    let (id, organiser) = (target.id(CONCERT, "n"), target.id(ORGANISER, "n % 2000"));
    let name = target.text("Concert number ", "n", " of the season");
    let artist = target.text("The Band of ", "n % 5000", "");
    let place = target.text("Town ", "n % 300", "");
    let folded = target.text("concert number ", "n", " of the season the band of ");
    let folded = match target {
        Target::Server(_) => format!("CONCAT({folded}, n % 5000, ' great hall town ', n % 300)"),
        Target::File(_) => format!("{folded} || (n % 5000) || ' great hall town ' || (n % 300)"),
    };
    let folded_artist = target.text("the band of ", "n % 5000", "");
    let folded_place = target.text("town ", "n % 300", "");
    let starts = format!("{START} + (n % 500 - 200) * {DAY} + n");
    let (total, sold, free) = (TICKETS_A_CONCERT, SOLD_A_CONCERT, TICKETS_A_CONCERT - SOLD_A_CONCERT);
    let columns = "id, organiser_id, name, artist, description, venue, location, search_text, search_artist, \
        search_location, time_zone, status, currency, starts_at, sales_start_at, sales_end_at, total, available, version, \
        revision, created_at, updated_at";
    let created = format!("{START} - 500 * {DAY}");
    let values = format!(
        "{id}, {organiser}, {name}, {artist}, 'Two sets, one interval.', 'Great Hall', {place}, {folded}, {folded_artist}, \
        {folded_place}, 'Europe/Berlin', 'on_sale', 'EUR', {starts}, {created}, {starts}, {total}, {free}, 1, 1, \
        {created}, {created}"
    );
    target.fill("concerts", columns, size.concerts, &values).await;
    let columns = "concert_id, position, code, name, kind, layout, first_number, last_number, total, available, held, \
        sold, blocked, revenue";
    let layout = format!("'[{{\"label\":\"1\",\"seats\":{total},\"first\":1}}]'");
    let revenue = sold * PRICE;
    let values =
        format!("{id}, 1, 'A', 'Stalls', 'seated', {layout}, 1, {total}, {total}, {free}, 0, {sold}, 0, {revenue}");
    target.fill("sections", columns, size.concerts, &values).await;
    let values = format!("{id}, 1, 'standard', 1, 'Standard', {PRICE}");
    target.fill("prices", "concert_id, position, code, ordinal, name, amount", size.concerts, &values).await;
    let concert = target.div("n - 1", total);
    let number = format!("((n - 1) % {total} + 1)");
    let booking = target.id(BOOKING, &format!("((n - 1) % {total}) * {} + {concert} + 1", size.concerts));
    let (concert, seat) = (target.id(CONCERT, &format!("{concert} + 1")), target.text("A-1-", &number, ""));
    let values = format!(
        "{concert}, {number}, {seat}, CASE WHEN {number} <= {sold} THEN 'sold' ELSE 'available' END, \
        CASE WHEN {number} <= {sold} THEN {booking} END"
    );
    target.fill("tickets", "concert_id, number, seat, status, booking_id", size.concerts * total, &values).await;
}

const BOOKING_COLUMNS: &str = "id, reference, concert_id, user_id, status, cancel_reason, expires_at, total_amount, \
    currency, ticket_count, payment_id, version, created_at, updated_at";
const BOOKED_COLUMNS: &str = "booking_id, concert_id, number, seat, section_position, category, price";
const PAYMENT_COLUMNS: &str = "id, booking_id, user_id, amount, refunded, currency, method, gateway, transaction_id, \
    status, version, created_at, updated_at";
const PURCHASE_COLUMNS: &str = "concert_id, user_id, tickets, pending_bookings";

fn reference(target: &Target, number: &str) -> String {
    match target {
        Target::Server(_) => format!("LPAD(HEX({number}), 8, 'Z')"),
        Target::File(_) => format!("'Z' || printf('%07X', {number})"),
    }
}

/// The user of a booking of a small concert. Each user has at most one booking per concert.
fn customer(target: &Target, size: Size, number: &str) -> String {
    let round = target.div(number, size.users);
    target.id(USER, &format!("(({number}) * 7919 + {round}) % {} + 1", size.users))
}

/// Booking `n` is the `n / concerts`th of its concert and has the ticket of that number.
async fn small_bookings(target: &mut Target, size: Size) {
    let concerts = size.concerts;
    let rank = target.div("n - 1", concerts);
    let (id, payment, user) = (target.id(BOOKING, "n"), target.id(PAYMENT, "n"), customer(target, size, "n"));
    let concert = target.id(CONCERT, &format!("(n - 1) % {concerts} + 1"));
    let reference = reference(target, "n");
    let sold = format!("n <= {}", concerts * SOLD_A_CONCERT);
    let spread = u64::try_from(400 * DAY).unwrap() / size.small_bookings();
    let placed = format!("{START} - 400 * {DAY} + n * {spread}");
    let values = format!(
        "{id}, {reference}, {concert}, {user}, CASE WHEN {sold} THEN 'confirmed' ELSE 'cancelled' END, \
        CASE WHEN {sold} THEN NULL ELSE 'expired' END, {placed} + 600000000, {PRICE}, 'EUR', 1, \
        CASE WHEN {sold} THEN {payment} END, 2, {placed}, {placed}"
    );
    target.fill("bookings", BOOKING_COLUMNS, size.small_bookings(), &values).await;
    let seat = target.text("A-1-", &format!("{rank} + 1"), "");
    let values = format!("{id}, {concert}, {rank} + 1, {seat}, 1, 'standard', {PRICE}");
    target.fill("booking_tickets", BOOKED_COLUMNS, size.small_bookings(), &values).await;
    let transaction = target.text("tx-", "n", "");
    let values = format!(
        "{payment}, {id}, {user}, {PRICE}, CASE WHEN n % 100 = 0 THEN 100 ELSE 0 END, 'EUR', 'card', 'sandbox', \
        {transaction}, CASE WHEN n % 100 = 0 THEN 'partially_refunded' ELSE 'completed' END, 2, {placed}, {placed}"
    );
    target.fill("payments", PAYMENT_COLUMNS, concerts * SOLD_A_CONCERT, &values).await;
    // Concert by concert, in the order of the primary key.
    let place = target.div("n - 1", BOOKINGS_A_CONCERT);
    let rank = format!("((n - 1) % {BOOKINGS_A_CONCERT})");
    let booking = format!("({rank} * {concerts} + {place} + 1)");
    let (concert, user) = (target.id(CONCERT, &format!("{place} + 1")), customer(target, size, &booking));
    let values = format!("{concert}, {user}, CASE WHEN {rank} < {SOLD_A_CONCERT} THEN 1 ELSE 0 END, 0");
    target.fill("purchases", PURCHASE_COLUMNS, size.small_bookings(), &values).await;
}

fn literal(view: &ConcertView) -> String {
    format!("X'{}'", view.concert.id.uuid().simple())
}

/// Booking `n` of the large concert has the tickets `2n - 1` and `2n`.
async fn large_bookings(target: &mut Target, size: Size, large: &ConcertView) {
    let (before, concert) = (size.small_bookings(), literal(large));
    let number = format!("(n + {before})");
    let (id, payment) = (target.id(BOOKING, &number), target.id(PAYMENT, &number));
    let user = target.id(USER, &format!("(n * 7919) % {} + 1", size.users));
    let (reference, all) = (reference(target, &number), size.live() + size.gone);
    let Size { confirmed, .. } = size;
    let live = size.live();
    let spread = u64::try_from(DAY).unwrap() / all;
    let placed = format!("{START} - {DAY} + n * {spread}");
    let values = format!(
        "{id}, {reference}, {concert}, {user}, \
        CASE WHEN n <= {confirmed} THEN 'confirmed' WHEN n <= {live} THEN 'pending' ELSE 'cancelled' END, \
        CASE WHEN n <= {live} THEN NULL WHEN n % 3 = 0 THEN 'user' ELSE 'expired' END, \
        {START} + {DAY} + n, {PRICE} * 2, 'EUR', 2, CASE WHEN n <= {confirmed} THEN {payment} END, \
        CASE WHEN n <= {confirmed} OR n > {live} THEN 2 ELSE 1 END, {placed}, {placed}"
    );
    target.fill("bookings", BOOKING_COLUMNS, all, &values).await;
    let booking = target.id(BOOKING, &format!("{} + {before}", target.div("n + 1", 2)));
    // Seats are not read here. Their labels only need to be unique.
    let seat = target.text("A-1-", "n", "");
    let section = format!("{} + 1", target.div("n - 1", u64::from(large.plan.sections()[0].capacity())));
    let values = format!("{booking}, {concert}, n, {seat}, {section}, 'standard', {PRICE}");
    target.fill("booking_tickets", BOOKED_COLUMNS, live * 2, &values).await;
    let booking = target.id(BOOKING, &format!("{} + {before} + {live}", target.div("n + 1", 2)));
    let values = format!("{booking}, {concert}, n, {seat}, {section}, 'standard', {PRICE}");
    target.fill("booking_tickets", BOOKED_COLUMNS, size.gone * 2, &values).await;
    let transaction = target.text("tx-", &number, "");
    let values = format!(
        "{payment}, {id}, {user}, {PRICE} * 2, CASE WHEN n % 100 = 0 THEN 100 ELSE 0 END, 'EUR', 'card', 'sandbox', \
        {transaction}, CASE WHEN n % 100 = 0 THEN 'partially_refunded' ELSE 'completed' END, 2, {START}, {START}"
    );
    target.fill("payments", PAYMENT_COLUMNS, confirmed, &values).await;
    let values = format!(
        "{concert}, {user}, CASE WHEN n <= {live} THEN 2 ELSE 0 END, \
        CASE WHEN n > {confirmed} AND n <= {live} THEN 1 ELSE 0 END"
    );
    target.fill("purchases", PURCHASE_COLUMNS, all, &values).await;
}

/// The tickets exist already, and all are available.
async fn large_tickets(target: &mut Target, size: Size, large: &ConcertView) {
    let begun = Instant::now();
    let (concert, before) = (literal(large), size.small_bookings());
    let (sold, taken) = (size.confirmed * 2, size.live() * 2);
    let booking = target.id(BOOKING, &format!("{} + {before}", target.div("number + 1", 2)));
    let mut from = 1;
    while from <= taken {
        let to = taken.min(from + AT_ONCE - 1);
        let update = format!(
            "UPDATE tickets SET booking_id = {booking}, status = CASE WHEN number <= {sold} THEN 'sold' ELSE 'held' END \
            WHERE concert_id = {concert} AND number BETWEEN {from} AND {to}"
        );
        target.run(&update).await;
        from = to + 1;
    }
    for (status, column) in [("sold", "sold"), ("held", "held")] {
        let count = format!(
            "(SELECT COUNT(*) FROM tickets t WHERE t.concert_id = {concert} AND t.status = '{status}' \
            AND t.number BETWEEN sections.first_number AND sections.last_number)"
        );
        let revenue = if status == "sold" { format!(", revenue = {count} * {PRICE}") } else { String::new() };
        let update = format!(
            "UPDATE sections SET available = available - {count}, {column} = {count}{revenue} WHERE concert_id = {concert}"
        );
        target.run(&update).await;
    }
    let events = size.versions();
    let concert_row =
        format!("UPDATE concerts SET available = total - {taken}, version = {events} WHERE id = {concert}");
    target.run(&concert_row).await;
    eprintln!("{taken:>10} tickets taken in {:.0?}", begun.elapsed());
}

async fn refunds(target: &mut Target, size: Size) {
    let columns = "id, payment_id, amount, currency, reason, status, attempts, next_attempt_at, created_at, updated_at";
    let paid = size.concerts * SOLD_A_CONCERT;
    let (id, payment) = (target.id(REFUND, "n"), target.id(PAYMENT, "n * 100"));
    let values = format!("{id}, {payment}, 100, 'EUR', 'rain', 'completed', 1, {START}, {START}, {START}");
    target.fill("refunds", columns, paid / 100, &values).await;
    let (before, first) = (size.small_bookings(), paid / 100);
    let (id, payment) =
        (target.id(REFUND, &format!("n + {first}")), target.id(PAYMENT, &format!("n * 100 + {before}")));
    let values = format!("{id}, {payment}, 100, 'EUR', 'rain', 'completed', 1, {START}, {START}, {START}");
    target.fill("refunds", columns, size.confirmed / 100, &values).await;
}

/// The entries of the large concert and of the newest users' streams, all of which the consumer has passed.
async fn outbox(target: &mut Target, size: Size, large: &ConcertView) {
    let columns = "stream_kind, stream_id, position, occurred_at, seats, events";
    let concert = literal(large);
    let at = format!("{START} - {DAY} + n * 1000");
    let seats = "'[[880001,\"s\"],[880002,\"s\"],[880003,\"s\"],[880004,\"s\"]]'";
    let events = "'[{\"what\":\"some two hundred bytes that describe a booking: its tickets with their seats and prices, its \
        customer, its total, and the time until which its seats are held\"}]'";
    let values = format!("'concert', {concert}, n + 1, {at}, {seats}, {events}");
    target.fill("outbox_entries", columns, size.events, &values).await;
    let user = target.id(USER, &format!("n + {}", size.users - new_users(size)));
    let values = format!("'user', {user}, 1, {at}, NULL, '[]'");
    target.fill("outbox_entries", columns, new_users(size), &values).await;
    let columns = "consumer, stream_kind, stream_id, position";
    target.fill("event_cursors", columns, new_users(size), &format!("'mail', 'user', {user}, 1")).await;
    target.run(&format!("UPDATE event_cursors SET position = {} WHERE stream_id = {concert}", size.versions())).await;
}

/// Users who registered in the last 30 days.
const fn new_users(size: Size) -> u64 {
    size.users / 4
}

async fn floors(target: &mut Target, size: Size) {
    let columns = "stream_kind, stream_id, floor";
    for (kind, name, rows) in [(CONCERT, "concert", size.concerts), (USER, "user", size.users - new_users(size))] {
        let id = target.id(kind, "n");
        target.fill("stream_floors", columns, rows, &format!("'{name}', {id}, 2")).await;
    }
}
