//! The client that a task works for: its network address, and whether it still waits.
//!
//! Requests that change something run in a task of their own, so they are not cut off when the client disconnects. Work
//! that has not begun yet can check here whether its client is still connected, and fair queues can read the client's
//! address.

use std::future::{Future, pending};
use std::net::IpAddr;

use tokio_util::sync::{CancellationToken, DropGuard};

tokio::task_local! {
    static CLIENT: Client;
}

#[derive(Clone)]
struct Client {
    network: Option<IpAddr>,
    gone: CancellationToken,
}

/// Runs `work` for a client at this network address. The client counts as connected while the guard lives.
pub(crate) fn with_client<F: Future>(network: Option<IpAddr>, work: F) -> (impl Future<Output = F::Output>, DropGuard) {
    let gone = CancellationToken::new();
    (CLIENT.scope(Client { network, gone: gone.clone() }, work), gone.drop_guard())
}

/// Waits until the client of this task disconnects; for ever when the task has no client.
pub(crate) async fn client_gone() {
    match CLIENT.try_with(|client| client.gone.clone()) {
        Ok(gone) => gone.cancelled().await,
        Err(_) => pending().await,
    }
}

/// The address by which limits count the client of this task; `None` when the task has no client or its address is
/// unknown.
pub(crate) fn client_network() -> Option<IpAddr> {
    CLIENT.try_with(|client| client.network).ok().flatten()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::{client_gone, client_network, with_client};

    #[tokio::test]
    async fn work_is_notified_when_its_client_disconnects() {
        let (work, client) = with_client(None, client_gone());
        let mut work = Box::pin(work);
        assert_eq!(work.as_mut().now_or_never(), None);
        drop(client);
        work.await;
    }

    #[tokio::test]
    async fn work_knows_the_address_of_its_client() {
        let network = "192.0.2.7".parse().ok();
        let (work, _client) = with_client(network, async { client_network() });
        assert_eq!(work.await, network);
        assert_eq!(client_network(), None);
    }

    #[tokio::test]
    async fn work_without_a_client_is_never_notified() {
        assert_eq!(client_gone().now_or_never(), None);
    }
}
