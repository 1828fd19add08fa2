//! A bounded queue for work that takes long: its places are shared among clients, and their turns go round.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Whoever works in turn with the others: a client's network; `None` for work that no client asked for.
pub(super) type Client = Option<IpAddr>;

/// Lets a few work at once and a bounded number wait. Each client has a line of its own, and the lines take turns, so a
/// client with a long line makes itself wait and not the others. When every place is taken, the last of the longest line
/// leaves for a newcomer with a shorter one.
pub(super) struct FairQueue {
    shared: Arc<Shared>,
}

/// Every place is taken, by clients that wait for no more than this one does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QueueFull;

/// The right to work, until it is dropped.
pub(super) struct Turn(Option<Arc<Shared>>);

struct Shared {
    waiting_max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Turns that nobody has.
    free: usize,
    /// How many wait, in all lines.
    waiting: usize,
    /// Who waits, by client; no line is empty.
    lines: HashMap<Client, VecDeque<Waiting>>,
    /// The clients of the lines, in the order of their turns.
    round: VecDeque<Client>,
    /// The next number.
    next: u64,
}

struct Waiting {
    number: u64,
    call: oneshot::Sender<Turn>,
}

impl FairQueue {
    /// `workers` at once, and `waiting_max` who wait.
    pub(super) fn new(workers: usize, waiting_max: usize) -> Self {
        let state = State { free: workers, ..State::default() };
        Self { shared: Arc::new(Shared { waiting_max, state: Mutex::new(state) }) }
    }

    /// Waits for a turn of `client`. Dropping the future leaves the queue.
    pub(super) async fn turn(&self, client: Client) -> Result<Turn, QueueFull> {
        let (number, called) = {
            let mut state = self.shared.state();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Turn(Some(Arc::clone(&self.shared))));
            }
            state.join(client, self.shared.waiting_max)?
        };
        let place = Place { shared: &self.shared, client, number };
        let turn = called.await.map_err(|_| QueueFull);
        drop(place);
        turn
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
    fn join(&mut self, client: Client, waiting_max: usize) -> Result<(u64, oneshot::Receiver<Turn>), QueueFull> {
        if self.waiting >= waiting_max {
            self.make_room_for(client)?;
        }
        let number = self.next;
        self.next += 1;
        let (call, called) = oneshot::channel();
        let line = self.lines.entry(client).or_default();
        if line.is_empty() {
            self.round.push_back(client);
        }
        line.push_back(Waiting { number, call });
        self.waiting += 1;
        Ok((number, called))
    }

    /// Sends the last of the longest line away, unless the newcomer's own would be as long.
    fn make_room_for(&mut self, client: Client) -> Result<(), QueueFull> {
        let own = self.lines.get(&client).map_or(0, VecDeque::len);
        let longest = self.lines.iter().max_by_key(|(_, line)| line.len());
        let (&crowd, line) = longest.filter(|(_, line)| line.len() > own + 1).ok_or(QueueFull)?;
        let last = line.back().map(|waiting| waiting.number).ok_or(QueueFull)?;
        self.leave(crowd, last);
        Ok(())
    }

    /// Takes somebody out of a line, if they are in it.
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

    /// Whose turn it is.
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

/// Somebody's place in the queue while they wait.
struct Place<'a> {
    shared: &'a Shared,
    client: Client,
    number: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.state().leave(self.client, self.number);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else { return };
        let mut state = shared.state();
        while let Some(waiting) = state.next_waiting() {
            match waiting.call.send(Turn(Some(Arc::clone(&shared)))) {
                Ok(()) => return,
                // They left in this moment; the turn must not come back here while the state is locked.
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

    use super::{Client, FairQueue, QueueFull, Turn};

    fn client(number: u8) -> Client {
        Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)))
    }

    /// Queues up, notes when it is its turn and gives it back at once.
    async fn queue_up(
        queue: &Arc<FairQueue>,
        who: u8,
        called: &Arc<Mutex<Vec<u8>>>,
    ) -> JoinHandle<Result<(), QueueFull>> {
        let before = queue.waiting();
        let task = tokio::spawn({
            let (queue, called) = (Arc::clone(queue), Arc::clone(called));
            async move {
                let turn = queue.turn(client(who)).await?;
                called.lock().unwrap().push(who);
                drop(turn);
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

    async fn busy(workers: usize, waiting_max: usize) -> (Arc<FairQueue>, Vec<Turn>, Arc<Mutex<Vec<u8>>>) {
        let queue = Arc::new(FairQueue::new(workers, waiting_max));
        let mut turns = Vec::new();
        for _ in 0..workers {
            turns.push(queue.turn(None).await.unwrap());
        }
        (queue, turns, Arc::default())
    }

    #[tokio::test]
    async fn clients_take_turns_however_many_of_one_wait() {
        let (queue, turns, called) = busy(1, 10).await;
        let mut tasks = Vec::new();
        for who in [1, 1, 1, 1, 2, 3] {
            tasks.push(queue_up(&queue, who, &called).await);
        }
        drop(turns);
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(*called.lock().unwrap(), [1, 2, 3, 1, 1, 1]);
    }

    #[tokio::test]
    async fn a_full_queue_sends_the_last_of_the_longest_line_away() {
        let (queue, turns, called) = busy(1, 3).await;
        let first = queue_up(&queue, 1, &called).await;
        let second = queue_up(&queue, 1, &called).await;
        let last = queue_up(&queue, 1, &called).await;
        let more = queue_up(&queue, 1, &called).await;
        assert_eq!(more.await.unwrap(), Err(QueueFull), "whose line is the longest waits no longer");
        let other = queue_up(&queue, 2, &called).await;
        assert_eq!(last.await.unwrap(), Err(QueueFull));
        let third = queue_up(&queue, 3, &called).await;
        assert_eq!(second.await.unwrap(), Err(QueueFull));
        let fourth = queue_up(&queue, 4, &called).await;
        assert_eq!(fourth.await.unwrap(), Err(QueueFull), "everybody waits once by now");
        drop(turns);
        for task in [first, other, third] {
            task.await.unwrap().unwrap();
        }
        assert_eq!(*called.lock().unwrap(), [1, 2, 3]);
    }

    #[tokio::test]
    async fn who_leaves_gives_their_place_and_their_turn_back() {
        let (queue, turns, called) = busy(2, 1).await;
        let gone = queue_up(&queue, 1, &called).await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        assert_eq!(queue.waiting(), 0);
        let waits = queue_up(&queue, 2, &called).await;
        drop(turns);
        waits.await.unwrap().unwrap();
        let all = [queue.turn(client(1)).await.unwrap(), queue.turn(client(1)).await.unwrap()];
        drop(all);
        assert_eq!(queue.shared.state().free, 2);
    }
}
