//! A store in memory that behaves like the databases: one unit writes at a time, its changes are invisible to others
//! until it commits, and a dropped unit leaves no changes.

mod audit;
mod bookings;
mod concert_queries;
mod concerts;
mod events;
mod idempotency;
mod organisers;
mod payments;
mod prune;
mod reports;
mod seat_maps;
mod sessions;
mod state;
mod tickets;
mod unit;
mod users;

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;

use boxoffice_domain::concerts::TicketNumber;
use boxoffice_domain::events::{CommittedEvents, Event, OutboxEntry};
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{ConcertId, StoreError};
use boxoffice_domain::store::{Deadline, Store};

use state::State;
use unit::MemoryUnit;

/// Counts the units of a store that are open.
#[derive(Debug, Clone, Default)]
pub struct OpenUnits(Arc<AtomicUsize>);

impl OpenUnits {
    /// The number of open units.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// All storage ports over one state in memory. Cheap to clone; clones share the state.
///
/// Units run one at a time from [`Store::begin`] on, as with SQLite's `BEGIN IMMEDIATE`: a task that begins a second
/// unit while it holds one waits for ever. A unit that met contention must be rolled back; committing it panics.
#[derive(Clone, Default)]
pub struct InMemoryStore {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    committed: Mutex<Arc<State>>,
    writer: Arc<async_lock::Mutex<()>>,
    open_units: OpenUnits,
    listeners: Mutex<Vec<Arc<dyn CommittedEvents>>>,
    proposed: Arc<Mutex<HashSet<(ConcertId, TicketNumber)>>>,
}

impl InMemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a listener for the events of all units that commit from now on.
    pub fn listen(&self, listener: Arc<dyn CommittedEvents>) {
        locked(&self.shared.listeners).push(listener);
    }

    /// A counter of the open units of this store.
    pub fn open_units(&self) -> OpenUnits {
        self.shared.open_units.clone()
    }

    /// Every committed entry of the outbox that was not pruned, in the order of their commits.
    pub fn entries(&self) -> Vec<OutboxEntry> {
        self.snapshot().entries_in_order().cloned().collect()
    }

    /// The events of all of them.
    pub fn events(&self) -> Vec<Event> {
        self.entries().into_iter().flat_map(|entry| entry.events).collect()
    }

    /// The committed state.
    fn snapshot(&self) -> Arc<State> {
        locked(&self.shared.committed).clone()
    }

    /// Changes the committed state in one step, outside of units.
    async fn change<T>(&self, work: impl FnOnce(&mut State) -> T + Send) -> T {
        let _write_lock = self.shared.writer.lock_arc().await;
        let mut state = State::clone(&self.snapshot());
        let outcome = work(&mut state);
        self.shared.replace(state);
        outcome
    }
}

impl Shared {
    fn replace(&self, state: State) {
        *locked(&self.committed) = Arc::new(state);
    }

    fn notify(&self, entries: &[OutboxEntry]) {
        let listeners = locked(&self.listeners).clone();
        for listener in listeners {
            listener.committed(entries);
        }
    }
}

impl fmt::Debug for InMemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryStore").field("open_units", &self.shared.open_units.count()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store<dyn SalesUnit> for InMemoryStore {
    fn deadline(&self, _allowed: Duration) -> Deadline {
        Deadline::NEVER
    }

    async fn begin_by(&self, _deadline: Deadline) -> Result<Box<dyn SalesUnit>, StoreError> {
        let write_lock = self.shared.writer.lock_arc().await;
        Ok(Box::new(MemoryUnit::new(self.shared.clone(), write_lock)))
    }

    async fn pause_before_retry(&self, _attempt: u32) {
        let mut paused = false;
        poll_fn(|context| {
            if paused {
                return Poll::Ready(());
            }
            paused = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// Locks a mutex, also if a panic of another test poisoned it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The error for a statement that a database would refuse.
fn refused(what: impl Into<String>) -> StoreError {
    StoreError::Rejected(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(what.into())))
}
