//! What is certain to be refused. That it is refused indeed, and that nothing else is foreseen, `life` holds against
//! everything that can happen to a concert.

use boxoffice_domain::bookings::{PlaceBooking, PlaceError, PlaceRequest, SaleClosed};
use boxoffice_domain::concerts::{Caps, ConcertStatus, Mark, MarkKind, SectionKind};
use boxoffice_domain::shared::Actor;

use super::house::{House, unavailable};

async fn foreseen(house: &House, actor: Actor, command: PlaceBooking) -> Option<PlaceError> {
    house.foreseen(&PlaceRequest { actor, command, key: None }).await.unwrap()
}

#[tokio::test]
async fn all_seats_that_are_taken_are_named_in_the_order_asked() {
    let house = House::new().await;
    house.booked(house.fan(), &["A-1-1", "A-1-2"]).await;
    let refusal = foreseen(&house, house.fan(), house.seats(&["A-1-3", "A-1-2", "A-1-1"])).await;
    assert_eq!(unavailable(&Err(refusal.unwrap())), ["A-1-2", "A-1-1"]);
    assert!(foreseen(&house, house.fan(), house.seats(&["A-1-3"])).await.is_none());
}

#[tokio::test]
async fn a_section_has_what_is_not_kept_for_somebody_in_particular() {
    let house = House::with(|concert| {
        concert.seated("B", 1, 4, 500).section(|section| {
            if let SectionKind::Seated { rows } = &mut section.kind {
                rows[0].marks.push(Mark { seat: 1, kind: MarkKind::Wheelchair });
            }
        })
    })
    .await;
    assert!(foreseen(&house, house.fan(), house.best("B", 3)).await.is_none());
    assert_matches!(foreseen(&house, house.fan(), house.best("B", 4)).await, Some(PlaceError::SoldOut { left: 3, .. }));
    house.booked(house.fan(), &["B-1-2"]).await;
    assert_matches!(foreseen(&house, house.fan(), house.best("B", 3)).await, Some(PlaceError::SoldOut { left: 2, .. }));
}

#[tokio::test]
async fn a_sale_that_is_closed_is_closed_for_everybody() {
    let house = House::with(|concert| concert.status(ConcertStatus::Paused)).await;
    let refusal = foreseen(&house, house.fan(), house.seats(&["A-1-1"])).await;
    assert_matches!(refusal, Some(PlaceError::SaleClosed(SaleClosed::Paused)));
}

#[tokio::test]
async fn what_is_wrong_for_another_reason_is_left_to_the_store() {
    let house = House::new().await;
    house.booked(house.fan(), &["A-1-1"]).await;
    assert!(foreseen(&house, Actor::Anonymous, house.seats(&["A-1-1"])).await.is_none());
    assert!(foreseen(&house, house.fan(), house.seats(&["A-1-1", "A-99-1"])).await.is_none());
    assert!(foreseen(&house, house.fan(), house.best("Z", 100)).await.is_none());
    let child = PlaceBooking { category: "child".to_owned(), ..house.seats(&["A-1-1"]) };
    assert!(foreseen(&house, house.fan(), child).await.is_none());
    house.set_caps(Caps { max_tickets_per_booking: Some(1), ..Caps::default() }).await;
    assert!(foreseen(&house, house.fan(), house.seats(&["A-1-1", "A-1-2"])).await.is_none());
}
