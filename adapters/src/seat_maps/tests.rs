//! Tests of the seat maps over a store of one section, with a gate at which reads can be held.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use boxoffice_domain::bookings::{BestAvailableRequest, Proposal, SeatMaps};
use boxoffice_domain::concerts::{
    Availability, Concert, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries, ConcertStatus, ConcertSummary,
    ConcertView, SeatStates, SectionCode, TicketNumber, TicketStatus,
};
use boxoffice_domain::events::{Aggregate, Event, EventPayload, OutboxEntry, SeatChange, Stream};
use boxoffice_domain::shared::{Actor, Clock, ConcertId, Page, PageLimit, StoreError, Timestamp};
use boxoffice_domain::store::CommittedEvents;
use boxoffice_domain::testing::{ConcertBuilder, FixedClock, SequentialIds};
use tokio::sync::Semaphore;

use super::seat_index::STALE_SECONDS_MAX;
use super::{CONCERTS_MAX, MemorySeatMaps};

const TICKETS: u32 = 8;
const STANDING: u16 = 1;

/// A store with one standing section of [`TICKETS`] tickets. A read takes its snapshot at once but returns only when
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

    /// How often the states of all seats were loaded.
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

struct Fixture {
    store: Arc<Store>,
    clock: Arc<FixedClock>,
    maps: Arc<MemorySeatMaps>,
    ids: SequentialIds,
    concert: ConcertId,
}

impl Fixture {
    fn new() -> Self {
        let ids = SequentialIds::new();
        let (store, clock) = (Arc::new(Store::new()), Arc::new(FixedClock::default()));
        let (queries, time): (Arc<dyn ConcertQueries>, Arc<dyn Clock>) = (store.clone(), clock.clone());
        let maps = MemorySeatMaps::new(queries, time);
        let concert = ConcertId::generate(&ids);
        Self { store, clock, maps: Arc::new(maps), ids, concert }
    }

    /// A fixture whose reads wait at the gate.
    fn with_closed_gate() -> Self {
        let fixture = Self::new();
        fixture.store.gate.forget_permits(Semaphore::MAX_PERMITS);
        fixture
    }

    async fn propose(&self, quantity: u32) -> Proposal {
        propose(&self.maps, self.concert, quantity).await.unwrap()
    }

    fn entry(&self, version: u64, payload: EventPayload) -> OutboxEntry {
        let aggregate = Aggregate::Concert(self.concert);
        let event = Event::new(&self.ids, FixedClock::START, Actor::System, aggregate, version, payload);
        OutboxEntry::of(Stream::Concert(self.concert), version, event)
    }

    /// Delivers the committed event of one seat's change.
    fn apply_event(&self, version: u64, number: u32, status: TicketStatus) {
        let seats = vec![SeatChange { number: TicketNumber::new(number), status }];
        self.maps.committed(&[self.entry(version, EventPayload::SeatsChanged { seats })]);
    }

    /// The available tickets, found by the largest proposal that succeeds.
    async fn free(&self) -> Vec<u32> {
        for quantity in (0..=TICKETS).rev() {
            if let [Some(tickets)] = self.propose(quantity).await.picks.as_slice() {
                return tickets.iter().map(|number| number.get()).collect();
            }
        }
        Vec::new()
    }

    /// Waits until this many loads have reached the gate.
    async fn until_loading(&self, loads: u32) {
        while self.store.loads() < loads {
            tokio::task::yield_now().await;
        }
    }
}

async fn propose(maps: &MemorySeatMaps, concert: ConcertId, quantity: u32) -> Result<Proposal, StoreError> {
    maps.prepare(concert).await?;
    let proposal = maps.propose(concert, &[BestAvailableRequest { section: STANDING, quantity }], &[]);
    Ok(proposal.unwrap_or_else(|| Proposal::new(vec![None], Box::new(()))))
}

fn numbers(proposal: &Proposal) -> Option<Vec<u32>> {
    proposal.picks[0].as_ref().map(|tickets| tickets.iter().map(|number| number.get()).collect())
}

#[tokio::test]
async fn live_proposals_never_share_a_ticket_and_release_theirs() {
    let fixture = Fixture::new();
    let first = fixture.propose(2).await;
    let second = fixture.propose(2).await;
    assert_eq!((numbers(&first), numbers(&second)), (Some(vec![1, 2]), Some(vec![3, 4])));
    assert_eq!(numbers(&fixture.propose(5).await), None);
    drop(first);
    assert_eq!(numbers(&fixture.propose(2).await), Some(vec![1, 2]));
    assert_eq!(fixture.store.loads(), 1);
}

#[tokio::test]
async fn requests_are_served_in_order_and_without_named_tickets() {
    let fixture = Fixture::new();
    let requests = [3, 4, 2].map(|quantity| BestAvailableRequest { section: STANDING, quantity });
    let named = [TicketNumber::new(2), TicketNumber::new(99)];
    fixture.maps.prepare(fixture.concert).await.unwrap();
    let proposal = fixture.maps.propose(fixture.concert, &requests, &named).unwrap();
    let picks: Vec<Option<Vec<u32>>> =
        proposal.picks.iter().map(|pick| Some(pick.as_ref()?.iter().map(|n| n.get()).collect())).collect();
    assert_eq!(picks, [Some(vec![1, 3, 4]), Some(vec![5, 6, 7, 8]), None]);
    drop(proposal);
    assert_eq!(fixture.free().await, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn sold_tickets_stay_taken_when_their_proposal_is_dropped() {
    let fixture = Fixture::new();
    let proposal = fixture.propose(1).await;
    fixture.apply_event(2, 1, TicketStatus::Held);
    drop(proposal);
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
    fixture.apply_event(3, 1, TicketStatus::Available);
    assert_eq!(fixture.free().await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(fixture.store.loads(), 1);
}

#[tokio::test]
async fn events_of_old_versions_change_nothing() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    fixture.apply_event(2, 1, TicketStatus::Sold);
    fixture.apply_event(1, 2, TicketStatus::Sold);
    fixture.apply_event(2, 1, TicketStatus::Available);
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn other_events_of_the_concert_leave_no_gap() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    let changed = EventPayload::ConcertChanged { status: ConcertStatus::Paused, revision: 2 };
    fixture.maps.committed(&[fixture.entry(2, changed)]);
    fixture.apply_event(3, 1, TicketStatus::Held);
    fixture.clock.advance(STALE_SECONDS_MAX);
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(fixture.store.loads(), 1);
}

#[tokio::test]
async fn events_that_arrive_out_of_order_are_applied_in_order() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    fixture.apply_event(3, 1, TicketStatus::Available);
    fixture.apply_event(4, 2, TicketStatus::Held);
    assert_eq!(fixture.free().await, [1, 3, 4, 5, 6, 7, 8]);
    fixture.apply_event(2, 1, TicketStatus::Held);
    fixture.clock.advance(STALE_SECONDS_MAX);
    assert_eq!(fixture.free().await, [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!(fixture.store.loads(), 1);
}

#[tokio::test]
async fn a_missing_event_causes_a_load_after_the_stale_limit() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    fixture.store.set(7, TicketStatus::Sold);
    fixture.store.set(8, TicketStatus::Sold);
    fixture.apply_event(3, 8, TicketStatus::Sold);
    assert_eq!(fixture.free().await, [1, 2, 3, 4, 5, 6, 7]);
    fixture.clock.advance(STALE_SECONDS_MAX);
    assert_eq!(fixture.free().await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(fixture.store.loads(), 2);
}

#[tokio::test]
async fn a_live_proposal_keeps_its_tickets_across_a_load() {
    let fixture = Fixture::new();
    let proposal = fixture.propose(2).await;
    fixture.store.set(2, TicketStatus::Sold);
    fixture.maps.forget(fixture.concert);
    assert_eq!(fixture.free().await, [3, 4, 5, 6, 7, 8]);
    drop(proposal);
    assert_eq!(fixture.free().await, [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!(fixture.store.loads(), 2);
}

#[tokio::test]
async fn tickets_marked_taken_are_not_proposed_until_the_next_load() {
    let fixture = Fixture::new();
    let proposal = fixture.propose(1).await;
    fixture.maps.mark_taken(fixture.concert, &[TicketNumber::new(1), TicketNumber::new(4)]);
    drop(proposal);
    assert_eq!(fixture.free().await, [2, 3, 5, 6, 7, 8]);
    fixture.clock.advance(STALE_SECONDS_MAX);
    assert_eq!(fixture.free().await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(fixture.store.loads(), 2);
}

#[tokio::test]
async fn concurrent_callers_share_one_load() {
    let fixture = Fixture::with_closed_gate();
    let ask = || {
        let (maps, concert) = (Arc::clone(&fixture.maps), fixture.concert);
        tokio::spawn(async move { numbers(&propose(&maps, concert, TICKETS).await.unwrap()) })
    };
    let asked = [ask(), ask(), ask()];
    fixture.until_loading(1).await;
    fixture.store.gate.add_permits(1);
    for answer in asked {
        assert_eq!(answer.await.unwrap().unwrap().len(), 8);
    }
    assert_eq!(fixture.store.loads(), 1);
}

#[tokio::test]
async fn events_committed_during_a_load_are_not_lost() {
    let fixture = Fixture::with_closed_gate();
    let (maps, concert) = (Arc::clone(&fixture.maps), fixture.concert);
    let asked = tokio::spawn(async move { propose(&maps, concert, 2).await.unwrap() });
    fixture.until_loading(1).await;
    fixture.apply_event(3, 2, TicketStatus::Sold);
    fixture.apply_event(2, 1, TicketStatus::Sold);
    fixture.store.gate.add_permits(1);
    assert_eq!(numbers(&asked.await.unwrap()), Some(vec![3, 4]));
    assert_eq!(fixture.store.loads(), 1);
}

#[tokio::test]
async fn a_load_that_is_behind_an_earlier_event_is_repeated() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    fixture.maps.forget(fixture.concert);
    fixture.apply_event(2, 1, TicketStatus::Sold);
    assert_eq!(fixture.free().await.len(), 8);
    fixture.store.set(1, TicketStatus::Sold);
    fixture.clock.advance(STALE_SECONDS_MAX);
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn a_map_invalidated_during_its_load_is_loaded_again() {
    let fixture = Fixture::with_closed_gate();
    let (maps, concert) = (Arc::clone(&fixture.maps), fixture.concert);
    let asked = tokio::spawn(async move { propose(&maps, concert, 1).await.unwrap() });
    fixture.until_loading(1).await;
    fixture.store.set(1, TicketStatus::Sold);
    fixture.maps.forget(concert);
    fixture.store.gate.add_permits(2);
    assert_eq!(numbers(&asked.await.unwrap()), Some(vec![2]));
    assert_eq!(fixture.store.loads(), 2);
}

#[tokio::test]
async fn a_failed_load_is_shared_by_waiting_callers_and_retried_by_the_next() {
    let fixture = Fixture::with_closed_gate();
    *fixture.store.failing.lock().unwrap() = Some(StoreError::Busy);
    let ask = || {
        let (maps, concert) = (Arc::clone(&fixture.maps), fixture.concert);
        tokio::spawn(async move { propose(&maps, concert, 1).await })
    };
    let asked = [ask(), ask(), ask()];
    fixture.until_loading(1).await;
    fixture.store.gate.add_permits(1);
    for answer in asked {
        assert!(matches!(answer.await.unwrap(), Err(StoreError::Busy)));
    }
    assert_eq!(fixture.store.loads(), 1);
    *fixture.store.failing.lock().unwrap() = None;
    fixture.store.gate.add_permits(1);
    assert_eq!(numbers(&fixture.propose(1).await), Some(vec![1]));
}

#[tokio::test]
async fn an_unknown_concert_has_no_plan_and_no_tickets() {
    let fixture = Fixture::new();
    *fixture.store.unknown.lock().unwrap() = Some(fixture.concert);
    assert_eq!(fixture.maps.plan(fixture.concert).await.unwrap(), None);
    assert_eq!(numbers(&fixture.propose(1).await), None);
    assert!(fixture.maps.concerts().seats.is_empty());
}

#[tokio::test]
async fn a_deleted_concert_is_evicted() {
    let fixture = Fixture::new();
    assert_eq!(fixture.maps.plan(fixture.concert).await.unwrap().unwrap().total(), TICKETS);
    fixture.maps.committed(&[fixture.entry(2, EventPayload::ConcertDeleted)]);
    *fixture.store.unknown.lock().unwrap() = Some(fixture.concert);
    assert_eq!(fixture.maps.plan(fixture.concert).await.unwrap(), None);
}

#[tokio::test]
async fn the_least_recently_used_concert_is_evicted() {
    let fixture = Fixture::new();
    let others: Vec<ConcertId> = (0..CONCERTS_MAX).map(|_| ConcertId::generate(&fixture.ids)).collect();
    for other in &others {
        fixture.maps.plan(*other).await.unwrap();
        fixture.propose(1).await;
    }
    let read = fixture.store.plans_read();
    fixture.propose(1).await;
    fixture.maps.plan(others[1]).await.unwrap();
    assert_eq!((fixture.store.loads(), fixture.store.plans_read()), (1, read));
    fixture.maps.plan(others[0]).await.unwrap();
    assert_eq!(fixture.store.plans_read(), read + 1);
    assert_eq!(fixture.maps.concerts().seats.len(), CONCERTS_MAX);
}

#[tokio::test]
async fn a_request_that_names_seats_loads_the_plan_only() {
    let fixture = Fixture::new();
    for _ in 0..2 {
        assert_eq!(fixture.maps.plan(fixture.concert).await.unwrap().unwrap().total(), TICKETS);
        assert_eq!((fixture.store.plans_read(), fixture.store.loads()), (1, 0));
    }
    assert_eq!(numbers(&fixture.propose(1).await), Some(vec![1]));
    fixture.maps.forget(fixture.concert);
    assert_eq!(fixture.maps.plan(fixture.concert).await.unwrap().unwrap().total(), TICKETS);
    assert_eq!((fixture.store.plans_read(), fixture.store.loads()), (1, 1));
}
