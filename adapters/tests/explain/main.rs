//! The queries that a busy sale runs keep to their indexes, asked of the databases themselves: every query that the
//! repositories really run is caught, and explained over tables of a realistic size.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test support: a failure here is the test's failure")]

mod caught;
mod ground;
mod plan;
#[path = "../support/mod.rs"]
mod support;

use boxoffice_domain::bookings::{BookingList, BookingPosition, BookingQueries, BookingStatus, PurchaseChange};
use boxoffice_domain::concerts::{
    ConcertFilter, ConcertOrder, ConcertQueries, CountChange, TicketClaim, TicketNumber, TicketOfBooking, TicketStatus,
};
use boxoffice_domain::idempotency::{IdempotencyKey, KeyOfUser, Operation};
use boxoffice_domain::outbox::{Aggregate, EventDeliveries, EventLog};
use boxoffice_domain::payments::PaymentQueries;
use boxoffice_domain::shared::{PageLimit, Timestamp};
use boxoffice_domain::testing::FixedClock;
use boxoffice_domain::upkeep::Pruner;
use boxoffice_domain::users::{UserFilter, UserQueries};

use ground::{Expected, Ground, OVERDUE_BOOKINGS, ROWS, SEATS, Statistics};
use support::TestDatabase;

/// The tests listen in turn: what one catches is not the other's.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn numbers(range: std::ops::Range<u32>) -> Vec<TicketNumber> {
    range.map(TicketNumber::new).collect()
}

async fn tickets_are_found_by_number(ground: &Ground) {
    let concert = ground.unsold.concert.id;
    let primary: &[Expected] = &[("tickets", "PRIMARY")];
    let free = numbers(50_000..50_400);
    ground
        .expect_in_unit("the states of tickets", primary, async |unit| {
            unit.tickets().states(concert, &free).await.unwrap();
        })
        .await;
    let claims: Vec<TicketClaim> =
        free.iter().map(|number| TicketClaim { number: *number, booking: ground.booking.id, sold: false }).collect();
    let own: Vec<TicketOfBooking> =
        free.iter().map(|number| TicketOfBooking { number: *number, booking: ground.booking.id }).collect();
    ground
        .expect_in_unit("a claim, a sale and a release", primary, async |unit| {
            unit.tickets().claim(concert, &claims).await.unwrap();
            unit.tickets().sell(concert, &own).await.unwrap();
            unit.tickets().release(concert, TicketStatus::Sold, &own).await.unwrap();
            unit.tickets().block(concert, &free).await.unwrap();
            unit.tickets().unblock(concert, &free).await.unwrap();
        })
        .await;
    for view in [&ground.sold, &ground.unsold] {
        ground
            .expect_in_unit("a count of free tickets", &[("tickets", "tickets_status")], async |unit| {
                let all = (TicketNumber::new(1), TicketNumber::new(ROWS * SEATS));
                unit.tickets().count_available(view.concert.id, all.0, all.1).await.unwrap();
            })
            .await;
        ground
            .expect("a seat map", &[("tickets", "PRIMARY")], async || {
                let seats = ConcertQueries::seats(&ground.database, view.concert.id, None).await.unwrap().unwrap();
                assert_eq!(seats.states.len(), usize::try_from(ROWS * SEATS).unwrap());
            })
            .await;
    }
}

async fn bookings_are_found_by_what_is_asked(ground: &Ground) {
    let (booking, unsold) = (&ground.booking, ground.unsold.concert.id);
    let both: &[Expected] = &[("bookings", "PRIMARY"), ("booking_tickets", "PRIMARY")];
    ground
        .expect_in_unit("bookings by id", both, async |unit| {
            let mut found = unit.bookings().get(&[booking.id]).await.unwrap();
            found[0].version += 1;
            unit.bookings().save(&found).await.unwrap();
        })
        .await;
    ground
        .expect_in_unit("bookings to wind up", &[("bookings", "bookings_cancellation")], async |unit| {
            unit.bookings().of_concert(ground.small.concert.id, BookingStatus::Confirmed, 500).await.unwrap();
        })
        .await;
    ground
        .expect_in_unit("overdue bookings", &[("bookings", "bookings_expiry")], async |unit| {
            let overdue = unit.bookings().overdue(unsold, FixedClock::START, 500).await.unwrap();
            assert_eq!(overdue.len(), usize::try_from(OVERDUE_BOOKINGS).unwrap());
        })
        .await;
    let queries: &dyn BookingQueries = &ground.database;
    ground
        .expect("concerts with overdue bookings", &[("bookings", "bookings_expiry")], async || {
            assert_eq!(queries.concerts_with_overdue(FixedClock::START, 10).await.unwrap(), [unsold]);
        })
        .await;
    let after = Some(BookingPosition { created_at: FixedClock::START.plus_seconds(1_000), id: booking.id });
    for (list, index) in [
        (BookingList::OfUser(ground.user), "bookings_user"),
        (BookingList::OfConcert(ground.sold.concert.id), "bookings_concert"),
    ] {
        for after in [None, after] {
            ground
                .expect("a list of bookings", &[("bookings", index)], async || {
                    queries.list(list, after, PageLimit::DEFAULT).await.unwrap();
                })
                .await;
        }
    }
}

async fn the_rest_of_a_sale_is_found_by_key(ground: &Ground) {
    let concert = ground.sold.concert.id;
    let user = ground.user;
    let change =
        PurchaseChange { user, tickets: -1, pending_bookings: 0, max_tickets: Some(10), max_pending_bookings: Some(2) };
    let count = CountChange { position: 1, available: -1, held: 1, sold: 0, blocked: 0 };
    let key = KeyOfUser { user, operation: Operation::PlaceBooking, key: IdempotencyKey::parse("key").unwrap() };
    ground
        .expect_in_unit(
            "what a sale reads and counts",
            &[
                ("purchases", "PRIMARY"),
                ("prices", "PRIMARY"),
                ("concerts", "PRIMARY"),
                ("idempotency_keys", "PRIMARY"),
            ],
            async |unit| {
                unit.idempotency().find(&[key]).await.unwrap();
                unit.concerts().get(concert).await.unwrap();
                unit.sections().prices(concert).await.unwrap();
                unit.purchases().of_users(concert, &[user]).await.unwrap();
                unit.purchases().change(concert, &[change]).await.unwrap();
                unit.sections().change_counts(concert, &[count]).await.unwrap();
                unit.concerts().advance(concert, -1).await.unwrap();
            },
        )
        .await;
    ground
        .expect_in_unit(
            "a payment with its refunds",
            &[("payments", "PRIMARY"), ("refunds", "refunds_payment")],
            async |unit| {
                let mut found = unit.payments().get(&[ground.payment]).await.unwrap();
                unit.refunds().of_payments(&[ground.payment]).await.unwrap();
                found[0].version += 1;
                unit.payments().save(&found).await.unwrap();
            },
        )
        .await;
}

async fn workers_find_their_work(ground: &Ground) {
    let database = &ground.database;
    let now = FixedClock::START.plus_seconds(60);
    ground
        .expect("payments to ask about", &[("payments", "payments_pending")], async || {
            assert!(!database.pending_since(now, None, 100).await.unwrap().is_empty());
        })
        .await;
    ground
        .expect("concerts to wind up", &[("concerts", "concerts_cancellation")], async || {
            assert_eq!(database.concerts_to_wind_up(10).await.unwrap(), []);
        })
        .await;
    let lease = now.plus_seconds(60);
    while !database.claim("mail", now, lease, 500).await.unwrap().is_empty() {}
    ground.analyze().await;
    let told = ground.given.user("late").await;
    ground
        .expect("events to deliver", &[("outbox", "outbox_dispatch"), ("outbox_deliveries", "PRIMARY")], async || {
            let claimed = database.claim("mail", now, lease, 500).await.unwrap();
            assert_eq!(claimed.len(), 1);
            database.handled("mail", &[claimed[0].event.id], now).await.unwrap();
        })
        .await;
    assert!(told.is_active());
    ground
        .expect("what happened to a concert", &[("outbox", "PRIMARY")], async || {
            let sold = Aggregate::Concert(ground.sold.concert.id);
            assert_eq!(EventLog::after(database, sold, 0, 500).await.unwrap().len(), 1);
        })
        .await;
    ground
        .expect("events to prune", &[("outbox", "outbox_dispatch")], async || {
            database.prune_events(FixedClock::START.plus_seconds(-1), 1_000).await.unwrap();
        })
        .await;
    ground
        .expect("keys to forget", &[("idempotency_keys", "idempotency_keys_age")], async || {
            database.prune_idempotency_keys(Timestamp::from_micros(0), 1_000).await.unwrap();
        })
        .await;
}

async fn people_find_what_they_look_for(ground: &Ground) {
    let database = &ground.database;
    ground
        .expect("the public list", &[("concerts", "concerts_listed")], async || {
            let filter = ConcertFilter { words: vec!["evening".to_owned()], ..ConcertFilter::default() };
            let order = ConcertOrder::StartsAt;
            let (limit, now) = (PageLimit::DEFAULT, FixedClock::START);
            let page = ConcertQueries::list(database, &filter, order, None, limit, now).await.unwrap();
            assert_eq!(page.items.len(), 20);
        })
        .await;
    for (login, index) in [("user7", "users_username"), ("user7@example.com", "users_email")] {
        ground
            .expect("a log-in", &[("users", index)], async || {
                assert!(database.find_by_login(login).await.unwrap().is_some());
            })
            .await;
    }
    ground
        .expect("the list of users", &[("users", "users_created")], async || {
            UserQueries::list(database, &UserFilter::default(), None, PageLimit::DEFAULT).await.unwrap();
        })
        .await;
}

async fn hot_queries_keep_their_indexes(test: TestDatabase, statistics: Statistics) {
    let _turn = TURN.lock().await;
    caught::listen();
    let ground = Ground::lay(test, statistics).await;
    tickets_are_found_by_number(&ground).await;
    bookings_are_found_by_what_is_asked(&ground).await;
    the_rest_of_a_sale_is_found_by_key(&ground).await;
    people_find_what_they_look_for(&ground).await;
    workers_find_their_work(&ground).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_sqlite() {
    hot_queries_keep_their_indexes(TestDatabase::sqlite().await, Statistics::Gathered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_sqlite_as_the_program_leaves_it() {
    hot_queries_keep_their_indexes(TestDatabase::sqlite().await, Statistics::None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_queries_keep_their_indexes_on_a_server() {
    hot_queries_keep_their_indexes(TestDatabase::on_server().await, Statistics::Gathered).await;
}
