//! Groups concurrent requests for one concert into batches: the queue of a group commit.
//!
//! A concert has a queue only while requests wait in it, and a task that drains the queue: it waits for a free slot,
//! takes all waiting requests as one batch, and continues while the batch runs in a task of its own. A batch grows while
//! those before it are under way, and gathers for a moment if it would begin beside another one. The only batch of a
//! concert begins at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::shared::ConcertId;
use metrics::{counter, gauge, histogram};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};
use tracing::Instrument;

use super::batch_slots::{BatchSlot, BatchSlots};
use crate::client_disconnect::client_gone;

/// Work that is done for many requests at once.
#[async_trait]
pub(super) trait BatchWork: Send + Sync + 'static {
    /// The request of one caller.
    type Request: Send + Sync + 'static;
    /// The result for one caller.
    type Outcome: Send + 'static;

    /// The label `work` in metrics.
    const NAME: &'static str;
    /// Whether a request that still waits is dropped when its client disconnects.
    const CANCELLED_WITH_CLIENT: bool;

    /// The number of tickets of a request, which stands for its cost.
    fn tickets(request: &Self::Request) -> usize;

    /// Processes a batch. Returns the outcomes in the order of the requests.
    async fn run(&self, concert: ConcertId, requests: Vec<Self::Request>) -> Vec<Self::Outcome>;
}

/// Limits of a batch queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// The most requests in a batch.
    pub requests_in_a_batch: usize,
    /// A batch with this many tickets is full, so that a request for two tickets does not wait long for one for a
    /// hundred.
    pub tickets_in_a_batch: usize,
    /// The most requests that wait for one concert. Further ones are refused.
    pub waiting_for_a_concert: usize,
    /// The longest that a request waits for its batch to begin.
    pub wait: Duration,
    /// How long a batch gathers requests before it begins beside another batch of the concert.
    pub gathering: Duration,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self {
            requests_in_a_batch: 256,
            tickets_in_a_batch: 1_024,
            waiting_for_a_concert: 2_000,
            wait: Duration::from_secs(2),
            // Measured: docs/decisions/0055-a-batch-gathers-beside-another.md.
            gathering: Duration::from_millis(2),
        }
    }
}

impl BatchLimits {
    /// The same limits with another wait.
    #[must_use]
    pub const fn with_wait(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }
}

/// Why a request has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BatchError {
    /// It was never begun: the queue was full, it waited too long, or its client disconnected.
    NotStarted,
    /// Its batch panicked, so its effect is unknown.
    Failed,
}

/// The queues of all concerts for one kind of work.
pub(super) struct BatchQueue<W: BatchWork> {
    shared: Arc<Shared<W>>,
}

struct Shared<W: BatchWork> {
    work: W,
    slots: BatchSlots,
    bounds: BatchLimits,
    queues: Mutex<Queues<W>>,
}

/// Waiting requests by concert, in the order of arrival. A concert has an entry exactly while a task drains its queue.
struct Queues<W: BatchWork> {
    concerts: HashMap<ConcertId, BTreeMap<u64, QueuedRequest<W>>>,
    /// Numbers the requests in the order of arrival.
    last_sequence: u64,
}

struct QueuedRequest<W: BatchWork> {
    request: W::Request,
    since: Instant,
    reply: oneshot::Sender<W::Outcome>,
}

impl<W: BatchWork> BatchQueue<W> {
    pub(super) fn new(work: W, slots: BatchSlots, bounds: BatchLimits) -> Self {
        let queues = Mutex::new(Queues { concerts: HashMap::new(), last_sequence: 0 });
        Self { shared: Arc::new(Shared { work, slots, bounds, queues }) }
    }

    /// Submits a request and waits for its outcome. Until its batch begins it can be withdrawn: by waiting too long, by
    /// its client's disconnect, or by dropping this future. After that the true outcome is returned.
    pub(super) async fn submit(&self, concert: ConcertId, request: W::Request) -> Result<W::Outcome, BatchError> {
        let (entry, mut reply) = self.queue(concert, request)?;
        let why = tokio::select! {
            outcome = &mut reply => return outcome.map_err(|_| BatchError::Failed),
            () = sleep(self.shared.bounds.wait) => "waited",
            () = client_gone(), if W::CANCELLED_WITH_CLIENT => "client_gone",
        };
        if entry.leave() {
            return Err(refused::<W>(why));
        }
        reply.await.map_err(|_| BatchError::Failed)
    }

    /// Queues a request and starts a task that drains the queue, if none does.
    fn queue(
        &self,
        concert: ConcertId,
        request: W::Request,
    ) -> Result<(QueueEntry<W>, oneshot::Receiver<W::Outcome>), BatchError> {
        let (reply, receiver) = oneshot::channel();
        let mut queues = self.shared.queues();
        queues.last_sequence += 1;
        let number = queues.last_sequence;
        let waiting = QueuedRequest { request, since: Instant::now(), reply };
        let is_led = match queues.concerts.get_mut(&concert) {
            Some(queue) if queue.len() >= self.shared.bounds.waiting_for_a_concert => {
                return Err(refused::<W>("full"));
            }
            Some(queue) => {
                queue.insert(number, waiting);
                true
            }
            None => {
                queues.concerts.insert(concert, BTreeMap::from([(number, waiting)]));
                false
            }
        };
        drop(queues);
        gauge!("boxoffice_group_commit_waiting", "work" => W::NAME).increment(1);
        if !is_led {
            tokio::spawn(Arc::clone(&self.shared).drain(concert));
        }
        Ok((QueueEntry { shared: Arc::clone(&self.shared), concert, number }, receiver))
    }

    /// The number of concerts with a queue.
    #[cfg(test)]
    pub(super) fn concerts(&self) -> usize {
        self.shared.queues().concerts.len()
    }
}

/// Counts a batch as under way until it is dropped.
struct UnderWay(&'static str);

impl UnderWay {
    fn new(work: &'static str) -> Self {
        gauge!("boxoffice_group_commit_batches_under_way", "work" => work).increment(1);
        Self(work)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        gauge!("boxoffice_group_commit_batches_under_way", "work" => self.0).decrement(1);
    }
}

fn refused<W: BatchWork>(why: &'static str) -> BatchError {
    counter!("boxoffice_group_commit_refusals_total", "work" => W::NAME, "why" => why).increment(1);
    BatchError::NotStarted
}

/// A request's entry in a queue. Dropping it leaves the queue.
struct QueueEntry<W: BatchWork> {
    shared: Arc<Shared<W>>,
    concert: ConcertId,
    number: u64,
}

impl<W: BatchWork> QueueEntry<W> {
    /// Leaves the queue. Returns false if the batch has begun already.
    fn leave(&self) -> bool {
        let mut queues = self.shared.queues();
        let left = queues.concerts.get_mut(&self.concert).and_then(|queue| queue.remove(&self.number));
        drop(queues);
        if left.is_some() {
            gauge!("boxoffice_group_commit_waiting", "work" => W::NAME).decrement(1);
        }
        left.is_some()
    }
}

impl<W: BatchWork> Drop for QueueEntry<W> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<W: BatchWork> Shared<W> {
    /// Locked only to move requests, never across an await.
    fn queues(&self) -> MutexGuard<'_, Queues<W>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drains the queue of a concert until it is empty.
    async fn drain(self: Arc<Self>, concert: ConcertId) {
        loop {
            let slot = self.slots.next(concert).await;
            if slot.is_beside_another() && self.has_waiting(concert) {
                sleep(self.bounds.gathering).await;
            }
            let batch = self.take_batch(concert);
            if batch.is_empty() {
                return;
            }
            let span = tracing::debug_span!("batch", work = W::NAME, %concert, requests = batch.len());
            tokio::spawn(Arc::clone(&self).run(concert, batch, slot).instrument(span));
        }
    }

    fn has_waiting(&self, concert: ConcertId) -> bool {
        self.queues().concerts.get(&concert).is_some_and(|queue| !queue.is_empty())
    }

    /// Takes the requests that have waited longest, up to the limits. Removes the queue if it is empty.
    fn take_batch(&self, concert: ConcertId) -> Vec<QueuedRequest<W>> {
        let mut queues = self.queues();
        let Some(queue) = queues.concerts.get_mut(&concert) else {
            return Vec::new();
        };
        let mut batch = Vec::with_capacity(queue.len().min(self.bounds.requests_in_a_batch));
        let mut tickets = 0;
        while batch.len() < self.bounds.requests_in_a_batch
            && tickets < self.bounds.tickets_in_a_batch
            && let Some((_, waiting)) = queue.pop_first()
        {
            tickets += W::tickets(&waiting.request);
            batch.push(waiting);
        }
        if batch.is_empty() {
            queues.concerts.remove(&concert);
        }
        batch
    }

    /// Processes a batch and answers its callers. If the work panics, its replies and its slot are dropped: the callers
    /// get [`BatchError::Failed`], and the queue continues.
    async fn run(self: Arc<Self>, concert: ConcertId, batch: Vec<QueuedRequest<W>>, slot: BatchSlot) {
        let begun = Instant::now();
        let _under_way = UnderWay::new(W::NAME);
        let size = f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX));
        gauge!("boxoffice_group_commit_waiting", "work" => W::NAME).decrement(size);
        histogram!("boxoffice_group_commit_batch_requests", "work" => W::NAME).record(size);
        let waits = histogram!("boxoffice_group_commit_wait_seconds", "work" => W::NAME);
        let (requests, replies): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|waiting| {
                waits.record(begun - waiting.since);
                (waiting.request, waiting.reply)
            })
            .unzip();
        let outcomes = self.work.run(concert, requests).await;
        drop(slot);
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // A caller that is gone needs no reply.
            let _ = reply.send(outcome);
        }
        histogram!("boxoffice_group_commit_batch_seconds", "work" => W::NAME).record(begun.elapsed());
    }
}
