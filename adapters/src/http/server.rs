//! The sockets: a bound listener, a bounded number of connections, and an orderly end.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use poem::http::uri::Scheme;
use poem::listener::Acceptor;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Server};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Requests at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;
/// A connection on which nothing happens for so long is closed.
const IDLE_MAX: Duration = Duration::from_secs(75);
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

/// A server that has its address, but answers nobody yet.
pub struct BoundServer {
    listener: TcpListener,
    address: SocketAddr,
    connections_max: usize,
}

impl BoundServer {
    /// Binds `address`; with port 0 the system picks a free port.
    ///
    /// # Errors
    /// The address is taken, or not ours.
    pub async fn bind(address: SocketAddr, connections_max: usize) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, connections_max })
    }

    /// The address with its port.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until it is told to stop and everything under way is done, or out of time.
    ///
    /// # Errors
    /// The listener broke.
    pub async fn serve(self, endpoint: impl Endpoint + 'static, ending: Ending) -> io::Result<()> {
        let Ending { stop, drain, tasks } = ending;
        let acceptor = BoundedAcceptor {
            listener: self.listener,
            local: LocalAddr(self.address.into()),
            free: Arc::new(Semaphore::new(self.connections_max)),
        };
        Server::new_with_acceptor(acceptor)
            .http2_max_concurrent_streams(STREAMS_MAX)
            .idle_timeout(IDLE_MAX)
            .run_with_graceful_shutdown(endpoint, stop.clone().cancelled_owned(), Some(drain))
            .await?;
        tasks.close();
        if tokio::time::timeout(drain, tasks.wait()).await.is_err() {
            tracing::warn!(tasks = tasks.len(), "requests are cut off because they took too long to end");
        }
        Ok(())
    }
}

/// Takes no connection beyond the bound, so that the rest wait in the system's backlog.
struct BoundedAcceptor {
    listener: TcpListener,
    local: LocalAddr,
    free: Arc<Semaphore>,
}

impl Acceptor for BoundedAcceptor {
    type Io = BoundedStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        vec![self.local.clone()]
    }

    async fn accept(&mut self) -> io::Result<(BoundedStream, LocalAddr, RemoteAddr, Scheme)> {
        let permit = Arc::clone(&self.free).acquire_owned().await.map_err(io::Error::other)?;
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    // Answers are written whole; waiting to fill a packet would only delay them.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection broke before it was used");
                    }
                    let stream = BoundedStream { stream, _permit: permit };
                    return Ok((stream, self.local.clone(), RemoteAddr(peer.into()), Scheme::HTTP));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(PAUSE_AFTER_ACCEPT_ERROR).await;
                }
            }
        }
    }
}

/// A connection that makes room for another one when it ends.
struct BoundedStream {
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
}

impl AsyncRead for BoundedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for BoundedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use poem::endpoint::make;
    use poem::{Endpoint, Request};
    use tokio::sync::Notify;
    use tokio_util::sync::CancellationToken;
    use tokio_util::task::TaskTracker;

    use super::{BoundServer, Ending};

    fn ending(drain: Duration) -> Ending {
        Ending { stop: CancellationToken::new(), drain, tasks: TaskTracker::new() }
    }

    fn slow(entered: &Arc<Notify>, leave: &Arc<Notify>) -> impl Endpoint + 'static {
        let (entered, leave) = (Arc::clone(entered), Arc::clone(leave));
        make(move |_: Request| {
            let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
            async move {
                entered.notify_one();
                leave.notified().await;
                "done"
            }
        })
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_although_the_server_stops() {
        let server = BoundServer::bind("127.0.0.1:0".parse().unwrap(), 10).await.unwrap();
        let url = format!("http://{}/", server.address());
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let ending = ending(Duration::from_secs(30));
        let stop = ending.stop.clone();
        let serving = tokio::spawn(server.serve(slow(&entered, &leave), ending));
        let answer = tokio::spawn(reqwest::get(url.clone()));
        entered.notified().await;
        stop.cancel();
        leave.notify_one();
        assert_eq!(answer.await.unwrap().unwrap().text().await.unwrap(), "done");
        serving.await.unwrap().unwrap();
        assert!(reqwest::get(url).await.is_err());
    }

    #[tokio::test]
    async fn a_request_that_never_ends_does_not_keep_the_server_from_stopping() {
        let server = BoundServer::bind("127.0.0.1:0".parse().unwrap(), 10).await.unwrap();
        let url = format!("http://{}/", server.address());
        let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let ending = ending(Duration::from_millis(50));
        let stop = ending.stop.clone();
        let serving = tokio::spawn(server.serve(slow(&entered, &leave), ending));
        let answer = tokio::spawn(reqwest::get(url));
        entered.notified().await;
        stop.cancel();
        serving.await.unwrap().unwrap();
        assert!(answer.await.unwrap().is_err());
    }
}
