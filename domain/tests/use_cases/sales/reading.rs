//! Reading bookings, and who may see them.

use boxoffice_domain::bookings::{
    BookingFilterRequest, BookingPosition, BookingStatus, Bookings, CancelReason, ListBookingsError,
    MockBookingQueries, NamedBooking, ReadBookingError, StatusAt,
};
use boxoffice_domain::concerts::{ConcertStatus, MemberRole, MockConcertQueries, MockOrganiserQueries};
use boxoffice_domain::shared::{Actor, BookingId, Clock, ConcertId, Page, PageLimit, Role, StoreError};
use boxoffice_domain::users::Username;
use boxoffice_testing::{ConcertBuilder, FixedClock, SequentialIds};

use super::fixture::{Fixture, HOLD_SECONDS};
use super::mocked::{Stage, bookings_of, bookings_over, fan, members, other_ids, unavailable, user};

fn admin(fixture: &Fixture) -> Actor {
    Actor::User { id: fixture.fan().user_id().unwrap(), role: Role::Admin }
}

#[tokio::test]
async fn an_overdue_booking_reads_as_expired_though_its_seats_are_held() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let id = fixture.booked(fan, &["A-1-1"]).await.id;
    let reads_as = async || fixture.bookings().get(&fan, id).await.unwrap().booking.status_at(fixture.clock.now());
    fixture.clock.advance(HOLD_SECONDS - 1);
    assert_eq!(reads_as().await, (BookingStatus::Pending, None));
    fixture.clock.advance(1);
    assert_eq!(reads_as().await, (BookingStatus::Cancelled, Some(CancelReason::Expired)));
    assert_eq!(fixture.counts().await, [(99, 1, 0)]);
}

#[tokio::test]
async fn own_bookings_are_listed_newest_first_page_by_page() {
    let fixture = Fixture::new().await;
    let (fan, other) = (fixture.fan(), fixture.fan());
    let mut expected = Vec::new();
    for label in ["A-1-1", "A-1-2"] {
        expected.push(fixture.booked(fan, &[label]).await);
        fixture.booked(other, &[label.replace("A-1", "A-2").as_str()]).await;
        fixture.clock.advance(1);
    }
    expected.reverse();
    let bookings = fixture.bookings();
    let first = bookings.own(&fan, None, PageLimit::new(1).unwrap()).await.unwrap();
    assert_eq!(first.items, expected[..1]);
    let second = bookings.own(&fan, first.next, PageLimit::new(1).unwrap()).await.unwrap();
    assert_eq!((second.items.as_slice(), second.next), (&expected[1..], None));
}

/// Queries that find this booking with the name of its account.
fn finding(found: &NamedBooking) -> MockBookingQueries {
    let mut queries = MockBookingQueries::new();
    let found = found.clone();
    queries.expect_named().times(1).returning(move |id| Ok(Some(found.clone()).filter(|found| found.booking.id == id)));
    queries
}

/// A booking of fan 1, whose account is called `ana`.
fn named(stage: &Stage) -> NamedBooking {
    NamedBooking { booking: stage.booking(1), username: Some(Username::parse("ana", "/username").unwrap()) }
}

#[tokio::test]
async fn members_and_admins_read_a_booking_with_its_name_and_its_customer_without() {
    let found = named(&Stage::new());
    let unnamed = NamedBooking::unnamed(found.booking.clone());
    for (actor, role, expected) in [
        (fan(1), None, &unnamed),
        (fan(1), Some(MemberRole::Scanner), &unnamed),
        (fan(1), Some(MemberRole::BoxOffice), &found),
        (user(1, Role::Manager), None, &unnamed),
        (user(1, Role::Admin), None, &found),
        (fan(2), Some(MemberRole::Viewer), &found),
        (fan(2), Some(MemberRole::BoxOffice), &found),
        (fan(2), Some(MemberRole::Manager), &found),
        (fan(2), Some(MemberRole::Owner), &found),
        (user(2, Role::Admin), None, &found),
    ] {
        let bookings = bookings_over(finding(&found), members(role));
        let read = bookings.get(&actor, found.booking.id).await.unwrap();
        assert_eq!(read, *expected, "{actor:?} {role:?}");
    }
}

#[tokio::test]
async fn a_booking_is_hidden_from_other_actors() {
    let found = named(&Stage::new());
    for (actor, role) in [(fan(2), None), (fan(2), Some(MemberRole::Scanner)), (user(2, Role::Manager), None)] {
        let bookings = bookings_over(finding(&found), members(role));
        assert_matches!(bookings.get(&actor, found.booking.id).await, Err(ReadBookingError::NotFound));
    }
}

#[tokio::test]
async fn a_role_counts_only_at_the_organiser_of_the_concert() {
    let found = named(&Stage::new());
    let concert = found.booking.concert;
    let reader = || {
        let mut organisers = MockOrganiserQueries::new();
        organisers
            .expect_role_at()
            .withf(move |asked, at| (Some(*asked), *at) == (fan(2).user_id(), concert))
            .times(1)
            .returning(|_, _| Ok(Some(MemberRole::Viewer)));
        organisers
    };
    assert_eq!(bookings_over(finding(&found), reader()).get(&fan(2), found.booking.id).await.unwrap(), found);
    let mut queries = MockBookingQueries::new();
    queries.expect_of_concert().times(1).returning(|_, _, _, _| Ok(Page { items: Vec::new(), next: None }));
    let bookings = bookings_over(queries, reader());
    let listed = bookings.of_concert(&fan(2), concert, BookingFilterRequest::default(), None, PageLimit::DEFAULT).await;
    assert!(listed.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_missing_booking_is_not_found_also_by_admins() {
    let mut queries = MockBookingQueries::new();
    queries.expect_named().times(2).returning(|_| Ok(None));
    let bookings = bookings_over(queries, MockOrganiserQueries::new());
    for actor in [fan(1), user(1, Role::Admin)] {
        let read = bookings.get(&actor, BookingId::generate(&other_ids())).await;
        assert_matches!(read, Err(ReadBookingError::NotFound));
    }
}

#[tokio::test]
async fn an_actor_without_an_account_reads_nothing_from_the_store() {
    let bookings = bookings_over(MockBookingQueries::new(), MockOrganiserQueries::new());
    let (booking, concert) = (BookingId::generate(&other_ids()), ConcertId::generate(&other_ids()));
    for actor in [Actor::Anonymous, Actor::System] {
        assert_matches!(bookings.get(&actor, booking).await, Err(ReadBookingError::LoginRequired));
        assert_matches!(bookings.own(&actor, None, PageLimit::DEFAULT).await, Err(ListBookingsError::LoginRequired));
        let request = BookingFilterRequest::default();
        let listed = bookings.of_concert(&actor, concert, request, None, PageLimit::DEFAULT).await;
        assert_matches!(listed, Err(ListBookingsError::LoginRequired));
    }
}

#[tokio::test]
async fn each_user_lists_only_their_own_bookings_even_an_admin() {
    let stage = Stage::new();
    let (booking, limit) = (stage.booking(1), PageLimit::new(7).unwrap());
    let position = BookingPosition::of(&stage.booking(2));
    let page = Page { items: vec![booking.clone()], next: Some(BookingPosition::of(&booking)) };
    for actor in [fan(1), user(1, Role::Manager), user(1, Role::Admin)] {
        let (mut queries, found) = (MockBookingQueries::new(), page.clone());
        queries
            .expect_of_user()
            .withf(move |asked, after, items| {
                (Some(*asked), *after, *items) == (fan(1).user_id(), Some(position), limit)
            })
            .times(1)
            .returning(move |_, _, _| Ok(found.clone()));
        let bookings = bookings_over(queries, MockOrganiserQueries::new());
        assert_eq!(bookings.own(&actor, Some(position), limit).await.unwrap(), page);
    }
}

#[tokio::test]
async fn the_bookings_of_a_concert_are_searched_as_asked_for_members_who_read_them_and_admins() {
    let stage = Stage::new();
    let (found, concert, limit) = (named(&stage), stage.concert(), PageLimit::new(3).unwrap());
    let position = BookingPosition::of(&stage.booking(2));
    let page = Page { items: vec![found.clone()], next: None };
    let request =
        BookingFilterRequest { status: Some(BookingStatus::Confirmed), search: Some(" Ana@Example.com ".to_owned()) };
    for (actor, role) in [
        (fan(2), Some(MemberRole::Viewer)),
        (fan(2), Some(MemberRole::BoxOffice)),
        (fan(2), Some(MemberRole::Manager)),
        (fan(2), Some(MemberRole::Owner)),
        (user(2, Role::Admin), None),
        (user(2, Role::Admin), Some(MemberRole::Scanner)),
    ] {
        let (mut queries, listed) = (MockBookingQueries::new(), page.clone());
        let status = Some(StatusAt { status: BookingStatus::Confirmed, now: FixedClock::START });
        queries
            .expect_of_concert()
            .withf(move |asked, filter, after, items| {
                (*asked, *after, *items) == (concert, Some(position), limit)
                    && filter.status == status
                    && filter.search.as_ref().is_some_and(|search| search.login == "ana@example.com")
            })
            .times(1)
            .returning(move |_, _, _, _| Ok(listed.clone()));
        let bookings = bookings_over(queries, members(role));
        let listed = bookings.of_concert(&actor, concert, request.clone(), Some(position), limit).await;
        assert_eq!(listed.unwrap(), page, "{actor:?} {role:?}");
    }
}

#[tokio::test]
async fn other_actors_search_no_bookings() {
    let refused = async |actor: Actor, role, status: Option<ConcertStatus>| {
        let found = status.map(|status| ConcertBuilder::new(&SequentialIds::new()).status(status).build());
        let mut concerts = MockConcertQueries::new();
        concerts.expect_get().returning(move |_| Ok(found.clone()));
        let bookings = bookings_of(MockBookingQueries::new(), members(role), concerts);
        let (concert, request) = (ConcertId::generate(&other_ids()), BookingFilterRequest::default());
        bookings.of_concert(&actor, concert, request, None, PageLimit::DEFAULT).await.unwrap_err()
    };
    for status in [ConcertStatus::OnSale, ConcertStatus::Draft] {
        assert_matches!(refused(fan(2), Some(MemberRole::Scanner), Some(status)).await, ListBookingsError::Forbidden);
    }
    for actor in [fan(2), user(2, Role::Manager)] {
        assert_matches!(refused(actor, None, Some(ConcertStatus::OnSale)).await, ListBookingsError::Forbidden);
        assert_matches!(refused(actor, None, Some(ConcertStatus::Draft)).await, ListBookingsError::NotFound);
        assert_matches!(refused(actor, None, None).await, ListBookingsError::NotFound);
    }
}

#[tokio::test]
async fn failures_of_the_queries_are_returned() {
    let found = named(&Stage::new());
    let (id, concert) = (found.booking.id, found.booking.concert);
    let no_members = || {
        let mut organisers = MockOrganiserQueries::new();
        organisers.expect_role_at().times(1).returning(|_, _| Err(unavailable()));
        organisers
    };
    let mut failing = MockBookingQueries::new();
    failing.expect_named().times(1).returning(|_| Err(StoreError::Busy));
    failing.expect_of_user().times(1).returning(|_, _, _| Err(StoreError::Busy));
    failing.expect_of_concert().times(1).returning(|_, _, _, _| Err(StoreError::Busy));
    let failing = bookings_over(failing, members(Some(MemberRole::Owner)));
    let list = async |bookings: &Bookings| {
        bookings.of_concert(&fan(2), concert, BookingFilterRequest::default(), None, PageLimit::DEFAULT).await
    };
    assert_matches!(failing.get(&fan(2), id).await, Err(ReadBookingError::Store(StoreError::Busy)));
    let own = failing.own(&fan(2), None, PageLimit::DEFAULT).await;
    assert_matches!(own, Err(ListBookingsError::Store(StoreError::Busy)));
    assert_matches!(list(&failing).await, Err(ListBookingsError::Store(StoreError::Busy)));

    let read = bookings_over(finding(&found), no_members()).get(&fan(2), id).await;
    assert_matches!(read, Err(ReadBookingError::Store(StoreError::Unavailable(_))));
    let listed = list(&bookings_over(MockBookingQueries::new(), no_members())).await;
    assert_matches!(listed, Err(ListBookingsError::Store(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn the_name_of_an_account_is_for_members_and_admins() {
    let fixture = Fixture::new().await;
    let ana = fixture.given.user("ana").await;
    let ana = Actor::User { id: ana.id, role: ana.role };
    let booking = fixture.booked(ana, &["A-1-1"]).await;
    let name_for = async |actor: Actor, role| {
        let found = fixture.bookings_for(role).get(&actor, booking.id).await.unwrap();
        found.username.map(|name| name.as_str().to_owned())
    };
    assert_eq!(name_for(ana, None).await, None);
    for (actor, role) in [(fixture.fan(), Some(MemberRole::Viewer)), (admin(&fixture), None)] {
        assert_eq!(name_for(actor, role).await.as_deref(), Some("ana"));
        let bookings = fixture.bookings_for(role);
        let request = BookingFilterRequest { search: Some(" ANA ".to_owned()), ..BookingFilterRequest::default() };
        let found = bookings.of_concert(&actor, fixture.concert(), request, None, PageLimit::DEFAULT).await.unwrap();
        let names: Vec<_> = found.items.iter().map(|found| found.username.as_ref().unwrap().as_str()).collect();
        assert_eq!(names, ["ana"]);
    }
}

#[tokio::test]
async fn an_overdue_booking_is_not_listed_as_pending() {
    let fixture = Fixture::new().await;
    fixture.booked(fixture.fan(), &["A-1-1"]).await;
    let pending = async || {
        let request = BookingFilterRequest { status: Some(BookingStatus::Pending), ..BookingFilterRequest::default() };
        let found =
            fixture.bookings().of_concert(&admin(&fixture), fixture.concert(), request, None, PageLimit::DEFAULT).await;
        found.unwrap().items.len()
    };
    fixture.clock.advance(HOLD_SECONDS - 1);
    assert_eq!(pending().await, 1);
    fixture.clock.advance(1);
    assert_eq!(pending().await, 0);
}

#[tokio::test]
async fn a_search_that_is_too_short_is_refused_after_the_actor_is_checked() {
    let fixture = Fixture::new().await;
    let refused = async |actor: Actor| {
        let request = BookingFilterRequest { search: Some("a".to_owned()), ..BookingFilterRequest::default() };
        fixture.bookings().of_concert(&actor, fixture.concert(), request, None, PageLimit::DEFAULT).await.unwrap_err()
    };
    assert_matches!(refused(fixture.fan()).await, ListBookingsError::Forbidden);
    assert_matches!(refused(admin(&fixture)).await, ListBookingsError::Invalid(_));
}
