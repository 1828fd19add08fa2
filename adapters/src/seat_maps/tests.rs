//! The maps over a store of one section, with a gate at which its reads can be made to wait.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use boxoffice_domain::bookings::{Proposal, SeatMaps, Wanted};
use boxoffice_domain::concerts::{
    Availability, Concert, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertStatus, ConcertSummary,
    ConcertView, SeatStates, SectionCode, TicketNumber, TicketStatus,
};
use boxoffice_domain::events::{Aggregate, Event, EventPayload, OutboxEntry, SeatChange, Stream};
use boxoffice_domain::shared::{Actor, Clock, ConcertId, Page, PageLimit, StoreError, Timestamp};
use boxoffice_domain::store::CommittedEvents;
use boxoffice_domain::testing::{ConcertBuilder, FixedClock, SequentialIds};
use tokio::sync::Semaphore;

use super::picture::PATIENCE_SECONDS;
use super::{CONCERTS_MAX, MemorySeatMaps};

const TICKETS: u32 = 8;
const STANDING: u16 = 1;

/// A store with one standing section of [`TICKETS`] places. A read takes its snapshot at once but is answered only when
/// the gate lets it through.
struct Store {
    states: Mutex<Vec<TicketStatus>>,
    version: AtomicU64,
    failing: Mutex<Option<StoreError>>,
    unknown: Mutex<Option<ConcertId>>,
    plans_read: AtomicU32,
    loads: AtomicU32,
    gate: Semaphore,
}

impl Store {
    fn new() -> Self {
        Self {
            states: Mutex::new(vec![TicketStatus::Available; usize::try_from(TICKETS).unwrap()]),
            version: AtomicU64::new(1),
            failing: Mutex::new(None),
            unknown: Mutex::new(None),
            plans_read: AtomicU32::new(0),
            loads: AtomicU32::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }

    fn set(&self, number: u32, status: TicketStatus) {
        self.states.lock().unwrap()[usize::try_from(number - 1).unwrap()] = status;
        self.version.fetch_add(1, Ordering::SeqCst);
    }

    /// How often the states of all seats were read.
    fn loads(&self) -> u32 {
        self.loads.load(Ordering::SeqCst)
    }

    fn plans_read(&self) -> u32 {
        self.plans_read.load(Ordering::SeqCst)
    }

    fn snapshot(&self, id: ConcertId) -> SeatStates {
        let ConcertView { concert, plan } =
            ConcertBuilder::new(&SequentialIds::new()).standing("GA", TICKETS, 0).build();
        SeatStates {
            concert: Concert { id, version: self.version.load(Ordering::SeqCst), ..concert },
            plan,
            first: TicketNumber::new(1),
            states: self.states.lock().unwrap().clone(),
        }
    }
}

#[async_trait]
impl ConcertQueries for Store {
    async fn seats(&self, id: ConcertId, _section: Option<SectionCode>) -> Result<Option<SeatStates>, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let snapshot = self.snapshot(id);
        self.gate.acquire().await.unwrap().forget();
        if let Some(error) = self.failing.lock().unwrap().clone() {
            return Err(error);
        }
        Ok((*self.unknown.lock().unwrap() != Some(id)).then_some(snapshot))
    }

    async fn get(&self, id: ConcertId) -> Result<Option<ConcertView>, StoreError> {
        self.plans_read.fetch_add(1, Ordering::SeqCst);
        let SeatStates { concert, plan, .. } = self.snapshot(id);
        Ok((*self.unknown.lock().unwrap() != Some(id)).then_some(ConcertView { concert, plan }))
    }

    async fn list(
        &self,
        _: &ConcertFilter,
        _: ConcertOrder,
        _: Option<ConcertPosition>,
        _: PageLimit,
        _: Timestamp,
    ) -> Result<Page<ConcertSummary, ConcertPosition>, StoreError> {
        unreachable!("seat maps read plans and seats only")
    }

    async fn availability(&self, _: ConcertId) -> Result<Option<Availability>, StoreError> {
        unreachable!("seat maps read plans and seats only")
    }
}

struct House {
    store: Arc<Store>,
    clock: Arc<FixedClock>,
    maps: Arc<MemorySeatMaps>,
    ids: SequentialIds,
    concert: ConcertId,
}

impl House {
    fn new() -> Self {
        let ids = SequentialIds::new();
        let (store, clock) = (Arc::new(Store::new()), Arc::new(FixedClock::default()));
        let (queries, time): (Arc<dyn ConcertQueries>, Arc<dyn Clock>) = (store.clone(), clock.clone());
        let maps = MemorySeatMaps::new(queries, time);
        let concert = ConcertId::generate(&ids);
        Self { store, clock, maps: Arc::new(maps), ids, concert }
    }

    /// A house whose reads wait at the gate.
    fn with_closed_gate() -> Self {
        let house = Self::new();
        house.store.gate.forget_permits(Semaphore::MAX_PERMITS);
        house
    }

    async fn propose(&self, quantity: u32) -> Proposal {
        propose(&self.maps, self.concert, quantity).await.unwrap()
    }

    fn entry(&self, version: u64, payload: EventPayload) -> OutboxEntry {
        let aggregate = Aggregate::Concert(self.concert);
        let event = Event::new(&self.ids, FixedClock::START, Actor::System, aggregate, version, payload);
        OutboxEntry::of(Stream::Concert(self.concert), version, event)
    }

    /// Tells of a committed change of one seat.
    fn hear(&self, version: u64, number: u32, status: TicketStatus) {
        let seats = vec![SeatChange { number: TicketNumber::new(number), status }];
        self.maps.committed(&[self.entry(version, EventPayload::SeatsChanged { seats })]);
    }

    /// The lowest free tickets, up to as many as there are.
    async fn free(&self) -> Vec<u32> {
        for quantity in (0..=TICKETS).rev() {
            if let [Some(tickets)] = self.propose(quantity).await.picks.as_slice() {
                return tickets.iter().map(|number| number.get()).collect();
            }
        }
        Vec::new()
    }

    /// Waits until someone stands at the gate.
    async fn until_loading(&self, loads: u32) {
        while self.store.loads() < loads {
            tokio::task::yield_now().await;
        }
    }
}

async fn propose(maps: &MemorySeatMaps, concert: ConcertId, quantity: u32) -> Result<Proposal, StoreError> {
    maps.prepare(concert).await?;
    let proposal = maps.propose(concert, &[Wanted { section: STANDING, quantity }], &[]);
    Ok(proposal.unwrap_or_else(|| Proposal::new(vec![None], Box::new(()))))
}

fn numbers(proposal: &Proposal) -> Option<Vec<u32>> {
    proposal.picks[0].as_ref().map(|tickets| tickets.iter().map(|number| number.get()).collect())
}

#[tokio::test]
async fn live_proposals_never_share_a_ticket_and_give_theirs_back() {
    let house = House::new();
    let first = house.propose(2).await;
    let second = house.propose(2).await;
    assert_eq!((numbers(&first), numbers(&second)), (Some(vec![1, 2]), Some(vec![3, 4])));
    assert_eq!(numbers(&house.propose(5).await), None);
    drop(first);
    assert_eq!(numbers(&house.propose(2).await), Some(vec![1, 2]));
    assert_eq!(house.store.loads(), 1);
}

#[tokio::test]
async fn wishes_are_served_in_turn_and_without_what_others_named() {
    let house = House::new();
    let wishes = [3, 4, 2].map(|quantity| Wanted { section: STANDING, quantity });
    let named = [TicketNumber::new(2), TicketNumber::new(99)];
    house.maps.prepare(house.concert).await.unwrap();
    let proposal = house.maps.propose(house.concert, &wishes, &named).unwrap();
    let picks: Vec<Option<Vec<u32>>> =
        proposal.picks.iter().map(|pick| Some(pick.as_ref()?.iter().map(|n| n.get()).collect())).collect();
    assert_eq!(picks, [Some(vec![1, 3, 4]), Some(vec![5, 6, 7, 8]), None]);
    drop(proposal);
    assert_eq!(house.free().await, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn what_was_committed_stays_taken_when_its_proposal_is_dropped() {
    let house = House::new();
    let proposal = house.propose(1).await;
    house.hear(2, 1, TicketStatus::Held);
    drop(proposal);
    assert_eq!(house.free().await, [2, 3, 4, 5, 6, 7, 8]);
    house.hear(3, 1, TicketStatus::Available);
    assert_eq!(house.free().await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(house.store.loads(), 1);
}

#[tokio::test]
async fn old_news_change_nothing() {
    let house = House::new();
    assert_eq!(house.free().await.len(), 8);
    house.hear(2, 1, TicketStatus::Sold);
    house.hear(1, 2, TicketStatus::Sold);
    house.hear(2, 1, TicketStatus::Available);
    assert_eq!(house.free().await, [2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn other_events_of_the_concert_leave_no_gap() {
    let house = House::new();
    assert_eq!(house.free().await.len(), 8);
    let changed = EventPayload::ConcertChanged { status: ConcertStatus::Paused, revision: 2 };
    house.maps.committed(&[house.entry(2, changed)]);
    house.hear(3, 1, TicketStatus::Held);
    house.clock.advance(PATIENCE_SECONDS);
    assert_eq!(house.free().await, [2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(house.store.loads(), 1);
}

#[tokio::test]
async fn events_that_arrive_in_the_wrong_order_are_applied_in_the_right_one() {
    let house = House::new();
    assert_eq!(house.free().await.len(), 8);
    house.hear(3, 1, TicketStatus::Available);
    house.hear(4, 2, TicketStatus::Held);
    assert_eq!(house.free().await, [1, 3, 4, 5, 6, 7, 8]);
    house.hear(2, 1, TicketStatus::Held);
    house.clock.advance(PATIENCE_SECONDS);
    assert_eq!(house.free().await, [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!(house.store.loads(), 1);
}

#[tokio::test]
async fn a_missing_event_makes_the_map_load_anew_before_long() {
    let house = House::new();
    assert_eq!(house.free().await.len(), 8);
    house.store.set(7, TicketStatus::Sold);
    house.store.set(8, TicketStatus::Sold);
    house.hear(3, 8, TicketStatus::Sold);
    assert_eq!(house.free().await, [1, 2, 3, 4, 5, 6, 7]);
    house.clock.advance(PATIENCE_SECONDS);
    assert_eq!(house.free().await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(house.store.loads(), 2);
}

#[tokio::test]
async fn a_live_proposal_keeps_its_tickets_when_the_map_is_loaded_anew() {
    let house = House::new();
    let proposal = house.propose(2).await;
    house.store.set(2, TicketStatus::Sold);
    house.maps.forget(house.concert);
    assert_eq!(house.free().await, [3, 4, 5, 6, 7, 8]);
    drop(proposal);
    assert_eq!(house.free().await, [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!(house.store.loads(), 2);
}

#[tokio::test]
async fn what_the_store_denied_is_not_proposed_until_the_map_is_loaded_anew() {
    let house = House::new();
    let proposal = house.propose(1).await;
    house.maps.mark_taken(house.concert, &[TicketNumber::new(1), TicketNumber::new(4)]);
    drop(proposal);
    assert_eq!(house.free().await, [2, 3, 5, 6, 7, 8]);
    house.clock.advance(PATIENCE_SECONDS);
    assert_eq!(house.free().await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(house.store.loads(), 2);
}

#[tokio::test]
async fn concurrent_first_users_load_once() {
    let house = House::with_closed_gate();
    let ask = || {
        let (maps, concert) = (Arc::clone(&house.maps), house.concert);
        tokio::spawn(async move { numbers(&propose(&maps, concert, TICKETS).await.unwrap()) })
    };
    let asked = [ask(), ask(), ask()];
    house.until_loading(1).await;
    house.store.gate.add_permits(1);
    for answer in asked {
        assert_eq!(answer.await.unwrap().unwrap().len(), 8);
    }
    assert_eq!(house.store.loads(), 1);
}

#[tokio::test]
async fn what_is_committed_during_the_load_is_not_lost() {
    let house = House::with_closed_gate();
    let (maps, concert) = (Arc::clone(&house.maps), house.concert);
    let asked = tokio::spawn(async move { propose(&maps, concert, 2).await.unwrap() });
    house.until_loading(1).await;
    house.hear(3, 2, TicketStatus::Sold);
    house.hear(2, 1, TicketStatus::Sold);
    house.store.gate.add_permits(1);
    assert_eq!(numbers(&asked.await.unwrap()), Some(vec![3, 4]));
    assert_eq!(house.store.loads(), 1);
}

#[tokio::test]
async fn a_load_that_is_behind_what_was_heard_before_is_repeated() {
    let house = House::new();
    assert_eq!(house.free().await.len(), 8);
    house.maps.forget(house.concert);
    house.hear(2, 1, TicketStatus::Sold);
    assert_eq!(house.free().await.len(), 8);
    house.store.set(1, TicketStatus::Sold);
    house.clock.advance(PATIENCE_SECONDS);
    assert_eq!(house.free().await, [2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn a_map_forgotten_during_its_load_is_loaded_again() {
    let house = House::with_closed_gate();
    let (maps, concert) = (Arc::clone(&house.maps), house.concert);
    let asked = tokio::spawn(async move { propose(&maps, concert, 1).await.unwrap() });
    house.until_loading(1).await;
    house.store.set(1, TicketStatus::Sold);
    house.maps.forget(concert);
    house.store.gate.add_permits(2);
    assert_eq!(numbers(&asked.await.unwrap()), Some(vec![2]));
    assert_eq!(house.store.loads(), 2);
}

#[tokio::test]
async fn a_failure_is_shared_by_those_who_waited_and_forgotten_by_the_next() {
    let house = House::with_closed_gate();
    *house.store.failing.lock().unwrap() = Some(StoreError::Busy);
    let ask = || {
        let (maps, concert) = (Arc::clone(&house.maps), house.concert);
        tokio::spawn(async move { propose(&maps, concert, 1).await })
    };
    let asked = [ask(), ask(), ask()];
    house.until_loading(1).await;
    house.store.gate.add_permits(1);
    for answer in asked {
        assert!(matches!(answer.await.unwrap(), Err(StoreError::Busy)));
    }
    assert_eq!(house.store.loads(), 1);
    *house.store.failing.lock().unwrap() = None;
    house.store.gate.add_permits(1);
    assert_eq!(numbers(&house.propose(1).await), Some(vec![1]));
}

#[tokio::test]
async fn an_unknown_concert_has_no_plan_and_no_tickets() {
    let house = House::new();
    *house.store.unknown.lock().unwrap() = Some(house.concert);
    assert_eq!(house.maps.plan(house.concert).await.unwrap(), None);
    assert_eq!(numbers(&house.propose(1).await), None);
    assert!(house.maps.concerts().seats.is_empty());
}

#[tokio::test]
async fn a_deleted_concert_is_unknown() {
    let house = House::new();
    assert_eq!(house.maps.plan(house.concert).await.unwrap().unwrap().total(), TICKETS);
    house.maps.committed(&[house.entry(2, EventPayload::ConcertDeleted)]);
    *house.store.unknown.lock().unwrap() = Some(house.concert);
    assert_eq!(house.maps.plan(house.concert).await.unwrap(), None);
}

#[tokio::test]
async fn the_concert_that_was_not_used_for_longest_makes_room() {
    let house = House::new();
    let others: Vec<ConcertId> = (0..CONCERTS_MAX).map(|_| ConcertId::generate(&house.ids)).collect();
    for other in &others {
        house.maps.plan(*other).await.unwrap();
        house.propose(1).await;
    }
    let read = house.store.plans_read();
    house.propose(1).await;
    house.maps.plan(others[1]).await.unwrap();
    assert_eq!((house.store.loads(), house.store.plans_read()), (1, read));
    house.maps.plan(others[0]).await.unwrap();
    assert_eq!(house.store.plans_read(), read + 1);
    assert_eq!(house.maps.concerts().seats.len(), CONCERTS_MAX);
}

#[tokio::test]
async fn who_names_seats_does_not_wait_for_the_states_of_all() {
    let house = House::new();
    for _ in 0..2 {
        assert_eq!(house.maps.plan(house.concert).await.unwrap().unwrap().total(), TICKETS);
        assert_eq!((house.store.plans_read(), house.store.loads()), (1, 0));
    }
    assert_eq!(numbers(&house.propose(1).await), Some(vec![1]));
    house.maps.forget(house.concert);
    assert_eq!(house.maps.plan(house.concert).await.unwrap().unwrap().total(), TICKETS);
    assert_eq!((house.store.plans_read(), house.store.loads()), (1, 1));
}
