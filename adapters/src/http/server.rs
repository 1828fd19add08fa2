//! The HTTP server: a bound listener, a limited number of connections, limits on what a connection may cost, and a
//! graceful shutdown.

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

use super::address_range::AddressRange;
use super::client_address::counted_by;
use crate::address_quota::{AddressQuota, QuotaExceeded, QuotaPermit};

/// The pause after `accept` failed, most likely because the process ran out of file handles.
const PAUSE_AFTER_ACCEPT_ERROR: Duration = Duration::from_millis(100);
/// How long an accepted connection waits for a permit before another idle connection is evicted.
const PERMIT_WAIT: Duration = Duration::from_millis(100);
/// How long the last responses may take to be written after the drain period of a shutdown.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// The metric of connections that were closed at once, because their address had its share.
const REFUSED_CONNECTIONS: &str = "boxoffice_http_connections_refused_total";

/// How a server shuts down.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// When cancelled, no new connection is accepted and open ones finish their requests.
    pub stop: CancellationToken,
    /// How long requests may take from then on before they are cut off.
    pub drain: Duration,
    /// Work that continues without its connection; it is awaited within the same time.
    pub tasks: TaskTracker,
}

/// Timeouts of a connection. All are measured by periodic inspection and may last a quarter of `header` longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionTimeouts {
    /// The wait for the rest of a request's header, and for the first byte of a new connection.
    pub header: Duration,
    /// The wait for the next request.
    pub idle: Duration,
    /// The wait for a client to read more of a response; it may last a quarter longer. The operating system, too, drops
    /// a client that acknowledges nothing for this long.
    pub stall: Duration,
}

impl Default for ConnectionTimeouts {
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

/// Responds to some requests before they reach the endpoint.
pub trait EarlyResponder: Send + Sync + 'static {
    /// The response that the endpoint would give, or `None` to pass the request on to it. Must not block.
    fn answer(&self, head: Head<'_>) -> Option<Response<Full<Bytes>>>;

    /// The response to a request that never reaches the endpoint, or not in time: one that cannot be parsed (400, 414,
    /// 431), did not arrive in time (408), or was not answered before the shutdown (503). Must not block.
    fn refuse(&self, status: StatusCode) -> Response<Bytes> {
        let mut answer = Response::default();
        *answer.status_mut() = status;
        answer
    }
}

/// No early responses: every request goes to the endpoint.
impl EarlyResponder for () {
    fn answer(&self, _: Head<'_>) -> Option<Response<Full<Bytes>>> {
        None
    }
}

impl<S: EarlyResponder> EarlyResponder for Arc<S> {
    fn answer(&self, head: Head<'_>) -> Option<Response<Full<Bytes>>> {
        self.as_ref().answer(head)
    }

    fn refuse(&self, status: StatusCode) -> Response<Bytes> {
        self.as_ref().refuse(status)
    }
}

/// A server that is bound to its address, but does not accept connections yet.
pub struct BoundServer {
    listener: TcpListener,
    address: SocketAddr,
    address_quota: Arc<AddressQuota>,
    /// Addresses without a limit of connections; `None` when no address is limited.
    unlimited: Option<Vec<AddressRange>>,
    timeouts: ConnectionTimeouts,
}

impl BoundServer {
    /// Binds `address`; with port 0 the system picks a free port. When all `connections_max` are in use, an idle one is
    /// evicted for the next; while none is idle, new ones wait in the system's backlog.
    ///
    /// # Errors
    /// Returns an error when the address is in use or not local.
    pub async fn bind(address: SocketAddr, connections_max: usize) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let address_quota = AddressQuota::new(connections_max, connections_max);
        Ok(Self { listener, address, address_quota, unlimited: None, timeouts: ConnectionTimeouts::default() })
    }

    /// Limits one address (one /64 network of IPv6) to `connections_max` connections, and to fewer when few are free;
    /// addresses in `unlimited` are exempt. A connection over the limit evicts the longest idle connection of its own
    /// address, or is closed itself when none is idle.
    #[must_use]
    pub fn with_share(mut self, connections_max: usize, unlimited: Vec<AddressRange>) -> Self {
        self.address_quota = self.address_quota.with_share(connections_max);
        self.unlimited = Some(unlimited);
        self
    }

    /// Sets the timeouts of connections.
    #[must_use]
    pub fn with_timeouts(self, timeouts: ConnectionTimeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// The bound address with its port.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves requests until `stop` is cancelled and everything under way is done or out of time. `endpoint` gets the
    /// requests that `shortcut` does not answer.
    pub async fn serve(self, endpoint: impl Endpoint + 'static, shortcut: impl EarlyResponder, ending: Shutdown) {
        let Shutdown { stop, drain, tasks } = ending;
        let (connections, out_of_time) = (TaskTracker::new(), CancellationToken::new());
        let reaper = Arc::new(IdleReaper::new(self.timeouts));
        let reaping = tokio::spawn(Arc::clone(&reaper).run());
        let context = Arc::new(ConnectionContext::new(endpoint, shortcut, self.address, out_of_time.clone()));
        while let Some((stream, peer, permit)) = stop.run_until_cancelled(self.accept(&reaper)).await {
            let connection =
                Connection::new(peer, reaper.enter(counted_by(peer.ip().to_canonical())), Arc::clone(&context));
            connections.spawn(async move {
                connection.serve(stream).await;
                drop(permit);
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

    /// The next connection that gets a permit.
    async fn accept(&self, reaper: &IdleReaper) -> (TcpStream, SocketAddr, QuotaPermit) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    if let Err(error) = self.prepare(&stream) {
                        tracing::debug!(%error, "a connection failed before it was used");
                    }
                    if let Some(permit) = self.permit_for(peer.ip().to_canonical(), reaper).await {
                        return (stream, peer, permit);
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
        // Responses are written whole; waiting to fill a packet would only delay them.
        stream.set_nodelay(true)?;
        #[cfg(target_os = "linux")]
        {
            let millis = u32::try_from(self.timeouts.stall.as_millis()).unwrap_or(u32::MAX);
            rustix::net::sockopt::set_tcp_user_timeout(stream, millis)?;
        }
        Ok(())
    }

    /// A permit for a connection of `peer`, for which an idle connection is evicted if necessary. `None` when the peer
    /// has its share and none of its connections is idle.
    async fn permit_for(&self, peer: IpAddr, reaper: &IdleReaper) -> Option<QuotaPermit> {
        let is_limited = |unlimited: &Vec<AddressRange>| !unlimited.iter().any(|range| range.contains(peer));
        let address = counted_by(peer);
        let counted = self.unlimited.as_ref().is_some_and(is_limited).then_some(address);
        let mut taken = self.address_quota.take(counted);
        if taken.as_ref().is_err_and(|reason| *reason == QuotaExceeded::ShareTaken) {
            if !reaper.evict_idle(counted) {
                return None;
            }
            taken = self.address_quota.take_in_exchange(address);
        }
        loop {
            if let Ok(permit) = taken {
                return Some(permit);
            }
            reaper.evict_idle(None);
            let _ = tokio::time::timeout(PERMIT_WAIT, self.address_quota.freed()).await;
            taken = self.address_quota.take(counted);
            if taken.as_ref().is_err_and(|reason| *reason == QuotaExceeded::ShareTaken) {
                return None;
            }
        }
    }
}
