//! The precheck of requests that are certain to be refused. `life` checks over random sequences that the store indeed
//! refuses them, and that the precheck misses no such refusal.

use boxoffice_domain::concerts::{Audience, Caps, ConcertStatus, Mark, MarkKind, SectionKind, TicketStatus};
use boxoffice_domain::sales::placement::{PlaceBooking, PlaceError, PlaceRequest, Precheck, SaleClosed};
use boxoffice_domain::shared::Actor;
use boxoffice_testing::{ConcertBuilder, FixedClock};

use super::fixture::{Fixture, unavailable};
use super::mocked::{Stage, fan, request};

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

/// The result of the precheck of a public concert all of whose tickets are available except these, at the start of the
/// fixed clock.
fn judged(stage: &Stage, taken: &[(u32, TicketStatus)], request: &PlaceRequest) -> Option<PlaceError> {
    let state = |number| taken.iter().find(|(taken, _)| *taken == number).map_or(TicketStatus::Available, |(_, s)| *s);
    let states: Vec<_> = (1..=stage.view.plan.total()).map(state).collect();
    let precheck = Precheck { concert: &stage.view.concert, plan: &stage.view.plan, states: &states };
    precheck.refusal(request, FixedClock::START)
}

#[test]
fn each_reason_why_the_sale_is_closed_is_named_before_the_seats() {
    let now = FixedClock::START;
    let (before, soon) = (now.plus_seconds(-1), now.plus_seconds(1));
    let status = |status| move |concert: ConcertBuilder| concert.status(status);
    for (stage, expected) in [
        (Stage::with(|concert| concert.sale(soon, soon.plus_seconds(9))), SaleClosed::NotYet { starts_at: soon }),
        (Stage::with(|concert| concert.sale(before, now)), SaleClosed::Over),
        (Stage::with(status(ConcertStatus::Paused)), SaleClosed::Paused),
        (Stage::with(status(ConcertStatus::Cancelled)), SaleClosed::Cancelled),
    ] {
        let refusal = judged(&stage, &[(1, TicketStatus::Sold)], &request(fan(1), stage.seats(&["A-1-1"])));
        assert_matches!(refusal, Some(PlaceError::SaleClosed(why)) if *why == expected);
    }
    let open = Stage::with(|concert| concert.sale(now, soon));
    assert!(judged(&open, &[], &request(fan(1), open.seats(&["A-1-1"]))).is_none());
}

#[test]
fn held_sold_and_blocked_seats_are_taken() {
    let stage = Stage::new();
    let taken = [(2, TicketStatus::Held), (3, TicketStatus::Sold), (4, TicketStatus::Blocked)];
    let seats = request(fan(1), stage.seats(&["A-1-4", "A-1-1", "A-1-2", "A-1-3"]));
    let refusal = judged(&stage, &taken, &seats).unwrap();
    assert_eq!(unavailable(&Err(refusal)), ["A-1-4", "A-1-2", "A-1-3"]);
    assert!(judged(&stage, &taken, &request(fan(1), stage.seats(&["A-1-1", "A-1-5"]))).is_none());
}

#[test]
fn only_the_requested_section_is_counted_up_to_its_last_ticket() {
    let stage = Stage::with(|concert| concert.seated("A", 1, 2, 2_500).standing("GA", 3, 900).seated("B", 1, 2, 500));
    // Of section A both seats are taken, of GA the first and the last place, of B none.
    let taken = [1, 2, 3, 5].map(|number| (number, TicketStatus::Sold));
    let left_in = |section, quantity| match judged(&stage, &taken, &request(fan(1), stage.best(section, quantity))) {
        None => None,
        Some(PlaceError::SoldOut { section: named, left }) => {
            assert_eq!(named.as_str(), section);
            Some(left)
        }
        Some(other) => panic!("{other:?}"),
    };
    assert_eq!((left_in("A", 1), left_in("GA", 1), left_in("B", 2)), (Some(0), None, None));
    assert_eq!((left_in("GA", 2), left_in("B", 3)), (Some(1), Some(2)));
}

#[test]
fn a_cap_per_booking_is_left_to_the_store_only_above_it() {
    let caps = Caps { max_tickets_per_booking: Some(2), ..Caps::default() };
    let stage = Stage::with(|concert| concert.seated("A", 1, 3, 2_500).caps(caps));
    let taken = [1, 2].map(|number| (number, TicketStatus::Held));
    let refusal = |quantity| judged(&stage, &taken, &request(fan(1), stage.best("A", quantity)));
    assert_matches!(refusal(2), Some(PlaceError::SoldOut { left: 1, .. }));
    assert!(refusal(3).is_none());
}

/// What the public data cannot decide: prices, memberships, and tickets whose state is not known.
#[test]
fn what_is_not_certain_is_left_to_the_store() {
    let stage = Stage::with(|concert| concert.seated("A", 1, 3, 2_500).category_for(Audience::Members, "crew", 0));
    let free = stage.seats(&["A-1-1"]);
    let crew = PlaceBooking { category: "crew".to_owned(), ..free.clone() };
    let cheap = PlaceBooking { expected_total: Some(1), ..free };
    for command in [crew, cheap] {
        assert!(judged(&stage, &[], &request(fan(1), command)).is_none());
    }
    let taken = [(1, TicketStatus::Sold)];
    assert!(judged(&stage, &taken, &request(Actor::System, stage.seats(&["A-1-1"]))).is_none());
    let unknown = Precheck { concert: &stage.view.concert, plan: &stage.view.plan, states: &[TicketStatus::Sold] };
    let refusal = |command| unknown.refusal(&request(fan(1), command), FixedClock::START);
    assert!(refusal(stage.best("A", 3)).is_none() && refusal(stage.seats(&["A-1-2"])).is_none());
    assert_eq!(unavailable(&Err(refusal(stage.seats(&["A-1-2", "A-1-1"])).unwrap())), ["A-1-1"]);
}
