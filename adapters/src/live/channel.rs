//! The subscribers of one concert's seat changes, and the recent events.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::broadcast;

use super::delta::Frame;
use crate::concert_state::ConcertSnapshot;

/// How many versions a reconnecting client may have missed; the API's design names the number.
const VERSIONS_KEPT: u64 = 1_000;
/// The most events buffered for a slow subscriber: about six seconds of a busy sale.
const EVENTS_WAITING_MAX: usize = 64;

/// The event channel of one concert.
pub(super) struct Channel {
    last_sent: Mutex<LastSent>,
    sender: broadcast::Sender<Bytes>,
}

/// What the subscribers have been sent.
struct LastSent {
    snapshot: Arc<ConcertSnapshot>,
    /// Consecutive events: each begins at the version where the one before ends.
    frames: VecDeque<Frame>,
}

/// What a new subscriber is sent at once, and the events from then on.
pub(super) struct Subscription {
    pub(super) first: VecDeque<Bytes>,
    pub(super) events: broadcast::Receiver<Bytes>,
}

impl Channel {
    /// A channel that begins at this snapshot.
    pub(super) fn new(snapshot: Arc<ConcertSnapshot>) -> Self {
        let (sender, _) = broadcast::channel(EVENTS_WAITING_MAX);
        Self { last_sent: Mutex::new(LastSent { snapshot, frames: VecDeque::new() }), sender }
    }

    fn last_sent(&self) -> MutexGuard<'_, LastSent> {
        self.last_sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of subscribers.
    pub(super) fn watchers(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Sends all subscribers what changed since the last event.
    pub(super) fn tell(&self, snapshot: Arc<ConcertSnapshot>) -> serde_json::Result<()> {
        let mut last_sent = self.last_sent();
        let (before, version) = (last_sent.snapshot.concert().version, snapshot.concert().version);
        if version <= before {
            return Ok(());
        }
        let frame = Frame::between(&last_sent.snapshot, &snapshot)?;
        metrics::counter!("boxoffice_live_events_total").increment(1);
        last_sent.snapshot = snapshot;
        // A client that has missed an event before this one must read all seats again anyway.
        let is_consecutive = frame.from == before;
        if !is_consecutive {
            last_sent.frames.clear();
        }
        while last_sent.frames.front().is_some_and(|oldest| version - oldest.from > VERSIONS_KEPT) {
            last_sent.frames.pop_front();
        }
        let bytes = frame.bytes.clone();
        if is_consecutive {
            last_sent.frames.push_back(frame);
        }
        // An error means that the channel has no subscribers.
        let _ = self.sender.send(bytes);
        Ok(())
    }

    /// Subscribes a client that has version `last` of the concert, if any.
    pub(super) fn join(&self, last: Option<u64>) -> serde_json::Result<Subscription> {
        let last_sent = self.last_sent();
        let version = last_sent.snapshot.concert().version;
        let first = match last {
            Some(last) if last < version => match last_sent.frames.front() {
                Some(oldest) if oldest.from <= last => last_sent
                    .frames
                    .iter()
                    .filter(|frame| frame.version > last)
                    .map(|frame| frame.bytes.clone())
                    .collect(),
                _ => VecDeque::from([Frame::resync(version)?.bytes]),
            },
            // A newer version than ours was sent to the client by another instance.
            _ => VecDeque::from([Frame::greeting(&last_sent.snapshot)?.bytes]),
        };
        Ok(Subscription { first, events: self.sender.subscribe() })
    }

    /// Subscribes a client again that has missed events.
    pub(super) fn rejoin(&self) -> serde_json::Result<Subscription> {
        self.join(Some(0))
    }
}
