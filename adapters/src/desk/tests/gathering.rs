//! Gathering over a work that stops at a gate, so that a test decides when a batch ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::shared::ConcertId;
use boxoffice_domain::testing::SequentialIds;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, yield_now};

use crate::desk::gathering::{Bounds, Gathering, Unanswered, Work};
use crate::desk::turns::Turns;
use crate::presence::accompanied;

/// A request that makes its batch panic.
const BREAKS_DOWN: usize = 1_313;

/// A request is a number of tickets, and its outcome is the number doubled.
#[derive(Clone, Default)]
struct Doubling(Arc<Doublings>);

struct Doublings {
    batches: Mutex<Vec<Vec<usize>>>,
    gate: Semaphore,
}

impl Default for Doublings {
    fn default() -> Self {
        Self { batches: Mutex::default(), gate: Semaphore::new(0) }
    }
}

impl Doubling {
    /// The batches that have begun, in order.
    fn batches(&self) -> Vec<Vec<usize>> {
        self.0.batches.lock().unwrap().clone()
    }

    /// Lets batches end.
    fn open(&self, batches: usize) {
        self.0.gate.add_permits(batches);
    }
}

#[async_trait]
impl Work for Doubling {
    type Request = usize;
    type Outcome = usize;

    const NAME: &'static str = "double";
    const LEFT_WITH_CLIENT: bool = true;

    fn tickets(request: &usize) -> usize {
        *request
    }

    async fn run(&self, _: ConcertId, requests: Vec<usize>) -> Vec<usize> {
        self.0.batches.lock().unwrap().push(requests.clone());
        self.0.gate.acquire().await.unwrap().forget();
        assert!(!requests.contains(&BREAKS_DOWN), "this batch breaks down, as it was told to");
        requests.iter().map(|request| 2 * request).collect()
    }
}

const BOUNDS: Bounds =
    Bounds { requests_in_a_batch: 4, tickets_in_a_batch: 100, waiting_for_a_concert: 5, wait: Duration::from_secs(2) };

struct Stage {
    work: Doubling,
    gathering: Arc<Gathering<Doubling>>,
    concert: ConcertId,
}

type Asking = JoinHandle<Result<usize, Unanswered>>;

impl Stage {
    /// One batch at a time, unless said otherwise.
    fn new(turns: Turns) -> Self {
        let work = Doubling::default();
        let gathering = Arc::new(Gathering::new(work.clone(), turns, BOUNDS));
        Self { work, gathering, concert: ConcertId::generate(&SequentialIds::new()) }
    }

    /// Asks, and goes on when the request is queued or its batch has begun.
    async fn ask(&self, request: usize) -> Asking {
        self.ask_at(self.concert, request).await
    }

    async fn ask_at(&self, concert: ConcertId, request: usize) -> Asking {
        let gathering = Arc::clone(&self.gathering);
        let asking = tokio::spawn(async move { gathering.ask(concert, request).await });
        settle().await;
        asking
    }
}

/// Lets every task run until all of them wait.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test]
async fn what_comes_while_a_batch_runs_is_done_together_after_it() {
    let stage = Stage::new(Turns::one_in_the_database());
    let first = stage.ask(1).await;
    let others = [stage.ask(2).await, stage.ask(3).await];
    assert_eq!(stage.work.batches(), [vec![1]]);
    stage.work.open(1);
    assert_eq!(first.await.unwrap(), Ok(2));
    settle().await;
    assert_eq!(stage.work.batches(), [vec![1], vec![2, 3]]);
    stage.work.open(1);
    let [two, three] = others;
    assert_eq!((two.await.unwrap(), three.await.unwrap()), (Ok(4), Ok(6)));
}

#[tokio::test]
async fn two_batches_of_a_concert_run_side_by_side() {
    let stage = Stage::new(Turns::two_at_a_concert());
    for request in 1..=4 {
        stage.ask(request).await;
    }
    assert_eq!(stage.work.batches(), [vec![1], vec![2]]);
}

#[tokio::test]
async fn concerts_do_not_wait_for_each_other() {
    let stage = Stage::new(Turns::two_at_a_concert());
    let ids = SequentialIds::new();
    for request in 1..=4 {
        stage.ask_at(ConcertId::generate(&ids), request).await;
    }
    assert_eq!(stage.work.batches(), [vec![1], vec![2], vec![3], vec![4]]);
}

#[tokio::test]
async fn a_batch_is_full_by_requests_or_by_tickets() {
    let stage = Stage::new(Turns::one_in_the_database());
    stage.ask(1).await;
    for request in [60, 60, 2, 2, 2] {
        stage.ask(request).await;
    }
    stage.work.open(2);
    settle().await;
    for request in [2, 2] {
        stage.ask(request).await;
    }
    stage.work.open(2);
    settle().await;
    assert_eq!(stage.work.batches(), [vec![1], vec![60, 60], vec![2, 2, 2], vec![2, 2]]);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_too_long_is_turned_away_and_nothing_is_done_for_them() {
    let stage = Stage::new(Turns::one_in_the_database());
    let begun = stage.ask(1).await;
    let waiting = stage.ask(2).await;
    tokio::time::advance(BOUNDS.wait).await;
    assert_eq!(waiting.await.unwrap(), Err(Unanswered::NotBegun));
    // What has begun gets its true outcome, however long it takes.
    stage.work.open(1);
    assert_eq!(begun.await.unwrap(), Ok(2));
    settle().await;
    assert_eq!(stage.work.batches(), [vec![1]]);
}

#[tokio::test]
async fn a_full_queue_turns_away_at_once_and_takes_again_when_somebody_leaves() {
    let stage = Stage::new(Turns::one_in_the_database());
    stage.ask(1).await;
    let waiting: Vec<Asking> = futures_util::future::join_all((2..=6).map(|request| stage.ask(request))).await;
    assert_eq!(stage.gathering.ask(stage.concert, 7).await, Err(Unanswered::NotBegun));
    waiting[0].abort();
    settle().await;
    stage.ask(8).await;
    stage.work.open(2);
    settle().await;
    assert_eq!(stage.work.batches(), [vec![1], vec![3, 4, 5, 6], vec![8]]);
}

#[tokio::test]
async fn nothing_is_begun_for_a_client_who_is_gone() {
    let stage = Stage::new(Turns::one_in_the_database());
    let mut clients = Vec::new();
    for request in [1, 2] {
        let (gathering, concert) = (Arc::clone(&stage.gathering), stage.concert);
        let (asking, client) = accompanied(None, async move { gathering.ask(concert, request).await });
        clients.push((tokio::spawn(asking), client));
        settle().await;
    }
    let [(begun, first), (waiting, second)] = clients.try_into().unwrap();
    drop((first, second));
    assert_eq!(waiting.await.unwrap(), Err(Unanswered::NotBegun));
    stage.work.open(1);
    assert_eq!(begun.await.unwrap(), Ok(2), "what has begun is finished");
    settle().await;
    assert_eq!(stage.work.batches(), [vec![1]]);
}

#[tokio::test]
async fn a_batch_that_breaks_down_answers_all_its_callers_and_the_queue_goes_on() {
    let stage = Stage::new(Turns::one_in_the_database());
    stage.ask(1).await;
    let broken = [stage.ask(2).await, stage.ask(BREAKS_DOWN).await];
    stage.work.open(2);
    for asking in broken {
        assert_eq!(asking.await.unwrap(), Err(Unanswered::BrokenDown));
    }
    stage.work.open(1);
    assert_eq!(stage.ask(5).await.await.unwrap(), Ok(10));
}

#[tokio::test]
async fn a_queue_ends_when_nobody_waits() {
    let stage = Stage::new(Turns::two_at_a_concert());
    let ids = SequentialIds::new();
    stage.work.open(10);
    for request in 1..=10 {
        stage.ask_at(ConcertId::generate(&ids), request).await.await.unwrap().unwrap();
    }
    settle().await;
    assert_eq!(stage.gathering.concerts(), 0);
}

#[test]
fn queues_and_batches_are_measured() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let stage = Stage::new(Turns::one_in_the_database());
            for request in 1..=4 {
                stage.ask(request).await;
            }
            let shown = |line: &str| recorder.handle().render().lines().any(|there| there == line);
            assert!(shown("boxoffice_desk_waiting{work=\"double\"} 3"), "{}", recorder.handle().render());
            assert!(shown("boxoffice_desk_batches_under_way{work=\"double\"} 1"));
            tokio::time::advance(BOUNDS.wait).await;
            settle().await;
            assert!(shown("boxoffice_desk_waiting{work=\"double\"} 0"), "{}", recorder.handle().render());
            assert!(shown("boxoffice_desk_refusals_total{work=\"double\",why=\"waited\"} 3"));
            stage.work.open(1);
            settle().await;
            assert!(shown("boxoffice_desk_batches_under_way{work=\"double\"} 0"));
            assert!(shown("boxoffice_desk_batch_requests_count{work=\"double\"} 1"));
            assert!(shown("boxoffice_desk_wait_seconds_count{work=\"double\"} 1"));
            assert!(shown("boxoffice_desk_batch_seconds_count{work=\"double\"} 1"));
        });
    });
}
