//! Tests of [`BatchQueue`] over work that stops at a gate, so that a test decides when a batch ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::shared::ConcertId;
use boxoffice_testing::SequentialIds;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, yield_now};

use crate::client_disconnect::with_client;
use crate::group_commit::batch_queue::{BatchError, BatchLimits, BatchQueue, BatchWork};
use crate::group_commit::batch_slots::BatchSlots;

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

    /// Lets this many batches end.
    fn open(&self, batches: usize) {
        self.0.gate.add_permits(batches);
    }
}

#[async_trait]
impl BatchWork for Doubling {
    type Request = usize;
    type Outcome = usize;

    const NAME: &'static str = "double";
    const CANCELLED_WITH_CLIENT: bool = true;

    fn tickets(request: &usize) -> usize {
        *request
    }

    async fn run(&self, _: ConcertId, requests: Vec<usize>) -> Vec<usize> {
        self.0.batches.lock().unwrap().push(requests.clone());
        self.0.gate.acquire().await.unwrap().forget();
        assert!(!requests.contains(&BREAKS_DOWN), "this batch panics on purpose");
        requests.iter().map(|request| 2 * request).collect()
    }
}

const BOUNDS: BatchLimits = BatchLimits {
    requests_in_a_batch: 4,
    tickets_in_a_batch: 100,
    waiting_for_a_concert: 5,
    wait: Duration::from_secs(2),
    gathering: Duration::from_millis(2),
};

struct Fixture {
    work: Doubling,
    batch_queue: Arc<BatchQueue<Doubling>>,
    concert: ConcertId,
}

type Submission = JoinHandle<Result<usize, BatchError>>;

impl Fixture {
    /// A fixture with these slots.
    fn new(slots: BatchSlots) -> Self {
        let work = Doubling::default();
        let batch_queue = Arc::new(BatchQueue::new(work.clone(), slots, BOUNDS));
        Self { work, batch_queue, concert: ConcertId::generate(&SequentialIds::new()) }
    }

    /// Submits a request and returns when it is queued or its batch has begun.
    async fn submit(&self, request: usize) -> Submission {
        self.submit_for(self.concert, request).await
    }

    async fn submit_for(&self, concert: ConcertId, request: usize) -> Submission {
        let batch_queue = Arc::clone(&self.batch_queue);
        let submission = tokio::spawn(async move { batch_queue.submit(concert, request).await });
        settle().await;
        submission
    }
}

/// Lets every task run until all of them wait.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[tokio::test]
async fn requests_that_arrive_while_a_batch_runs_form_the_next_batch() {
    let fixture = Fixture::new(BatchSlots::one_in_the_database());
    let first = fixture.submit(1).await;
    let others = [fixture.submit(2).await, fixture.submit(3).await];
    assert_eq!(fixture.work.batches(), [vec![1]]);
    fixture.work.open(1);
    assert_eq!(first.await.unwrap(), Ok(2));
    settle().await;
    assert_eq!(fixture.work.batches(), [vec![1], vec![2, 3]]);
    fixture.work.open(1);
    let [two, three] = others;
    assert_eq!((two.await.unwrap(), three.await.unwrap()), (Ok(4), Ok(6)));
}

#[tokio::test(start_paused = true)]
async fn a_second_batch_of_a_concert_gathers_for_a_moment_and_runs_beside_the_first() {
    let fixture = Fixture::new(BatchSlots::two_at_a_concert());
    fixture.submit(1).await;
    assert_eq!(fixture.work.batches(), [vec![1]], "the only batch begins at once");
    fixture.submit(2).await;
    fixture.submit(3).await;
    assert_eq!(fixture.work.batches(), [vec![1]]);
    tokio::time::advance(BOUNDS.gathering).await;
    fixture.submit(4).await;
    assert_eq!(fixture.work.batches(), [vec![1], vec![2, 3]], "a third batch waits for a slot");
}

#[tokio::test(start_paused = true)]
async fn a_batch_in_a_database_with_one_writer_gathers_only_while_it_waits_for_its_slot() {
    let fixture = Fixture::new(BatchSlots::one_in_the_database());
    for request in 1..=3 {
        fixture.submit(request).await;
    }
    fixture.work.open(1);
    settle().await;
    assert_eq!(fixture.work.batches(), [vec![1], vec![2, 3]], "without a further moment");
}

#[tokio::test]
async fn concerts_do_not_wait_for_each_other() {
    let fixture = Fixture::new(BatchSlots::two_at_a_concert());
    let ids = SequentialIds::new();
    for request in 1..=4 {
        fixture.submit_for(ConcertId::generate(&ids), request).await;
    }
    assert_eq!(fixture.work.batches(), [vec![1], vec![2], vec![3], vec![4]]);
}

#[tokio::test]
async fn a_batch_is_full_by_requests_or_by_tickets() {
    let fixture = Fixture::new(BatchSlots::one_in_the_database());
    fixture.submit(1).await;
    for request in [60, 60, 2, 2, 2] {
        fixture.submit(request).await;
    }
    fixture.work.open(2);
    settle().await;
    for request in [2, 2] {
        fixture.submit(request).await;
    }
    fixture.work.open(2);
    settle().await;
    assert_eq!(fixture.work.batches(), [vec![1], vec![60, 60], vec![2, 2, 2], vec![2, 2]]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_too_long_is_refused_and_never_begun() {
    let fixture = Fixture::new(BatchSlots::one_in_the_database());
    let begun = fixture.submit(1).await;
    let waiting = fixture.submit(2).await;
    tokio::time::advance(BOUNDS.wait).await;
    assert_eq!(waiting.await.unwrap(), Err(BatchError::NotStarted));
    // A request whose batch has begun gets its true outcome, however long it takes.
    fixture.work.open(1);
    assert_eq!(begun.await.unwrap(), Ok(2));
    settle().await;
    assert_eq!(fixture.work.batches(), [vec![1]]);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_accepts_again_when_a_request_leaves() {
    let fixture = Fixture::new(BatchSlots::one_in_the_database());
    fixture.submit(1).await;
    let waiting: Vec<Submission> = futures_util::future::join_all((2..=6).map(|request| fixture.submit(request))).await;
    assert_eq!(fixture.batch_queue.submit(fixture.concert, 7).await, Err(BatchError::NotStarted));
    waiting[0].abort();
    settle().await;
    fixture.submit(8).await;
    fixture.work.open(2);
    settle().await;
    assert_eq!(fixture.work.batches(), [vec![1], vec![3, 4, 5, 6], vec![8]]);
}

#[tokio::test]
async fn no_request_is_begun_for_a_disconnected_client() {
    let fixture = Fixture::new(BatchSlots::one_in_the_database());
    let mut clients = Vec::new();
    for request in [1, 2] {
        let (batch_queue, concert) = (Arc::clone(&fixture.batch_queue), fixture.concert);
        let (submission, client) = with_client(None, async move { batch_queue.submit(concert, request).await });
        clients.push((tokio::spawn(submission), client));
        settle().await;
    }
    let [(begun, first), (waiting, second)] = clients.try_into().unwrap();
    drop((first, second));
    assert_eq!(waiting.await.unwrap(), Err(BatchError::NotStarted));
    fixture.work.open(1);
    assert_eq!(begun.await.unwrap(), Ok(2), "a batch that has begun is finished");
    settle().await;
    assert_eq!(fixture.work.batches(), [vec![1]]);
}

#[tokio::test]
async fn a_panicking_batch_fails_all_its_callers_and_the_queue_continues() {
    let fixture = Fixture::new(BatchSlots::one_in_the_database());
    fixture.submit(1).await;
    let broken = [fixture.submit(2).await, fixture.submit(BREAKS_DOWN).await];
    fixture.work.open(2);
    for submission in broken {
        assert_eq!(submission.await.unwrap(), Err(BatchError::Failed));
    }
    fixture.work.open(1);
    assert_eq!(fixture.submit(5).await.await.unwrap(), Ok(10));
}

#[tokio::test]
async fn an_empty_queue_is_removed() {
    let fixture = Fixture::new(BatchSlots::two_at_a_concert());
    let ids = SequentialIds::new();
    fixture.work.open(10);
    for request in 1..=10 {
        fixture.submit_for(ConcertId::generate(&ids), request).await.await.unwrap().unwrap();
    }
    settle().await;
    assert_eq!(fixture.batch_queue.concerts(), 0);
}

#[test]
fn queues_and_batches_are_measured() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let fixture = Fixture::new(BatchSlots::one_in_the_database());
            for request in 1..=4 {
                fixture.submit(request).await;
            }
            let shown = |line: &str| recorder.handle().render().lines().any(|there| there == line);
            assert!(shown("boxoffice_group_commit_waiting{work=\"double\"} 3"), "{}", recorder.handle().render());
            assert!(shown("boxoffice_group_commit_batches_under_way{work=\"double\"} 1"));
            tokio::time::advance(BOUNDS.wait).await;
            settle().await;
            assert!(shown("boxoffice_group_commit_waiting{work=\"double\"} 0"), "{}", recorder.handle().render());
            assert!(shown("boxoffice_group_commit_refusals_total{work=\"double\",why=\"waited\"} 3"));
            fixture.work.open(1);
            settle().await;
            assert!(shown("boxoffice_group_commit_batches_under_way{work=\"double\"} 0"));
            assert!(shown("boxoffice_group_commit_batch_requests_count{work=\"double\"} 1"));
            assert!(shown("boxoffice_group_commit_wait_seconds_count{work=\"double\"} 1"));
            assert!(shown("boxoffice_group_commit_batch_seconds_count{work=\"double\"} 1"));
        });
    });
}
