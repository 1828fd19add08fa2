//! The desk over the store in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use boxoffice_domain::bookings::{
    BookingDesk, NewBooking, PlaceBooking, PlaceError, PlaceRequest, Placed, Placing, PlacingPolicy,
};
use boxoffice_domain::concerts::ConcertView;
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::shared::{Actor, ConcertId, Role, StoreError, UserId};
use boxoffice_domain::store::Store;
use boxoffice_domain::testing::{
    ConcertBuilder, FixedClock, Given, InMemoryStore, SequentialIds, assert_sound, failing_store,
};
use tokio::task::JoinSet;

use crate::desk::{Bounds, GroupDesk, Turns};

struct House {
    store: InMemoryStore,
    ids: Arc<SequentialIds>,
    view: ConcertView,
}

impl House {
    async fn new() -> Self {
        let (store, ids) = (InMemoryStore::new(), Arc::new(SequentialIds::new()));
        let given = Given::new(Arc::new(store.clone()), ids.clone());
        let view = given.add_concert(ConcertBuilder::new(ids.as_ref())).await;
        Self { store, ids, view }
    }

    fn desk(&self) -> Arc<GroupDesk> {
        self.desk_over(Arc::new(self.store.clone()))
    }

    fn desk_over(&self, store: Arc<dyn Store>) -> Arc<GroupDesk> {
        let maps = Arc::new(self.store.clone());
        let policy = PlacingPolicy { hold_seconds: 600 };
        let (organisers, clock) = (maps.clone(), Arc::new(FixedClock::default()));
        let placing = Placing::new(store, maps, organisers, clock, self.ids.clone(), policy);
        Arc::new(GroupDesk::new(Arc::new(placing), Turns::two_at_a_concert(), Bounds::default()))
    }

    fn fan(&self) -> Actor {
        Actor::User { id: UserId::generate(self.ids.as_ref()), role: Role::User }
    }

    fn seats(&self, actor: Actor, seats: &[&str], key: Option<&str>) -> PlaceRequest {
        let seats = Some(seats.iter().map(ToString::to_string).collect());
        self.request(actor, NewBooking { seats, ..self.nothing() }, key)
    }

    fn best(&self, actor: Actor, quantity: i64) -> PlaceRequest {
        self.request(actor, NewBooking { section: Some("A".into()), quantity: Some(quantity), ..self.nothing() }, None)
    }

    fn nothing(&self) -> NewBooking {
        NewBooking {
            concert: self.view.concert.id,
            seats: None,
            section: None,
            quantity: None,
            category: None,
            expected_total: None,
        }
    }

    fn request(&self, actor: Actor, new: NewBooking, key: Option<&str>) -> PlaceRequest {
        PlaceRequest { actor, command: PlaceBooking::new(new).unwrap(), key: key.and_then(IdempotencyKey::parse) }
    }
}

/// Everybody at the desk at once.
async fn all_at_once(
    desk: &Arc<GroupDesk>,
    requests: impl IntoIterator<Item = PlaceRequest>,
) -> Vec<Result<Placed, PlaceError>> {
    let mut tasks = JoinSet::new();
    for request in requests {
        let desk = Arc::clone(desk);
        tasks.spawn(async move { desk.place(request).await });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_who_want_the_same_two_seats_one_gets_them() {
    let house = House::new().await;
    let outcomes =
        all_at_once(&house.desk(), (0..64).map(|_| house.seats(house.fan(), &["A-5-5", "A-5-6"], None))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_sound(&house.store, FixedClock::START).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_best_seats_are_handed_out_once_each_to_the_last() {
    let house = House::new().await;
    let outcomes = all_at_once(&house.desk(), (0..60).map(|_| house.best(house.fan(), 2))).await;
    let mut seats = BTreeSet::new();
    for placed in outcomes.iter().flatten() {
        for ticket in &placed.booking.tickets {
            assert!(seats.insert(ticket.number), "{ticket:?} was handed out twice");
        }
    }
    assert_eq!(seats.len(), 100);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(refused, PlaceError::SoldOut { left: 0, .. }), "{refused:?}");
    }
    assert_sound(&house.store, FixedClock::START).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn copies_of_one_request_are_one_booking() {
    let house = House::new().await;
    let fan = house.fan();
    let outcomes = all_at_once(&house.desk(), (0..50).map(|_| house.seats(fan, &["A-1-1"], Some("key")))).await;
    let ids: BTreeSet<_> = outcomes.iter().map(|outcome| outcome.as_ref().unwrap().booking.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| !outcome.as_ref().unwrap().replayed).count(), 1);
    assert_sound(&house.store, FixedClock::START).await;
}

#[tokio::test]
async fn whoever_is_not_logged_in_need_not_wait() {
    let house = House::new().await;
    let refused = house.desk().place(house.seats(Actor::Anonymous, &["A-1-1"], None)).await;
    assert!(matches!(refused, Err(PlaceError::LoginRequired)));
}

#[tokio::test]
async fn a_concert_that_does_not_exist_is_not_found() {
    let house = House::new().await;
    let unknown = NewBooking { concert: ConcertId::generate(house.ids.as_ref()), ..house.nothing() };
    let request = house.request(house.fan(), NewBooking { seats: Some(vec!["A-1-1".into()]), ..unknown }, None);
    assert!(matches!(house.desk().place(request).await, Err(PlaceError::ConcertNotFound)));
}

#[tokio::test]
async fn a_store_that_fails_is_everybodys_failure() {
    let house = House::new().await;
    let desk = house.desk_over(Arc::new(failing_store(StoreError::Busy)));
    for outcome in all_at_once(&desk, (0..3).map(|_| house.seats(house.fan(), &["A-1-1"], None))).await {
        assert!(matches!(outcome, Err(PlaceError::Store(StoreError::Busy))), "{outcome:?}");
    }
}
