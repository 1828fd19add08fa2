//! The precheck of requests that are certain to be refused. `life` checks over random sequences that the store indeed
//! refuses them, and that the precheck misses no such refusal.

use boxoffice_domain::bookings::{PlaceBooking, PlaceError, PlaceRequest, SaleClosed};
use boxoffice_domain::concerts::{Caps, ConcertStatus, Mark, MarkKind, SectionKind};
use boxoffice_domain::shared::Actor;

use super::fixture::{Fixture, unavailable};

async fn foreseen(fixture: &Fixture, actor: Actor, command: PlaceBooking) -> Option<PlaceError> {
    fixture.foreseen(&PlaceRequest { actor, command, key: None }).await.unwrap()
}

#[tokio::test]
async fn all_taken_seats_are_named_in_the_order_requested() {
    let fixture = Fixture::new().await;
    fixture.booked(fixture.fan(), &["A-1-1", "A-1-2"]).await;
    let refusal = foreseen(&fixture, fixture.fan(), fixture.seats(&["A-1-3", "A-1-2", "A-1-1"])).await;
    assert_eq!(unavailable(&Err(refusal.unwrap())), ["A-1-2", "A-1-1"]);
    assert!(foreseen(&fixture, fixture.fan(), fixture.seats(&["A-1-3"])).await.is_none());
}

#[tokio::test]
async fn marked_seats_do_not_count_as_left_in_a_section() {
    let fixture = Fixture::with(|concert| {
        concert.seated("B", 1, 4, 500).section(|section| {
            if let SectionKind::Seated { rows } = &mut section.kind {
                rows[0].marks.push(Mark { seat: 1, kind: MarkKind::Wheelchair });
            }
        })
    })
    .await;
    assert!(foreseen(&fixture, fixture.fan(), fixture.best("B", 3)).await.is_none());
    assert_matches!(
        foreseen(&fixture, fixture.fan(), fixture.best("B", 4)).await,
        Some(PlaceError::SoldOut { left: 3, .. })
    );
    fixture.booked(fixture.fan(), &["B-1-2"]).await;
    assert_matches!(
        foreseen(&fixture, fixture.fan(), fixture.best("B", 3)).await,
        Some(PlaceError::SoldOut { left: 2, .. })
    );
}

#[tokio::test]
async fn a_closed_sale_is_refused_for_all_customers() {
    let fixture = Fixture::with(|concert| concert.status(ConcertStatus::Paused)).await;
    let refusal = foreseen(&fixture, fixture.fan(), fixture.seats(&["A-1-1"])).await;
    assert_matches!(refusal, Some(PlaceError::SaleClosed(SaleClosed::Paused)));
}

#[tokio::test]
async fn other_refusals_are_left_to_the_store() {
    let fixture = Fixture::new().await;
    fixture.booked(fixture.fan(), &["A-1-1"]).await;
    assert!(foreseen(&fixture, Actor::Anonymous, fixture.seats(&["A-1-1"])).await.is_none());
    assert!(foreseen(&fixture, fixture.fan(), fixture.seats(&["A-1-1", "A-99-1"])).await.is_none());
    assert!(foreseen(&fixture, fixture.fan(), fixture.best("Z", 100)).await.is_none());
    let child = PlaceBooking { category: "child".to_owned(), ..fixture.seats(&["A-1-1"]) };
    assert!(foreseen(&fixture, fixture.fan(), child).await.is_none());
    fixture.set_caps(Caps { max_tickets_per_booking: Some(1), ..Caps::default() }).await;
    assert!(foreseen(&fixture, fixture.fan(), fixture.seats(&["A-1-1", "A-1-2"])).await.is_none());
}
