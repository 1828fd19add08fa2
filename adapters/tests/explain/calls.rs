//! The calls of a busy sale, of customers and of organisers.

use boxoffice_domain::bookings::{
    BookingFilter, BookingFilterRequest, BookingPosition, BookingQueries, BookingStatus, HoldingsChange,
};
use boxoffice_domain::concerts::{
    ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, CountChange, OrganiserQueries, TicketClaim,
    TicketNumber, TicketOfBooking, TicketStatus,
};
use boxoffice_domain::events::{AggregateKey, EventCursors, EventLog};
use boxoffice_domain::idempotency::{IdempotencyKey, IdempotencyQueries, Operation, ScopedKey};
use boxoffice_domain::maintenance::Pruner;
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::payments::PaymentQueries;
use boxoffice_domain::reports::{EXPORTED_AT_ONCE, ReportQueries, Span};
use boxoffice_domain::sales::placement::PlacementQuery;
use boxoffice_domain::shared::{PageLimit, RefreshFamilyId, Role, Timestamp, UserId};
use boxoffice_domain::users::{UserFilter, UserPosition, UserQueries};
use boxoffice_testing::{FakeGateway, FixedClock};

use super::fixture::{Expected, Fixture, OVERDUE_BOOKINGS};

/// Explains all calls.
pub(crate) async fn all(fixture: &Fixture) {
    a_batch_is_decided_by_key(fixture).await;
    tickets_are_found_by_number(fixture).await;
    bookings_are_found_by_what_is_asked(fixture).await;
    the_rest_of_a_sale_is_found_by_key(fixture).await;
    accounts_use_their_indexes(fixture).await;
    lists_and_searches_use_their_indexes(fixture).await;
    reports_use_their_indexes(fixture).await;
    workers_use_their_indexes(fixture).await;
}

fn numbers(range: std::ops::Range<u32>) -> Vec<TicketNumber> {
    range.map(TicketNumber::new).collect()
}

async fn tickets_are_found_by_number(fixture: &Fixture) {
    let concert = fixture.unsold.concert.id;
    let primary: &[Expected] = &[("tickets", "PRIMARY")];
    let free = numbers(50_000..50_400);
    fixture
        .expect_in_unit("the states of tickets", primary, async |unit| {
            unit.tickets().states(concert, &free).await.unwrap();
        })
        .await;
    let claims: Vec<TicketClaim> =
        free.iter().map(|number| TicketClaim { number: *number, booking: fixture.booking.id, sold: false }).collect();
    let own: Vec<TicketOfBooking> =
        free.iter().map(|number| TicketOfBooking { number: *number, booking: fixture.booking.id }).collect();
    let position = fixture.unsold.plan.sections()[0].position;
    fixture
        .expect_in_unit("how many tickets of a section are available", &[("sections", "PRIMARY")], async |unit| {
            unit.sections().available(concert, position).await.unwrap();
        })
        .await;
    fixture
        .expect_in_unit("a claim, a sale and a release", primary, async |unit| {
            unit.tickets().claim(concert, &claims).await.unwrap();
            unit.tickets().sell(concert, &own).await.unwrap();
            unit.tickets().release(concert, TicketStatus::Sold, &own).await.unwrap();
            unit.tickets().block(concert, &free).await.unwrap();
            unit.tickets().unblock(concert, &free).await.unwrap();
        })
        .await;
    for (view, how) in [(&fixture.sold, "90 % sold"), (&fixture.unsold, "unsold")] {
        fixture
            .expect(&format!("a seat map, {how}"), &[("tickets", "PRIMARY")], async || {
                let seats = ConcertQueries::seats(&fixture.database, view.concert.id, None).await.unwrap().unwrap();
                assert_eq!(seats.states.len(), usize::try_from(view.concert.total).unwrap());
            })
            .await;
    }
}

async fn bookings_are_found_by_what_is_asked(fixture: &Fixture) {
    let (booking, unsold) = (&fixture.booking, fixture.unsold.concert.id);
    let both: &[Expected] = &[("bookings", "PRIMARY"), ("booking_tickets", "PRIMARY")];
    fixture
        .expect_in_unit("bookings by id", both, async |unit| {
            let mut found = unit.bookings().get(&[booking.id]).await.unwrap();
            found[0].version += 1;
            unit.bookings().save(&found).await.unwrap();
        })
        .await;
    fixture
        .expect_in_unit("bookings to cancel", &[("bookings", "bookings_sales")], async |unit| {
            unit.bookings().of_concert(fixture.small.concert.id, BookingStatus::Confirmed, 500).await.unwrap();
        })
        .await;
    fixture
        .expect_in_unit("whether a booking is not cancelled", &[("bookings", "bookings_sales")], async |unit| {
            assert!(unit.bookings().any_uncancelled(fixture.small.concert.id).await.unwrap());
        })
        .await;
    fixture
        .expect_in_unit("overdue bookings", &[("bookings", "bookings_expiry")], async |unit| {
            let overdue = unit.bookings().overdue(unsold, FixedClock::START, 0, 500).await.unwrap();
            assert_eq!(overdue.len(), usize::try_from(OVERDUE_BOOKINGS).unwrap());
        })
        .await;
    let queries: &dyn BookingQueries = &fixture.database;
    for (concert, is_any) in [(unsold, true), (fixture.sold.concert.id, false)] {
        fixture
            .expect("whether any hold is overdue", &[("bookings", "bookings_expiry")], async || {
                assert_eq!(queries.any_overdue(concert, FixedClock::START).await.unwrap(), is_any);
            })
            .await;
    }
    fixture
        .expect("concerts with overdue bookings", &[("bookings", "bookings_expiry")], async || {
            assert_eq!(queries.concerts_with_overdue(FixedClock::START, 10).await.unwrap(), [unsold]);
        })
        .await;
    let after = Some(BookingPosition { created_at: FixedClock::START.plus_seconds(1_000), id: booking.id });
    for after in [None, after] {
        let page = if after.is_some() { ", a later page" } else { "" };
        fixture
            .expect(&format!("one's own bookings{page}"), &[("bookings", "bookings_user")], async || {
                queries.of_user(fixture.user, after, PageLimit::DEFAULT).await.unwrap();
            })
            .await;
    }
    fixture
        .expect("a booking for its organiser", both, async || {
            assert!(queries.named(booking.id).await.unwrap().is_some());
        })
        .await;
    organisers_find_bookings(fixture, after).await;
}

async fn organisers_find_bookings(fixture: &Fixture, after: Option<BookingPosition>) {
    let queries: &dyn BookingQueries = &fixture.database;
    let request = |status, search: &str| {
        let request = BookingFilterRequest { status, search: Some(search.to_owned()) };
        request.judge(FixedClock::START).unwrap()
    };
    let all = [("bookings", "bookings_sales"), ("bookings", "PRIMARY"), ("users", "PRIMARY")];
    let by_status = [("bookings", "bookings_sales"), ("users", "PRIMARY")];
    // A server looks up names and addresses before it plans, and leaves out those that do not exist.
    let by_reference = [("bookings", "bookings_reference"), ("bookings", "PRIMARY")];
    let by_name = [("users", "users_username"), ("bookings", "bookings_user"), ("bookings", "PRIMARY")];
    let by_address = [("users", "users_email"), ("bookings", "bookings_user"), ("bookings", "PRIMARY")];
    let (sold, small) = (fixture.sold.concert.id, fixture.small.concert.id);
    let reference = fixture.booking.reference.as_str();
    let (paid, unpaid) = (Some(BookingStatus::Confirmed), Some(BookingStatus::Pending));
    for (what, concert, filter, index) in [
        ("the bookings of a concert", sold, request(None, ""), all.as_slice()),
        ("the paid bookings of a concert", small, request(paid, ""), by_status.as_slice()),
        ("the unpaid bookings of a concert that has none", sold, request(unpaid, ""), by_status.as_slice()),
        ("a search for a booking", sold, request(None, reference), by_reference.as_slice()),
        ("a search for the bookings of an account", sold, request(paid, "user0"), by_name.as_slice()),
        ("a search for the bookings of an address", sold, request(None, "user0@example.com"), by_address.as_slice()),
    ] {
        for after in [None, after] {
            let page = if after.is_some() { ", a later page" } else { "" };
            fixture
                .expect(&format!("{what}{page}"), index, async || {
                    queries.of_concert(concert, &filter, after, PageLimit::DEFAULT).await.unwrap();
                })
                .await;
        }
    }
}

async fn the_rest_of_a_sale_is_found_by_key(fixture: &Fixture) {
    let concert = fixture.sold.concert.id;
    let user = fixture.user;
    let change =
        HoldingsChange { user, tickets: -1, pending_bookings: 0, max_tickets: Some(10), max_pending_bookings: Some(2) };
    let position = fixture.sold.plan.sections().last().unwrap().position;
    let count = CountChange { position, available: -1, held: 1, ..CountChange::default() };
    let key = ScopedKey { user, operation: Operation::PlaceBooking, key: IdempotencyKey::parse("key").unwrap() };
    fixture
        .expect("known keys", &[("idempotency_keys", "PRIMARY")], async || {
            fixture.database.known(std::slice::from_ref(&key)).await.unwrap();
        })
        .await;
    fixture
        .expect_in_unit(
            "what a sale reads and counts",
            &[
                ("purchases", "PRIMARY"),
                ("prices", "PRIMARY"),
                ("concerts", "PRIMARY"),
                ("idempotency_keys", "PRIMARY"),
            ],
            async |unit| {
                unit.idempotency().find(std::slice::from_ref(&key)).await.unwrap();
                unit.concerts().get(concert).await.unwrap();
                unit.sections().prices(concert).await.unwrap();
                unit.holdings().of_users(concert, &[user]).await.unwrap();
                unit.holdings().change(concert, &[change]).await.unwrap();
                unit.sections().change_counts(concert, &[count]).await.unwrap();
                unit.concerts().advance(concert, -1).await.unwrap();
            },
        )
        .await;
    fixture
        .expect_in_unit(
            "a payment with its refunds",
            &[("payments", "PRIMARY"), ("refunds", "refunds_payment")],
            async |unit| {
                let mut found = unit.payments().get(&[fixture.payment]).await.unwrap();
                unit.refunds().of_payments(&[fixture.payment]).await.unwrap();
                found[0].version += 1;
                unit.payments().save(&found).await.unwrap();
            },
        )
        .await;
}

async fn accounts_use_their_indexes(fixture: &Fixture) {
    let (user, now) = (fixture.user, FixedClock::START);
    let own: &[Expected] = &[("refresh_tokens", "refresh_tokens_user")];
    let family = RefreshFamilyId::generate(fixture.given.ids());
    fixture
        .expect_in_unit("the tokens of a log-in", own, async |unit| {
            unit.refresh_tokens().revoke_family(user, family, now).await.unwrap();
        })
        .await;
    fixture
        .expect_in_unit("all tokens of a user", own, async |unit| {
            unit.refresh_tokens().revoke_all_of(user, now).await.unwrap();
        })
        .await;
    fixture
        .expect_in_unit("admins who can log in", &[("users", "users_role")], async |unit| {
            unit.users().count_active_admins().await.unwrap();
        })
        .await;
}

async fn workers_use_their_indexes(fixture: &Fixture) {
    let database = &fixture.database;
    let now = FixedClock::START.plus_seconds(60);
    fixture
        .expect("payments to ask about", &[("payments", "payments_pending")], async || {
            assert!(!database.pending_since(FakeGateway::NAME, now, None, 100).await.unwrap().is_empty());
        })
        .await;
    fixture
        .expect("refunds to send", &[("refunds", "refunds_due")], async || {
            assert!(!database.refunds_due(FakeGateway::NAME, now, 100).await.unwrap().is_empty());
        })
        .await;
    fixture
        .expect("concerts with bookings to cancel", &[("concerts", "concerts_cancellation")], async || {
            assert_eq!(database.cancelled_concerts_with_bookings(10).await.unwrap(), []);
        })
        .await;
    let behind = Stream::User(fixture.given.user(&format!("late{}", fixture.next())).await.id);
    let recent: &[Expected] = &[("outbox_entries", "outbox_entries_recent"), ("event_cursors", "PRIMARY")];
    fixture
        .expect("streams with recent entries", recent, async || {
            let since = FixedClock::START.plus_seconds(-30);
            assert_eq!(database.behind("mail", Some(since), 1_000).await.unwrap(), [behind]);
        })
        .await;
    fixture
        .explain_only("every stream compared with its cursor", async || {
            assert_eq!(database.behind("mail", None, 1_000).await.unwrap(), [behind]);
        })
        .await;
    fixture
        .expect_once("entries to deliver", &[("outbox_entries", "PRIMARY"), ("event_cursors", "PRIMARY")], async || {
            assert_eq!(fixture.pass(&[behind]).await, 1)
        })
        .await;
    fixture
        .expect("parked events of aggregates", &[("parked_events", "parked_events_aggregate")], async || {
            let aggregates: Vec<AggregateKey> =
                (0..100).map(|_| Aggregate::User(UserId::generate(fixture.given.ids())).into()).collect();
            let parked = boxoffice_domain::events::ParkedEventStore::parked_among(database, "mail", &aggregates);
            assert_eq!(parked.await.unwrap(), []);
        })
        .await;
    fixture
        .expect("what happened to a concert's seats", &[("outbox_entries", "PRIMARY")], async || {
            let last = fixture.sold.concert.version;
            assert_eq!(EventLog::after(database, fixture.sold.concert.id, last - 1, 500).await.unwrap().len(), 1);
        })
        .await;
    fixture
        .expect("entries to prune", &[("outbox_entries", "outbox_entries_recent")], async || {
            database.prune_outbox(FixedClock::START.plus_seconds(-1), 1_000).await.unwrap();
        })
        .await;
    fixture
        .expect("tokens to forget", &[("refresh_tokens", "refresh_tokens_expiry")], async || {
            database.prune_refresh_tokens(Timestamp::from_micros(0), 1_000).await.unwrap();
        })
        .await;
    fixture
        .expect("keys to forget", &[("idempotency_keys", "idempotency_keys_age")], async || {
            database.prune_idempotency_keys(Timestamp::from_micros(0), 1_000).await.unwrap();
        })
        .await;
}

async fn lists_and_searches_use_their_indexes(fixture: &Fixture) {
    let database = &fixture.database;
    let filter = |words: &[&str]| ConcertFilter {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        ..ConcertFilter::default()
    };
    let (limit, now) = (PageLimit::DEFAULT, FixedClock::START);
    let after = ConcertPosition::StartsAt(now.plus_seconds(1), fixture.unsold.concert.id);
    for (what, filter, after) in [
        ("the public list", filter(&[]), None),
        ("a later page of the public list", filter(&[]), Some(after)),
        ("a search for concerts", filter(&["evening"]), None),
    ] {
        fixture
            .expect(what, &[("concerts", "concerts_listed")], async || {
                let page = ConcertQueries::list(database, &filter, ConcertOrder::StartsAt, after.clone(), limit, now);
                assert_eq!(page.await.unwrap().items.len(), 20);
            })
            .await;
    }
    let after_name = ConcertPosition::Name("Evening".to_owned(), fixture.unsold.concert.id);
    for (what, after) in
        [("the public list by name", None), ("a later page of the public list by name", Some(after_name))]
    {
        fixture
            .expect(what, &[("concerts", "concerts_named")], async || {
                let all = filter(&[]);
                ConcertQueries::list(database, &all, ConcertOrder::Name, after.clone(), limit, now).await.unwrap();
            })
            .await;
    }
    for (what, filter, order) in [
        ("a search for concerts that finds none", filter(&["unknown", "band"]), ConcertOrder::StartsAt),
        ("the public list, latest first", filter(&[]), ConcertOrder::StartsAtDescending),
    ] {
        fixture
            .explain_only(what, async || {
                ConcertQueries::list(database, &filter, order, None, limit, now).await.unwrap();
            })
            .await;
    }
    let own = ConcertFilter { member: Some(fixture.member), ..ConcertFilter::default() };
    let of_member = [("organiser_members", "organiser_members_user"), ("concerts", "concerts_organiser")];
    fixture
        .expect("one's own concerts", &of_member, async || {
            let page = ConcertQueries::list(database, &own, ConcertOrder::StartsAt, None, limit, now);
            assert_eq!(page.await.unwrap().items.len(), 20);
        })
        .await;
    for (login, by, index) in [("user7", "name", "users_username"), ("user7@example.com", "address", "users_email")] {
        fixture
            .expect(&format!("a log-in by {by}"), &[("users", index)], async || {
                assert!(database.find_by_login(login).await.unwrap().is_some());
            })
            .await;
    }
    let position = UserPosition { created_at: FixedClock::START, id: fixture.user };
    for (search, after) in [(None, None), (None, Some(position)), (Some("user2"), None), (Some("no such user"), None)] {
        let what = match search {
            None if after.is_none() => "the list of users",
            None => "a later page of the list of users",
            Some("user2") => "a search for users that finds some",
            Some(_) => "a search for a user that finds none",
        };
        let filter = UserFilter { search: search.map(ToOwned::to_owned), ..UserFilter::default() };
        fixture
            .expect(what, &[("users", "users_created")], async || {
                UserQueries::list(database, &filter, after, PageLimit::DEFAULT).await.unwrap();
            })
            .await;
    }
    let filter = UserFilter { role: Some(Role::Admin), ..UserFilter::default() };
    fixture
        .explain_only("the list of admins", async || {
            UserQueries::list(database, &filter, None, PageLimit::DEFAULT).await.unwrap();
        })
        .await;
}

/// The data that decides a batch of requests for 400 tickets.
async fn a_batch_is_decided_by_key(fixture: &Fixture) {
    let key = IdempotencyKey::parse("key").unwrap();
    let keys = [ScopedKey { user: fixture.user, operation: Operation::PlaceBooking, key }];
    for (view, what) in
        [(&fixture.sold, "what decides a batch"), (&fixture.unsold, "what decides a batch, nothing sold")]
    {
        let (concert, total) = (view.concert.id, view.concert.total);
        let tickets = numbers(total - 400..total);
        let questions =
            PlacementQuery { concert, known_terms: None, keys: &keys, users: &[fixture.user], tickets: &tickets };
        let index = [
            ("tickets", "PRIMARY"),
            ("purchases", "PRIMARY"),
            ("idempotency_keys", "PRIMARY"),
            ("concerts", "PRIMARY"),
        ];
        fixture
            .expect_in_unit(what, &index, async |unit| {
                assert_eq!(unit.placement_data(&questions).await.unwrap().tickets.len(), 400);
            })
            .await;
    }
}

async fn reports_use_their_indexes(fixture: &Fixture) {
    let (reports, concert): (&dyn ReportQueries, _) = (&fixture.database, fixture.sold.concert.id);
    let now = FixedClock::START;
    let span = Span { from: now.plus_seconds(-31 * 24 * 3_600), to: now.plus_seconds(24 * 3_600) };
    let index = [
        ("bookings", "bookings_sales"),
        ("bookings", "bookings_expiry"),
        ("payments", "payments_pending"),
        ("refunds", "refunds_due"),
    ];
    fixture
        .expect("how a concert sells", &index, async || {
            let figures = reports.sales(concert, span, now).await.unwrap().unwrap();
            assert!(figures.placed.iter().any(|placed| placed.slot.is_some()));
        })
        .await;
    let exported = [("bookings", "bookings_sales"), ("payments", "payments_booking")];
    fixture
        .expect("a part of the exported bookings", &exported, async || {
            let part = reports.bookings(concert, &BookingFilter::default(), None, EXPORTED_AT_ONCE).await.unwrap();
            assert_eq!(part.len(), usize::try_from(EXPORTED_AT_ONCE).unwrap());
        })
        .await;
    fixture
        .expect("accounts that changed lately", &[("users", "users_changed")], async || {
            let users: &dyn UserQueries = &fixture.database;
            users.changed_since(now.plus_seconds(60), Some(fixture.user), 1_000).await.unwrap();
        })
        .await;
    fixture
        .expect("what a user is to a concert", &[], async || {
            fixture.database.role_at(fixture.user, concert).await.unwrap();
        })
        .await;
}
