//! The life of a concert over a store that remembers.

use std::sync::Arc;

use crate::concerts::fixtures::{NOW, in_days, new_concert, standing};
use crate::concerts::{
    BlockSeats, BlockSeatsError, Catalogue, ChangeConcert, ChangeConcertError, ConcertSearch, ConcertStatus, Concerts,
    NewConcert, ReadConcertError, Removed,
};
use crate::shared::{Actor, IdGenerator, PageLimit, Role};
use crate::testing::{BookingBuilder, FixedClock, Given, InMemoryStore, SequentialIds, UserBuilder, assert_sound};

struct World {
    store: InMemoryStore,
    given: Given,
    concerts: Concerts,
    catalogue: Catalogue,
}

impl World {
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
    let world = World::new();
    let ana = world.manager("ana").await;
    let created = world.concerts.create(&ana, new_concert()).await.unwrap();
    let id = created.concert.id;
    assert_eq!(world.catalogue.get(&ana, id).await.unwrap(), created);
    assert!(matches!(world.catalogue.get(&Actor::Anonymous, id).await, Err(ReadConcertError::NotFound)));

    let availability = world.concerts.block(&ana, id, blocking(&["A-1-1", "GA-000004"])).await.unwrap();
    assert_eq!(availability.concert.available, 8);
    let changed = ChangeConcert { venue: Some("Larger Hall".to_owned()), ..ChangeConcert::default() };
    let view = world.concerts.change(&ana, id, 1, changed.clone()).await.unwrap();
    assert_eq!((view.concert.revision, view.concert.version), (2, 3));
    let outdated = world.concerts.change(&ana, id, 1, changed).await;
    assert!(matches!(outdated, Err(ChangeConcertError::Outdated { revision: 2 })));

    let published = world.concerts.publish(&ana, id).await.unwrap();
    let read = world.catalogue.get(&Actor::Anonymous, id).await.unwrap();
    assert_eq!((read.concert.clone(), read.concert.status), (published.concert, ConcertStatus::OnSale));
    assert_eq!(read.concert.details.venue, "Larger Hall");
    world.concerts.pause(&ana, id).await.unwrap();
    world.assert_sound().await;

    let removed = world.concerts.remove(&ana, id).await.unwrap();
    assert!(matches!(removed, Removed::Cancelling(view) if view.concert.cancelled_at == Some(NOW)));
    world.assert_sound().await;
}

#[tokio::test]
async fn managers_of_different_organisers_do_not_see_each_other_s_drafts() {
    let world = World::new();
    let (ana, ben) = (world.manager("ana").await, world.manager("ben").await);
    let first = world.concerts.create(&ana, new_concert()).await.unwrap().concert;
    let second = world.concerts.create(&ana, new_concert()).await.unwrap().concert;
    let other = world.concerts.create(&ben, new_concert()).await.unwrap().concert;
    assert_eq!(first.organiser, second.organiser);
    assert_ne!(first.organiser, other.organiser);
    let mine = ConcertSearch { mine: true, ..ConcertSearch::default() };
    let listed = world.catalogue.list(&ben, mine, None, PageLimit::DEFAULT).await.unwrap();
    assert_eq!(listed.items.iter().map(|item| item.concert.id).collect::<Vec<_>>(), [other.id]);
    assert!(matches!(world.catalogue.get(&ben, first.id).await, Err(ReadConcertError::NotFound)));
}

#[tokio::test]
async fn a_draft_is_gone_with_everything_it_had() {
    let world = World::new();
    let ana = world.manager("ana").await;
    let id = world.concerts.create(&ana, new_concert()).await.unwrap().concert.id;
    assert_eq!(world.concerts.remove(&ana, id).await.unwrap(), Removed::Deleted);
    assert!(matches!(world.catalogue.get(&ana, id).await, Err(ReadConcertError::NotFound)));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_seat_in_a_booking_is_not_blocked() {
    let world = World::new();
    let view = world.given.concert().await;
    let fan = world.given.user("fan").await;
    world.given.booking(BookingBuilder::new(world.given.ids(), &view).user(fan.id).seats(&["A-1-1"]).build()).await;
    let outcome = world.concerts.block(&Actor::System, view.concert.id, blocking(&["A-1-2", "A-1-1"])).await;
    assert!(matches!(outcome, Err(BlockSeatsError::SeatsUnavailable { seats }) if seats[0].as_str() == "A-1-1"));
    let availability = world.catalogue.availability(&Actor::Anonymous, view.concert.id).await.unwrap();
    assert_eq!(availability.concert.available, 99);
    world.assert_sound().await;
}

#[tokio::test]
async fn many_tickets_have_the_labels_of_their_numbers() {
    let world = World::new();
    let ana = world.manager("ana").await;
    let large =
        NewConcert { sections: vec![standing("N", 12_345), standing("S", 1)], starts_at: in_days(60), ..new_concert() };
    let view = world.concerts.create(&ana, large).await.unwrap();
    let seats = world.catalogue.seats(&ana, view.concert.id, Some("S")).await.unwrap();
    assert_eq!((seats.first.get(), seats.states.len()), (12_346, 1));
    world.assert_sound().await;
}
