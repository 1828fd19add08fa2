//! Reads that may lag use the replica while it answers. All other reads use the primary.
//!
//! The replicas of these tests replicate nothing. They are separate databases, and their content shows which one
//! answered.
#![expect(clippy::unwrap_used, reason = "test support: a failure here is the test's failure")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_adapters::db::{Database, migrate};
use boxoffice_domain::bookings::{Booking, BookingFilter, BookingQueries, CancelReason};
use boxoffice_domain::concerts::{
    ConcertFilter, ConcertOrder, ConcertQueries, ConcertView, MemberRole, OrganiserQueries,
};
use boxoffice_domain::events::EventLog;
use boxoffice_domain::payments::{Payment, PaymentQueries};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{ConcertId, PageLimit, UserId};
use boxoffice_domain::store::Store;
use boxoffice_domain::users::{User, UserFilter, UserQueries};
use boxoffice_testing::{BookingBuilder, ConcertBuilder, FixedClock, Given, SequentialIds};
use secrecy::ExposeSecret;

use support::{TestDatabase, execute};

/// The replica is tried again within this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// One concert with one paid booking. The names show in which database they are.
struct Content {
    ids: Arc<SequentialIds>,
    ana: User,
    concert: ConcertView,
    booking: Booking,
    payment: Payment,
}

/// Fills a database. The ids are the same in every database that this function fills.
async fn fill(store: Arc<dyn Store<dyn SalesUnit>>, names: &str) -> Content {
    let ids = Arc::new(SequentialIds::new());
    let given = Given::new(store, ids.clone());
    let ana = given.manager(&format!("ana-{names}")).await;
    let organiser = given.organiser(ana.id).await;
    let builder = ConcertBuilder::new(given.ids()).named(names).organiser(organiser);
    let concert = given.add_concert(builder).await;
    let builder = BookingBuilder::new(given.ids(), &concert).user(ana.id).tickets([1]);
    let (booking, payment) = given.paid(builder.customer(names, "customer@example.com").build()).await;
    Content { ids, ana, concert, booking, payment }
}

async fn listed(database: &Database, member: Option<UserId>) -> Vec<String> {
    let filter = ConcertFilter { member, ..ConcertFilter::default() };
    let (order, limit) = (ConcertOrder::StartsAt, PageLimit::DEFAULT);
    let page = ConcertQueries::list(database, &filter, order, None, limit, FixedClock::START).await.unwrap();
    page.items.into_iter().map(|summary| summary.concert.details.name).collect()
}

async fn users(database: &Database) -> Vec<String> {
    let page = UserQueries::list(database, &UserFilter::default(), None, PageLimit::DEFAULT).await.unwrap();
    page.items.into_iter().map(|user| user.username.as_str().to_owned()).collect()
}

/// The customers of a concert's bookings.
async fn booked_at(database: &Database, concert: ConcertId) -> Vec<String> {
    let page = database.of_concert(concert, &BookingFilter::default(), None, PageLimit::DEFAULT).await.unwrap();
    page.items.into_iter().map(|named| named.booking.customer.unwrap().name).collect()
}

/// The customers of a user's bookings.
async fn booked_by(database: &Database, user: UserId) -> Vec<String> {
    let page = database.of_user(user, None, PageLimit::DEFAULT).await.unwrap();
    page.items.into_iter().map(|booking| booking.customer.unwrap().name).collect()
}

/// A primary with a database that stands in for its replica.
async fn two_databases() -> (TestDatabase, TestDatabase, Content) {
    let (mut primary, replica) = (TestDatabase::on_server().await, TestDatabase::on_server().await);
    let content = fill(primary.store().1, "primary").await;
    let copied = fill(replica.store().1, "replica").await;
    assert_eq!(
        (content.ana.id, content.booking.id),
        (copied.ana.id, copied.booking.id),
        "the ids must be the same in both databases"
    );
    primary.config.replica_url = Some(replica.config.url.clone());
    (primary, replica, content)
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_for_the_public_and_for_managers_come_from_the_replica() {
    let (primary, _replica, content) = two_databases().await;
    let database = primary.open();
    assert_eq!(listed(&database, None).await, ["replica"]);
    assert_eq!(users(&database).await, ["ana-replica"]);
    assert_eq!(booked_at(&database, content.concert.concert.id).await, ["replica"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_and_own_data_come_from_the_primary() {
    let (primary, _replica, content) = two_databases().await;
    let (database, store) = primary.store();
    let Content { ids, ana, concert, booking, payment } = content;
    let (concert, version) = (concert.concert.id, booking.version);

    assert_eq!(listed(&database, Some(ana.id)).await, ["primary"]);
    assert_eq!(booked_by(&database, ana.id).await, ["primary"]);
    assert_eq!(BookingQueries::get(&database, booking.id).await.unwrap(), Some(booking.clone()));
    assert_eq!(UserQueries::get(&database, ana.id).await.unwrap(), Some(ana.clone()));
    assert!(database.find_by_login("ana-primary").await.unwrap().is_some());
    assert!(database.find_by_login("ana-replica").await.unwrap().is_none());

    // From here on the primary holds more than its replica.
    let given = Given::new(store, ids);
    let late = given.manager("late").await;
    let organiser = given.organiser(late.id).await;
    assert_eq!(database.role_in(late.id, organiser).await.unwrap(), Some(MemberRole::Owner));
    let cancelled = given.cancelled(booking, CancelReason::User).await;
    assert_eq!(cancelled.version, version + 1);
    let availability = ConcertQueries::availability(&database, concert).await.unwrap().unwrap();
    assert_eq!(availability.sections[0].available, 100);
    assert_eq!(ConcertQueries::get(&database, concert).await.unwrap().unwrap().concert.details.name, "primary");
    let seats = ConcertQueries::seats(&database, concert, None).await.unwrap().unwrap();
    assert_eq!(seats.concert.version, availability.concert.version);
    let updates = EventLog::after(&database, concert, 0, 100).await.unwrap();
    assert_eq!(updates.last().unwrap().position, availability.concert.version);
    assert!(PaymentQueries::get(&database, payment.id).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_cannot_be_reached_costs_no_error() {
    let mut primary = TestDatabase::on_server().await;
    fill(primary.store().1, "primary").await;
    // A port that has just been closed.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    primary.config.replica_url = Some(format!("mysql://reader@127.0.0.1:{port}/nothing").into());
    let database = primary.open();
    for _ in 0..5 {
        assert_eq!(listed(&database, None).await, ["primary"]);
        assert_eq!(users(&database).await, ["ana-primary"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_without_tables_is_used_once_it_has_them() {
    let mut primary = TestDatabase::on_server().await;
    fill(primary.store().1, "primary").await;
    let replica = TestDatabase::empty_on_server().await;
    primary.config.replica_url = Some(replica.config.url.clone());
    let database = primary.open();
    assert_eq!(listed(&database, None).await, ["primary"]);
    migrate::up(&replica.config).await.unwrap();
    fill(replica.store().1, "replica").await;
    let filled = Instant::now();
    while listed(&database, None).await != ["replica"] {
        assert!(filled.elapsed() < LONGEST_PAUSE, "the replica is never tried again");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_disappears_causes_no_error() {
    let (primary, replica, _) = two_databases().await;
    let database = primary.open();
    assert_eq!(listed(&database, None).await, ["replica"]);
    replica.cut_connections().await;
    assert_eq!(listed(&database, None).await, ["replica"]);
    let name = replica.name();
    execute(&format!("DROP DATABASE {name}")).await;
    for _ in 0..5 {
        assert_eq!(listed(&database, None).await, ["primary"]);
    }
    assert!(replica.config.url.expose_secret().ends_with(name));
}
