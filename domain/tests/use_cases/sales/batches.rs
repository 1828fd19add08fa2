//! Batches: many requests for one concert in one unit of work.

use boxoffice_domain::bookings::{BookingEvent, BookingStatus};
use boxoffice_domain::concerts::{Caps, ConcertEvent, TicketStatus};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::outbox::Aggregate;
use boxoffice_domain::sales::placement::{Limit, PlaceBooking, PlaceError};
use boxoffice_domain::shared::Actor;

use super::fixture::{Fixture, labels, placed, unavailable};

const UNCAPPED: Caps =
    Caps { max_tickets_per_booking: None, max_tickets_per_user: None, max_pending_bookings_per_user: None };

#[tokio::test]
async fn first_come_first_served() {
    let fixture = Fixture::new().await;
    let fans: Vec<Actor> = (0..4).map(|_| fixture.fan()).collect();
    let outcomes = fixture
        .place_batch([
            (fans[0], fixture.seats(&["A-1-2", "A-1-1"])),
            (fans[1], fixture.seats(&["A-1-3", "A-1-2", "A-1-1"])),
            (fans[2], fixture.best("A", 2)),
            (fans[3], fixture.seats(&["A-1-3"])),
        ])
        .await;
    assert_eq!(placed(&outcomes[0]), ["A-1-1", "A-1-2"]);
    assert_eq!(unavailable(&outcomes[1]), ["A-1-2", "A-1-1"]);
    assert_eq!(placed(&outcomes[2]), ["A-1-4", "A-1-5"]);
    assert_eq!(placed(&outcomes[3]), ["A-1-3"]);
    assert_eq!(fixture.counts().await, [(95, 5, 0)]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_proposed_seat_is_not_granted_after_an_earlier_request_named_it() {
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 4, 2_500).standing("GA", 3, 900)).await;
    let fans: Vec<Actor> = (0..4).map(|_| fixture.fan()).collect();
    let outcomes = fixture
        .place_batch([
            // Only one of these seats is not named below, so all are proposed again, A-1-1 included.
            (fans[0], fixture.best("GA", 2)),
            (fans[1], fixture.seats(&["GA-000001", "GA-000002"])),
            (fans[2], fixture.seats(&["A-1-1", "A-1-2", "A-1-3"])),
            (fans[3], fixture.best("A", 1)),
        ])
        .await;
    assert_eq!(placed(&outcomes[0]), ["GA-000001", "GA-000002"]);
    assert_eq!(unavailable(&outcomes[1]), ["GA-000001", "GA-000002"]);
    assert_eq!(placed(&outcomes[2]), ["A-1-1", "A-1-2", "A-1-3"]);
    assert_eq!(placed(&outcomes[3]), ["A-1-4"]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_batch_has_one_event_of_the_concert_and_one_of_each_booking() {
    let fixture = Fixture::new().await;
    let (one, other) = (fixture.fan(), fixture.fan());
    let outcomes = fixture.place_batch([(one, fixture.seats(&["A-2-1"])), (other, fixture.seats(&["A-1-1"]))]).await;
    let events = fixture.events_of(Aggregate::Concert(fixture.concert()));
    assert_eq!(events.iter().map(|event| event.version).collect::<Vec<_>>(), [1, 2]);
    let EventPayload::Concert(ConcertEvent::SeatsChanged { seats }) = &events[1].payload else {
        panic!("{:?}", events[1])
    };
    let states: Vec<_> = seats.iter().map(|seat| (seat.number.get(), seat.status)).collect();
    assert_eq!(states, [(1, TicketStatus::Held), (11, TicketStatus::Held)]);
    for (outcome, actor) in outcomes.iter().zip([one, other]) {
        let booking = &outcome.as_ref().unwrap().booking;
        let events = fixture.events_of(Aggregate::Booking(booking.id));
        assert_matches!(&events[..], [event] if event.version == 1 && event.actor == actor);
        assert_matches!(&events[0].payload, EventPayload::Booking(BookingEvent::Placed { booking: placed }) if **placed == *booking);
    }
    fixture.assert_sound().await;
}

#[tokio::test]
async fn the_stored_bookings_equal_the_outcomes() {
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 4, 2_500).category("child", 900)).await;
    let fan = fixture.fan();
    let mut command = fixture.seats(&["A-1-3", "A-1-1"]);
    command.category = "child".to_owned();
    let booking = fixture.place(fan, command).await.unwrap().booking;
    assert_eq!(fixture.stored(booking.id).await, booking);
    assert_eq!(labels(&booking), ["A-1-1", "A-1-3"]);
    assert_eq!((booking.status, booking.user), (BookingStatus::Pending, fan.user_id()));
    assert_eq!((booking.total.minor(), booking.total.currency().code()), (1_800, "EUR"));
    assert!(booking.tickets.iter().all(|ticket| (ticket.category.as_str(), ticket.price) == ("child", 900)));
    let holdings = fixture.holdings(fan).await.unwrap();
    assert_eq!((holdings.tickets, holdings.pending_bookings), (2, 1));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn tickets_of_several_sections_cost_the_price_of_their_section() {
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 2, 2_500).standing("GA", 5, 1_000)).await;
    let booking = fixture.booked(fixture.fan(), &["GA-000004", "A-1-2"]).await;
    assert_eq!(labels(&booking), ["A-1-2", "GA-000004"]);
    assert_eq!(booking.total.minor(), 3_500);
    assert_eq!(fixture.counts().await, [(1, 1, 0), (4, 1, 0)]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_request_with_another_expected_total_fails_alone() {
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 2, 2_500).standing("GA", 5, 1_000)).await;
    let expecting = |command: PlaceBooking, total| PlaceBooking { expected_total: Some(total), ..command };
    let outcomes = fixture
        .place_batch([
            (fixture.fan(), expecting(fixture.seats(&["A-1-1", "GA-000001"]), 3_499)),
            (fixture.fan(), expecting(fixture.seats(&["A-1-1", "GA-000001"]), 3_500)),
            (fixture.fan(), expecting(fixture.best("GA", 2), 2_001)),
            (fixture.fan(), expecting(fixture.best("GA", 2), 2_000)),
        ])
        .await;
    for (outcome, costs) in [(&outcomes[0], 3_500), (&outcomes[2], 2_000)] {
        assert_matches!(outcome, Err(PlaceError::PriceChanged { total }) if total.minor() == costs);
    }
    assert_eq!(placed(&outcomes[1]), ["A-1-1", "GA-000001"]);
    assert_eq!(placed(&outcomes[3]).len(), 2);
    assert_eq!(fixture.counts().await, [(1, 1, 0), (2, 3, 0)]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_booking_with_a_total_of_zero_is_confirmed_at_once() {
    let fixture = Fixture::with(|concert| concert.standing("GA", 5, 0)).await;
    let fan = fixture.fan();
    let booking = fixture.place(fan, fixture.best("GA", 2)).await.unwrap().booking;
    assert_eq!((booking.status, booking.payment), (BookingStatus::Confirmed, None));
    assert_eq!(fixture.counts().await, [(3, 0, 2)]);
    let holdings = fixture.holdings(fan).await.unwrap();
    assert_eq!((holdings.tickets, holdings.pending_bookings), (2, 0));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn each_request_gets_what_earlier_ones_left() {
    let fixture = Fixture::with(|concert| concert.standing("GA", 5, 1_000)).await;
    let outcomes =
        fixture.place_batch([3, 3, 2, 1].map(|quantity| (fixture.fan(), fixture.best("GA", quantity)))).await;
    assert_eq!(placed(&outcomes[0]), ["GA-000001", "GA-000002", "GA-000003"]);
    assert_matches!(outcomes[1], Err(PlaceError::SoldOut { left: 2, section }) if section.as_str() == "GA");
    assert_eq!(placed(&outcomes[2]), ["GA-000004", "GA-000005"]);
    assert_matches!(outcomes[3], Err(PlaceError::SoldOut { left: 0, .. }));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn tickets_of_a_refused_request_go_to_the_next_one() {
    let caps = Caps { max_tickets_per_user: Some(2), ..UNCAPPED };
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 4, 2_500).caps(caps)).await;
    let greedy = fixture.fan();
    fixture.booked(greedy, &["A-1-1", "A-1-2"]).await;
    let outcomes = fixture.place_batch([(greedy, fixture.best("A", 2)), (fixture.fan(), fixture.best("A", 2))]).await;
    assert_matches!(outcomes[0], Err(PlaceError::LimitReached { limit: Limit::TicketsPerUser, allowed: 2, left: 0 }));
    assert_eq!(placed(&outcomes[1]), ["A-1-3", "A-1-4"]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_seat_named_by_a_refused_request_is_not_lost() {
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 3, 2_500)).await;
    fixture.booked(fixture.fan(), &["A-1-2"]).await;
    let outcomes = fixture
        .place_batch([
            (fixture.fan(), fixture.seats(&["A-1-1", "A-1-2"])),
            (fixture.fan(), fixture.best("A", 2)),
            (fixture.fan(), fixture.best("A", 1)),
        ])
        .await;
    assert_eq!(unavailable(&outcomes[0]), ["A-1-2"]);
    assert_eq!(placed(&outcomes[1]), ["A-1-1", "A-1-3"]);
    assert_matches!(outcomes[2], Err(PlaceError::SoldOut { left: 0, .. }));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn proposals_avoid_named_seats_while_others_are_left() {
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 4, 2_500)).await;
    let outcomes = fixture
        .place_batch([(fixture.fan(), fixture.best("A", 2)), (fixture.fan(), fixture.seats(&["A-1-1", "A-1-3"]))])
        .await;
    assert_eq!(placed(&outcomes[0]), ["A-1-2", "A-1-4"]);
    assert_eq!(placed(&outcomes[1]), ["A-1-1", "A-1-3"]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn the_last_seats_go_to_the_earlier_request_though_a_later_one_names_them() {
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 2, 2_500)).await;
    let outcomes =
        fixture.place_batch([(fixture.fan(), fixture.best("A", 2)), (fixture.fan(), fixture.seats(&["A-1-1"]))]).await;
    assert_eq!(placed(&outcomes[0]), ["A-1-1", "A-1-2"]);
    assert_eq!(unavailable(&outcomes[1]), ["A-1-1"]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn blocked_seats_are_neither_granted_nor_counted_as_left() {
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 4, 2_500)).await;
    fixture.given.blocked(&fixture.view, &[1, 2]).await;
    assert_eq!(unavailable(&fixture.place(fixture.fan(), fixture.seats(&["A-1-3", "A-1-1"])).await), ["A-1-1"]);
    assert_matches!(fixture.place(fixture.fan(), fixture.best("A", 3)).await, Err(PlaceError::SoldOut { left: 2, .. }));
    assert_eq!(placed(&fixture.place(fixture.fan(), fixture.best("A", 2)).await), ["A-1-3", "A-1-4"]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn caps_hold_across_a_batch_and_for_each_user() {
    let caps = Caps {
        max_tickets_per_booking: Some(3),
        max_tickets_per_user: Some(4),
        max_pending_bookings_per_user: Some(2),
    };
    let fixture = Fixture::with(|concert| concert.caps(caps)).await;
    let (fan, other) = (fixture.fan(), fixture.fan());
    let outcomes = fixture
        .place_batch([
            (fan, fixture.best("A", 4)),
            (fan, fixture.best("A", 3)),
            (fan, fixture.best("A", 2)),
            (fan, fixture.best("A", 1)),
            (fan, fixture.seats(&["A-9-1"])),
            (other, fixture.best("A", 3)),
        ])
        .await;
    let limits: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Err(PlaceError::LimitReached { limit, allowed, left }) => Some((*limit, *allowed, *left)),
            _ => None,
        })
        .collect();
    assert_eq!(
        limits,
        [
            Some((Limit::TicketsPerBooking, 3, 3)),
            None,
            Some((Limit::TicketsPerUser, 4, 1)),
            None,
            Some((Limit::TicketsPerUser, 4, 0)),
            None,
        ]
    );
    assert!(outcomes[1].is_ok() && outcomes[3].is_ok() && outcomes[5].is_ok());
    fixture.assert_sound().await;
}

#[tokio::test]
async fn unpaid_bookings_are_capped_and_free_ones_are_not() {
    let caps = Caps { max_pending_bookings_per_user: Some(2), ..UNCAPPED };
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 9, 2_500).standing("GA", 9, 0).caps(caps)).await;
    let fan = fixture.fan();
    let selections = [("A", 1), ("A", 1), ("A", 1), ("GA", 1), ("GA", 2)];
    let outcomes =
        fixture.place_batch(selections.map(|(section, quantity)| (fan, fixture.best(section, quantity)))).await;
    let third = &outcomes[2];
    let expected = Limit::PendingBookingsPerUser;
    assert_matches!(third, Err(PlaceError::LimitReached { limit, allowed: 2, left: 0 }) if *limit == expected);
    assert!([0, 1, 3, 4].iter().all(|index| outcomes[*index].is_ok()), "{outcomes:#?}");
    let holdings = fixture.holdings(fan).await.unwrap();
    assert_eq!((holdings.tickets, holdings.pending_bookings), (5, 2));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_free_booking_is_not_refused_for_unpaid_ones_though_their_cap_was_lowered() {
    let fixture = Fixture::with(|concert| concert.seated("A", 1, 9, 2_500).standing("GA", 9, 0)).await;
    let fan = fixture.fan();
    fixture.booked(fan, &["A-1-1"]).await;
    fixture.booked(fan, &["A-1-2"]).await;
    fixture.set_caps(Caps { max_pending_bookings_per_user: Some(1), ..UNCAPPED }).await;
    assert_eq!(placed(&fixture.place(fan, fixture.best("GA", 1)).await), ["GA-000001"]);
    assert_matches!(
        fixture.place(fan, fixture.best("A", 1)).await,
        Err(PlaceError::LimitReached { limit: Limit::PendingBookingsPerUser, allowed: 1, left: 0 })
    );
    fixture.assert_sound().await;
}

#[tokio::test]
async fn an_empty_batch_changes_nothing() {
    let fixture = Fixture::new().await;
    assert!(fixture.place_batch([]).await.is_empty());
    assert_eq!(fixture.store.events().len(), 1);
}
