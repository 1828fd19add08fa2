//! Prices that are for members of the organiser.

use std::sync::Arc;

use boxoffice_domain::bookings::{BookingStatus, PlaceBooking, PlaceError, Placed};
use boxoffice_domain::concerts::{Audience, MemberRole, MockOrganiserQueries};
use boxoffice_domain::shared::{Actor, Role};

use super::house::House;
use super::mocked::{fan, request};

/// What comes of booking a free ticket for the crew, for a customer with this role at the organiser.
async fn crew_ticket(customer: Actor, role: Option<MemberRole>) -> Result<Placed, PlaceError> {
    let crew = House::with(|concert| concert.seated("A", 1, 2, 2_500).category_for(Audience::Members, "crew", 0));
    let house = crew.await;
    let mut organisers = MockOrganiserQueries::new();
    organisers.expect_role_at().returning(move |_, _| Ok(role));
    let command = PlaceBooking { category: "crew".to_owned(), ..house.seats(&["A-1-1"]) };
    let placing = house.placing_among(Arc::new(organisers));
    placing.place_batch(house.concert(), &[request(customer, command)]).await.remove(0)
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
async fn members_and_admins_book_at_them() {
    let admin = Actor::User { id: fan(2).user_id().unwrap(), role: Role::Admin };
    for (customer, role) in [(fan(1), Some(MemberRole::Viewer)), (admin, None)] {
        let placed = crew_ticket(customer, role).await.unwrap();
        assert_eq!((placed.booking.total.minor(), placed.booking.status), (0, BookingStatus::Confirmed));
    }
}

/// A membership costs a read, which an on-sale does not pay.
#[tokio::test]
async fn no_membership_is_looked_up_for_the_other_prices() {
    let crew = House::with(|concert| concert.seated("A", 1, 2, 2_500).category_for(Audience::Members, "crew", 0));
    let house = crew.await;
    let command = house.seats(&["A-1-1"]);
    let placing = house.placing_among(Arc::new(MockOrganiserQueries::new()));
    placing.place_batch(house.concert(), &[request(fan(1), command)]).await.remove(0).unwrap();
}
