//! Tests of best available over a store of one section, with a gate at which reads can be held.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use boxoffice_domain::bookings::{BestAvailableRequest, Proposal, Refresh, SeatMaps};
use boxoffice_domain::concerts::{
    Availability, Catalogue, Concert, ConcertEvent, ConcertFilter, ConcertOrder, ConcertPosition, ConcertQueries,
    ConcertStatus, ConcertSummary, ConcertView, MockOrganiserQueries, SeatChange, SeatStates, SectionAvailability,
    SectionCode, TicketNumber, TicketStatus,
};
use boxoffice_domain::events::{CommittedEvents, Event, EventLog, EventPayload, OutboxEntry, SeatUpdate};
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::shared::{Actor, Clock, ConcertId, Page, PageLimit, StoreError, Timestamp};
use boxoffice_testing::{ConcertBuilder, FixedClock, SequentialIds};
use tokio::sync::Semaphore;

use crate::concert_state::{ConcertSource, ConcertStates};

const TICKETS: u32 = 8;
const STANDING: u16 = 1;
/// Longer than a concert is shown without being loaded again.
const LONGER_THAN_A_LIFETIME: i64 = 1_000;

/// A store with one standing section of [`TICKETS`] tickets, and the stream of its changes. A read takes its snapshot at
/// once but returns only when the gate lets it through.
struct Store {
    states: Mutex<Vec<TicketStatus>>,
    stream: Mutex<Vec<SeatUpdate>>,
    failing: Mutex<Option<StoreError>>,
    unknown: Mutex<Option<ConcertId>>,
    plans_read: AtomicU32,
    loads: AtomicU32,
    stream_reads: AtomicU32,
    gate: Semaphore,
}

impl Store {
    fn new() -> Self {
        Self {
            states: Mutex::new(vec![TicketStatus::Available; usize::try_from(TICKETS).unwrap()]),
            stream: Mutex::default(),
            failing: Mutex::new(None),
            unknown: Mutex::new(None),
            plans_read: AtomicU32::new(0),
            loads: AtomicU32::new(0),
            stream_reads: AtomicU32::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }

    fn version(&self) -> u64 {
        self.stream.lock().unwrap().last().map_or(1, |update| update.position)
    }

    /// Commits the change of a ticket and returns the concert's next version.
    fn commit(&self, number: u32, status: TicketStatus) -> u64 {
        let position = self.version() + 1;
        self.states.lock().unwrap()[usize::try_from(number - 1).unwrap()] = status;
        let seats = Some(vec![SeatChange { number: TicketNumber::new(number), status }]);
        self.stream.lock().unwrap().push(SeatUpdate { position, seats });
        position
    }

    /// How often the states of all seats were loaded.
    fn loads(&self) -> u32 {
        self.loads.load(Ordering::SeqCst)
    }

    /// How often a concert was loaded without the states of its seats.
    fn plans_read(&self) -> u32 {
        self.plans_read.load(Ordering::SeqCst)
    }

    fn stream_reads(&self) -> u32 {
        self.stream_reads.load(Ordering::SeqCst)
    }

    fn snapshot(&self, id: ConcertId) -> SeatStates {
        let ConcertView { concert, plan } =
            ConcertBuilder::new(&SequentialIds::new()).standing("GA", TICKETS, 0).build();
        SeatStates {
            concert: Concert { id, version: self.version(), ..concert },
            plan,
            first: TicketNumber::new(1),
            states: self.states.lock().unwrap().clone(),
        }
    }

    fn is_known(&self, id: ConcertId) -> bool {
        *self.unknown.lock().unwrap() != Some(id)
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
        Ok(self.is_known(id).then_some(snapshot))
    }

    async fn availability(&self, id: ConcertId) -> Result<Option<Availability>, StoreError> {
        self.plans_read.fetch_add(1, Ordering::SeqCst);
        let SeatStates { concert, plan, .. } = self.snapshot(id);
        let counted = |section| SectionAvailability { section, available: TICKETS, held: 0, sold: 0, blocked: 0 };
        let sections = plan.sections().iter().cloned().map(counted).collect();
        Ok(self.is_known(id).then_some(Availability { concert, sections }))
    }

    async fn get(&self, _: ConcertId) -> Result<Option<ConcertView>, StoreError> {
        unreachable!("states of concerts are loaded with their counters")
    }

    async fn list(
        &self,
        _: &ConcertFilter,
        _: ConcertOrder,
        _: Option<ConcertPosition>,
        _: PageLimit,
        _: Timestamp,
    ) -> Result<Page<ConcertSummary, ConcertPosition>, StoreError> {
        unreachable!("best available lists no concerts")
    }
}

#[async_trait]
impl EventLog for Store {
    async fn after(&self, _: ConcertId, position: u64, _: u32) -> Result<Vec<SeatUpdate>, StoreError> {
        self.stream_reads.fetch_add(1, Ordering::SeqCst);
        let stream = self.stream.lock().unwrap();
        Ok(stream.iter().filter(|update| update.position > position).cloned().collect())
    }
}

struct Fixture {
    store: Arc<Store>,
    clock: Arc<FixedClock>,
    states: Arc<ConcertStates>,
    ids: SequentialIds,
    concert: ConcertId,
}

impl Fixture {
    fn new() -> Self {
        Self::bounded(u64::MAX)
    }

    /// A fixture whose states may take this many bytes.
    fn bounded(weight_max: u64) -> Self {
        let ids = SequentialIds::new();
        let (store, clock) = (Arc::new(Store::new()), Arc::new(FixedClock::default()));
        let catalogue = Catalogue::new(store.clone(), Arc::new(MockOrganiserQueries::new()), clock.clone());
        let source = ConcertSource { catalogue: Arc::new(catalogue), log: store.clone(), clock: clock.clone() };
        let states = Arc::new(ConcertStates::bounded(source, weight_max));
        let concert = ConcertId::generate(&ids);
        Self { store, clock, states, ids, concert }
    }

    /// A fixture whose loads wait at the gate.
    fn with_closed_gate() -> Self {
        let fixture = Self::new();
        fixture.close_gate();
        fixture
    }

    fn close_gate(&self) {
        self.store.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    async fn propose(&self, quantity: u32) -> Proposal {
        propose(&self.states, self.concert, quantity).await.unwrap()
    }

    /// A task that prepares and proposes.
    fn spawn(&self, quantity: u32) -> tokio::task::JoinHandle<Result<Proposal, StoreError>> {
        let (states, concert) = (Arc::clone(&self.states), self.concert);
        tokio::spawn(async move { propose(&states, concert, quantity).await })
    }

    fn entry(&self, version: u64, payload: EventPayload) -> OutboxEntry {
        let aggregate = Aggregate::Concert(self.concert);
        let event = Event::new(&self.ids, FixedClock::START, Actor::System, aggregate, version, payload);
        OutboxEntry::of(Stream::Concert(self.concert), version, event)
    }

    /// Delivers the committed event of one seat's change.
    fn apply_event(&self, version: u64, number: u32, status: TicketStatus) {
        let seats = vec![SeatChange { number: TicketNumber::new(number), status }];
        self.states.committed(&[self.entry(version, EventPayload::Concert(ConcertEvent::SeatsChanged { seats }))]);
    }

    /// Commits the change of one seat in this process.
    fn commit(&self, number: u32, status: TicketStatus) {
        let version = self.store.commit(number, status);
        self.apply_event(version, number, status);
    }

    fn pass(&self, millis: i64) {
        self.clock.set(Timestamp::from_micros(self.clock.now().micros() + millis * 1_000));
    }

    /// The free tickets, found by the largest proposal that succeeds.
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

async fn propose(maps: &ConcertStates, concert: ConcertId, quantity: u32) -> Result<Proposal, StoreError> {
    maps.prepare(concert, Refresh::IfOld).await?;
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
    assert!(!first.is_contended && second.is_contended);
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
    fixture.states.prepare(fixture.concert, Refresh::IfOld).await.unwrap();
    let proposal = fixture.states.propose(fixture.concert, &requests, &named).unwrap();
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
    fixture.commit(1, TicketStatus::Held);
    drop(proposal);
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
    fixture.commit(1, TicketStatus::Available);
    assert_eq!(fixture.free().await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(fixture.store.loads(), 1);
}

#[tokio::test]
async fn what_another_process_sold_is_not_proposed_a_second_later() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    fixture.store.commit(1, TicketStatus::Held);
    fixture.store.commit(3, TicketStatus::Held);
    fixture.pass(1_000);
    assert_eq!(fixture.free().await, [2, 4, 5, 6, 7, 8]);
    fixture.store.commit(1, TicketStatus::Available);
    fixture.pass(1_000);
    assert_eq!(fixture.free().await, [1, 2, 4, 5, 6, 7, 8]);
    assert_eq!((fixture.store.loads(), fixture.store.stream_reads()), (1, 2));
}

#[tokio::test]
async fn the_stream_is_read_once_a_second_however_many_batches_there_are() {
    let fixture = Fixture::new();
    for _ in 0..1_000 {
        assert_eq!(numbers(&fixture.propose(1).await), Some(vec![1]));
        fixture.states.snapshot(fixture.concert).await.unwrap().unwrap();
        fixture.pass(10);
    }
    assert_eq!((fixture.store.loads(), fixture.store.stream_reads()), (1, 9));
}

#[tokio::test]
async fn the_stream_is_not_read_while_this_process_alone_sells() {
    let fixture = Fixture::new();
    for _ in 0..100 {
        assert_eq!(numbers(&fixture.propose(1).await), Some(vec![1]));
        fixture.commit(8, TicketStatus::Held);
        fixture.pass(900);
    }
    assert_eq!((fixture.store.loads(), fixture.store.stream_reads()), (1, 0));
}

#[tokio::test]
async fn after_a_lost_proposal_everything_that_was_committed_is_known() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    fixture.store.commit(1, TicketStatus::Held);
    fixture.pass(1);
    assert_eq!(fixture.free().await.len(), 8, "the price of reading once a second");
    fixture.states.prepare(fixture.concert, Refresh::Now).await.unwrap();
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
    assert_eq!((fixture.store.loads(), fixture.store.stream_reads()), (1, 1));
}

#[tokio::test]
async fn a_reload_finds_what_no_event_tells() {
    let fixture = Fixture::new();
    let proposal = fixture.propose(2).await;
    fixture.store.states.lock().unwrap()[1] = TicketStatus::Sold;
    fixture.pass(1_000);
    assert_eq!(fixture.free().await, [3, 4, 5, 6, 7, 8]);
    fixture.states.prepare(fixture.concert, Refresh::Reload).await.unwrap();
    assert_eq!(fixture.free().await, [3, 4, 5, 6, 7, 8], "the live proposal keeps its tickets");
    drop(proposal);
    assert_eq!(fixture.free().await, [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!(fixture.store.loads(), 2);
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
async fn seats_are_proposed_after_a_change_of_the_concert_without_a_load() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    let changed = EventPayload::Concert(ConcertEvent::Changed { status: ConcertStatus::Paused, revision: 2 });
    fixture.states.committed(&[fixture.entry(2, changed)]);
    fixture.apply_event(3, 1, TicketStatus::Held);
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
    assert_eq!((fixture.store.loads(), fixture.store.stream_reads()), (1, 0));
}

#[tokio::test]
async fn seats_are_proposed_and_events_applied_while_the_concert_is_loaded_again() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    fixture.clock.advance(LONGER_THAN_A_LIFETIME);
    assert_eq!(fixture.free().await.len(), 8, "proposals need no newer load");
    fixture.close_gate();
    let reader = tokio::spawn({
        let (states, concert) = (Arc::clone(&fixture.states), fixture.concert);
        async move { states.snapshot(concert).await.unwrap().unwrap() }
    });
    fixture.until_loading(2).await;
    fixture.commit(1, TicketStatus::Held);
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
    fixture.store.gate.add_permits(1);
    assert_eq!(reader.await.unwrap().concert().version, 2);
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(fixture.store.loads(), 2);
}

#[tokio::test]
async fn events_that_arrive_out_of_order_are_applied_in_order() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    fixture.apply_event(3, 1, TicketStatus::Available);
    fixture.apply_event(4, 2, TicketStatus::Held);
    assert_eq!(fixture.free().await, [1, 3, 4, 5, 6, 7, 8]);
    fixture.apply_event(2, 1, TicketStatus::Held);
    assert_eq!(fixture.free().await, [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!((fixture.store.loads(), fixture.store.stream_reads()), (1, 0));
}

#[tokio::test]
async fn a_missing_event_is_read_a_second_later() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    fixture.store.commit(7, TicketStatus::Sold);
    fixture.commit(8, TicketStatus::Sold);
    assert_eq!(fixture.free().await, [1, 2, 3, 4, 5, 6, 7]);
    fixture.pass(1_000);
    assert_eq!(fixture.free().await, [1, 2, 3, 4, 5, 6]);
    assert_eq!((fixture.store.loads(), fixture.store.stream_reads()), (1, 1));
}

#[tokio::test]
async fn an_index_that_is_not_used_is_built_again() {
    let fixture = Fixture::new();
    assert_eq!(fixture.free().await.len(), 8);
    for _ in 0..6_000 {
        fixture.commit(1, TicketStatus::Held);
        fixture.commit(1, TicketStatus::Available);
    }
    fixture.commit(2, TicketStatus::Held);
    assert_eq!(fixture.free().await, [1, 3, 4, 5, 6, 7, 8]);
    assert_eq!((fixture.store.loads(), fixture.store.stream_reads()), (1, 0));
}

#[tokio::test]
async fn concurrent_callers_share_one_load() {
    let fixture = Fixture::with_closed_gate();
    let asked = [fixture.spawn(2), fixture.spawn(2), fixture.spawn(2)];
    fixture.until_loading(1).await;
    fixture.store.gate.add_permits(1);
    for answer in asked {
        assert_eq!(numbers(&answer.await.unwrap().unwrap()).unwrap().len(), 2);
    }
    assert_eq!(fixture.store.loads(), 1);
}

#[tokio::test]
async fn events_committed_during_a_load_are_not_lost() {
    let fixture = Fixture::with_closed_gate();
    let asked = fixture.spawn(2);
    fixture.until_loading(1).await;
    fixture.apply_event(3, 2, TicketStatus::Sold);
    fixture.apply_event(2, 1, TicketStatus::Sold);
    fixture.store.gate.add_permits(1);
    assert_eq!(numbers(&asked.await.unwrap().unwrap()), Some(vec![3, 4]));
    assert_eq!(fixture.store.loads(), 1);
}

#[tokio::test]
async fn a_reload_that_is_asked_for_during_a_load_is_another_load() {
    let fixture = Fixture::with_closed_gate();
    let asked = fixture.spawn(1);
    fixture.until_loading(1).await;
    fixture.store.states.lock().unwrap()[0] = TicketStatus::Sold;
    fixture.pass(1);
    fixture.store.gate.add_permits(2);
    fixture.states.prepare(fixture.concert, Refresh::Reload).await.unwrap();
    drop(asked.await.unwrap().unwrap());
    assert_eq!(fixture.free().await, [2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(fixture.store.loads(), 2);
}

#[tokio::test]
async fn a_failed_load_is_shared_by_waiting_callers_and_retried_by_the_next() {
    let fixture = Fixture::with_closed_gate();
    *fixture.store.failing.lock().unwrap() = Some(StoreError::Busy);
    let asked = [fixture.spawn(1), fixture.spawn(1), fixture.spawn(1)];
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
async fn an_unknown_concert_has_no_plan_and_no_tickets_until_it_exists() {
    let fixture = Fixture::new();
    *fixture.store.unknown.lock().unwrap() = Some(fixture.concert);
    assert_eq!(fixture.states.plan(fixture.concert).await.unwrap(), None);
    assert_eq!(numbers(&fixture.propose(1).await), None);
    *fixture.store.unknown.lock().unwrap() = None;
    fixture.pass(1);
    assert!(fixture.states.plan(fixture.concert).await.unwrap().is_some(), "another process made it public");
}

#[tokio::test]
async fn a_deleted_concert_is_evicted() {
    let fixture = Fixture::new();
    assert_eq!(fixture.states.plan(fixture.concert).await.unwrap().unwrap().total(), TICKETS);
    fixture.states.committed(&[fixture.entry(2, EventPayload::Concert(ConcertEvent::Deleted))]);
    *fixture.store.unknown.lock().unwrap() = Some(fixture.concert);
    assert_eq!(fixture.states.plan(fixture.concert).await.unwrap(), None);
}

#[tokio::test]
async fn the_least_recently_used_concerts_are_evicted_when_they_take_too_much() {
    const CONCERTS: usize = 20;
    let one = Fixture::new();
    one.propose(1).await;
    let fixture = Fixture::bounded(one.states.weight() * u64::try_from(CONCERTS).unwrap());
    let others: Vec<ConcertId> = (0..CONCERTS).map(|_| ConcertId::generate(&fixture.ids)).collect();
    for other in &others {
        propose(&fixture.states, *other, 1).await.unwrap();
        fixture.propose(1).await;
        fixture.states.weight();
    }
    let loads = fixture.store.loads();
    assert_eq!(loads, 21);
    fixture.propose(1).await;
    propose(&fixture.states, others[CONCERTS - 1], 1).await.unwrap();
    assert_eq!(fixture.store.loads(), loads);
    propose(&fixture.states, others[0], 1).await.unwrap();
    assert_eq!(fixture.store.loads(), loads + 1);
    assert!(fixture.states.weight() <= one.states.weight() * 20);
}

#[tokio::test]
async fn a_request_that_names_seats_loads_no_states() {
    let fixture = Fixture::new();
    for _ in 0..2 {
        assert_eq!(fixture.states.plan(fixture.concert).await.unwrap().unwrap().total(), TICKETS);
        assert_eq!((fixture.store.plans_read(), fixture.store.loads()), (1, 0));
        fixture.commit(1, TicketStatus::Held);
        fixture.pass(10_000);
    }
    assert_eq!(numbers(&fixture.propose(1).await), Some(vec![2]));
    assert_eq!(fixture.states.plan(fixture.concert).await.unwrap().unwrap().total(), TICKETS);
    assert_eq!((fixture.store.plans_read(), fixture.store.loads(), fixture.store.stream_reads()), (1, 1, 0));
}
