//! The sockets: a bound listener, a bounded number of connections, bounds on what a connection may cost, and an orderly
//! end.

mod connection;
mod pulse;
#[cfg(test)]
mod tests;
mod watch;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use poem::Endpoint;
use poem::http::{HeaderMap, Method, Response, Uri};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use connection::{Connection, Reception};
use watch::Watch;

/// The pause after the system would not give us a connection, most likely because it ran out of file handles.
const PAUSE_AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(100);

/// How a server ends.
#[derive(Debug, Clone)]
pub struct Ending {
    /// When cancelled, no new connection is taken and open ones finish their request.
    pub stop: CancellationToken,
    /// How long requests may take from then on before they are cut.
    pub drain: Duration,
    /// Work that goes on without its connection; it is waited for within the same time.
    pub tasks: TaskTracker,
}

/// How long a client may let a connection wait. Both are measured in looks at the connection and may last a quarter of
/// `header` longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the rest of a request's header, and for the first byte of a new connection.
    pub header: Duration,
    /// For the next request, or for taking the rest of an answer.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { header: Duration::from_secs(10), idle: Duration::from_secs(75) }
    }
}

/// A request without its body.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its address.
    pub uri: &'a Uri,
    /// Its headers.
    pub headers: &'a HeaderMap,
}

/// Answers some requests at once.
pub trait Shortcut: Send + Sync + 'static {
    /// The answer that the endpoint would give; `None` to leave the request to it. Must not block.
    fn answer(&self, head: Head<'_>) -> Option<Response<Full<Bytes>>>;
}

/// None: every request goes to the endpoint.
impl Shortcut for () {
    fn answer(&self, _: Head<'_>) -> Option<Response<Full<Bytes>>> {
        None
    }
}

impl<S: Shortcut> Shortcut for Arc<S> {
    fn answer(&self, head: Head<'_>) -> Option<Response<Full<Bytes>>> {
        self.as_ref().answer(head)
    }
}

/// A server that has its address, but answers nobody yet.
pub struct BoundServer {
    listener: TcpListener,
    address: SocketAddr,
    connections_max: usize,
    patience: Patience,
}

impl BoundServer {
    /// Binds `address`; with port 0 the system picks a free port. Connections beyond `connections_max` wait in the
    /// system's backlog.
    ///
    /// # Errors
    /// The address is taken, or not ours.
    pub async fn bind(address: SocketAddr, connections_max: usize) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, connections_max, patience: Patience::default() })
    }

    /// Waits this long for its clients.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// The address with its port.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until it is told to stop and everything under way is done, or out of time. `endpoint` gets those
    /// that `shortcut` does not answer.
    ///
    /// # Errors
    /// No more connections can be taken.
    pub async fn serve(
        self,
        endpoint: impl Endpoint + 'static,
        shortcut: impl Shortcut,
        ending: Ending,
    ) -> io::Result<()> {
        let Ending { stop, drain, tasks } = ending;
        let connections = TaskTracker::new();
        let free = Arc::new(Semaphore::new(self.connections_max));
        let watch = Arc::new(Watch::new(self.patience));
        let watching = tokio::spawn(Arc::clone(&watch).keep());
        let reception = Arc::new(Reception::new(endpoint, shortcut, self.address));
        while let Some(accepted) = stop.run_until_cancelled(self.accept(&free)).await {
            let (stream, peer, permit) = accepted?;
            let connection = Connection::new(peer, watch.enter(), Arc::clone(&reception));
            connections.spawn(async move {
                connection.serve(stream).await;
                drop(permit);
            });
        }
        drop(self.listener);

        watch.finish();
        connections.close();
        tasks.close();
        let all_done = async {
            connections.wait().await;
            tasks.wait().await;
        };
        if tokio::time::timeout(drain, all_done).await.is_err() {
            let (connections, tasks) = (connections.len(), tasks.len());
            tracing::warn!(connections, tasks, "requests are cut off because they took too long to end");
            watch.cut();
        }
        watching.abort();
        Ok(())
    }

    /// The next connection, once there is room for it.
    async fn accept(&self, free: &Arc<Semaphore>) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = Arc::clone(free).acquire_owned().await.map_err(io::Error::other)?;
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    // Answers are written whole; waiting to fill a packet would only delay them.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection broke before it was used");
                    }
                    return Ok((stream, peer, permit));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(PAUSE_AFTER_ACCEPT_ERROR).await;
                }
            }
        }
    }
}
