//! Request bodies that are arriving or in memory, counted by client.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// The most bodies of one client that arrive at the same time. A body usually arrives with its header or right behind
/// it, so a thousand users behind one address have a handful arriving; beyond this limit the oldest one is aborted.
const ARRIVING_FROM_A_CLIENT_MAX: usize = 256;
/// The most bytes of one client's bodies in memory, arriving or being processed.
const BYTES_OF_A_CLIENT_MAX: usize = 16 * 1024 * 1024;
/// The most bytes of all clients' bodies in memory.
const BYTES_MAX: usize = 256 * 1024 * 1024;

/// The bodies in memory, by client.
#[derive(Debug, Default)]
pub(crate) struct ArrivingBodies(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    clients: HashMap<IpAddr, Client>,
    entered: u64,
    bytes: usize,
}

/// The bodies of one client.
#[derive(Debug, Default)]
struct Client {
    /// The arriving bodies, oldest first, each with the token that aborts it.
    arriving: BTreeMap<u64, CancellationToken>,
    bytes: usize,
}

/// The limit of bytes is reached.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LimitReached;

/// A body while it arrives, and for as long as its bytes are kept.
#[derive(Debug)]
pub(crate) struct ArrivingBody {
    bodies: Arc<ArrivingBodies>,
    client: IpAddr,
    number: u64,
    bytes: usize,
    given_up: CancellationToken,
}

impl ArrivingBodies {
    /// Registers a body of `client` that begins to arrive. When the client has too many arriving, its oldest is
    /// aborted: an honest body is never among the oldest for long.
    pub(crate) fn begin(self: &Arc<Self>, client: IpAddr) -> ArrivingBody {
        let given_up = CancellationToken::new();
        let mut state = self.state();
        state.entered += 1;
        let number = state.entered;
        let arriving = &mut state.clients.entry(client).or_default().arriving;
        if arriving.len() >= ARRIVING_FROM_A_CLIENT_MAX
            && let Some((_, oldest)) = arriving.pop_first()
        {
            oldest.cancel();
        }
        arriving.insert(number, given_up.clone());
        drop(state);
        ArrivingBody { bodies: Arc::clone(self), client, number, bytes: 0, given_up }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ArrivingBody {
    /// Awaits `work`; `None` when the body is aborted before.
    pub(crate) async fn unless_given_up<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.given_up.run_until_cancelled(work).await
    }

    /// Adds to the bytes that are kept.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), LimitReached> {
        let mut state = self.bodies.state();
        let total = state.bytes + bytes;
        let client = state.clients.entry(self.client).or_default();
        if total > BYTES_MAX || client.bytes + bytes > BYTES_OF_A_CLIENT_MAX {
            return Err(LimitReached);
        }
        client.bytes += bytes;
        state.bytes = total;
        self.bytes += bytes;
        Ok(())
    }

    /// Marks the body as arrived. Its bytes still count until this is dropped.
    pub(crate) fn arrived(&self) {
        if let Some(client) = self.bodies.state().clients.get_mut(&self.client) {
            client.arriving.remove(&self.number);
        }
    }
}

impl Drop for ArrivingBody {
    fn drop(&mut self) {
        let mut state = self.bodies.state();
        state.bytes -= self.bytes;
        if let Some(client) = state.clients.get_mut(&self.client) {
            client.arriving.remove(&self.number);
            client.bytes -= self.bytes;
            if client.arriving.is_empty() && client.bytes == 0 {
                state.clients.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use futures_util::FutureExt;

    use super::{ARRIVING_FROM_A_CLIENT_MAX, ArrivingBodies, ArrivingBody, BYTES_OF_A_CLIENT_MAX, LimitReached};

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn is_given_up(body: &ArrivingBody) -> bool {
        body.unless_given_up(std::future::pending::<()>()).now_or_never().is_some()
    }

    #[test]
    fn the_oldest_body_of_a_client_is_aborted_for_its_newest() {
        let bodies = Arc::new(ArrivingBodies::default());
        let other = bodies.begin(OTHER);
        let stalled: Vec<_> = (0..ARRIVING_FROM_A_CLIENT_MAX).map(|_| bodies.begin(ONE)).collect();
        assert!(!stalled.iter().any(is_given_up));
        let newest = bodies.begin(ONE);
        let given_up: Vec<_> = stalled.iter().map(is_given_up).collect();
        assert!(given_up.iter().enumerate().all(|(at, given_up)| *given_up == (at == 0)));
        assert!(!is_given_up(&newest) && !is_given_up(&other));
    }

    #[test]
    fn an_arrived_body_frees_its_place_but_its_bytes_still_count() {
        let bodies = Arc::new(ArrivingBodies::default());
        let mut kept: Vec<_> = (0..ARRIVING_FROM_A_CLIENT_MAX).map(|_| bodies.begin(ONE)).collect();
        kept[0].grow(BYTES_OF_A_CLIENT_MAX).unwrap();
        kept.iter().for_each(ArrivingBody::arrived);
        let mut next = bodies.begin(ONE);
        assert!(!is_given_up(&kept[0]));
        assert_eq!(next.grow(1), Err(LimitReached));
        assert_eq!(bodies.begin(OTHER).grow(1), Ok(()));
        drop(kept);
        assert_eq!(next.grow(1), Ok(()));
        drop(next);
        assert!(bodies.state().clients.is_empty() && bodies.state().bytes == 0);
    }
}
