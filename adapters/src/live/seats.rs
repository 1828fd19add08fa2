//! Subscriptions to the seat changes of concerts.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boxoffice_domain::shared::{Causes, ConcertId, StoreError};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::channel::Channel;
use super::event_stream::SeatEventStream;
use crate::address_quota::AddressQuota;
use crate::concert_state::ConcertStates;

/// The interval at which changes of a concert are sent: ten times a second.
const PACE: Duration = Duration::from_millis(100);
/// A channel is closed after this many intervals in a row without a subscriber: five seconds.
const UNWATCHED_TICKS_MAX: u32 = 50;

/// Why a subscription is refused.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The concert does not exist or is not public.
    #[error("there is no such concert")]
    NotFound,
    /// The limit of subscribers is reached, in total or for this address.
    #[error("the limit of subscribers is reached")]
    Full,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The event could not be serialised: a defect of this program.
    #[error("an event cannot be serialised")]
    Render(#[from] serde_json::Error),
}

/// The concerts with subscribers in this process. Changes by other processes are sent at most a second late.
pub struct LiveSeats {
    concerts: Arc<ConcertStates>,
    pub(super) channels: Arc<Channels>,
    address_quota: Arc<AddressQuota>,
    closing: CancellationToken,
}

impl LiveSeats {
    /// Without subscribers yet. At most `watchers_max` may subscribe at once, and `of_an_address` from one address;
    /// fewer when few permits are free.
    pub fn new(concerts: Arc<ConcertStates>, watchers_max: usize, of_an_address: usize) -> Self {
        Self {
            concerts,
            channels: Arc::default(),
            address_quota: AddressQuota::new(watchers_max, of_an_address),
            closing: CancellationToken::new(),
        }
    }

    /// The number of subscribers.
    pub fn watchers(&self) -> usize {
        self.address_quota.taken()
    }

    /// Ends all streams, so that the process can stop.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Subscribes to a concert. `last` is the newest version that the client has; `address` is what the limits count it
    /// by, `None` for a proxy that names no client.
    ///
    /// # Errors
    /// Returns [`WatchError`] when the concert is not public, a limit is reached, or the database fails.
    pub async fn watch(
        &self,
        concert: ConcertId,
        last: Option<u64>,
        address: Option<IpAddr>,
    ) -> Result<SeatEventStream, WatchError> {
        let permit = self.address_quota.take(address).map_err(|_| WatchError::Full)?;
        let Some(snapshot) = self.concerts.snapshot(concert).await? else {
            return Err(WatchError::NotFound);
        };
        let (channel, joined) = {
            let mut channels = lock(&self.channels);
            let channel = channels.entry(concert).or_insert_with(|| {
                let channel = Arc::new(Channel::new(Arc::clone(&snapshot)));
                tokio::spawn(self.follow(concert, Arc::clone(&channel)));
                channel
            });
            // Earlier subscribers first get what this one may have read elsewhere already.
            channel.tell(snapshot)?;
            (Arc::clone(channel), channel.join(last)?)
        };
        Ok(SeatEventStream::new(channel, joined, self.closing.clone(), permit))
    }

    /// Sends the subscribers of a concert its changes, until there are none.
    fn follow(&self, concert: ConcertId, channel: Arc<Channel>) -> impl Future<Output = ()> + Send + 'static {
        let (concerts, channels) = (Arc::clone(&self.concerts), Arc::clone(&self.channels));
        let closing = self.closing.clone();
        async move {
            let mut pace = interval(PACE);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut unwatched_ticks = 0;
            while !closing.is_cancelled() {
                pace.tick().await;
                unwatched_ticks = if channel.watchers() == 0 { unwatched_ticks + 1 } else { 0 };
                if unwatched_ticks >= UNWATCHED_TICKS_MAX && remove_if_unwatched(&channels, concert, &channel) {
                    return;
                }
                let sent = match concerts.snapshot(concert).await {
                    Ok(Some(snapshot)) => channel.tell(snapshot).map_err(|error| Causes(&error).to_string()),
                    Ok(None) => Ok(()),
                    Err(error) => Err(Causes(&error).to_string()),
                };
                if let Err(error) = sent {
                    tracing::debug!(%concert, error, "changes could not be sent; the next tick retries");
                }
            }
        }
    }
}

pub(super) type Channels = Mutex<HashMap<ConcertId, Arc<Channel>>>;

pub(super) fn lock(channels: &Channels) -> MutexGuard<'_, HashMap<ConcertId, Arc<Channel>>> {
    channels.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes a channel if it still has no subscribers.
fn remove_if_unwatched(channels: &Channels, concert: ConcertId, channel: &Channel) -> bool {
    let mut channels = lock(channels);
    let unwatched = channel.watchers() == 0;
    if unwatched {
        channels.remove(&concert);
    }
    unwatched
}
