//! Gathers what many ask of one concert at the same moment, and has it done together.
//!
//! A concert has a queue only while somebody waits in it, and a task that leads the queue: it waits for its turn, takes
//! all that are waiting then as one batch, and goes on while the batch runs in a task of its own. There is no timer to
//! wait for more: a batch grows by itself while those before it are under way.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::shared::ConcertId;
use metrics::{counter, gauge, histogram};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};
use tracing::Instrument;

use super::turns::{Turn, Turns};
use crate::presence::client_gone;

/// What is done for many at once.
#[async_trait]
pub(super) trait Work: Send + Sync + 'static {
    /// What one caller asks for.
    type Request: Send + Sync + 'static;
    /// What becomes of it.
    type Outcome: Send + 'static;

    /// Its label in metrics.
    const NAME: &'static str;
    /// Whether nothing needs to be done any more for a client who is gone.
    const LEFT_WITH_CLIENT: bool;

    /// How many tickets a request is about, which is what it costs.
    fn tickets(request: &Self::Request) -> usize;

    /// Does it. The outcomes come in the order of the requests.
    async fn run(&self, concert: ConcertId, requests: Vec<Self::Request>) -> Vec<Self::Outcome>;
}

/// How much is gathered, and how long anybody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The most requests in a batch.
    pub requests_in_a_batch: usize,
    /// A batch that is about this many tickets is full: those who want two do not wait long for those who want a
    /// hundred.
    pub tickets_in_a_batch: usize,
    /// The most requests that wait for one concert.
    pub waiting_for_a_concert: usize,
    /// The longest wait for a batch to begin.
    pub wait: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            requests_in_a_batch: 256,
            tickets_in_a_batch: 1_024,
            waiting_for_a_concert: 2_000,
            wait: Duration::from_secs(2),
        }
    }
}

impl Bounds {
    /// The same bounds, but for the wait.
    #[must_use]
    pub const fn with_wait(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }
}

/// Why a request has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// It was never begun: too many were waiting, it waited too long, or nobody waits for it any more.
    NotBegun,
    /// Its batch broke down; what it did is not known.
    BrokenDown,
}

/// The queues of all concerts for one kind of work.
pub(super) struct Gathering<W: Work> {
    shared: Arc<Shared<W>>,
}

struct Shared<W: Work> {
    work: W,
    turns: Turns,
    bounds: Bounds,
    queues: Mutex<Queues<W>>,
}

/// Those who wait, by concert and in the order of coming. A concert is in here exactly while a task leads its queue.
struct Queues<W: Work> {
    concerts: HashMap<ConcertId, BTreeMap<u64, Waiting<W>>>,
    /// Makes the order of coming.
    comings: u64,
}

struct Waiting<W: Work> {
    request: W::Request,
    since: Instant,
    reply: oneshot::Sender<W::Outcome>,
}

impl<W: Work> Gathering<W> {
    pub(super) fn new(work: W, turns: Turns, bounds: Bounds) -> Self {
        let queues = Mutex::new(Queues { concerts: HashMap::new(), comings: 0 });
        Self { shared: Arc::new(Shared { work, turns, bounds, queues }) }
    }

    /// Has a request done together with others. Until its batch begins it can be given up: by waiting too long, by its
    /// client's going, or by dropping this future. From then on it gets its true outcome.
    pub(super) async fn ask(&self, concert: ConcertId, request: W::Request) -> Result<W::Outcome, Unanswered> {
        let (place, mut reply) = self.queue(concert, request)?;
        let why = tokio::select! {
            outcome = &mut reply => return outcome.map_err(|_| Unanswered::BrokenDown),
            () = sleep(self.shared.bounds.wait) => "waited",
            () = client_gone(), if W::LEFT_WITH_CLIENT => "client_gone",
        };
        if place.leave() {
            return Err(refused::<W>(why));
        }
        reply.await.map_err(|_| Unanswered::BrokenDown)
    }

    /// Queues a request, and has somebody lead the queue.
    fn queue(
        &self,
        concert: ConcertId,
        request: W::Request,
    ) -> Result<(Place<W>, oneshot::Receiver<W::Outcome>), Unanswered> {
        let (reply, receiver) = oneshot::channel();
        let mut queues = self.shared.queues();
        queues.comings += 1;
        let number = queues.comings;
        let waiting = Waiting { request, since: Instant::now(), reply };
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
        gauge!("boxoffice_desk_waiting", "work" => W::NAME).increment(1);
        if !is_led {
            tokio::spawn(Arc::clone(&self.shared).lead(concert));
        }
        Ok((Place { shared: Arc::clone(&self.shared), concert, number }, receiver))
    }

    /// How many concerts have a queue.
    #[cfg(test)]
    pub(super) fn concerts(&self) -> usize {
        self.shared.queues().concerts.len()
    }
}

/// Counts a batch for as long as it lives.
struct UnderWay(&'static str);

impl UnderWay {
    fn new(work: &'static str) -> Self {
        gauge!("boxoffice_desk_batches_under_way", "work" => work).increment(1);
        Self(work)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        gauge!("boxoffice_desk_batches_under_way", "work" => self.0).decrement(1);
    }
}

fn refused<W: Work>(why: &'static str) -> Unanswered {
    counter!("boxoffice_desk_refusals_total", "work" => W::NAME, "why" => why).increment(1);
    Unanswered::NotBegun
}

/// Somebody's place in a queue, which they leave by dropping it.
struct Place<W: Work> {
    shared: Arc<Shared<W>>,
    concert: ConcertId,
    number: u64,
}

impl<W: Work> Place<W> {
    /// Leaves the queue. False when there was nothing to leave: the batch has begun.
    fn leave(&self) -> bool {
        let mut queues = self.shared.queues();
        let left = queues.concerts.get_mut(&self.concert).and_then(|queue| queue.remove(&self.number));
        drop(queues);
        if left.is_some() {
            gauge!("boxoffice_desk_waiting", "work" => W::NAME).decrement(1);
        }
        left.is_some()
    }
}

impl<W: Work> Drop for Place<W> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<W: Work> Shared<W> {
    /// Held for moving requests only, never while waiting for anything.
    fn queues(&self) -> MutexGuard<'_, Queues<W>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leads the queue of a concert until it is empty.
    async fn lead(self: Arc<Self>, concert: ConcertId) {
        loop {
            let turn = self.turns.next(concert).await;
            let batch = self.take_batch(concert);
            if batch.is_empty() {
                return;
            }
            let span = tracing::debug_span!("batch", work = W::NAME, %concert, requests = batch.len());
            tokio::spawn(Arc::clone(&self).run(concert, batch, turn).instrument(span));
        }
    }

    /// Those who have waited longest, as many as fit. When nobody waits, the queue ends.
    fn take_batch(&self, concert: ConcertId) -> Vec<Waiting<W>> {
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

    /// Does a batch and answers its callers. Should it panic, its replies and its turn are dropped: the callers learn
    /// that it broke down, and the queue goes on.
    async fn run(self: Arc<Self>, concert: ConcertId, batch: Vec<Waiting<W>>, turn: Turn) {
        let begun = Instant::now();
        let _under_way = UnderWay::new(W::NAME);
        let size = f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX));
        gauge!("boxoffice_desk_waiting", "work" => W::NAME).decrement(size);
        histogram!("boxoffice_desk_batch_requests", "work" => W::NAME).record(size);
        let waits = histogram!("boxoffice_desk_wait_seconds", "work" => W::NAME);
        let (requests, replies): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|waiting| {
                waits.record(begun - waiting.since);
                (waiting.request, waiting.reply)
            })
            .unzip();
        let outcomes = self.work.run(concert, requests).await;
        drop(turn);
        for (reply, outcome) in replies.into_iter().zip(outcomes) {
            // A caller who is gone needs no answer.
            let _ = reply.send(outcome);
        }
        histogram!("boxoffice_desk_batch_seconds", "work" => W::NAME).record(begun.elapsed());
    }
}
