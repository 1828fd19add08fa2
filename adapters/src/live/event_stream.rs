//! The event stream of one subscriber.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, Interval, interval_at};
use tokio_util::sync::CancellationToken;

use super::channel::{Channel, Subscription};
use crate::address_quota::QuotaPermit;

/// The interval of pings, which keep proxies from closing an idle stream.
const PING_EVERY: Duration = Duration::from_secs(15);
const PING: Bytes = Bytes::from_static(b": ping\n\n");

/// The events for one subscriber, until the process stops or the client disconnects.
pub struct SeatEventStream {
    channel: Arc<Channel>,
    first: VecDeque<Bytes>,
    events: broadcast::Receiver<Bytes>,
    ping: Interval,
    closing: CancellationToken,
    _permit: QuotaPermit,
}

impl SeatEventStream {
    pub(super) fn new(
        channel: Arc<Channel>,
        joined: Subscription,
        closing: CancellationToken,
        permit: QuotaPermit,
    ) -> Self {
        let Subscription { first, events } = joined;
        let ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        Self { channel, first, events, ping, closing, _permit: permit }
    }

    /// The stream of events in the format of `text/event-stream`.
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
            received = self.events.recv() => match received {
                Ok(event) => Some(event),
                Err(RecvError::Lagged(_)) => self.resubscribe(),
                Err(RecvError::Closed) => None,
            },
            _ = self.ping.tick() => Some(PING),
        }
    }

    /// Subscribes again after the subscriber was too slow and events were dropped.
    fn resubscribe(&mut self) -> Option<Bytes> {
        metrics::counter!("boxoffice_live_resyncs_total").increment(1);
        let Subscription { first, events } = self.channel.rejoin().ok()?;
        (self.first, self.events) = (first, events);
        self.first.pop_front()
    }
}
