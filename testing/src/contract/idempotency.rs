//! Idempotency keys.

use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord, Operation, ScopedKey};
use boxoffice_domain::shared::{BookingId, StoreError, UserId};

use super::{Fixture, INSTANT};

fn request(fixture: &Fixture, user: UserId, operation: Operation, key: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        key: ScopedKey { user, operation, key: IdempotencyKey::parse(key).unwrap() },
        command: CommandHash::of([key.as_bytes()]),
        resource: BookingId::generate(fixture.ids()).uuid(),
        at: INSTANT,
    }
}

async fn remember(fixture: &Fixture, requests: &[IdempotencyRecord]) -> Result<(), StoreError> {
    let mut unit = fixture.unit().await;
    match unit.idempotency().remember(requests).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

async fn find(fixture: &Fixture, keys: &[ScopedKey]) -> Vec<IdempotencyRecord> {
    let mut unit = fixture.unit().await;
    let found = unit.idempotency().find(keys).await.unwrap();
    unit.rollback().await.unwrap();
    let mut outside = fixture.ports.keys.known(keys).await.unwrap();
    outside.sort_by(|one, other| one.key.key.cmp(&other.key.key));
    let mut inside = found.clone();
    inside.sort_by(|one, other| one.key.key.cmp(&other.key.key));
    assert_eq!(outside, inside);
    found
}

/// All fields are stored, many records in one call, the longest key too. Unknown keys are left out.
pub async fn a_request_is_remembered(fixture: &Fixture) {
    let user = UserId::generate(fixture.ids());
    let mut known: Vec<IdempotencyRecord> =
        (0..256).map(|index| request(fixture, user, Operation::PlaceBooking, &format!("key-{index:03}"))).collect();
    known.push(request(fixture, user, Operation::PlaceBooking, &"z".repeat(IdempotencyKey::MAX_LENGTH)));
    remember(fixture, &known).await.unwrap();
    remember(fixture, &[]).await.unwrap();
    let unknown = request(fixture, user, Operation::PlaceBooking, "unknown").key;
    let asked: Vec<ScopedKey> = known.iter().map(|known| known.key.clone()).chain([unknown.clone()]).collect();
    let mut found = find(fixture, &asked).await;
    found.sort_by(|one, other| one.key.key.cmp(&other.key.key));
    assert_eq!(found, known);
    assert_eq!(find(fixture, &[unknown]).await, []);
    assert_eq!(find(fixture, &[]).await, []);
}

/// Keys differ by user, by operation, by case and by each character.
pub async fn keys_are_compared_exactly(fixture: &Fixture) {
    let [ana, ben] = [(); 2].map(|()| UserId::generate(fixture.ids()));
    let requests = [
        request(fixture, ana, Operation::PlaceBooking, "key"),
        request(fixture, ana, Operation::PlaceBooking, "KEY"),
        request(fixture, ana, Operation::PlaceBooking, "key\\\"'%_"),
        request(fixture, ana, Operation::StartPayment, "key"),
        request(fixture, ana, Operation::RefundPayment, "key"),
        request(fixture, ben, Operation::PlaceBooking, "key"),
    ];
    remember(fixture, &requests).await.unwrap();
    for request in &requests {
        assert_eq!(find(fixture, std::slice::from_ref(&request.key)).await, std::slice::from_ref(request));
    }
    let absent = request(fixture, ben, Operation::StartPayment, "key").key;
    assert_eq!(find(fixture, &[absent]).await, []);
}

/// A second unit with the same key, and the same key twice in one call, meet contention. The first record stays.
pub async fn a_key_is_remembered_once(fixture: &Fixture) {
    let user = UserId::generate(fixture.ids());
    let first = request(fixture, user, Operation::PlaceBooking, "first");
    remember(fixture, std::slice::from_ref(&first)).await.unwrap();
    let new = request(fixture, user, Operation::PlaceBooking, "new");
    let again = request(fixture, user, Operation::PlaceBooking, "first");
    for batch in [vec![new.clone(), again], vec![new.clone(), new.clone()]] {
        let outcome = remember(fixture, &batch).await;
        assert!(matches!(outcome, Err(StoreError::Contention)), "{outcome:?}");
    }
    assert_eq!(find(fixture, &[first.key.clone(), new.key]).await, [first]);
}

/// The keys of a unit that was rolled back are not remembered, and can be used again.
pub async fn a_unit_undone_remembers_nothing(fixture: &Fixture) {
    let request = request(fixture, UserId::generate(fixture.ids()), Operation::StartPayment, "key");
    let mut unit = fixture.unit().await;
    unit.idempotency().remember(std::slice::from_ref(&request)).await.unwrap();
    let own = unit.idempotency().find(std::slice::from_ref(&request.key)).await.unwrap();
    assert_eq!(own, std::slice::from_ref(&request));
    unit.rollback().await.unwrap();
    assert_eq!(find(fixture, std::slice::from_ref(&request.key)).await, []);
    remember(fixture, &[request]).await.unwrap();
}
