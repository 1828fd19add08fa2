//! Many wishes for one concert in one unit of work.

use boxoffice_domain::bookings::{BookingStatus, Limit, PlaceBooking, PlaceError};
use boxoffice_domain::concerts::{Caps, TicketStatus};
use boxoffice_domain::events::{Aggregate, EventPayload};
use boxoffice_domain::shared::Actor;

use super::house::{House, labels, placed, unavailable};

const UNCAPPED: Caps =
    Caps { max_tickets_per_booking: None, max_tickets_per_user: None, max_pending_bookings_per_user: None };

#[tokio::test]
async fn first_come_first_served() {
    let house = House::new().await;
    let fans: Vec<Actor> = (0..4).map(|_| house.fan()).collect();
    let outcomes = house
        .place_batch([
            (fans[0], house.seats(&["A-1-2", "A-1-1"])),
            (fans[1], house.seats(&["A-1-3", "A-1-2", "A-1-1"])),
            (fans[2], house.best("A", 2)),
            (fans[3], house.seats(&["A-1-3"])),
        ])
        .await;
    assert_eq!(placed(&outcomes[0]), ["A-1-1", "A-1-2"]);
    assert_eq!(unavailable(&outcomes[1]), ["A-1-2", "A-1-1"]);
    assert_eq!(placed(&outcomes[2]), ["A-1-4", "A-1-5"]);
    assert_eq!(placed(&outcomes[3]), ["A-1-3"]);
    assert_eq!(house.counts().await, [(95, 5, 0)]);
    house.assert_sound().await;
}

#[tokio::test]
async fn what_was_proposed_is_not_granted_after_somebody_named_it() {
    let house = House::with(|concert| concert.seated("A", 1, 4, 2_500).standing("GA", 3, 900)).await;
    let fans: Vec<Actor> = (0..4).map(|_| house.fan()).collect();
    let outcomes = house
        .place_batch([
            // Only one of these places is not named below: everything is proposed again, A-1-1 included.
            (fans[0], house.best("GA", 2)),
            (fans[1], house.seats(&["GA-000001", "GA-000002"])),
            (fans[2], house.seats(&["A-1-1", "A-1-2", "A-1-3"])),
            (fans[3], house.best("A", 1)),
        ])
        .await;
    assert_eq!(placed(&outcomes[0]), ["GA-000001", "GA-000002"]);
    assert_eq!(unavailable(&outcomes[1]), ["GA-000001", "GA-000002"]);
    assert_eq!(placed(&outcomes[2]), ["A-1-1", "A-1-2", "A-1-3"]);
    assert_eq!(placed(&outcomes[3]), ["A-1-4"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_batch_tells_of_the_concert_once_and_of_each_booking() {
    let house = House::new().await;
    let (one, other) = (house.fan(), house.fan());
    let outcomes = house.place_batch([(one, house.seats(&["A-2-1"])), (other, house.seats(&["A-1-1"]))]).await;
    let events = house.events_of(Aggregate::Concert(house.concert()));
    assert_eq!(events.iter().map(|event| event.version).collect::<Vec<_>>(), [1, 2]);
    let EventPayload::SeatsChanged { seats } = &events[1].payload else { panic!("{:?}", events[1]) };
    let told: Vec<_> = seats.iter().map(|seat| (seat.number.get(), seat.status)).collect();
    assert_eq!(told, [(1, TicketStatus::Held), (11, TicketStatus::Held)]);
    for (outcome, actor) in outcomes.iter().zip([one, other]) {
        let booking = &outcome.as_ref().unwrap().booking;
        let events = house.events_of(Aggregate::Booking(booking.id));
        assert_matches!(&events[..], [event] if event.version == 1 && event.actor == actor);
        assert_matches!(&events[0].payload, EventPayload::BookingPlaced { booking: told } if **told == *booking);
    }
    house.assert_sound().await;
}

#[tokio::test]
async fn what_is_stored_is_what_was_answered() {
    let house = House::with(|concert| concert.seated("A", 1, 4, 2_500).category("child", 900)).await;
    let fan = house.fan();
    let mut command = house.seats(&["A-1-3", "A-1-1"]);
    command.category = "child".to_owned();
    let booking = house.place(fan, command).await.unwrap().booking;
    assert_eq!(house.stored(booking.id).await, booking);
    assert_eq!(labels(&booking), ["A-1-1", "A-1-3"]);
    assert_eq!((booking.status, booking.user), (BookingStatus::Pending, fan.user_id()));
    assert_eq!((booking.total.minor(), booking.total.currency().code()), (1_800, "EUR"));
    assert!(booking.tickets.iter().all(|ticket| (ticket.category.as_str(), ticket.price) == ("child", 900)));
    let purchase = house.purchase(fan).await.unwrap();
    assert_eq!((purchase.tickets, purchase.pending_bookings), (2, 1));
    house.assert_sound().await;
}

#[tokio::test]
async fn tickets_of_several_sections_cost_what_each_section_asks() {
    let house = House::with(|concert| concert.seated("A", 1, 2, 2_500).standing("GA", 5, 1_000)).await;
    let booking = house.booked(house.fan(), &["GA-000004", "A-1-2"]).await;
    assert_eq!(labels(&booking), ["A-1-2", "GA-000004"]);
    assert_eq!(booking.total.minor(), 3_500);
    assert_eq!(house.counts().await, [(1, 1, 0), (4, 1, 0)]);
    house.assert_sound().await;
}

#[tokio::test]
async fn who_expects_another_total_gets_nothing_and_others_get_theirs() {
    let house = House::with(|concert| concert.seated("A", 1, 2, 2_500).standing("GA", 5, 1_000)).await;
    let expecting = |command: PlaceBooking, total| PlaceBooking { expected_total: Some(total), ..command };
    let outcomes = house
        .place_batch([
            (house.fan(), expecting(house.seats(&["A-1-1", "GA-000001"]), 3_499)),
            (house.fan(), expecting(house.seats(&["A-1-1", "GA-000001"]), 3_500)),
            (house.fan(), expecting(house.best("GA", 2), 2_001)),
            (house.fan(), expecting(house.best("GA", 2), 2_000)),
        ])
        .await;
    for (outcome, costs) in [(&outcomes[0], 3_500), (&outcomes[2], 2_000)] {
        assert_matches!(outcome, Err(PlaceError::PriceChanged { total }) if total.minor() == costs);
    }
    assert_eq!(placed(&outcomes[1]), ["A-1-1", "GA-000001"]);
    assert_eq!(placed(&outcomes[3]).len(), 2);
    assert_eq!(house.counts().await, [(1, 1, 0), (2, 3, 0)]);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_total_of_nothing_is_confirmed_at_once() {
    let house = House::with(|concert| concert.standing("GA", 5, 0)).await;
    let fan = house.fan();
    let booking = house.place(fan, house.best("GA", 2)).await.unwrap().booking;
    assert_eq!((booking.status, booking.payment), (BookingStatus::Confirmed, None));
    assert_eq!(house.counts().await, [(3, 0, 2)]);
    let purchase = house.purchase(fan).await.unwrap();
    assert_eq!((purchase.tickets, purchase.pending_bookings), (2, 0));
    house.assert_sound().await;
}

#[tokio::test]
async fn each_gets_what_those_before_left() {
    let house = House::with(|concert| concert.standing("GA", 5, 1_000)).await;
    let outcomes = house.place_batch([3, 3, 2, 1].map(|quantity| (house.fan(), house.best("GA", quantity)))).await;
    assert_eq!(placed(&outcomes[0]), ["GA-000001", "GA-000002", "GA-000003"]);
    assert_matches!(outcomes[1], Err(PlaceError::SoldOut { left: 2, section }) if section.as_str() == "GA");
    assert_eq!(placed(&outcomes[2]), ["GA-000004", "GA-000005"]);
    assert_matches!(outcomes[3], Err(PlaceError::SoldOut { left: 0, .. }));
    house.assert_sound().await;
}

#[tokio::test]
async fn what_a_refused_customer_would_have_got_goes_to_the_next() {
    let caps = Caps { max_tickets_per_user: Some(2), ..UNCAPPED };
    let house = House::with(|concert| concert.seated("A", 1, 4, 2_500).caps(caps)).await;
    let greedy = house.fan();
    house.booked(greedy, &["A-1-1", "A-1-2"]).await;
    let outcomes = house.place_batch([(greedy, house.best("A", 2)), (house.fan(), house.best("A", 2))]).await;
    assert_matches!(outcomes[0], Err(PlaceError::LimitReached { limit: Limit::TicketsPerUser, allowed: 2, left: 0 }));
    assert_eq!(placed(&outcomes[1]), ["A-1-3", "A-1-4"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_seat_named_by_somebody_who_was_refused_is_not_lost() {
    let house = House::with(|concert| concert.seated("A", 1, 3, 2_500)).await;
    house.booked(house.fan(), &["A-1-2"]).await;
    let outcomes = house
        .place_batch([
            (house.fan(), house.seats(&["A-1-1", "A-1-2"])),
            (house.fan(), house.best("A", 2)),
            (house.fan(), house.best("A", 1)),
        ])
        .await;
    assert_eq!(unavailable(&outcomes[0]), ["A-1-2"]);
    assert_eq!(placed(&outcomes[1]), ["A-1-1", "A-1-3"]);
    assert_matches!(outcomes[2], Err(PlaceError::SoldOut { left: 0, .. }));
    house.assert_sound().await;
}

#[tokio::test]
async fn the_best_seats_leave_named_ones_alone_while_there_are_others() {
    let house = House::with(|concert| concert.seated("A", 1, 4, 2_500)).await;
    let outcomes =
        house.place_batch([(house.fan(), house.best("A", 2)), (house.fan(), house.seats(&["A-1-1", "A-1-3"]))]).await;
    assert_eq!(placed(&outcomes[0]), ["A-1-2", "A-1-4"]);
    assert_eq!(placed(&outcomes[1]), ["A-1-1", "A-1-3"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn the_last_seats_go_to_whoever_came_first_though_another_names_them() {
    let house = House::with(|concert| concert.seated("A", 1, 2, 2_500)).await;
    let outcomes = house.place_batch([(house.fan(), house.best("A", 2)), (house.fan(), house.seats(&["A-1-1"]))]).await;
    assert_eq!(placed(&outcomes[0]), ["A-1-1", "A-1-2"]);
    assert_eq!(unavailable(&outcomes[1]), ["A-1-1"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn blocked_seats_are_neither_given_nor_counted_as_left() {
    let house = House::with(|concert| concert.seated("A", 1, 4, 2_500)).await;
    house.given.blocked(&house.view, &[1, 2]).await;
    assert_eq!(unavailable(&house.place(house.fan(), house.seats(&["A-1-3", "A-1-1"])).await), ["A-1-1"]);
    assert_matches!(house.place(house.fan(), house.best("A", 3)).await, Err(PlaceError::SoldOut { left: 2, .. }));
    assert_eq!(placed(&house.place(house.fan(), house.best("A", 2)).await), ["A-1-3", "A-1-4"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn caps_hold_across_a_batch_and_for_each_user() {
    let caps = Caps {
        max_tickets_per_booking: Some(3),
        max_tickets_per_user: Some(4),
        max_pending_bookings_per_user: Some(2),
    };
    let house = House::with(|concert| concert.caps(caps)).await;
    let (fan, other) = (house.fan(), house.fan());
    let outcomes = house
        .place_batch([
            (fan, house.best("A", 4)),
            (fan, house.best("A", 3)),
            (fan, house.best("A", 2)),
            (fan, house.best("A", 1)),
            (fan, house.seats(&["A-9-1"])),
            (other, house.best("A", 3)),
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
    house.assert_sound().await;
}

#[tokio::test]
async fn unpaid_bookings_are_capped_and_free_ones_are_not() {
    let caps = Caps { max_pending_bookings_per_user: Some(2), ..UNCAPPED };
    let house = House::with(|concert| concert.seated("A", 1, 9, 2_500).standing("GA", 9, 0).caps(caps)).await;
    let fan = house.fan();
    let wishes = [("A", 1), ("A", 1), ("A", 1), ("GA", 1), ("GA", 2)];
    let outcomes = house.place_batch(wishes.map(|(section, quantity)| (fan, house.best(section, quantity)))).await;
    let third = &outcomes[2];
    let expected = Limit::PendingBookingsPerUser;
    assert_matches!(third, Err(PlaceError::LimitReached { limit, allowed: 2, left: 0 }) if *limit == expected);
    assert!([0, 1, 3, 4].iter().all(|index| outcomes[*index].is_ok()), "{outcomes:#?}");
    let purchase = house.purchase(fan).await.unwrap();
    assert_eq!((purchase.tickets, purchase.pending_bookings), (5, 2));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_free_booking_is_not_refused_for_unpaid_ones_though_their_cap_was_lowered() {
    let house = House::with(|concert| concert.seated("A", 1, 9, 2_500).standing("GA", 9, 0)).await;
    let fan = house.fan();
    house.booked(fan, &["A-1-1"]).await;
    house.booked(fan, &["A-1-2"]).await;
    house.set_caps(Caps { max_pending_bookings_per_user: Some(1), ..UNCAPPED }).await;
    assert_eq!(placed(&house.place(fan, house.best("GA", 1)).await), ["GA-000001"]);
    assert_matches!(
        house.place(fan, house.best("A", 1)).await,
        Err(PlaceError::LimitReached { limit: Limit::PendingBookingsPerUser, allowed: 1, left: 0 })
    );
    house.assert_sound().await;
}

#[tokio::test]
async fn a_batch_of_nothing_changes_nothing() {
    let house = House::new().await;
    assert!(house.place_batch([]).await.is_empty());
    assert_eq!(house.store.events().len(), 1);
}
