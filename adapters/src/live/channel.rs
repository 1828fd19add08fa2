//! One concert that is watched: what was told of it, and everybody who listens.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::broadcast;

use super::delta::Frame;
use crate::cache::Picture;

/// Versions that somebody who comes back may have missed; DESIGN's API names them.
const VERSIONS_KEPT: u64 = 1_000;
/// Events that wait for a slow watcher: about six seconds of a busy sale.
const EVENTS_WAITING_MAX: usize = 64;

/// The watchers of one concert.
pub(super) struct Channel {
    told: Mutex<Told>,
    sender: broadcast::Sender<Bytes>,
}

/// What the watchers know.
struct Told {
    picture: Arc<Picture>,
    /// Each leads on from the one before.
    frames: VecDeque<Frame>,
}

/// What somebody who comes is told at once, and what they hear from then on.
pub(super) struct Joined {
    pub(super) first: VecDeque<Bytes>,
    pub(super) events: broadcast::Receiver<Bytes>,
}

impl Channel {
    /// Of a concert as it is now.
    pub(super) fn new(picture: Arc<Picture>) -> Self {
        let (sender, _) = broadcast::channel(EVENTS_WAITING_MAX);
        Self { told: Mutex::new(Told { picture, frames: VecDeque::new() }), sender }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many listen.
    pub(super) fn watchers(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Tells everybody what changed since they were told last.
    pub(super) fn tell(&self, picture: Arc<Picture>) -> serde_json::Result<()> {
        let mut told = self.told();
        let (before, version) = (told.picture.concert().version, picture.concert().version);
        if version <= before {
            return Ok(());
        }
        let frame = Frame::between(&told.picture, &picture)?;
        metrics::counter!("boxoffice_live_events_total").increment(1);
        told.picture = picture;
        // Whoever asks for what is before this has to read anew anyway.
        let leads_on = frame.from == before;
        if !leads_on {
            told.frames.clear();
        }
        while told.frames.front().is_some_and(|oldest| version - oldest.from > VERSIONS_KEPT) {
            told.frames.pop_front();
        }
        let bytes = frame.bytes.clone();
        if leads_on {
            told.frames.push_back(frame);
        }
        // Nobody listens: nobody has to know.
        let _ = self.sender.send(bytes);
        Ok(())
    }

    /// Lets somebody listen who has the concert at version `last`, if at any.
    pub(super) fn join(&self, last: Option<u64>) -> serde_json::Result<Joined> {
        let told = self.told();
        let version = told.picture.concert().version;
        let first = match last {
            Some(last) if last < version => match told.frames.front() {
                Some(oldest) if oldest.from <= last => {
                    told.frames.iter().filter(|frame| frame.version > last).map(|frame| frame.bytes.clone()).collect()
                }
                _ => VecDeque::from([Frame::resync(version)?.bytes]),
            },
            // A version that is not there yet is one that another instance has told.
            _ => VecDeque::from([Frame::greeting(&told.picture)?.bytes]),
        };
        Ok(Joined { first, events: self.sender.subscribe() })
    }

    /// Lets somebody go on listening who has missed something.
    pub(super) fn rejoin(&self) -> serde_json::Result<Joined> {
        self.join(Some(0))
    }
}
