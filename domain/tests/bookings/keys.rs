//! Requests that are sent twice.

use boxoffice_domain::bookings::{BookingStatus, CancelReason, PlaceBooking, PlaceError, PlaceRequest, Placed};
use boxoffice_domain::idempotency::{CommandHash, KeyOfUser, Operation, Remembered};
use boxoffice_domain::shared::{Actor, StoreError};
use boxoffice_domain::testing::{BookingBuilder, FixedClock, store_of};
use uuid::Uuid;

use super::house::{House, keyed, labels, placed, unavailable};
use super::mocked::{Stage, expect_states, expect_writes, fan, other_ids};

async fn place_all(house: &House, requests: &[PlaceRequest]) -> Vec<Result<Placed, PlaceError>> {
    house.placing().place_batch(house.concert(), requests).await
}

async fn place(house: &House, request: PlaceRequest) -> Result<Placed, PlaceError> {
    place_all(house, &[request]).await.remove(0)
}

fn remembered(actor: Actor, command: &PlaceBooking, key: &str, resource: Uuid) -> Remembered {
    let key = keyed(actor, command.clone(), key).key.unwrap();
    Remembered {
        key: KeyOfUser { user: actor.user_id().unwrap(), operation: Operation::PlaceBooking, key },
        command: command.hash(),
        resource,
        at: FixedClock::START,
    }
}

#[tokio::test]
async fn a_known_key_is_answered_with_its_booking_and_nothing_is_written() {
    let stage = Stage::new();
    let command = stage.seats(&["A-1-1"]);
    let booking = BookingBuilder::new(&other_ids(), &stage.view).tickets([1]).build();
    let known = remembered(fan(1), &command, "key", booking.id.uuid());
    let mut unit = stage.reading_unit();
    let asked = known.key.clone();
    unit.idempotency
        .expect_find()
        .withf(move |keys| *keys == [asked.clone()])
        .times(1)
        .returning(move |_| Ok(vec![known.clone()]));
    let found = booking.clone();
    unit.bookings.expect_get().withf(move |ids| *ids == [found.id]).times(1).return_once({
        let booking = booking.clone();
        move |_| Ok(vec![booking])
    });
    let outcome = stage.place_all(store_of([unit]), &[keyed(fan(1), command, "key")]).await.remove(0);
    assert_eq!(outcome.unwrap(), Placed { booking, replayed: true });
}

#[tokio::test]
async fn a_known_key_of_another_command_is_refused() {
    let stage = Stage::new();
    let booking = BookingBuilder::new(&other_ids(), &stage.view).tickets([1]).build();
    let mut known = remembered(fan(1), &stage.seats(&["A-1-1"]), "key", booking.id.uuid());
    known.command = CommandHash::of([b"another".as_slice()]);
    let mut unit = stage.reading_unit();
    unit.idempotency.expect_find().times(1).returning(move |_| Ok(vec![known.clone()]));
    unit.bookings.expect_get().return_once(move |_| Ok(vec![booking]));
    let request = keyed(fan(1), stage.seats(&["A-1-1"]), "key");
    let outcomes = stage.place_all(store_of([unit]), &[request]).await;
    assert_matches!(outcomes[..], [Err(PlaceError::KeyReused)]);
}

#[tokio::test]
async fn a_key_without_its_booking_is_a_defect_of_the_store() {
    let stage = Stage::new();
    let command = stage.seats(&["A-1-1"]);
    let known = remembered(fan(1), &command, "key", Uuid::from_u128(9));
    let mut unit = stage.reading_unit();
    unit.idempotency.expect_find().times(1).returning(move |_| Ok(vec![known.clone()]));
    unit.bookings.expect_get().times(1).returning(|_| Ok(Vec::new()));
    let outcomes = stage.place_all(store_of([unit]), &[keyed(fan(1), command, "key")]).await;
    assert_matches!(outcomes[..], [Err(PlaceError::Store(StoreError::Inconsistent(_)))]);
}

#[tokio::test]
async fn a_key_that_another_unit_took_first_is_read_again() {
    let stage = Stage::new();
    let command = stage.seats(&["A-1-1"]);
    let booking = BookingBuilder::new(&other_ids(), &stage.view).tickets([1]).build();
    let known = remembered(fan(1), &command, "key", booking.id.uuid());

    let mut late = stage.unit();
    late.idempotency.expect_find().times(1).returning(|_| Ok(Vec::new()));
    expect_states(&mut late, &[]);
    let (hash, at) = (command.hash(), FixedClock::START);
    late.idempotency
        .expect_remember()
        .withf(move |requests| requests[0].command == hash && requests[0].at == at)
        .times(1)
        .returning(|_| Err(StoreError::Contention));
    let end = late.end();

    let mut again = stage.reading_unit();
    again.idempotency.expect_find().times(1).returning(move |_| Ok(vec![known.clone()]));
    let found = booking.clone();
    again.bookings.expect_get().times(1).returning(move |_| Ok(vec![found.clone()]));

    let outcome = stage.place_all(store_of([late, again]), &[keyed(fan(1), command, "key")]).await.remove(0);
    assert_eq!(outcome.unwrap(), Placed { booking, replayed: true });
    assert!(end.is_rolled_back());
}

#[tokio::test]
async fn the_keys_of_a_batch_are_read_and_remembered_in_one_statement_each() {
    let stage = Stage::new();
    let mut unit = stage.unit();
    unit.idempotency.expect_find().withf(|keys| keys.len() == 2).times(1).returning(|_| Ok(Vec::new()));
    expect_states(&mut unit, &[]);
    unit.idempotency.expect_remember().withf(|requests| requests.len() == 2).times(1).returning(|_| Ok(()));
    expect_writes(&mut unit);
    let requests = [
        keyed(fan(1), stage.seats(&["A-1-1"]), "one"),
        keyed(fan(1), stage.seats(&["A-1-1"]), "one"),
        keyed(fan(2), stage.seats(&["A-1-2"]), "one"),
    ];
    let outcomes = stage.place_all(store_of([unit]), &requests).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:#?}");
}

#[tokio::test]
async fn two_equal_keys_in_one_batch_are_one_booking() {
    let house = House::new().await;
    let fan = house.fan();
    let request = |labels: &[&str]| keyed(fan, house.seats(labels), "key");
    let outcomes =
        place_all(&house, &[request(&["A-1-1", "A-1-2"]), request(&["A-1-2", "A-1-1"]), request(&["A-1-3"])]).await;
    let (first, second) = (outcomes[0].as_ref().unwrap(), outcomes[1].as_ref().unwrap());
    assert_eq!(first.booking, second.booking);
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_matches!(outcomes[2], Err(PlaceError::KeyReused));
    assert_eq!(house.purchase(fan).await.unwrap().tickets, 2);
    house.assert_sound().await;
}

#[tokio::test]
async fn two_equal_keys_in_one_batch_share_a_refusal() {
    let house = House::new().await;
    house.booked(house.fan(), &["A-1-1"]).await;
    let fan = house.fan();
    let request = keyed(fan, house.seats(&["A-1-1"]), "key");
    let outcomes = place_all(&house, &[request.clone(), request]).await;
    assert_eq!(unavailable(&outcomes[0]), ["A-1-1"]);
    assert_eq!(unavailable(&outcomes[1]), ["A-1-1"]);
}

#[tokio::test]
async fn a_known_command_is_replayed_though_another_uses_its_key_before_it_in_the_batch() {
    let house = House::new().await;
    let fan = house.fan();
    let first = place(&house, keyed(fan, house.seats(&["A-1-1"]), "key")).await.unwrap();
    let outcomes =
        place_all(&house, &[keyed(fan, house.seats(&["A-1-2"]), "key"), keyed(fan, house.seats(&["A-1-1"]), "key")])
            .await;
    assert_matches!(outcomes[0], Err(PlaceError::KeyReused));
    assert_eq!(outcomes[1].as_ref().unwrap().booking, first.booking);
    house.assert_sound().await;
}

#[tokio::test]
async fn a_replay_shows_the_booking_as_it_is_now_also_after_the_sale() {
    let house = House::new().await;
    let fan = house.fan();
    let first = place(&house, keyed(fan, house.seats(&["A-1-1"]), "key")).await.unwrap();
    house.bookings().cancel(&fan, first.booking.id).await.unwrap();
    house.clock.set(house.view.concert.details.sales_end_at);
    let again = place(&house, keyed(fan, house.seats(&["A-1-1"]), "key")).await.unwrap();
    assert!(again.replayed);
    assert_eq!((again.booking.id, again.booking.status), (first.booking.id, BookingStatus::Cancelled));
    assert_eq!(again.booking.cancel_reason, Some(CancelReason::User));
    house.assert_sound().await;
}

#[tokio::test]
async fn a_refusal_leaves_the_key_unused() {
    let house = House::new().await;
    house.booked(house.fan(), &["A-1-1"]).await;
    let fan = house.fan();
    assert_eq!(unavailable(&place(&house, keyed(fan, house.seats(&["A-1-1"]), "key")).await), ["A-1-1"]);
    let other = place(&house, keyed(fan, house.seats(&["A-1-2"]), "key")).await.unwrap();
    assert!(!other.replayed);
    assert_eq!(labels(&other.booking), ["A-1-2"]);
    house.assert_sound().await;
}

#[tokio::test]
async fn keys_of_different_users_never_meet() {
    let house = House::new().await;
    let requests = [house.fan(), house.fan()].map(|fan| keyed(fan, house.best("A", 1), "key"));
    let outcomes = place_all(&house, &requests).await;
    assert_eq!((placed(&outcomes[0]), placed(&outcomes[1])), (vec!["A-1-1"], vec!["A-1-2"]));
    assert!(outcomes.iter().flatten().all(|placed| !placed.replayed));
    house.assert_sound().await;
}
