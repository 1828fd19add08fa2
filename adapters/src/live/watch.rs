//! One who watches.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, Interval, interval_at};
use tokio_util::sync::CancellationToken;

use super::channel::{Channel, Joined};
use crate::places::Place;

/// How often a silent stream says that it lives, so that nothing on the way closes it.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING: Bytes = Bytes::from_static(b": ping\n\n");

/// The events for one watcher, until the program stops or they go.
pub struct Watch {
    channel: Arc<Channel>,
    first: VecDeque<Bytes>,
    events: broadcast::Receiver<Bytes>,
    ping: Interval,
    closing: CancellationToken,
    _place: Place,
}

impl Watch {
    pub(super) fn new(channel: Arc<Channel>, joined: Joined, closing: CancellationToken, place: Place) -> Self {
        let Joined { first, events } = joined;
        let ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        Self { channel, first, events, ping, closing, _place: place }
    }

    /// The events as they are sent.
    pub fn into_stream(self) -> impl Stream<Item = Bytes> + Send + 'static {
        unfold(self, |mut watch| async move { Some((watch.next().await?, watch)) })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        tokio::select! {
            biased;
            () = self.closing.cancelled() => None,
            heard = self.events.recv() => match heard {
                Ok(event) => Some(event),
                Err(RecvError::Lagged(_)) => self.start_over(),
                Err(RecvError::Closed) => None,
            },
            _ = self.ping.tick() => Some(PING),
        }
    }

    /// Too slow for what happens: reads anew and goes on from there.
    fn start_over(&mut self) -> Option<Bytes> {
        metrics::counter!("boxoffice_live_resyncs_total").increment(1);
        let Joined { first, events } = self.channel.rejoin().ok()?;
        (self.first, self.events) = (first, events);
        self.first.pop_front()
    }
}
