//! Tests of the group commit of bookings over the in-memory store.

use std::collections::BTreeSet;
use std::sync::Arc;

use boxoffice_domain::concerts::ConcertView;
use boxoffice_domain::idempotency::IdempotencyKey;
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::sales::placement::{
    BookingPlacement, PlaceBooking, PlaceError, PlaceRequest, PlacedBooking, PlacementPolicy, PlacementUnits, Selection,
};
use boxoffice_domain::shared::{Actor, ConcertId, Faults, Role, StoreError, UserId};
use boxoffice_domain::store::Store;
use boxoffice_testing::{ConcertBuilder, FixedClock, Given, InMemoryStore, SequentialIds, assert_sound, failing_store};
use tokio::task::JoinSet;

use crate::group_commit::{BatchLimits, BatchSlots, GroupCommitBookings};

struct Fixture {
    store: InMemoryStore,
    ids: Arc<SequentialIds>,
    view: ConcertView,
}

impl Fixture {
    async fn new() -> Self {
        let (store, ids) = (InMemoryStore::new(), Arc::new(SequentialIds::new()));
        let given = Given::new(Arc::new(store.clone()), ids.clone());
        let view = given.add_concert(ConcertBuilder::new(ids.as_ref())).await;
        Self { store, ids, view }
    }

    fn placement(&self) -> Arc<GroupCommitBookings> {
        self.placement_over(Arc::new(self.store.clone()))
    }

    fn placement_over(&self, store: Arc<dyn Store<dyn SalesUnit>>) -> Arc<GroupCommitBookings> {
        let maps = Arc::new(self.store.clone());
        let policy = PlacementPolicy { hold_seconds: 600 };
        let (organisers, clock) = (maps.clone(), Arc::new(FixedClock::default()));
        let placing = PlacementUnits::new(store, maps, organisers, clock, self.ids.clone(), policy);
        Arc::new(GroupCommitBookings::new(Arc::new(placing), BatchSlots::two_at_a_concert(), BatchLimits::default()))
    }

    fn fan(&self) -> Actor {
        Actor::User { id: UserId::generate(self.ids.as_ref()), role: Role::User }
    }

    fn seats(&self, actor: Actor, seats: &[&str], key: Option<&str>) -> PlaceRequest {
        request(actor, self.view.concert.id, Selection::seats(seats), key)
    }

    fn best(&self, actor: Actor, quantity: i64) -> PlaceRequest {
        request(actor, self.view.concert.id, Selection::best_available("A", quantity), None)
    }
}

fn request(actor: Actor, concert: ConcertId, selection: Result<Selection, Faults>, key: Option<&str>) -> PlaceRequest {
    let command = PlaceBooking::new(concert, selection, None, None).unwrap();
    PlaceRequest { actor, command, key: key.and_then(IdempotencyKey::parse) }
}

/// Places all requests concurrently.
async fn all_at_once(
    placement: &Arc<GroupCommitBookings>,
    requests: impl IntoIterator<Item = PlaceRequest>,
) -> Vec<Result<PlacedBooking, PlaceError>> {
    let mut tasks = JoinSet::new();
    for request in requests {
        let placement = Arc::clone(placement);
        tasks.spawn(async move { placement.place(request).await });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixty_four_concurrent_requests_for_the_same_two_seats_one_succeeds() {
    let fixture = Fixture::new().await;
    let outcomes =
        all_at_once(&fixture.placement(), (0..64).map(|_| fixture.seats(fixture.fan(), &["A-5-5", "A-5-6"], None)))
            .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_sound(&fixture.store, FixedClock::START).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_best_available_seat_is_sold_exactly_once() {
    let fixture = Fixture::new().await;
    let outcomes = all_at_once(&fixture.placement(), (0..60).map(|_| fixture.best(fixture.fan(), 2))).await;
    let mut seats = BTreeSet::new();
    for placed in outcomes.iter().flatten() {
        for ticket in &placed.booking.tickets {
            assert!(seats.insert(ticket.number), "{ticket:?} was sold twice");
        }
    }
    assert_eq!(seats.len(), 100);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(refused, PlaceError::SoldOut { left: 0, .. }), "{refused:?}");
    }
    assert_sound(&fixture.store, FixedClock::START).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn copies_of_one_request_are_one_booking() {
    let fixture = Fixture::new().await;
    let fan = fixture.fan();
    let outcomes =
        all_at_once(&fixture.placement(), (0..50).map(|_| fixture.seats(fan, &["A-1-1"], Some("key")))).await;
    let ids: BTreeSet<_> = outcomes.iter().map(|outcome| outcome.as_ref().unwrap().booking.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| !outcome.as_ref().unwrap().replayed).count(), 1);
    assert_sound(&fixture.store, FixedClock::START).await;
}

#[tokio::test]
async fn an_anonymous_request_is_refused_without_waiting() {
    let fixture = Fixture::new().await;
    let refused = fixture.placement().place(fixture.seats(Actor::Anonymous, &["A-1-1"], None)).await;
    assert!(matches!(refused, Err(PlaceError::LoginRequired)));
}

#[tokio::test]
async fn a_concert_that_does_not_exist_is_not_found() {
    let fixture = Fixture::new().await;
    let unknown = ConcertId::generate(fixture.ids.as_ref());
    let request = request(fixture.fan(), unknown, Selection::seats(&["A-1-1"]), None);
    assert!(matches!(fixture.placement().place(request).await, Err(PlaceError::ConcertNotFound)));
}

#[tokio::test]
async fn a_failure_of_the_store_is_returned_to_every_caller() {
    let fixture = Fixture::new().await;
    let placement = fixture.placement_over(Arc::new(failing_store(StoreError::Busy)));
    for outcome in all_at_once(&placement, (0..3).map(|_| fixture.seats(fixture.fan(), &["A-1-1"], None))).await {
        assert!(matches!(outcome, Err(PlaceError::Store(StoreError::Busy))), "{outcome:?}");
    }
}
