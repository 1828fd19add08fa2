//! Idempotency keys: requests that are sent twice.

use boxoffice_domain::bookings::{BookingStatus, CancelReason};
use boxoffice_domain::idempotency::{CommandHash, IdempotencyRecord, Operation, ScopedKey};
use boxoffice_domain::sales::placement::{PlaceBooking, PlaceError, PlaceRequest, PlacedBooking};
use boxoffice_domain::shared::{Actor, StoreError};
use boxoffice_testing::{BookingBuilder, FixedClock, store_of};
use uuid::Uuid;

use super::fixture::{Fixture, keyed, labels, placed, unavailable};
use super::mocked::{Stage, expect_states, expect_writes, fan, other_ids};

async fn place_all(fixture: &Fixture, requests: &[PlaceRequest]) -> Vec<Result<PlacedBooking, PlaceError>> {
    fixture.placing().place_batch(fixture.concert(), requests).await
}

async fn place(fixture: &Fixture, request: PlaceRequest) -> Result<PlacedBooking, PlaceError> {
    place_all(fixture, &[request]).await.remove(0)
}

fn remembered(actor: Actor, command: &PlaceBooking, key: &str, resource: Uuid) -> IdempotencyRecord {
    let key = keyed(actor, command.clone(), key).key.unwrap();
    IdempotencyRecord {
        key: ScopedKey { user: actor.user_id().unwrap(), operation: Operation::PlaceBooking, key },
        command: command.hash(),
        resource,
        at: FixedClock::START,
    }
}

#[tokio::test]
async fn a_known_key_returns_its_booking_and_writes_nothing() {
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
    assert_eq!(outcome.unwrap(), PlacedBooking { booking, replayed: true });
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
async fn a_key_without_its_booking_is_inconsistent_data() {
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
    assert_eq!(outcome.unwrap(), PlacedBooking { booking, replayed: true });
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
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let request = |labels: &[&str]| keyed(fan, fixture.seats(labels), "key");
    let outcomes =
        place_all(&fixture, &[request(&["A-1-1", "A-1-2"]), request(&["A-1-2", "A-1-1"]), request(&["A-1-3"])]).await;
    let (first, second) = (outcomes[0].as_ref().unwrap(), outcomes[1].as_ref().unwrap());
    assert_eq!(first.booking, second.booking);
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_matches!(outcomes[2], Err(PlaceError::KeyReused));
    assert_eq!(fixture.holdings(fan).await.unwrap().tickets, 2);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn two_equal_keys_in_one_batch_share_a_refusal() {
    let fixture = Fixture::new().await;
    fixture.booked(fixture.fan(), &["A-1-1"]).await;
    let fan = fixture.fan();
    let request = keyed(fan, fixture.seats(&["A-1-1"]), "key");
    let outcomes = place_all(&fixture, &[request.clone(), request]).await;
    assert_eq!(unavailable(&outcomes[0]), ["A-1-1"]);
    assert_eq!(unavailable(&outcomes[1]), ["A-1-1"]);
}

#[tokio::test]
async fn a_known_command_is_replayed_though_another_uses_its_key_before_it_in_the_batch() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let first = place(&fixture, keyed(fan, fixture.seats(&["A-1-1"]), "key")).await.unwrap();
    let outcomes = place_all(
        &fixture,
        &[keyed(fan, fixture.seats(&["A-1-2"]), "key"), keyed(fan, fixture.seats(&["A-1-1"]), "key")],
    )
    .await;
    assert_matches!(outcomes[0], Err(PlaceError::KeyReused));
    assert_eq!(outcomes[1].as_ref().unwrap().booking, first.booking);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_replay_shows_the_booking_as_it_is_now_also_after_the_sale() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let first = place(&fixture, keyed(fan, fixture.seats(&["A-1-1"]), "key")).await.unwrap();
    fixture.cancellations().cancel(&fan, first.booking.id).await.unwrap();
    fixture.clock.set(fixture.view.concert.details.sales_end_at);
    let again = place(&fixture, keyed(fan, fixture.seats(&["A-1-1"]), "key")).await.unwrap();
    assert!(again.replayed);
    assert_eq!((again.booking.id, again.booking.status), (first.booking.id, BookingStatus::Cancelled));
    assert_eq!(again.booking.cancel_reason, Some(CancelReason::User));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_refusal_leaves_the_key_unused() {
    let fixture = Fixture::new().await;
    fixture.booked(fixture.fan(), &["A-1-1"]).await;
    let fan = fixture.fan();
    assert_eq!(unavailable(&place(&fixture, keyed(fan, fixture.seats(&["A-1-1"]), "key")).await), ["A-1-1"]);
    let other = place(&fixture, keyed(fan, fixture.seats(&["A-1-2"]), "key")).await.unwrap();
    assert!(!other.replayed);
    assert_eq!(labels(&other.booking), ["A-1-2"]);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn keys_of_different_users_never_meet() {
    let fixture = Fixture::new().await;
    let requests = [fixture.fan(), fixture.fan()].map(|fan| keyed(fan, fixture.best("A", 1), "key"));
    let outcomes = place_all(&fixture, &requests).await;
    assert_eq!((placed(&outcomes[0]), placed(&outcomes[1])), (vec!["A-1-1"], vec!["A-1-2"]));
    assert!(outcomes.iter().flatten().all(|placed| !placed.replayed));
    fixture.assert_sound().await;
}
