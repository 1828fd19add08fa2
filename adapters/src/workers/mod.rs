//! Background work: loops that call use cases. Several processes may run the same workers, because each use case claims
//! the work that it does.

mod jobs;
mod worker;

use boxoffice_domain::events::{CommittedEvents, OutboxEntry};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use jobs::{cancel_concert_bookings, hold_expiry, parked_events, pruning, reconcile, relay};
pub use worker::Worker;

/// Wakes the relays of this process when it commits events.
#[derive(Debug, Default)]
pub struct OutboxNotifier(watch::Sender<()>);

impl OutboxNotifier {
    /// Changes with each commit from now on.
    fn subscribe(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

impl CommittedEvents for OutboxNotifier {
    fn committed(&self, entries: &[OutboxEntry]) {
        if !entries.is_empty() {
            self.0.send_replace(());
        }
    }
}

/// The running workers of a process.
#[derive(Debug)]
pub struct RunningWorkers {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl RunningWorkers {
    /// Starts the workers.
    pub fn start(workers: Vec<Worker>) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        for worker in workers {
            tasks.spawn(worker.run(stop.clone()));
        }
        tasks.close();
        Self { tasks, stop }
    }

    /// Stops the workers and waits until each has finished its current run.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}
