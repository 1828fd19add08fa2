//! One row that is damaged, or that a newer version wrote, hides none of the others.

use std::sync::Arc;

use boxoffice_adapters::db::Database;
use boxoffice_domain::bookings::{
    Booking, BookingFilter, BookingPosition, BookingQueries, BookingSearch, CancelReason,
};
use boxoffice_domain::concerts::{
    ConcertFilter, ConcertOrder, ConcertQueries, ConcertStatus, ConcertView, Concerts, MemberRole, OrganiserQueries,
};
use boxoffice_domain::events::EventCursors;
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::payments::PaymentQueries;
use boxoffice_domain::reports::{Outcome, ReportQueries, Span};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::sales::cancellation::Cancellations;
use boxoffice_domain::shared::{Actor, Page, PageLimit, StoreError};
use boxoffice_domain::store::Store;
use boxoffice_domain::users::{User, UserFilter, UserQueries};
use boxoffice_testing::{
    BookingBuilder, ConcertBuilder, FakeGateway, FixedClock, Given, PaymentBuilder, RefundBuilder, SequentialIds,
    UserBuilder,
};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::support::TestDatabase;

/// A word that no version has written yet.
const UNKNOWN_CURRENCY: &str = "currency = 'XXZ'";

struct Fixture {
    test: TestDatabase,
    database: Database,
    store: Arc<dyn Store<dyn SalesUnit>>,
    given: Given,
}

impl Fixture {
    async fn both() -> [Self; 2] {
        TestDatabase::both().await.map(|test| {
            let (database, store) = test.store();
            let given = Given::new(Arc::clone(&store), Arc::new(SequentialIds::new()));
            Self { test, database, store, given }
        })
    }

    async fn change(&self, table: &str, change: &str, id: Uuid) {
        self.test.run_sql(&format!("UPDATE {table} SET {change} WHERE id = x'{}'", id.simple())).await;
    }

    /// Changes what a check of this version refuses.
    async fn change_unchecked(&self, table: &str, check: &str, change: &str) {
        let unchecked = if self.test.config.url.expose_secret().starts_with("sqlite") {
            "PRAGMA ignore_check_constraints = ON".to_owned()
        } else {
            format!("ALTER TABLE {table} DROP CONSTRAINT {check}")
        };
        self.test.run_sql(&format!("{unchecked}; UPDATE {table} SET {change}")).await;
    }

    /// Bookings of a user, each a second after the one before, of tickets from the first on.
    async fn bookings(&self, view: &ConcertView, user: &User, number: u32) -> Vec<Booking> {
        let mut placed = Vec::new();
        for ticket in 1..=number {
            let at = FixedClock::START.plus_seconds(ticket.into());
            let booking = BookingBuilder::new(self.given.ids(), view).user(user.id).tickets([ticket]);
            placed.push(self.given.booking(booking.created_at(at).expires_at(at).build()).await);
        }
        placed
    }

    fn cancellations_after(&self, seconds: i64) -> Cancellations {
        let clock = FixedClock::default();
        clock.advance(seconds);
        let (queries, organisers) = (Arc::new(self.test.open()), Arc::new(self.test.open()));
        Cancellations::new(Arc::clone(&self.store), queries, organisers, Arc::new(clock), self.given.shared_ids())
    }
}

/// Every page of a list. Each is as long as it may be, except for the last.
async fn read_all_pages<T, P>(limit: PageLimit, mut read: impl AsyncFnMut(Option<P>) -> Page<T, P>) -> Vec<T> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = read(after).await;
        assert!(page.next.is_none() || page.items.len() == usize::from(limit.items()), "a page is cut short");
        items.extend(page.items);
        after = page.next;
        if after.is_none() {
            return items;
        }
    }
}

fn inconsistent<T>(read: &Result<T, StoreError>) -> bool {
    matches!(read, Err(StoreError::Inconsistent(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_are_listed_and_exported_without_those_that_cannot_be_read() {
    for fixture in Fixture::both().await {
        let (view, ana) = (fixture.given.concert().await, fixture.given.user("ana").await);
        let placed = fixture.bookings(&view, &ana, 9).await;
        for damaged in [0, 3, 4, 5, 8] {
            fixture.change("bookings", UNKNOWN_CURRENCY, placed[damaged].id.uuid()).await;
        }
        let expected: Vec<_> = [7, 6, 2, 1].map(|index: usize| placed[index].clone()).into();
        let (queries, concert): (&dyn BookingQueries, _) = (&fixture.database, view.concert.id);
        assert!(inconsistent(&queries.get(placed[3].id).await));
        assert!(inconsistent(&queries.named(placed[3].id).await));
        let searched = BookingSearch { reference: None, login: "ana".to_owned() };
        let searched = BookingFilter { search: Some(searched), ..BookingFilter::default() };
        for limit in [1, 2, 3, 100].map(|limit| PageLimit::new(limit).unwrap()) {
            let own = read_all_pages(limit, async |after| queries.of_user(ana.id, after, limit).await.unwrap()).await;
            assert_eq!(own, expected);
            for filter in [&BookingFilter::default(), &searched] {
                let read = async |after| queries.of_concert(concert, filter, after, limit).await.unwrap();
                let listed = read_all_pages(limit, read).await;
                assert_eq!(listed.into_iter().map(|named| named.booking).collect::<Vec<_>>(), expected);
            }
            let (mut exported, mut after) = (Vec::new(), None);
            loop {
                let filter = BookingFilter::default();
                let part = fixture.database.bookings(concert, &filter, after, limit.items().into()).await.unwrap();
                let Some(last) = part.last() else { break };
                after = Some(BookingPosition::of(&last.named.booking));
                exported.extend(part.into_iter().map(|reported| reported.named.booking));
            }
            assert_eq!(exported, expected);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concerts_are_listed_without_those_that_cannot_be_read() {
    for fixture in Fixture::both().await {
        let owner = fixture.given.manager("maria").await;
        let organiser = fixture.given.organiser(owner.id).await;
        let mut views = Vec::new();
        for number in 0..9_u32 {
            let status = if number % 2 == 0 { ConcertStatus::OnSale } else { ConcertStatus::Paused };
            let mut builder =
                ConcertBuilder::new(fixture.given.ids()).named(&format!("Evening {number}")).status(status);
            builder = builder.details(|details| details.starts_at = details.starts_at.plus_seconds(number.into()));
            views.push(fixture.given.add_concert(builder.organiser(organiser)).await);
        }
        for damaged in [0, 3, 4, 8] {
            fixture.change("concerts", UNKNOWN_CURRENCY, views[damaged].concert.id.uuid()).await;
        }
        let queries: &dyn ConcertQueries = &fixture.database;
        assert!(inconsistent(&queries.get(views[3].concert.id).await));
        let public = ConcertFilter::default();
        let own = ConcertFilter { member: Some(owner.id), ..ConcertFilter::default() };
        for limit in [1, 2, 3, 100].map(|limit| PageLimit::new(limit).unwrap()) {
            for order in [ConcertOrder::StartsAt, ConcertOrder::StartsAtDescending, ConcertOrder::Name] {
                let mut expected = [1, 2, 5, 6, 7].map(|index: usize| views[index].concert.id);
                if order == ConcertOrder::StartsAtDescending {
                    expected.reverse();
                }
                for filter in [&public, &own] {
                    let read =
                        async |after| queries.list(filter, order, after, limit, FixedClock::START).await.unwrap();
                    let listed = read_all_pages(limit, read).await;
                    let listed: Vec<_> = listed.into_iter().map(|summary| summary.concert.id).collect();
                    assert_eq!(listed, expected, "{order:?}, {limit:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_memberships_and_refunds_are_listed_without_those_that_cannot_be_read() {
    for fixture in Fixture::both().await {
        let owner = fixture.given.manager("maria").await;
        let (first, second) = (fixture.given.organiser(owner.id).await, fixture.given.organiser(owner.id).await);
        let mut fans = Vec::new();
        for (name, second) in [("ana", 1), ("ben", 2), ("cem", 3), ("dia", 4)] {
            let fan = UserBuilder::new(fixture.given.ids(), name).created_at(FixedClock::START.plus_seconds(second));
            fans.push(fixture.given.add_user(fan.build()).await);
        }
        for damaged in [0, 3] {
            fixture.change("users", "version = -1", fans[damaged].id.uuid()).await;
        }
        let (queries, limit): (&dyn UserQueries, _) = (&fixture.database, PageLimit::new(1).unwrap());
        assert!(inconsistent(&queries.get(fans[3].id).await));
        let filter = UserFilter::default();
        let listed = read_all_pages(limit, async |after| queries.list(&filter, after, limit).await.unwrap()).await;
        assert_eq!(listed.iter().map(|user| user.id).collect::<Vec<_>>(), [fans[2].id, fans[1].id, owner.id]);

        let unknown = format!("role = 'auditor' WHERE organiser_id = x'{}'", first.uuid().simple());
        fixture.change_unchecked("organiser_members", "organiser_members_role_known", &unknown).await;
        let mut unit = fixture.store.begin().await.unwrap();
        assert_eq!(unit.organisers().of_user(owner.id).await.unwrap(), [(second, MemberRole::Owner)]);
        unit.rollback().await.unwrap();
        assert!(inconsistent(&OrganiserQueries::role_in(&fixture.database, owner.id, first).await));

        let view = fixture.given.concert().await;
        let booking = BookingBuilder::new(fixture.given.ids(), &view).user(fans[1].id).tickets([1]).build();
        let (_, payment) = fixture.given.paid(booking).await;
        let refunds = [1, 2].map(|second| {
            let at = FixedClock::START.plus_seconds(second);
            RefundBuilder::new(fixture.given.ids(), &payment).amount(1).created_at(at).build()
        });
        let mut unit = fixture.store.begin().await.unwrap();
        unit.refunds().add(&refunds).await.unwrap();
        unit.commit().await.unwrap();
        fixture.change("refunds", UNKNOWN_CURRENCY, refunds[0].id.uuid()).await;
        let due = FixedClock::START.plus_seconds(60);
        assert_eq!(fixture.database.refunds_of(payment.id).await.unwrap(), refunds[1..]);
        assert_eq!(fixture.database.refunds_due(FakeGateway::NAME, due, 1).await.unwrap(), refunds[1..]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_reconciled_behind_those_that_cannot_be_read() {
    for fixture in Fixture::both().await {
        let (view, ana) = (fixture.given.concert().await, fixture.given.user("ana").await);
        let payments: Vec<_> = fixture
            .bookings(&view, &ana, 3)
            .await
            .iter()
            .map(|booking| PaymentBuilder::new(fixture.given.ids(), booking).created_at(booking.created_at).build())
            .collect();
        let mut unit = fixture.store.begin().await.unwrap();
        unit.payments().add(&payments).await.unwrap();
        unit.commit().await.unwrap();
        fixture.change("payments", UNKNOWN_CURRENCY, payments[0].id.uuid()).await;
        // As many as are asked for: fewer would mean that there are no more.
        let found = fixture
            .database
            .pending_since(FakeGateway::NAME, FixedClock::START.plus_seconds(60), None, 2)
            .await
            .unwrap();
        assert_eq!(found, payments[1..]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_are_reported_without_bookings_of_an_unknown_status() {
    for fixture in Fixture::both().await {
        let (view, ana) = (fixture.given.concert().await, fixture.given.user("ana").await);
        let placed = fixture.bookings(&view, &ana, 3).await;
        let unknown = format!("status = 'waiting' WHERE id = x'{}'", placed[0].id.uuid().simple());
        fixture.change_unchecked("bookings", "bookings_status_known", &unknown).await;
        let span = Span { from: FixedClock::START, to: FixedClock::START.plus_seconds(3_600) };
        let sales = fixture.database.sales(view.concert.id, span, FixedClock::START).await.unwrap().unwrap();
        let placed: Vec<_> = sales.placed.iter().map(|placed| (placed.outcome, placed.totals.bookings)).collect();
        assert_eq!(placed, [(Outcome::Pending, 2)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_expire_behind_those_that_cannot_be_read() {
    for fixture in Fixture::both().await {
        let (view, ana) = (fixture.given.concert().await, fixture.given.user("ana").await);
        let placed = fixture.bookings(&view, &ana, 4).await;
        for damaged in [0, 1] {
            fixture.change("bookings", UNKNOWN_CURRENCY, placed[damaged].id.uuid()).await;
        }
        let mut unit = fixture.store.begin().await.unwrap();
        let now = FixedClock::START.plus_seconds(60);
        let first = unit.bookings().overdue(view.concert.id, now, 0, 1).await.unwrap();
        assert_eq!(first, placed[2..3]);
        unit.rollback().await.unwrap();
        let cancellations = fixture.cancellations_after(60);
        assert_eq!(cancellations.expire_overdue().await.unwrap(), 2);
        assert_eq!(cancellations.expire_overdue().await.unwrap(), 0);
    }
}

/// A booking that this version cannot read is not forgotten either: a version that can finds the concert still open.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_concert_stays_open_until_every_booking_can_be_read_and_is_cancelled() {
    for fixture in Fixture::both().await {
        let (view, ana) = (fixture.given.concert().await, fixture.given.user("ana").await);
        let placed = fixture.bookings(&view, &ana, 3).await;
        fixture.change("bookings", UNKNOWN_CURRENCY, placed[0].id.uuid()).await;
        let ((database, store), clock) = (fixture.test.sql_store(), Arc::new(FixedClock::default()));
        let concerts = Concerts::new(Arc::new(store), Arc::new(database), clock, fixture.given.shared_ids());
        concerts.remove(&Actor::System, view.concert.id).await.unwrap();
        // No booking can come any more.
        let cancellations = fixture.cancellations_after(3_600);
        assert_eq!(cancellations.cancel_concert_bookings().await.unwrap(), 1);
        assert_eq!(cancellations.cancel_concert_bookings().await.unwrap(), 0);
        let queries: &dyn BookingQueries = &fixture.database;
        let ending = async |index: usize| queries.get(placed[index].id).await.unwrap().unwrap().cancel_reason;
        for index in [1, 2] {
            assert_eq!(ending(index).await, Some(CancelReason::Expired));
        }
        assert_eq!(queries.cancelled_concerts_with_bookings(10).await.unwrap(), [view.concert.id]);

        let readable = format!("currency = '{}'", view.concert.currency.code());
        fixture.change("bookings", &readable, placed[0].id.uuid()).await;
        assert_eq!(cancellations.cancel_concert_bookings().await.unwrap(), 1);
        assert_eq!(cancellations.cancel_concert_bookings().await.unwrap(), 1);
        assert_eq!(ending(0).await, Some(CancelReason::Expired));
        assert_eq!(queries.cancelled_concerts_with_bookings(10).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn search_texts_are_folded_behind_a_concert_that_cannot_be_read() {
    for fixture in Fixture::both().await {
        let damaged = fixture.given.concert().await;
        fixture.given.concert().await;
        fixture.change("concerts", UNKNOWN_CURRENCY, damaged.concert.id.uuid()).await;
        fixture.test.run_sql("UPDATE concerts SET search_fold = 0").await;
        assert_eq!(fixture.database.refresh_search_texts().await.unwrap(), 1);
        assert_eq!(fixture.database.refresh_search_texts().await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_an_unknown_kind_do_not_stop_delivery() {
    for fixture in Fixture::both().await {
        let user = fixture.given.user("ana").await;
        let entry = |id: u8| {
            let time = FixedClock::START.micros();
            format!(
                "INSERT INTO outbox_entries (stream_kind, stream_id, position, occurred_at, seats, events) \
                VALUES ('venue', x'{id:032x}', 1, {time}, NULL, '[]')"
            )
        };
        fixture.test.run_sql(&entry(1)).await;
        fixture.test.run_sql(&entry(2)).await;
        for since in [None, Some(FixedClock::START)] {
            let behind = fixture.database.behind("audit_log", since, 2).await.unwrap();
            assert_eq!(behind, [Stream::User(user.id)], "{since:?}");
        }
    }
}
