//! The concerts that are watched.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boxoffice_domain::shared::{Causes, ConcertId, StoreError};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::channel::Channel;
use super::watch::Watch;
use crate::cache::ShopWindow;
use crate::places::Places;

/// How often the watchers of a concert are told of changes: ten times a second.
const PACE: Duration = Duration::from_millis(100);
/// How many looks in a row at a concert that nobody watches any more end its channel: five seconds.
const UNWATCHED_LOOKS_MAX: u32 = 50;

/// Why somebody cannot watch.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// There is no such concert for everybody.
    #[error("there is no such concert")]
    NotFound,
    /// As many watch already as may, or as many from this address.
    #[error("there is no place for another watcher")]
    Full,
    /// The concert cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A defect of this program.
    #[error("an event cannot be written")]
    Render(#[from] serde_json::Error),
}

/// The concerts that are watched through this process. What other processes change is seen at most a second later.
pub struct LiveSeats {
    window: Arc<ShopWindow>,
    pub(super) channels: Arc<Channels>,
    places: Arc<Places>,
    closing: CancellationToken,
}

impl LiveSeats {
    /// Without watchers yet; `watchers_max` may watch at once, and `of_an_address` from one address, fewer when few places
    /// are left.
    pub fn new(window: Arc<ShopWindow>, watchers_max: usize, of_an_address: usize) -> Self {
        Self {
            window,
            channels: Arc::default(),
            places: Places::new(watchers_max, of_an_address),
            closing: CancellationToken::new(),
        }
    }

    /// How many watch.
    pub fn watchers(&self) -> usize {
        self.places.taken()
    }

    /// Ends every stream, so that the program can stop.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Begins to watch a concert of which `last` is the newest version that the watcher has; `address` is what it is counted
    /// by, `None` for a proxy that names no client.
    ///
    /// # Errors
    /// [`WatchError`].
    pub async fn watch(
        &self,
        concert: ConcertId,
        last: Option<u64>,
        address: Option<IpAddr>,
    ) -> Result<Watch, WatchError> {
        let place = self.places.take(address).map_err(|_| WatchError::Full)?;
        let Some(picture) = self.window.picture(concert).await? else {
            return Err(WatchError::NotFound);
        };
        let (channel, joined) = {
            let mut channels = lock(&self.channels);
            let channel = channels.entry(concert).or_insert_with(|| {
                let channel = Arc::new(Channel::new(Arc::clone(&picture)));
                tokio::spawn(self.follow(concert, Arc::clone(&channel)));
                channel
            });
            // What this watcher could have read elsewhere by now, the others are told first.
            channel.tell(picture)?;
            (Arc::clone(channel), channel.join(last)?)
        };
        Ok(Watch::new(channel, joined, self.closing.clone(), place))
    }

    /// Tells the watchers of a concert what changes, until there are none.
    fn follow(&self, concert: ConcertId, channel: Arc<Channel>) -> impl Future<Output = ()> + Send + 'static {
        let (window, channels) = (Arc::clone(&self.window), Arc::clone(&self.channels));
        let closing = self.closing.clone();
        async move {
            let mut pace = interval(PACE);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut unwatched_looks = 0;
            while !closing.is_cancelled() {
                pace.tick().await;
                unwatched_looks = if channel.watchers() == 0 { unwatched_looks + 1 } else { 0 };
                if unwatched_looks >= UNWATCHED_LOOKS_MAX && removed(&channels, concert, &channel) {
                    return;
                }
                let told = match window.picture(concert).await {
                    Ok(Some(picture)) => channel.tell(picture).map_err(|error| Causes(&error).to_string()),
                    Ok(None) => Ok(()),
                    Err(error) => Err(Causes(&error).to_string()),
                };
                if let Err(error) = told {
                    tracing::debug!(%concert, error, "watchers have to wait for what changed");
                }
            }
        }
    }
}

pub(super) type Channels = Mutex<HashMap<ConcertId, Arc<Channel>>>;

pub(super) fn lock(channels: &Channels) -> MutexGuard<'_, HashMap<ConcertId, Arc<Channel>>> {
    channels.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a channel away if nobody has come back to it meanwhile.
fn removed(channels: &Channels, concert: ConcertId, channel: &Channel) -> bool {
    let mut channels = lock(channels);
    let unwatched = channel.watchers() == 0;
    if unwatched {
        channels.remove(&concert);
    }
    unwatched
}
