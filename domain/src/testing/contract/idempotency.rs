//! Idempotency keys.

use crate::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord, Operation, ScopedKey};
use crate::shared::{BookingId, StoreError, UserId};

use super::{Ground, INSTANT};

fn request(ground: &Ground, user: UserId, operation: Operation, key: &str) -> IdempotencyRecord {
    IdempotencyRecord {
        key: ScopedKey { user, operation, key: IdempotencyKey::parse(key).unwrap() },
        command: CommandHash::of([key.as_bytes()]),
        resource: BookingId::generate(ground.ids()).uuid(),
        at: INSTANT,
    }
}

async fn remember(ground: &Ground, requests: &[IdempotencyRecord]) -> Result<(), StoreError> {
    let mut unit = ground.unit().await;
    match unit.idempotency().remember(requests).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

async fn find(ground: &Ground, keys: &[ScopedKey]) -> Vec<IdempotencyRecord> {
    let mut unit = ground.unit().await;
    let found = unit.idempotency().find(keys).await.unwrap();
    unit.rollback().await.unwrap();
    let mut outside = ground.ports.keys.known(keys).await.unwrap();
    outside.sort_by(|one, other| one.key.key.cmp(&other.key.key));
    let mut inside = found.clone();
    inside.sort_by(|one, other| one.key.key.cmp(&other.key.key));
    assert_eq!(outside, inside);
    found
}

/// All fields are stored, many records in one call, the longest key too. Unknown keys are left out.
pub async fn a_request_is_remembered(ground: &Ground) {
    let user = UserId::generate(ground.ids());
    let mut known: Vec<IdempotencyRecord> =
        (0..256).map(|index| request(ground, user, Operation::PlaceBooking, &format!("key-{index:03}"))).collect();
    known.push(request(ground, user, Operation::PlaceBooking, &"z".repeat(IdempotencyKey::MAX_LENGTH)));
    remember(ground, &known).await.unwrap();
    remember(ground, &[]).await.unwrap();
    let unknown = request(ground, user, Operation::PlaceBooking, "unknown").key;
    let asked: Vec<ScopedKey> = known.iter().map(|known| known.key.clone()).chain([unknown.clone()]).collect();
    let mut found = find(ground, &asked).await;
    found.sort_by(|one, other| one.key.key.cmp(&other.key.key));
    assert_eq!(found, known);
    assert_eq!(find(ground, &[unknown]).await, []);
    assert_eq!(find(ground, &[]).await, []);
}

/// Keys differ by user, by operation, by case and by each character.
pub async fn keys_are_compared_exactly(ground: &Ground) {
    let [ana, ben] = [(); 2].map(|()| UserId::generate(ground.ids()));
    let requests = [
        request(ground, ana, Operation::PlaceBooking, "key"),
        request(ground, ana, Operation::PlaceBooking, "KEY"),
        request(ground, ana, Operation::PlaceBooking, "key\\\"'%_"),
        request(ground, ana, Operation::StartPayment, "key"),
        request(ground, ana, Operation::RefundPayment, "key"),
        request(ground, ben, Operation::PlaceBooking, "key"),
    ];
    remember(ground, &requests).await.unwrap();
    for request in &requests {
        assert_eq!(find(ground, std::slice::from_ref(&request.key)).await, std::slice::from_ref(request));
    }
    let absent = request(ground, ben, Operation::StartPayment, "key").key;
    assert_eq!(find(ground, &[absent]).await, []);
}

/// A second unit with the same key, and the same key twice in one call, meet contention. The first record stays.
pub async fn a_key_is_remembered_once(ground: &Ground) {
    let user = UserId::generate(ground.ids());
    let first = request(ground, user, Operation::PlaceBooking, "first");
    remember(ground, std::slice::from_ref(&first)).await.unwrap();
    let new = request(ground, user, Operation::PlaceBooking, "new");
    let again = request(ground, user, Operation::PlaceBooking, "first");
    for batch in [vec![new.clone(), again], vec![new.clone(), new.clone()]] {
        let outcome = remember(ground, &batch).await;
        assert!(matches!(outcome, Err(StoreError::Contention)), "{outcome:?}");
    }
    assert_eq!(find(ground, &[first.key.clone(), new.key]).await, [first]);
}

/// The keys of a unit that was rolled back are not remembered, and can be used again.
pub async fn a_unit_undone_remembers_nothing(ground: &Ground) {
    let request = request(ground, UserId::generate(ground.ids()), Operation::StartPayment, "key");
    let mut unit = ground.unit().await;
    unit.idempotency().remember(std::slice::from_ref(&request)).await.unwrap();
    let own = unit.idempotency().find(std::slice::from_ref(&request.key)).await.unwrap();
    assert_eq!(own, std::slice::from_ref(&request));
    unit.rollback().await.unwrap();
    assert_eq!(find(ground, std::slice::from_ref(&request.key)).await, []);
    remember(ground, &[request]).await.unwrap();
}
