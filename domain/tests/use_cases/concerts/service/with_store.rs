//! The life of a concert over the store in memory.

use std::sync::Arc;

use boxoffice_domain::concerts::{
    BlockSeats, BlockSeatsError, Catalogue, ChangeConcert, ChangeConcertError, ConcertAtVersion, ConcertSearch,
    ConcertStatus, ConcertStatusError, Concerts, CreateConcertError, NewConcert, ReadConcertError, RemoveConcertError,
    Removed,
};
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::shared::{Actor, IdGenerator, PageLimit, Role};
use boxoffice_testing::{BookingBuilder, FixedClock, Given, InMemoryStore, SequentialIds, UserBuilder, assert_sound};

use crate::concerts::fixtures::{NOW, in_days, new_concert, standing};

struct Fixture {
    store: InMemoryStore,
    given: Given,
    concerts: Concerts,
    catalogue: Catalogue,
}

impl Fixture {
    fn new() -> Self {
        let (store, clock) = (InMemoryStore::new(), Arc::new(FixedClock::default()));
        let ids: Arc<dyn IdGenerator> = Arc::new(SequentialIds::new());
        let shared = || Arc::new(store.clone());
        let concerts = Concerts::new(shared(), shared(), clock.clone(), Arc::clone(&ids));
        let catalogue = Catalogue::new(shared(), shared(), clock);
        Self { given: Given::new(shared(), ids), concerts, catalogue, store }
    }

    async fn manager(&self, name: &str) -> Actor {
        let user = UserBuilder::new(self.given.ids(), name).role(Role::Manager).build();
        let id = self.given.add_user(user).await.id;
        Actor::User { id, role: Role::Manager }
    }

    async fn assert_sound(&self) {
        assert_sound(&self.store, NOW).await;
    }
}

fn blocking(labels: &[&str]) -> BlockSeats {
    BlockSeats { block: labels.iter().map(ToString::to_string).collect(), unblock: Vec::new() }
}

#[tokio::test]
async fn a_concert_is_prepared_sold_changed_and_cancelled() {
    let fixture = Fixture::new();
    let ana = fixture.manager("ana").await;
    let created = fixture.concerts.create(&ana, new_concert(), None).await.unwrap().view;
    let id = created.concert.id;
    assert_eq!(fixture.catalogue.get(&ana, id).await.unwrap(), created);
    assert!(matches!(fixture.catalogue.get(&Actor::Anonymous, id).await, Err(ReadConcertError::NotFound)));

    let availability = fixture.concerts.block(&ana, id, blocking(&["A-1-1", "GA-000004"])).await.unwrap();
    assert_eq!(availability.concert.available, 8);
    let changed = ChangeConcert { venue: Some("Larger Hall".to_owned()), ..ChangeConcert::default() };
    let view = fixture.concerts.change(&ana, id, 1, changed.clone()).await.unwrap();
    assert_eq!((view.concert.revision, view.concert.version), (2, 3));
    let outdated = fixture.concerts.change(&ana, id, 1, changed).await;
    assert!(matches!(outdated, Err(ChangeConcertError::Outdated { revision: 2 })));

    let published = fixture.concerts.publish(&ana, id).await.unwrap();
    let read = fixture.catalogue.get(&Actor::Anonymous, id).await.unwrap();
    assert_eq!((read.concert.clone(), read.concert.status), (published.concert, ConcertStatus::OnSale));
    assert_eq!(read.concert.details.venue, "Larger Hall");
    fixture.concerts.pause(&ana, id).await.unwrap();
    fixture.assert_sound().await;

    let removed = fixture.concerts.remove(&ana, id).await.unwrap();
    assert!(matches!(removed, Removed::Cancelling(view) if view.concert.cancelled_at == Some(NOW)));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn managers_of_different_organisers_do_not_see_each_other_s_drafts() {
    let fixture = Fixture::new();
    let (ana, ben) = (fixture.manager("ana").await, fixture.manager("ben").await);
    let first = fixture.concerts.create(&ana, new_concert(), None).await.unwrap().view.concert;
    let second = fixture.concerts.create(&ana, new_concert(), None).await.unwrap().view.concert;
    let other = fixture.concerts.create(&ben, new_concert(), None).await.unwrap().view.concert;
    assert_eq!(first.organiser, second.organiser);
    assert_ne!(first.organiser, other.organiser);
    let mine = ConcertSearch { mine: true, ..ConcertSearch::default() };
    let listed = fixture.catalogue.list(&ben, mine, None, PageLimit::DEFAULT).await.unwrap();
    assert_eq!(listed.items.iter().map(|item| item.concert.id).collect::<Vec<_>>(), [other.id]);
    assert!(matches!(fixture.catalogue.get(&ben, first.id).await, Err(ReadConcertError::NotFound)));
}

#[tokio::test]
async fn a_draft_is_deleted_with_its_sections_and_tickets() {
    let fixture = Fixture::new();
    let ana = fixture.manager("ana").await;
    let id = fixture.concerts.create(&ana, new_concert(), None).await.unwrap().view.concert.id;
    assert_eq!(fixture.concerts.remove(&ana, id).await.unwrap(), Removed::Deleted);
    assert!(matches!(fixture.catalogue.get(&ana, id).await, Err(ReadConcertError::NotFound)));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_seat_in_a_booking_is_not_blocked() {
    let fixture = Fixture::new();
    let view = fixture.given.concert().await;
    let fan = fixture.given.user("fan").await;
    fixture.given.booking(BookingBuilder::new(fixture.given.ids(), &view).user(fan.id).seats(&["A-1-1"]).build()).await;
    let outcome = fixture.concerts.block(&Actor::System, view.concert.id, blocking(&["A-1-2", "A-1-1"])).await;
    assert!(matches!(outcome, Err(BlockSeatsError::SeatsUnavailable { seats }) if seats[0].as_str() == "A-1-1"));
    let availability = fixture.catalogue.availability(&Actor::Anonymous, view.concert.id).await.unwrap();
    assert_eq!(availability.concert.available, 99);
    fixture.assert_sound().await;
}

#[tokio::test]
async fn many_tickets_have_the_labels_of_their_numbers() {
    let fixture = Fixture::new();
    let ana = fixture.manager("ana").await;
    let large =
        NewConcert { sections: vec![standing("N", 12_345), standing("S", 1)], starts_at: in_days(60), ..new_concert() };
    let view = fixture.concerts.create(&ana, large, None).await.unwrap().view;
    let seats = fixture.catalogue.seats(&ana, view.concert.id, Some("S")).await.unwrap();
    assert_eq!((seats.first.get(), seats.states.len()), (12_346, 1));
    fixture.assert_sound().await;
}

#[tokio::test]
async fn a_request_repeated_with_the_same_key_creates_one_concert() {
    let fixture = Fixture::new();
    let (ana, ben) = (fixture.manager("ana").await, fixture.manager("ben").await);
    let key = || IdempotencyKey::parse("may");
    let first = fixture.concerts.create(&ana, new_concert(), key()).await.unwrap();
    let again = fixture.concerts.create(&ana, new_concert(), key()).await.unwrap();
    assert_eq!((first.replayed, again.replayed, &again.view), (false, true, &first.view));

    let renamed = || NewConcert { name: "Another Evening".to_owned(), ..new_concert() };
    let reused = fixture.concerts.create(&ana, renamed(), key()).await;
    assert!(matches!(reused, Err(CreateConcertError::KeyReused)));
    let faulty = NewConcert { currency: "XXX".to_owned(), ..new_concert() };
    let refused = fixture.concerts.create(&ana, faulty, IdempotencyKey::parse("june")).await;
    assert!(matches!(refused, Err(CreateConcertError::Invalid(_))));
    assert!(!fixture.concerts.create(&ana, renamed(), IdempotencyKey::parse("june")).await.unwrap().replayed);
    assert!(!fixture.concerts.create(&ben, new_concert(), key()).await.unwrap().replayed, "keys are one's own");

    fixture.concerts.remove(&ana, first.view.concert.id).await.unwrap();
    let gone = fixture.concerts.create(&ana, new_concert(), key()).await;
    assert!(matches!(gone, Err(CreateConcertError::Gone)));
    assert_sound(&fixture.store, NOW).await;
}

#[tokio::test]
async fn a_concert_in_another_version_than_seen_is_not_changed() {
    let fixture = Fixture::new();
    let ana = fixture.manager("ana").await;
    let draft = fixture.concerts.create(&ana, new_concert(), None).await.unwrap().view.concert;
    let seen = |version| ConcertAtVersion::new(draft.id, Some(version));
    let published = fixture.concerts.publish(&ana, seen(1)).await.unwrap().concert;
    assert_eq!(published.revision, 2);
    for revision in [0, 1, 3] {
        let (publish, pause) =
            (fixture.concerts.publish(&ana, seen(revision)).await, fixture.concerts.pause(&ana, seen(revision)).await);
        assert!(matches!(publish, Err(ConcertStatusError::Outdated { revision: 2 })));
        assert!(matches!(pause, Err(ConcertStatusError::Outdated { revision: 2 })));
        let remove = fixture.concerts.remove(&ana, seen(revision)).await;
        assert!(matches!(remove, Err(RemoveConcertError::Outdated { revision: 2 })));
    }
    let block = |version| {
        let command = BlockSeats { block: vec!["A-1-1".to_owned()], unblock: Vec::new() };
        fixture.concerts.block(&ana, seen(version), command)
    };
    let blocked = block(published.version).await.unwrap().concert;
    let again = block(published.version).await;
    assert!(matches!(again, Err(BlockSeatsError::Outdated { version }) if version == blocked.version));
    assert_eq!(fixture.catalogue.get(&ana, draft.id).await.unwrap().concert.status, ConcertStatus::OnSale);
    assert!(matches!(fixture.concerts.remove(&ana, seen(2)).await.unwrap(), Removed::Cancelling(_)));
    assert_sound(&fixture.store, NOW).await;
}
