//! A database after a busy sale, and calls that are explained on it.
#![allow(dead_code, clippy::allow_attributes, reason = "the tests and the program use a part of it each")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use boxoffice_adapters::db::Database;
use boxoffice_domain::bookings::{Booking, BookingStatus, HoldingsChange};
use boxoffice_domain::concerts::{ConcertView, TicketClaim};
use boxoffice_domain::events::{Backlog, CursorMove, EventCursors, LeaseHolder};
use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord, Operation, ScopedKey};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::payments::{PaymentStatus, RefundStatus};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{IdGenerator, OrganiserId, PaymentId, Role, UserId};
use boxoffice_domain::store::Store;
use boxoffice_testing::{
    BookingBuilder, ConcertBuilder, FixedClock, Given, PaymentBuilder, RefundBuilder, SequentialIds, UserBuilder,
};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncMysqlConnection};
use secrecy::ExposeSecret;

use super::caught::queries_of;
use super::plan::{LARGE, Plan};
use super::support::{Index, TestDatabase};

const ROWS: u32 = 120;
const SEATS: u32 = 500;
/// The sold seats of the concert that is nearly sold out: 90 %.
const SOLD: u32 = ROWS * SEATS / 10 * 9;
const TICKETS_OF_A_BOOKING: u32 = 10;
const OTHER_CONCERTS: u32 = 50;
const CONCERTS_LONG_AGO: usize = 1_000;
const ORGANISERS: u32 = 20;
const WAITING_BOOKINGS: u32 = 2_000;
pub(crate) const OVERDUE_BOOKINGS: u32 = 20;
const LEFT_TO_CANCEL: u32 = 100;
const CANCELLED_ALREADY: u32 = 1_000;
const USERS: u32 = 3_000;
const PAYMENTS: usize = 500;
const PAYMENTS_PENDING: usize = 10;

/// A query of a recorded call must use `index` on `table`. `PRIMARY` is the primary key.
pub(crate) type Expected = (&'static str, &'static str);

/// Whether the database has gathered statistics. A server does so by itself, SQLite on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Statistics {
    None,
    Gathered,
}

/// The data on which the calls are explained.
pub(crate) struct Fixture {
    test: TestDatabase,
    on_server: bool,
    statistics: Statistics,
    pub(crate) database: Database,
    store: Arc<dyn Store<dyn SalesUnit>>,
    pub(crate) given: Given,
    pub(crate) sold: ConcertView,
    pub(crate) unsold: ConcertView,
    /// The concert that is being cancelled.
    pub(crate) small: ConcertView,
    pub(crate) booking: Booking,
    pub(crate) payment: PaymentId,
    pub(crate) user: UserId,
    /// A member of an organiser.
    pub(crate) member: UserId,
    /// The number of times that each call is made and timed.
    pub(crate) runs: u32,
    explanations: Mutex<Vec<Explanation>>,
    count: AtomicU32,
}

/// The result of explaining a call.
#[derive(Debug)]
pub(crate) struct Explanation {
    pub(crate) what: String,
    pub(crate) plan: Plan,
    /// The duration of each run, as its caller sees it.
    pub(crate) times: Vec<Duration>,
    pub(crate) statements: usize,
    /// What is wrong.
    pub(crate) faults: Vec<String>,
}

impl Fixture {
    /// Writes one concert that is 90 % sold, one unsold, and current and past ones, with their bookings and payments.
    pub(crate) async fn write(test: TestDatabase, statistics: Statistics) -> Self {
        let on_server = test.config.url.expose_secret().starts_with("mysql");
        let (database, store) = test.store();
        let given = Given::new(Arc::clone(&store), Arc::new(SequentialIds::new()));
        let ids = given.ids();
        let (member, organisers) = organisers(&given).await;
        let (sold, unsold) = concerts(&given, store.as_ref(), &organisers).await;
        let user = given.user("user0").await.id;
        let mut confirmed =
            bookings(ids, &sold, SOLD / TICKETS_OF_A_BOOKING, TICKETS_OF_A_BOOKING, BookingStatus::Confirmed);
        confirmed[7].user = Some(user);
        book(store.as_ref(), &confirmed).await;
        let waiting = bookings(ids, &unsold, WAITING_BOOKINGS, 1, BookingStatus::Pending);
        book(store.as_ref(), &waiting).await;
        let small = given.add_concert(ConcertBuilder::new(ids).seated("A", 20, 100, 2_500)).await;
        let left = bookings(ids, &small, LEFT_TO_CANCEL, TICKETS_OF_A_BOOKING, BookingStatus::Confirmed);
        book(store.as_ref(), &left).await;
        let cancelled = bookings(ids, &small, CANCELLED_ALREADY, 1, BookingStatus::Cancelled);
        let mut unit = store.begin().await.unwrap();
        unit.bookings().add(&cancelled).await.unwrap();
        unit.commit().await.unwrap();
        let payment = pay(ids, store.as_ref(), &confirmed).await;
        let booking = confirmed.swap_remove(100);
        let fixture = Self {
            test,
            on_server,
            statistics,
            database,
            store,
            given,
            sold,
            unsold,
            small,
            booking,
            payment,
            user,
            member,
            runs: 1,
            explanations: Mutex::default(),
            count: AtomicU32::default(),
        };
        fixture.deliver_everything().await;
        fixture.analyze().await;
        fixture
    }

    /// Moves the cursors of a consumer behind all entries.
    pub(crate) async fn deliver_everything(&self) {
        let holder = LeaseHolder(self.given.ids().next_uuid());
        assert!(self.database.lease("mail", holder, FixedClock::START).await.unwrap());
        loop {
            let streams = self.database.behind("mail", None, 500).await.unwrap();
            if streams.is_empty() {
                return;
            }
            self.pass(&streams).await;
        }
    }

    /// Moves the consumer's cursors behind the new entries of some streams, and returns the number of entries.
    pub(crate) async fn pass(&self, streams: &[Stream]) -> usize {
        let backlogs = self.database.backlog("mail", streams, 500).await.unwrap();
        let moved = |backlog: &Backlog| {
            let to = backlog.entries.last()?.position;
            Some(CursorMove { stream: backlog.stream, from: backlog.position, to })
        };
        let moves: Vec<CursorMove> = backlogs.iter().filter_map(moved).collect();
        self.database.advance("mail", &moves, &[]).await.unwrap();
        backlogs.iter().map(|backlog| backlog.entries.len()).sum()
    }

    async fn analyze(&self) {
        if self.statistics == Statistics::Gathered {
            self.gather_statistics().await;
        }
    }

    /// Makes the database gather statistics.
    pub(crate) async fn gather_statistics(&self) {
        let url = self.test.config.url.expose_secret();
        if self.on_server {
            let mut server = AsyncMysqlConnection::establish(url).await.unwrap();
            for table in LARGE.iter().chain(&["concerts", "sections", "prices"]) {
                let analyze = diesel::sql_query(format!("ANALYZE TABLE {table}"));
                diesel_async::RunQueryDsl::execute(analyze, &mut server).await.unwrap();
            }
        } else {
            let mut file = SqliteConnection::establish(url).unwrap();
            diesel::RunQueryDsl::execute(diesel::sql_query("ANALYZE"), &mut file).unwrap();
        }
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> &str {
        self.test.config.url.expose_secret()
    }

    /// A number that is used only once.
    pub(crate) fn next(&self) -> u32 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// The results so far.
    pub(crate) fn take_explanations(&self) -> Vec<Explanation> {
        std::mem::take(&mut *self.explanations.lock().unwrap())
    }

    /// The indexes that no call used. Unique ones are used by every statement that writes.
    pub(crate) async fn unused_indexes(&self, explanations: &[Explanation]) -> Vec<String> {
        let used = |index: &Index| {
            let key = (index.table.clone(), index.name.clone());
            index.unique || explanations.iter().any(|explanation| explanation.plan.indexes.contains(&key))
        };
        let unused = self.test.indexes().await.into_iter().filter(|index| !used(index));
        unused.map(|Index { table, name, .. }| format!("no call uses the index {name} of {table}")).collect()
    }

    /// Explains every query that a call ran, and records the faults.
    async fn explain(
        &self,
        what: &str,
        expected: &[Expected],
        queries: Vec<String>,
        times: Vec<Duration>,
        bounded: bool,
    ) {
        assert!(!queries.is_empty(), "{what}: the call ran no query");
        let plan = if self.on_server {
            Plan::on_server(&self.test, &queries, self.runs > 1).await
        } else {
            Plan::on_sqlite(&self.test, &queries)
        };
        let used = |(table, index): &Expected| plan.indexes.contains(&((*table).to_owned(), (*index).to_owned()));
        let missed = expected.iter().filter(|expected| !used(expected));
        let mut faults: Vec<String> = missed
            .map(|(table, index)| format!("{what} does not use {index} of {table}, but {:?}", plan.indexes))
            .collect();
        let scans: Vec<_> = plan.scans.iter().filter(|(table, _)| LARGE.contains(&table.as_str())).collect();
        if bounded && !scans.is_empty() {
            faults.push(format!("{what} reads all of {scans:?}"));
        }
        faults
            .extend(plan.batch_searches.iter().map(|query| format!("{what} searches its batch for each row: {query}")));
        let (what, statements) = (what.to_owned(), queries.len());
        self.explanations.lock().unwrap().push(Explanation { what, plan, times, statements, faults });
    }

    /// Requires that a repeatable call uses these indexes and scans no large table.
    pub(crate) async fn expect(&self, what: &str, expected: &[Expected], call: impl AsyncFn()) {
        let (queries, times) = self.timed(call).await;
        self.explain(what, expected, queries, times, true).await;
    }

    /// The same for a call that can be made only once.
    pub(crate) async fn expect_once(&self, what: &str, expected: &[Expected], call: impl AsyncFnOnce()) {
        let begun = Instant::now();
        let queries = queries_of(call).await;
        self.explain(what, expected, queries, vec![begun.elapsed()], true).await;
    }

    /// Explains a call without requirements.
    pub(crate) async fn explain_only(&self, what: &str, call: impl AsyncFn()) {
        let (queries, times) = self.timed(call).await;
        self.explain(what, &[], queries, times, false).await;
    }

    /// The same as [`Fixture::expect`] for a call inside of a unit, which is rolled back.
    pub(crate) async fn expect_in_unit(
        &self,
        what: &str,
        expected: &[Expected],
        call: impl AsyncFn(&mut dyn SalesUnit),
    ) {
        self.expect(what, expected, async || {
            let mut unit = self.store.begin().await.unwrap();
            call(unit.as_mut()).await;
            unit.rollback().await.unwrap();
        })
        .await;
    }

    /// The queries of the first run, and the duration of each run.
    async fn timed(&self, call: impl AsyncFn()) -> (Vec<String>, Vec<Duration>) {
        let (mut queries, mut times) = (Vec::new(), Vec::new());
        for _ in 0..self.runs {
            let begun = Instant::now();
            let caught = queries_of(&call).await;
            times.push(begun.elapsed());
            if queries.is_empty() {
                queries = caught;
            }
        }
        (queries, times)
    }
}

/// Writes bookings of a concert, several hundred per unit.
async fn book(store: &dyn Store<dyn SalesUnit>, bookings: &[Booking]) {
    for some in bookings.chunks(500) {
        let mut unit = store.begin().await.unwrap();
        let claims: Vec<TicketClaim> = some
            .iter()
            .flat_map(|booking| {
                let sold = booking.status == BookingStatus::Confirmed;
                booking.tickets.iter().map(move |ticket| TicketClaim {
                    number: ticket.number,
                    booking: booking.id,
                    sold,
                })
            })
            .collect();
        let concert = some[0].concert;
        unit.tickets().claim(concert, &claims).await.unwrap();
        unit.bookings().add(some).await.unwrap();
        let purchases: Vec<HoldingsChange> = some
            .iter()
            .map(|booking| HoldingsChange {
                user: booking.user.unwrap(),
                tickets: i64::try_from(booking.tickets.len()).unwrap(),
                pending_bookings: 1,
                max_tickets: None,
                max_pending_bookings: None,
            })
            .collect();
        unit.holdings().change(concert, &purchases).await.unwrap();
        unit.commit().await.unwrap();
    }
}

fn bookings(ids: &dyn IdGenerator, view: &ConcertView, count: u32, of: u32, status: BookingStatus) -> Vec<Booking> {
    (0..count)
        .map(|index| {
            let tickets = index * of + 1..=index * of + of;
            let builder = BookingBuilder::new(ids, view).user(UserId::generate(ids)).tickets(tickets).status(status);
            let booking = builder.build();
            let placed = FixedClock::START.plus_seconds(index.into());
            let waits = if index < OVERDUE_BOOKINGS { -600 } else { 600 };
            Booking { created_at: placed, expires_at: FixedClock::START.plus_seconds(waits), ..booking }
        })
        .collect()
}

/// Creates organisers with a member each. Returns the first member.
async fn organisers(given: &Given) -> (UserId, Vec<OrganiserId>) {
    let mut members = Vec::new();
    let mut organisers = Vec::new();
    for number in 0..ORGANISERS {
        let member = given.manager(&format!("manager{number}")).await.id;
        members.push(member);
        organisers.push(given.organiser(member).await);
    }
    (members[0], organisers)
}

/// Creates the concert that will be sold, the one that stays unsold, and many others.
async fn concerts(
    given: &Given,
    store: &dyn Store<dyn SalesUnit>,
    organisers: &[OrganiserId],
) -> (ConcertView, ConcertView) {
    let ids = given.ids();
    let sold = given.add_concert(ConcertBuilder::new(ids).seated("A", ROWS, SEATS, 2_500)).await;
    let unsold = given.add_concert(ConcertBuilder::new(ids).seated("A", ROWS, SEATS, 2_500)).await;
    for _ in 0..OTHER_CONCERTS {
        given.add_concert(ConcertBuilder::new(ids).seated("A", 2, 10, 2_500)).await;
    }
    let mut unit = store.begin().await.unwrap();
    for organiser in organisers.iter().cycle().take(CONCERTS_LONG_AGO) {
        let long_ago = FixedClock::START.plus_seconds(-1_000_000);
        let old =
            ConcertBuilder::new(ids).organiser(*organiser).details(|details| details.starts_at = long_ago).build();
        unit.concerts().add(&old.concert).await.unwrap();
    }
    unit.users().add(&UserBuilder::new(ids, "admin0").role(Role::Admin).build()).await.unwrap();
    for number in 1..USERS {
        unit.users().add(&UserBuilder::new(ids, &format!("user{number}")).build()).await.unwrap();
    }
    unit.commit().await.unwrap();
    (sold, unsold)
}

/// Pays some of the bookings, each with a refund. A few payments stay pending. Returns one of the completed payments.
async fn pay(ids: &dyn IdGenerator, store: &dyn Store<dyn SalesUnit>, bookings: &[Booking]) -> PaymentId {
    let mut unit = store.begin().await.unwrap();
    let mut last = None;
    let mut keys = Vec::new();
    for (index, booking) in bookings.iter().take(PAYMENTS).enumerate() {
        let status = if index < PAYMENTS_PENDING { PaymentStatus::Pending } else { PaymentStatus::Completed };
        let payment = PaymentBuilder::new(ids, booking).status(status).build();
        unit.payments().add(std::slice::from_ref(&payment)).await.unwrap();
        let sent = if index < PAYMENTS_PENDING { RefundStatus::Pending } else { RefundStatus::Completed };
        let refund = RefundBuilder::new(ids, &payment).status(sent).build();
        unit.refunds().add(&[refund]).await.unwrap();
        last = Some(payment.id);
        let key = IdempotencyKey::parse(&format!("payment-{index}")).unwrap();
        keys.push(IdempotencyRecord {
            key: ScopedKey { user: booking.user.unwrap(), operation: Operation::StartPayment, key },
            command: CommandHash::from_bytes([7; 32]),
            resource: payment.id.uuid(),
            at: FixedClock::START,
        });
    }
    unit.idempotency().remember(&keys).await.unwrap();
    unit.commit().await.unwrap();
    last.unwrap()
}
