//! Pruning: rows that are no longer needed go, a limited number at a time.

use boxoffice_domain::events::{Backlog, CursorMove, EventPayload, LeaseHolder, ParkedEvent, StoredEvent};
use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord, Operation, ScopedKey};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::shared::{RefreshFamilyId, Timestamp, UserId};
use boxoffice_domain::users::{RefreshToken, User, UserEvent};

use super::{Fixture, INSTANT};
use crate::builders::refresh_token;
use crate::given::assert_sound;

/// Lets a consumer pass everything that there is.
async fn pass_all(fixture: &Fixture, consumer: &'static str) {
    know(fixture, consumer).await;
    let cursors = &fixture.ports.cursors;
    let streams = cursors.behind(consumer, None, 100).await.unwrap();
    for Backlog { stream, position: from, entries } in cursors.backlog(consumer, &streams, 100).await.unwrap() {
        let to = entries.last().unwrap().position;
        cursors.advance(consumer, &[CursorMove { stream, from, to }], &[]).await.unwrap();
    }
}

/// Makes a consumer known.
async fn know(fixture: &Fixture, consumer: &'static str) {
    assert!(fixture.ports.cursors.lease(consumer, LeaseHolder(uuid::Uuid::nil()), INSTANT).await.unwrap());
}

/// The positions of a stream that are there.
async fn positions(fixture: &Fixture, stream: Stream) -> Vec<u64> {
    let backlogs = fixture.ports.cursors.backlog("newcomer", &[stream], 100).await.unwrap();
    backlogs.iter().flat_map(|backlog| &backlog.entries).map(|entry| entry.position).collect()
}

/// A user with so many versions and as many entries, one a second from `INSTANT` on.
async fn user_with_versions(fixture: &Fixture, name: &str, versions: u64) -> User {
    let mut user = fixture.given.at(INSTANT).user(name).await;
    for version in 2..=versions {
        user.version = version;
        let mut unit = fixture.unit().await;
        unit.users().save(&user).await.unwrap();
        let payload = EventPayload::User(UserEvent::Changed { role: user.role, status: user.status });
        let given = fixture.given.at(INSTANT.plus_seconds(i64::try_from(version).unwrap() - 1));
        given.record_event(&mut *unit, Stream::User(user.id), version, payload).await;
        unit.commit().await.unwrap();
    }
    user
}

async fn prune(fixture: &Fixture, before: Timestamp, limit: u32) -> u64 {
    fixture.ports.pruner.prune_outbox(before, limit).await.unwrap()
}

/// Neither what one consumer has still to handle nor what is too young.
pub async fn only_what_every_consumer_passed_is_pruned(fixture: &Fixture) {
    let ana = Stream::User(user_with_versions(fixture, "ana", 3).await.id);
    let ben = Stream::User(user_with_versions(fixture, "ben", 1).await.id);
    let late = INSTANT.plus_seconds(3_600);
    pass_all(fixture, "mail").await;
    know(fixture, "search").await;
    assert_eq!(prune(fixture, late, 100).await, 0);
    fixture.ports.cursors.advance("search", &[CursorMove { stream: ana, from: 0, to: 1 }], &[]).await.unwrap();
    assert_eq!(prune(fixture, INSTANT, 100).await, 0);
    assert_eq!(prune(fixture, late, 100).await, 1);
    assert_eq!((positions(fixture, ana).await, positions(fixture, ben).await), (vec![2, 3], vec![1]));
}

/// An entry with a parked event stays, and so do those after it, until the event is handled or dropped.
pub async fn what_is_parked_is_not_pruned(fixture: &Fixture) {
    let ana = user_with_versions(fixture, "ana", 3).await;
    let stream = Stream::User(ana.id);
    pass_all(fixture, "mail").await;
    let event = fixture.recorder.events().into_iter().find(|event| event.version == 2).unwrap();
    let parked = ParkedEvent {
        consumer: "mail".to_owned(),
        event: StoredEvent::Decoded(event.clone()).header(),
        stream,
        position: 2,
        error: "it was too much".to_owned(),
        parked_at: INSTANT,
    };
    fixture.ports.cursors.advance("mail", &[], std::slice::from_ref(&parked)).await.unwrap();
    assert_eq!(fixture.ports.parked.list(100).await.unwrap(), [parked]);
    let late = INSTANT.plus_seconds(3_600);
    assert_eq!(prune(fixture, late, 100).await, 1);
    assert_eq!(prune(fixture, late, 100).await, 0);
    assert_eq!(positions(fixture, stream).await, [2, 3]);
    assert!(fixture.ports.parked.unpark("mail", event.id).await.unwrap());
    assert_eq!(prune(fixture, late, 100).await, 2);
}

/// With the first versions gone, and with all of them gone, the audit is clean, and later versions go on.
pub async fn pruning_moves_the_floor_and_keeps_the_audit_clean(fixture: &Fixture) {
    let ana = user_with_versions(fixture, "ana", 3).await;
    pass_all(fixture, "mail").await;
    assert_eq!(prune(fixture, INSTANT.plus_seconds(2), 100).await, 2);
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
    assert_eq!(prune(fixture, INSTANT.plus_seconds(3), 100).await, 1);
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
    let mut unit = fixture.unit().await;
    unit.users().save(&User { version: 4, ..ana.clone() }).await.unwrap();
    fixture.given.record_event(&mut *unit, Stream::User(ana.id), 4, EventPayload::User(UserEvent::Erased)).await;
    unit.commit().await.unwrap();
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
    let stream = Stream::User(ana.id);
    let backlogs = fixture.ports.cursors.backlog("mail", &[stream], 100).await.unwrap();
    assert_eq!((backlogs[0].position, backlogs[0].entries[0].position), (3, 4));
    assert_eq!(positions(fixture, stream).await, [4]);
}

/// Never more than asked, oldest versions first, and all of it in the end.
pub async fn a_little_is_pruned_at_a_time(fixture: &Fixture) {
    user_with_versions(fixture, "ana", 4).await;
    user_with_versions(fixture, "ben", 3).await;
    pass_all(fixture, "mail").await;
    let late = INSTANT.plus_seconds(3_600);
    let mut pruned = 0;
    for _ in 0..8 {
        let some = prune(fixture, late, 2).await;
        assert!(some <= 2, "{some}");
        pruned += some;
        assert_sound(&*fixture.ports.auditor, INSTANT).await;
    }
    assert_eq!(pruned, 7);
}

/// Those remembered before an instant, no more than asked at a time.
pub async fn old_keys_are_forgotten(fixture: &Fixture) {
    let user = UserId::generate(fixture.ids());
    let request = |second: i64| IdempotencyRecord {
        key: ScopedKey {
            user,
            operation: Operation::PlaceBooking,
            key: IdempotencyKey::parse(&format!("key{second}")).unwrap(),
        },
        command: CommandHash::of([]),
        resource: user.uuid(),
        at: INSTANT.plus_seconds(second),
    };
    let requests: Vec<IdempotencyRecord> = (0..5).map(request).collect();
    let mut unit = fixture.unit().await;
    unit.idempotency().remember(&requests).await.unwrap();
    unit.commit().await.unwrap();
    let pruner = &fixture.ports.pruner;
    let before = INSTANT.plus_seconds(3);
    assert_eq!(pruner.prune_idempotency_keys(INSTANT, 100).await.unwrap(), 0);
    assert_eq!(pruner.prune_idempotency_keys(before, 2).await.unwrap(), 2);
    assert_eq!(pruner.prune_idempotency_keys(before, 2).await.unwrap(), 1);
    assert_eq!(pruner.prune_idempotency_keys(before, 2).await.unwrap(), 0);
    let keys: Vec<ScopedKey> = requests.iter().map(|request| request.key.clone()).collect();
    let mut unit = fixture.unit().await;
    let mut left = unit.idempotency().find(&keys).await.unwrap();
    unit.rollback().await.unwrap();
    left.sort_by_key(|request| request.at);
    assert_eq!(left, requests[3..]);
}

/// Those that expired before an instant, used and revoked ones too, no more than asked at a time.
pub async fn old_tokens_are_deleted(fixture: &Fixture) {
    let user = fixture.given.user("ana").await.id;
    let family = RefreshFamilyId::generate(fixture.ids());
    let token = |second: i64| RefreshToken {
        expires_at: INSTANT.plus_seconds(second),
        used_at: (second % 2 == 0).then_some(INSTANT),
        revoked_at: (second == 1).then_some(INSTANT),
        ..refresh_token(fixture.ids(), user, family, INSTANT).0
    };
    let tokens: Vec<RefreshToken> = (0..4).map(token).collect();
    let mut unit = fixture.unit().await;
    for token in &tokens {
        unit.refresh_tokens().add(token).await.unwrap();
    }
    unit.commit().await.unwrap();
    let pruner = &fixture.ports.pruner;
    let before = INSTANT.plus_seconds(3);
    assert_eq!(pruner.prune_refresh_tokens(INSTANT, 100).await.unwrap(), 0);
    assert_eq!(pruner.prune_refresh_tokens(before, 2).await.unwrap(), 2);
    assert_eq!(pruner.prune_refresh_tokens(before, 2).await.unwrap(), 1);
    let mut unit = fixture.unit().await;
    for token in &tokens[..3] {
        assert_eq!(unit.refresh_tokens().find(&token.hash).await.unwrap(), None);
    }
    assert_eq!(unit.refresh_tokens().find(&tokens[3].hash).await.unwrap(), Some(tokens[3]));
    unit.rollback().await.unwrap();
}
