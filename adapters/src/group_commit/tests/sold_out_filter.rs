//! Tests of the sold-out filter over the in-memory store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use boxoffice_domain::concerts::{Catalogue, ConcertView};
use boxoffice_domain::idempotency::{IdempotencyKey, IdempotencyQueries, IdempotencyRecord, ScopedKey};
use boxoffice_domain::sales::cancellation::Cancellations;
use boxoffice_domain::sales::placement::{
    BookingPlacement, PlaceBooking, PlaceError, PlaceRequest, PlacedBooking, PlacementPolicy, PlacementUnits, Selection,
};
use boxoffice_domain::shared::{Actor, BookingId, Clock, Role, StoreError, UserId};
use boxoffice_testing::{ConcertBuilder, FixedClock, Given, InMemoryStore, SequentialIds, assert_sound};

use crate::concert_state::{ConcertSource, ConcertStates};
use crate::group_commit::{BatchLimits, SoldOutFilter, SoldOutFilterDependencies};

const HOLD_SECONDS: i64 = 600;

/// A placement that counts its calls.
struct Counted {
    placement: PlacementUnits,
    asked: AtomicUsize,
}

#[async_trait]
impl BookingPlacement for Counted {
    async fn place(&self, request: PlaceRequest) -> Result<PlacedBooking, PlaceError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.placement.place(request).await
    }
}

struct NoKeys;

#[async_trait]
impl IdempotencyQueries for NoKeys {
    async fn known(&self, _: &[ScopedKey]) -> Result<Vec<IdempotencyRecord>, StoreError> {
        Err(StoreError::Busy)
    }
}

/// A concert with two seats, and the filter before its placement.
struct Fixture {
    store: InMemoryStore,
    clock: Arc<FixedClock>,
    ids: Arc<SequentialIds>,
    view: ConcertView,
    behind: Arc<Counted>,
    concerts: Arc<ConcertStates>,
    placement: SoldOutFilter,
}

impl Fixture {
    /// A fixture whose cache listens to committed events, like the only process.
    async fn alone() -> Self {
        let fixture = Self::among_others().await;
        fixture.store.listen(fixture.concerts.clone());
        fixture
    }

    /// A fixture whose cache hears no events, as if another process committed everything.
    async fn among_others() -> Self {
        let store = InMemoryStore::new();
        Self::with_keys(store.clone(), Arc::new(store)).await
    }

    async fn with_keys(store: InMemoryStore, keys: Arc<dyn IdempotencyQueries>) -> Self {
        let (clock, ids) = (Arc::new(FixedClock::default()), Arc::new(SequentialIds::new()));
        let given = Given::new(Arc::new(store.clone()), ids.clone());
        let view = given.add_concert(ConcertBuilder::new(ids.as_ref()).seated("A", 1, 2, 2500)).await;
        let all = Arc::new(store.clone());
        let policy = PlacementPolicy { hold_seconds: HOLD_SECONDS };
        let placing = PlacementUnits::new(all.clone(), all.clone(), all.clone(), clock.clone(), ids.clone(), policy);
        let behind = Arc::new(Counted { placement: placing, asked: AtomicUsize::new(0) });
        let concerts = Arc::new(ConcertStates::new(ConcertSource {
            catalogue: Arc::new(Catalogue::new(all.clone(), all.clone(), clock.clone())),
            log: all.clone(),
            clock: clock.clone(),
        }));
        let dependencies =
            SoldOutFilterDependencies { concerts: concerts.clone(), bookings: all, keys, clock: clock.clone() };
        let placement = SoldOutFilter::new(behind.clone(), dependencies, BatchLimits::default());
        Self { store, clock, ids, view, behind, concerts, placement }
    }

    fn fan(&self) -> Actor {
        Actor::User { id: UserId::generate(self.ids.as_ref()), role: Role::User }
    }

    async fn submit(&self, actor: Actor, key: Option<&str>) -> Result<PlacedBooking, PlaceError> {
        let selection = Selection::seats(&["A-1-1", "A-1-2"]);
        let command = PlaceBooking::new(self.view.concert.id, selection, None, None).unwrap();
        let key = key.and_then(IdempotencyKey::parse);
        self.placement.place(PlaceRequest { actor, command, key }).await
    }

    /// Sells both seats and causes a first refusal, so that the filter becomes active.
    async fn sell(&self, actor: Actor, key: Option<&str>) -> BookingId {
        let booking = self.submit(actor, key).await.unwrap().booking.id;
        assert_taken(&self.submit(self.fan(), None).await);
        self.behind.asked.store(0, Ordering::SeqCst);
        booking
    }

    async fn cancel(&self, actor: Actor, booking: BookingId) {
        let all = Arc::new(self.store.clone());
        let bookings = Cancellations::new(all.clone(), all.clone(), all, self.clock.clone(), self.ids.clone());
        bookings.cancel(&actor, booking).await.unwrap();
    }

    /// The calls of the wrapped placement since the seats were sold.
    fn asked(&self) -> usize {
        self.behind.asked.load(Ordering::SeqCst)
    }
}

fn assert_taken(outcome: &Result<PlacedBooking, PlaceError>) {
    assert!(matches!(outcome, Err(PlaceError::SeatsUnavailable { seats }) if seats.len() == 2), "{outcome:?}");
}

#[tokio::test]
async fn sold_seats_are_refused_until_they_are_released_and_then_sold_at_once() {
    let fixture = Fixture::alone().await;
    let fan = fixture.fan();
    let booking = fixture.sell(fan, None).await;
    for key in [None, Some("key")] {
        assert_taken(&fixture.submit(fixture.fan(), key).await);
    }
    assert_eq!(fixture.asked(), 0);
    fixture.cancel(fan, booking).await;
    fixture.submit(fixture.fan(), None).await.unwrap();
    assert_sound(&fixture.store, fixture.clock.now()).await;
}

#[tokio::test]
async fn seats_released_by_another_process_are_sold_after_a_second() {
    let fixture = Fixture::among_others().await;
    let fan = fixture.fan();
    let booking = fixture.sell(fan, None).await;
    assert_taken(&fixture.submit(fixture.fan(), None).await);
    fixture.cancel(fan, booking).await;
    fixture.clock.advance(1);
    fixture.submit(fixture.fan(), None).await.unwrap();
}

#[tokio::test]
async fn seats_of_an_overdue_hold_are_available() {
    let fixture = Fixture::alone().await;
    fixture.sell(fixture.fan(), None).await;
    fixture.clock.advance(HOLD_SECONDS - 2);
    assert_taken(&fixture.submit(fixture.fan(), None).await);
    assert_eq!(fixture.asked(), 0);
    fixture.clock.advance(2);
    fixture.submit(fixture.fan(), None).await.unwrap();
    assert_sound(&fixture.store, fixture.clock.now()).await;
}

#[tokio::test]
async fn a_successful_request_is_replayed_under_its_idempotency_key() {
    let fixture = Fixture::alone().await;
    let fan = fixture.fan();
    let booking = fixture.sell(fan, Some("mine")).await;
    let again = fixture.submit(fan, Some("mine")).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.booking.id, booking);
    assert_taken(&fixture.submit(fan, Some("another")).await);
    assert_taken(&fixture.submit(fixture.fan(), Some("mine")).await);
    assert_eq!(fixture.asked(), 1);
}

#[tokio::test]
async fn requests_are_passed_on_if_the_keys_cannot_be_read() {
    let fixture = Fixture::with_keys(InMemoryStore::new(), Arc::new(NoKeys)).await;
    fixture.sell(fixture.fan(), None).await;
    assert_taken(&fixture.submit(fixture.fan(), Some("key")).await);
    assert_eq!(fixture.asked(), 1);
}
