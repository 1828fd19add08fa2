//! Reading bookings, and who may see them.

use std::sync::Arc;

use boxoffice_domain::bookings::{
    BookingFilterRequest, BookingStatus, Bookings, CancelReason, ListBookingsError, MockBookingQueries,
    ReadBookingError,
};
use boxoffice_domain::concerts::{MemberRole, MockOrganiserQueries};
use boxoffice_domain::shared::{Actor, BookingId, Clock, ConcertId, PageLimit, Role, StoreError};
use boxoffice_domain::testing::{FixedClock, SequentialIds, store_of};

use super::fixture::{Fixture, HOLD_SECONDS};
use super::mocked::{fan, other_ids};

fn admin(fixture: &Fixture) -> Actor {
    Actor::User { id: fixture.fan().user_id().unwrap(), role: Role::Admin }
}

#[tokio::test]
async fn a_booking_is_visible_to_its_customer_to_members_and_to_admins() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let booking = fixture.booked(fan, &["A-1-1"]).await;
    let stranger = fixture.fan();
    let seen_as = async |actor: Actor, role| fixture.bookings_for(role).get(&actor, booking.id).await;
    for (actor, role) in [
        (fan, None),
        (fan, Some(MemberRole::Scanner)),
        (stranger, Some(MemberRole::Viewer)),
        (stranger, Some(MemberRole::BoxOffice)),
        (stranger, Some(MemberRole::Owner)),
        (admin(&fixture), None),
    ] {
        assert_eq!(seen_as(actor, role).await.unwrap().booking, booking);
    }
    for role in [None, Some(MemberRole::Scanner)] {
        assert_matches!(seen_as(stranger, role).await, Err(ReadBookingError::NotFound));
    }
    assert_matches!(seen_as(Actor::Anonymous, None).await, Err(ReadBookingError::LoginRequired));
    let unknown = BookingId::generate(fixture.ids.as_ref());
    assert_matches!(fixture.bookings().get(&fan, unknown).await, Err(ReadBookingError::NotFound));
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

#[tokio::test]
async fn the_bookings_of_a_concert_are_for_those_who_read_them() {
    let fixture = Fixture::new().await;
    let booking = fixture.booked(fixture.fan(), &["A-1-1"]).await;
    let listed = async |actor: Actor, role| {
        let request = BookingFilterRequest::default();
        fixture.bookings_for(role).of_concert(&actor, fixture.concert(), request, None, PageLimit::DEFAULT).await
    };
    for (actor, role) in [(fixture.fan(), Some(MemberRole::Viewer)), (admin(&fixture), None)] {
        let found = listed(actor, role).await.unwrap().items;
        assert_eq!(found.into_iter().map(|found| found.booking).collect::<Vec<_>>(), std::slice::from_ref(&booking));
    }
    for role in [None, Some(MemberRole::Scanner)] {
        assert_matches!(listed(fixture.fan(), role).await, Err(ListBookingsError::Forbidden));
    }
    assert_matches!(listed(Actor::Anonymous, None).await, Err(ListBookingsError::LoginRequired));
}

/// The use cases over these queries.
fn bookings(queries: MockBookingQueries, organisers: MockOrganiserQueries) -> Bookings {
    Bookings::new(
        Arc::new(store_of([])),
        Arc::new(queries),
        Arc::new(organisers),
        Arc::new(FixedClock::default()),
        Arc::new(SequentialIds::new()),
    )
}

#[tokio::test]
async fn failures_of_the_store_are_returned() {
    let mut queries = MockBookingQueries::new();
    queries.expect_named().times(1).returning(|_| Err(StoreError::Busy));
    queries.expect_of_user().times(1).returning(|_, _, _| Err(StoreError::Busy));
    let mut organisers = MockOrganiserQueries::new();
    organisers.expect_role_at().times(1).returning(|_, _| Err(StoreError::Busy));
    let bookings = bookings(queries, organisers);
    let outcome = bookings.get(&fan(1), BookingId::generate(&other_ids())).await;
    assert_matches!(outcome, Err(ReadBookingError::Store(StoreError::Busy)));
    let outcome = bookings.own(&fan(1), None, PageLimit::DEFAULT).await;
    assert_matches!(outcome, Err(ListBookingsError::Store(StoreError::Busy)));
    let concert = ConcertId::generate(&other_ids());
    let outcome =
        bookings.of_concert(&fan(1), concert, BookingFilterRequest::default(), None, PageLimit::DEFAULT).await;
    assert_matches!(outcome, Err(ListBookingsError::Store(StoreError::Busy)));
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
