//! The sockets: a bound listener, a bounded number of connections, bounds on what a connection may cost, and an orderly
//! end.

mod answer_body;
mod connection;
mod connection_state;
mod header_blocks;
mod idle_reaper;
mod observed_stream;
mod refusal;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use poem::Endpoint;
use poem::http::{HeaderMap, Method, Response, StatusCode, Uri};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use connection::{Connection, ConnectionContext};
use idle_reaper::IdleReaper;

use super::client_address::{AddressRange, counted_by};
use crate::places::{NoPlace, Place, Places};

/// The pause after the system would not give us a connection, most likely because it ran out of file handles.
const PAUSE_AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(100);
/// How long a connection that was accepted waits for a place before an idle one is looked for again.
const PLACE_WAIT: Duration = Duration::from_millis(100);
/// How long the answers of requests that ran out of time may take to be written, when the server ends.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Connections that were closed at once, because their address had its share.
const REFUSED_CONNECTIONS: &str = "boxoffice_http_connections_refused_total";

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

/// How long a client may let a connection wait. All are measured in looks at the connection and may last a quarter of
/// `header` longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the rest of a request's header, and for the first byte of a new connection.
    pub header: Duration,
    /// For the next request.
    pub idle: Duration,
    /// For taking any more of an answer while there is more of it; it may last a quarter longer. The system, too, gives up
    /// a client that acknowledges nothing for so long.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { header: Duration::from_secs(10), idle: Duration::from_secs(75), stall: Duration::from_secs(30) }
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

    /// The answer to a request that never reaches the endpoint, or not in time: one that cannot be parsed (400, 414, 431),
    /// did not arrive in time (408), or was not answered before the server ended (503). Must not block.
    fn refuse(&self, status: StatusCode) -> Response<Bytes> {
        let mut answer = Response::default();
        *answer.status_mut() = status;
        answer
    }
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

    fn refuse(&self, status: StatusCode) -> Response<Bytes> {
        self.as_ref().refuse(status)
    }
}

/// A server that has its address, but answers nobody yet.
pub struct BoundServer {
    listener: TcpListener,
    address: SocketAddr,
    places: Arc<Places>,
    /// Addresses that may have any number of connections; `None` when all may.
    unlimited: Option<Vec<AddressRange>>,
    patience: Patience,
}

impl BoundServer {
    /// Binds `address`; with port 0 the system picks a free port. When all `connections_max` are taken, one that is idle
    /// gives way to the next; while none is, the next ones wait in the system's backlog.
    ///
    /// # Errors
    /// The address is taken, or not ours.
    pub async fn bind(address: SocketAddr, connections_max: usize) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let places = Places::new(connections_max, connections_max);
        Ok(Self { listener, address, places, unlimited: None, patience: Patience::default() })
    }

    /// Lets one address (of IPv6 a /64 network) have at most `connections_max` of all connections, and fewer when few are
    /// left; addresses of `unlimited` may have any number. One more closes the address's own longest idle one, or is
    /// closed itself when none is idle.
    #[must_use]
    pub fn with_share(mut self, connections_max: usize, unlimited: Vec<AddressRange>) -> Self {
        self.places = self.places.with_share(connections_max);
        self.unlimited = Some(unlimited);
        self
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
    pub async fn serve(self, endpoint: impl Endpoint + 'static, shortcut: impl Shortcut, ending: Ending) {
        let Ending { stop, drain, tasks } = ending;
        let (connections, out_of_time) = (TaskTracker::new(), CancellationToken::new());
        let reaper = Arc::new(IdleReaper::new(self.patience));
        let reaping = tokio::spawn(Arc::clone(&reaper).run());
        let context = Arc::new(ConnectionContext::new(endpoint, shortcut, self.address, out_of_time.clone()));
        while let Some((stream, peer, place)) = stop.run_until_cancelled(self.accept(&reaper)).await {
            let connection =
                Connection::new(peer, reaper.enter(counted_by(peer.ip().to_canonical())), Arc::clone(&context));
            connections.spawn(async move {
                connection.serve(stream).await;
                drop(place);
            });
        }
        drop(self.listener);

        reaper.finish();
        connections.close();
        tasks.close();
        let all_done = async {
            connections.wait().await;
            tasks.wait().await;
        };
        if tokio::time::timeout(drain, all_done).await.is_err() {
            let (open, under_way) = (connections.len(), tasks.len());
            tracing::warn!(
                connections = open,
                tasks = under_way,
                "requests are cut off because they took too long to end"
            );
            out_of_time.cancel();
            let _ = tokio::time::timeout(LAST_ANSWERS, connections.wait()).await;
            reaper.cut();
        }
        reaping.abort();
    }

    /// The next connection that gets a place.
    async fn accept(&self, reaper: &IdleReaper) -> (TcpStream, SocketAddr, Place) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    if let Err(error) = self.prepare(&stream) {
                        tracing::debug!(%error, "a connection broke before it was used");
                    }
                    if let Some(place) = self.place_for(peer.ip().to_canonical(), reaper).await {
                        return (stream, peer, place);
                    }
                    metrics::counter!(REFUSED_CONNECTIONS).increment(1);
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(PAUSE_AFTER_ACCEPT_ERROR).await;
                }
            }
        }
    }

    fn prepare(&self, stream: &TcpStream) -> io::Result<()> {
        // Answers are written whole; waiting to fill a packet would only delay them.
        stream.set_nodelay(true)?;
        #[cfg(target_os = "linux")]
        {
            let millis = u32::try_from(self.patience.stall.as_millis()).unwrap_or(u32::MAX);
            rustix::net::sockopt::set_tcp_user_timeout(stream, millis)?;
        }
        Ok(())
    }

    /// A place for a connection of `peer`, for which an idle connection gives way if need be; `None` when the peer has its
    /// share and uses all of it.
    async fn place_for(&self, peer: IpAddr, reaper: &IdleReaper) -> Option<Place> {
        let is_limited = |unlimited: &Vec<AddressRange>| !unlimited.iter().any(|range| range.contains(peer));
        let address = counted_by(peer);
        let counted = self.unlimited.as_ref().is_some_and(is_limited).then_some(address);
        let mut taken = self.places.take(counted);
        if taken.as_ref().is_err_and(|reason| *reason == NoPlace::ShareTaken) {
            if !reaper.evict_idle(counted) {
                return None;
            }
            taken = self.places.take_in_exchange(address);
        }
        loop {
            if let Ok(place) = taken {
                return Some(place);
            }
            reaper.evict_idle(None);
            let _ = tokio::time::timeout(PLACE_WAIT, self.places.freed()).await;
            taken = self.places.take(counted);
            if taken.as_ref().is_err_and(|reason| *reason == NoPlace::ShareTaken) {
                return None;
            }
        }
    }
}
