//! Members-only prices.

use std::sync::Arc;

use boxoffice_domain::bookings::BookingStatus;
use boxoffice_domain::concerts::{Audience, MemberRole, MockOrganiserQueries};
use boxoffice_domain::sales::placement::{PlaceBooking, PlaceError, PlacedBooking};
use boxoffice_domain::shared::{Actor, Role, StoreError};
use boxoffice_testing::store_of;

use super::fixture::Fixture;
use super::mocked::{Stage, fan, request, unavailable};

/// Books a free crew ticket, for a customer with this role at the organiser.
async fn crew_ticket(customer: Actor, role: Option<MemberRole>) -> Result<PlacedBooking, PlaceError> {
    let crew = Fixture::with(|concert| concert.seated("A", 1, 2, 2_500).category_for(Audience::Members, "crew", 0));
    let fixture = crew.await;
    let mut organisers = MockOrganiserQueries::new();
    organisers.expect_role_at().returning(move |_, _| Ok(role));
    let command = PlaceBooking { category: "crew".to_owned(), ..fixture.seats(&["A-1-1"]) };
    let placing = fixture.placing_among(Arc::new(organisers));
    placing.place_batch(fixture.concert(), &[request(customer, command)]).await.remove(0)
}

#[tokio::test]
async fn others_are_refused() {
    match crew_ticket(fan(1), None).await {
        Err(PlaceError::Invalid(faults)) => {
            let faults: Vec<_> = faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect();
            assert_eq!(faults, [("/category".to_owned(), "members_only")]);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn members_and_admins_book_at_members_only_prices() {
    let admin = Actor::User { id: fan(2).user_id().unwrap(), role: Role::Admin };
    for (customer, role) in [(fan(1), Some(MemberRole::Viewer)), (admin, None)] {
        let placed = crew_ticket(customer, role).await.unwrap();
        assert_eq!((placed.booking.total.minor(), placed.booking.status), (0, BookingStatus::Confirmed));
    }
}

/// Reading a membership costs a query, which requests at ordinary prices must not pay.
#[tokio::test]
async fn no_membership_is_read_for_other_prices() {
    let crew = Fixture::with(|concert| concert.seated("A", 1, 2, 2_500).category_for(Audience::Members, "crew", 0));
    let fixture = crew.await;
    let command = fixture.seats(&["A-1-1"]);
    let placing = fixture.placing_among(Arc::new(MockOrganiserQueries::new()));
    placing.place_batch(fixture.concert(), &[request(fan(1), command)]).await.remove(0).unwrap();
}

#[tokio::test]
async fn a_membership_that_cannot_be_read_fails_the_batch_before_a_unit() {
    let mut stage = Stage::with(|concert| concert.seated("A", 1, 2, 2_500).category_for(Audience::Members, "crew", 0));
    stage.organisers.expect_role_at().times(1).returning(|_, _| Err(unavailable()));
    let crew = PlaceBooking { category: "crew".to_owned(), ..stage.seats(&["A-1-1"]) };
    let requests = [request(fan(1), stage.seats(&["A-1-2"])), request(fan(2), crew)];
    let outcomes = stage.place_all(store_of([]), &requests).await;
    assert_eq!(outcomes.len(), 2);
    for outcome in outcomes {
        assert_matches!(outcome, Err(PlaceError::Store(StoreError::Unavailable(_))));
    }
}
