//! The client that something is done for: which network it is in, and whether it still waits.
//!
//! What changes something runs in a task of its own, so nothing is cut off when its client hangs up. Work that has not
//! begun yet may ask here whether its client is still there, and queues may ask whose turn it is.

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

/// `work` for a client in this network who waits for as long as the guard lives.
pub(crate) fn accompanied<F: Future>(network: Option<IpAddr>, work: F) -> (impl Future<Output = F::Output>, DropGuard) {
    let gone = CancellationToken::new();
    (CLIENT.scope(Client { network, gone: gone.clone() }, work), gone.drop_guard())
}

/// Waits until the client of this task is gone; for ever when there is none.
pub(crate) async fn client_gone() {
    match CLIENT.try_with(|client| client.gone.clone()) {
        Ok(gone) => gone.cancelled().await,
        Err(_) => pending().await,
    }
}

/// The address that limits count the client of this task by; `None` when there is no client, or its address is unknown.
pub(crate) fn client_network() -> Option<IpAddr> {
    CLIENT.try_with(|client| client.network).ok().flatten()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::{accompanied, client_gone, client_network};

    #[tokio::test]
    async fn work_learns_that_its_client_is_gone() {
        let (work, client) = accompanied(None, client_gone());
        let mut work = Box::pin(work);
        assert_eq!(work.as_mut().now_or_never(), None);
        drop(client);
        work.await;
    }

    #[tokio::test]
    async fn work_knows_whom_it_is_for() {
        let network = "192.0.2.7".parse().ok();
        let (work, _client) = accompanied(network, async { client_network() });
        assert_eq!(work.await, network);
        assert_eq!(client_network(), None);
    }

    #[tokio::test]
    async fn work_for_no_client_is_never_left_alone() {
        assert_eq!(client_gone().now_or_never(), None);
    }
}
