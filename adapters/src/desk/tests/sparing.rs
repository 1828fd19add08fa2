//! The desk that refuses the hopeless, over the store in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use boxoffice_domain::bookings::{
    BookingDesk, Bookings, DirectDesk, NewBooking, PlaceBooking, PlaceError, PlaceRequest, Placed, Placing,
    PlacingPolicy,
};
use boxoffice_domain::concerts::{Catalogue, ConcertView};
use boxoffice_domain::idempotency::{IdempotencyKey, KeyOfUser, KnownKeys, Remembered};
use boxoffice_domain::shared::{Actor, BookingId, Clock, Role, StoreError, UserId};
use boxoffice_domain::testing::{ConcertBuilder, FixedClock, Given, InMemoryStore, SequentialIds, assert_sound};

use crate::cache::{Renderers, ShopWindow, WindowParts};
use crate::desk::{Bounds, Sights, SparingDesk};

const HOLD_SECONDS: i64 = 600;

/// A desk that counts how often it is asked.
struct Counted {
    desk: DirectDesk,
    asked: AtomicUsize,
}

#[async_trait]
impl BookingDesk for Counted {
    async fn place(&self, request: PlaceRequest) -> Result<Placed, PlaceError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.desk.place(request).await
    }
}

struct NoKeys;

#[async_trait]
impl KnownKeys for NoKeys {
    async fn known(&self, _: &[KeyOfUser]) -> Result<Vec<Remembered>, StoreError> {
        Err(StoreError::Busy)
    }
}

/// A concert with two seats and a desk before it.
struct House {
    store: InMemoryStore,
    clock: Arc<FixedClock>,
    ids: Arc<SequentialIds>,
    view: ConcertView,
    behind: Arc<Counted>,
    window: Arc<ShopWindow>,
    desk: SparingDesk,
}

impl House {
    /// Whose window hears what is committed, as if there were no other process.
    async fn alone() -> Self {
        let house = Self::among_others().await;
        house.store.listen(house.window.clone());
        house
    }

    /// Whose window hears nothing, as if another process committed everything.
    async fn among_others() -> Self {
        let store = InMemoryStore::new();
        Self::with_keys(store.clone(), Arc::new(store)).await
    }

    async fn with_keys(store: InMemoryStore, keys: Arc<dyn KnownKeys>) -> Self {
        let (clock, ids) = (Arc::new(FixedClock::default()), Arc::new(SequentialIds::new()));
        let given = Given::new(Arc::new(store.clone()), ids.clone());
        let view = given.add_concert(ConcertBuilder::new(ids.as_ref()).seated("A", 1, 2, 2500)).await;
        let all = Arc::new(store.clone());
        let policy = PlacingPolicy { hold_seconds: HOLD_SECONDS };
        let placing = Placing::new(all.clone(), all.clone(), all.clone(), clock.clone(), ids.clone(), policy);
        let behind = Arc::new(Counted { desk: DirectDesk::new(placing), asked: AtomicUsize::new(0) });
        let window = Arc::new(ShopWindow::new(WindowParts {
            catalogue: Arc::new(Catalogue::new(all.clone(), all.clone(), clock.clone())),
            log: all.clone(),
            clock: clock.clone(),
            renderers: Renderers {
                concert: |_| Ok(Vec::new()),
                availability: |_| Ok(Vec::new()),
                seats: |_, _| Ok(Vec::new()),
            },
        }));
        let sights = Sights { window: window.clone(), bookings: all, keys, clock: clock.clone() };
        let desk = SparingDesk::new(behind.clone(), sights, Bounds::default());
        Self { store, clock, ids, view, behind, window, desk }
    }

    fn fan(&self) -> Actor {
        Actor::User { id: UserId::generate(self.ids.as_ref()), role: Role::User }
    }

    async fn ask(&self, actor: Actor, key: Option<&str>) -> Result<Placed, PlaceError> {
        let seats = Some(vec!["A-1-1".to_owned(), "A-1-2".to_owned()]);
        let concert = self.view.concert.id;
        let new = NewBooking { concert, seats, section: None, quantity: None, category: None, expected_total: None };
        let key = key.and_then(IdempotencyKey::parse);
        self.desk.place(PlaceRequest { actor, command: PlaceBooking::new(new).unwrap(), key }).await
    }

    /// Sells the house, and has somebody learn that it is sold.
    async fn sell(&self, actor: Actor, key: Option<&str>) -> BookingId {
        let booking = self.ask(actor, key).await.unwrap().booking.id;
        assert_taken(&self.ask(self.fan(), None).await);
        self.behind.asked.store(0, Ordering::SeqCst);
        booking
    }

    async fn cancel(&self, actor: Actor, booking: BookingId) {
        let all = Arc::new(self.store.clone());
        let bookings = Bookings::new(all.clone(), all.clone(), all, self.clock.clone(), self.ids.clone());
        bookings.cancel(&actor, booking).await.unwrap();
    }

    /// How often the desk behind was asked since the house was sold.
    fn asked(&self) -> usize {
        self.behind.asked.load(Ordering::SeqCst)
    }
}

fn assert_taken(outcome: &Result<Placed, PlaceError>) {
    assert!(matches!(outcome, Err(PlaceError::SeatsUnavailable { seats }) if seats.len() == 2), "{outcome:?}");
}

#[tokio::test]
async fn what_is_sold_is_refused_until_it_is_given_back_and_then_granted_at_once() {
    let house = House::alone().await;
    let fan = house.fan();
    let booking = house.sell(fan, None).await;
    for key in [None, Some("key")] {
        assert_taken(&house.ask(house.fan(), key).await);
    }
    assert_eq!(house.asked(), 0);
    house.cancel(fan, booking).await;
    house.ask(house.fan(), None).await.unwrap();
    assert_sound(&house.store, house.clock.now()).await;
}

#[tokio::test]
async fn what_another_process_gives_back_is_granted_after_a_second() {
    let house = House::among_others().await;
    let fan = house.fan();
    let booking = house.sell(fan, None).await;
    assert_taken(&house.ask(house.fan(), None).await);
    house.cancel(fan, booking).await;
    house.clock.advance(1);
    house.ask(house.fan(), None).await.unwrap();
}

#[tokio::test]
async fn an_overdue_hold_is_nobodys() {
    let house = House::alone().await;
    house.sell(house.fan(), None).await;
    house.clock.advance(HOLD_SECONDS - 2);
    assert_taken(&house.ask(house.fan(), None).await);
    assert_eq!(house.asked(), 0);
    house.clock.advance(2);
    house.ask(house.fan(), None).await.unwrap();
    assert_sound(&house.store, house.clock.now()).await;
}

#[tokio::test]
async fn whoever_has_the_seats_may_ask_for_them_again_under_the_same_key() {
    let house = House::alone().await;
    let fan = house.fan();
    let booking = house.sell(fan, Some("mine")).await;
    let again = house.ask(fan, Some("mine")).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.booking.id, booking);
    assert_taken(&house.ask(fan, Some("another")).await);
    assert_taken(&house.ask(house.fan(), Some("mine")).await);
    assert_eq!(house.asked(), 1);
}

#[tokio::test]
async fn where_the_keys_cannot_be_read_the_desk_decides() {
    let house = House::with_keys(InMemoryStore::new(), Arc::new(NoKeys)).await;
    house.sell(house.fan(), None).await;
    assert_taken(&house.ask(house.fan(), Some("key")).await);
    assert_eq!(house.asked(), 1);
}
