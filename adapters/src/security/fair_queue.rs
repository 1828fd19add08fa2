//! A bounded fair queue for slow work. The clients that wait are granted slots round-robin.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The client that work is queued for, by its network address; `None` for work without a client.
pub(super) type Client = Option<IpAddr>;

/// Lets a few tasks work at once and a bounded number wait. Each client has a line of its own, and slots go to the
/// lines round-robin, so a client with a long line delays itself and not the others. When the queue is full, a newcomer
/// with a shorter line displaces the last task of the longest line.
pub(super) struct FairQueue {
    shared: Arc<Shared>,
}

/// The queue is full, and no other client's line is longer than this one's would be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QueueFull;

/// A slot to work in, released when dropped.
pub(super) struct Slot(Option<Arc<Shared>>);

struct Shared {
    waiting_max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Slots that are not in use.
    free: usize,
    /// The number of waiting tasks in all lines.
    waiting: usize,
    /// The waiting tasks by client; no line is empty.
    lines: HashMap<Client, VecDeque<Waiting>>,
    /// The clients with a line, in round-robin order.
    round: VecDeque<Client>,
    /// The sequence number of the next task.
    next: u64,
}

struct Waiting {
    number: u64,
    grant: oneshot::Sender<Slot>,
}

impl FairQueue {
    /// A queue with `workers` slots and at most `waiting_max` waiting tasks.
    pub(super) fn new(workers: usize, waiting_max: usize) -> Self {
        let state = State { free: workers, ..State::default() };
        Self { shared: Arc::new(Shared { waiting_max, state: Mutex::new(state) }) }
    }

    /// Waits for a slot for `client`. Dropping the future leaves the queue.
    pub(super) async fn acquire(&self, client: Client) -> Result<Slot, QueueFull> {
        let (number, granted) = {
            let mut state = self.shared.state();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Slot(Some(Arc::clone(&self.shared))));
            }
            state.join(client, self.shared.waiting_max)?
        };
        let waiter = Waiter { shared: &self.shared, client, number };
        let slot = granted.await.map_err(|_| QueueFull);
        drop(waiter);
        slot
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.shared.state().waiting
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn join(&mut self, client: Client, waiting_max: usize) -> Result<(u64, oneshot::Receiver<Slot>), QueueFull> {
        if self.waiting >= waiting_max {
            self.make_room_for(client)?;
        }
        let number = self.next;
        self.next += 1;
        let (grant, granted) = oneshot::channel();
        let line = self.lines.entry(client).or_default();
        if line.is_empty() {
            self.round.push_back(client);
        }
        line.push_back(Waiting { number, grant });
        self.waiting += 1;
        Ok((number, granted))
    }

    /// Removes the last task of the longest line, unless the newcomer's line would be as long.
    fn make_room_for(&mut self, client: Client) -> Result<(), QueueFull> {
        let own = self.lines.get(&client).map_or(0, VecDeque::len);
        let longest = self.lines.iter().max_by_key(|(_, line)| line.len());
        let (&longest_client, line) = longest.filter(|(_, line)| line.len() > own + 1).ok_or(QueueFull)?;
        let last = line.back().map(|waiting| waiting.number).ok_or(QueueFull)?;
        self.leave(longest_client, last);
        Ok(())
    }

    /// Removes a task from a line, if it is still there.
    fn leave(&mut self, client: Client, number: u64) {
        let Some(line) = self.lines.get_mut(&client) else { return };
        let before = line.len();
        line.retain(|waiting| waiting.number != number);
        self.waiting -= before - line.len();
        if line.is_empty() {
            self.lines.remove(&client);
            self.round.retain(|other| *other != client);
        }
    }

    /// The task that gets the next slot.
    fn next_waiting(&mut self) -> Option<Waiting> {
        let client = self.round.pop_front()?;
        let line = self.lines.get_mut(&client)?;
        let waiting = line.pop_front()?;
        self.waiting -= 1;
        if line.is_empty() {
            self.lines.remove(&client);
        } else {
            self.round.push_back(client);
        }
        Some(waiting)
    }
}

/// A task in the queue. Dropping it leaves the queue.
struct Waiter<'a> {
    shared: &'a Shared,
    client: Client,
    number: u64,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.shared.state().leave(self.client, self.number);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else { return };
        let mut state = shared.state();
        while let Some(waiting) = state.next_waiting() {
            match waiting.grant.send(Slot(Some(Arc::clone(&shared)))) {
                Ok(()) => return,
                // The task left at this moment. Its slot must not be released through `drop` while the state is locked.
                Err(mut unwanted) => drop(unwanted.0.take()),
            }
        }
        state.free += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::{Arc, Mutex};

    use tokio::task::{JoinHandle, yield_now};

    use super::{Client, FairQueue, QueueFull, Slot};

    fn client(number: u8) -> Client {
        Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)))
    }

    /// Queues a task that records its slot and releases it at once.
    async fn queue_up(
        queue: &Arc<FairQueue>,
        who: u8,
        granted: &Arc<Mutex<Vec<u8>>>,
    ) -> JoinHandle<Result<(), QueueFull>> {
        let before = queue.waiting();
        let task = tokio::spawn({
            let (queue, granted) = (Arc::clone(queue), Arc::clone(granted));
            async move {
                let slot = queue.acquire(client(who)).await?;
                granted.lock().unwrap().push(who);
                drop(slot);
                Ok(())
            }
        });
        for _ in 0..100 {
            if queue.waiting() != before || task.is_finished() {
                break;
            }
            yield_now().await;
        }
        task
    }

    async fn busy(workers: usize, waiting_max: usize) -> (Arc<FairQueue>, Vec<Slot>, Arc<Mutex<Vec<u8>>>) {
        let queue = Arc::new(FairQueue::new(workers, waiting_max));
        let mut slots = Vec::new();
        for _ in 0..workers {
            slots.push(queue.acquire(None).await.unwrap());
        }
        (queue, slots, Arc::default())
    }

    #[tokio::test]
    async fn slots_go_round_robin_however_many_tasks_of_one_client_wait() {
        let (queue, slots, granted) = busy(1, 10).await;
        let mut tasks = Vec::new();
        for who in [1, 1, 1, 1, 2, 3] {
            tasks.push(queue_up(&queue, who, &granted).await);
        }
        drop(slots);
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(*granted.lock().unwrap(), [1, 2, 3, 1, 1, 1]);
    }

    #[tokio::test]
    async fn a_full_queue_drops_the_last_task_of_the_longest_line() {
        let (queue, slots, granted) = busy(1, 3).await;
        let first = queue_up(&queue, 1, &granted).await;
        let second = queue_up(&queue, 1, &granted).await;
        let last = queue_up(&queue, 1, &granted).await;
        let more = queue_up(&queue, 1, &granted).await;
        assert_eq!(more.await.unwrap(), Err(QueueFull), "the longest line cannot grow");
        let other = queue_up(&queue, 2, &granted).await;
        assert_eq!(last.await.unwrap(), Err(QueueFull));
        let third = queue_up(&queue, 3, &granted).await;
        assert_eq!(second.await.unwrap(), Err(QueueFull));
        let fourth = queue_up(&queue, 4, &granted).await;
        assert_eq!(fourth.await.unwrap(), Err(QueueFull), "every client has one waiting task by now");
        drop(slots);
        for task in [first, other, third] {
            task.await.unwrap().unwrap();
        }
        assert_eq!(*granted.lock().unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn an_aborted_task_leaves_the_queue_and_releases_its_slot() {
        let (queue, slots, granted) = busy(2, 1).await;
        let gone = queue_up(&queue, 1, &granted).await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        assert_eq!(queue.waiting(), 0);
        let waits = queue_up(&queue, 2, &granted).await;
        drop(slots);
        waits.await.unwrap().unwrap();
        let all = [queue.acquire(client(1)).await.unwrap(), queue.acquire(client(1)).await.unwrap()];
        drop(all);
        assert_eq!(queue.shared.state().free, 2);
    }
}
