//! One connection: which protocol its client speaks, and how its requests reach the endpoint.

use std::convert::Infallible;
use std::future::{Future, poll_fn, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::{BoxFuture, Either};
use http_body_util::Full;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use poem::Endpoint;
use poem::http::uri::Scheme;
use poem::http::{Request, Response};
use poem::web::{LocalAddr, RemoteAddr};
use tokio::net::TcpStream;

use super::pulse::{NotedStream, Pulse, UnderWay};
use super::watch::Place;
use super::{Head, Shortcut};

/// Requests at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;
/// Streams that a client may take back before they were looked at; more end the connection.
const RESET_STREAMS_MAX: usize = 32;
/// The most bytes of a request's header.
const HEADER_MAX: u32 = 16 * 1024;
/// Bytes of bodies that may arrive before they are read: for one HTTP/2 request, and for a connection.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// Bytes of answers that wait on one HTTP/2 stream for their client to take them.
const SEND_BUFFER_MAX: usize = 64 * 1024;
/// The most bytes that are read ahead on an HTTP/1 connection; a header has to fit.
const BUFFER_MAX: usize = 64 * 1024;
/// How the first line of HTTP/2 begins, which no method of ours does.
const HTTP2_BEGINS: &[u8; 3] = b"PRI";

/// What every connection of a server needs.
pub(super) struct Reception<E, S> {
    endpoint: E,
    shortcut: S,
    local: LocalAddr,
}

impl<E: Endpoint, S: Shortcut> Reception<E, S> {
    /// Answers with `shortcut` or `endpoint` on `address`.
    pub(super) fn new(endpoint: E, shortcut: S, address: SocketAddr) -> Self {
        Self { endpoint, shortcut, local: LocalAddr(address.into()) }
    }

    fn answer_at_once(&self, request: &Request<Incoming>) -> Option<Response<Full<Bytes>>> {
        let head = Head { method: request.method(), uri: request.uri(), headers: request.headers() };
        self.shortcut.answer(head)
    }

    async fn answer(&self, request: Request<Incoming>, peer: RemoteAddr, under_way: UnderWay) -> Answer {
        let request = (request, self.local.clone(), peer, Scheme::HTTP).into();
        let answer: Response<BoxBody<_, _>> = self.endpoint.get_response(request).await.into();
        Ok(answer.map(|body| AnswerBody::Routed { body, _under_way: under_way }))
    }
}

type Answer = Result<Response<AnswerBody>, Infallible>;

/// A connection that was accepted.
pub(super) struct Connection<E, S> {
    peer: RemoteAddr,
    place: Place,
    reception: Arc<Reception<E, S>>,
}

impl<E: Endpoint + 'static, S: Shortcut> Connection<E, S> {
    /// A connection of `peer`.
    pub(super) fn new(peer: SocketAddr, place: Place, reception: Arc<Reception<E, S>>) -> Self {
        Self { peer: RemoteAddr(peer.into()), place, reception }
    }

    /// Answers requests until either side closes.
    pub(super) async fn serve(self, stream: TcpStream) {
        let pulse = Arc::clone(self.place.pulse());
        let Some(speaks_http2) = until_told_to_go(&pulse, speaks_http2(&stream)).await else {
            return;
        };
        let service = service_fn(|request: Request<Incoming>| {
            if let Some(answer) = self.reception.answer_at_once(&request) {
                pulse.answered_at_once();
                return Either::Left(ready(Ok(answer.map(AnswerBody::AtOnce))));
            }
            let (reception, peer, under_way) = (Arc::clone(&self.reception), self.peer.clone(), pulse.begin());
            let answer: BoxFuture<'static, Answer> =
                Box::pin(async move { reception.answer(request, peer, under_way).await });
            Either::Right(answer)
        });
        if speaks_http2 {
            pulse.header_arrived();
            let connection = http2_settings().serve_connection(TokioIo::new(stream), service);
            until_ended(&pulse, connection, http2::Connection::graceful_shutdown).await;
        } else {
            let stream = NotedStream::new(stream, Arc::clone(&pulse));
            let connection = http1_settings().serve_connection(TokioIo::new(stream), service);
            until_ended(&pulse, connection, http1::Connection::graceful_shutdown).await;
        }
    }
}

fn http1_settings() -> http1::Builder {
    let mut settings = http1::Builder::new();
    // The header's time is kept by the watch.
    settings.header_read_timeout(None).max_buf_size(BUFFER_MAX);
    settings
}

fn http2_settings() -> http2::Builder<TokioExecutor> {
    let mut settings = http2::Builder::new(TokioExecutor::new());
    settings
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_pending_accept_reset_streams(RESET_STREAMS_MAX)
        .max_header_list_size(HEADER_MAX)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER_MAX);
    settings
}

/// Looks at the first bytes without taking them. They arrive together from every client that speaks HTTP/2; one that
/// sends them one by one is taken for HTTP/1 and refused there.
async fn speaks_http2(stream: &TcpStream) -> bool {
    let mut first = [0; HTTP2_BEGINS.len()];
    stream.peek(&mut first).await.is_ok_and(|_| first == *HTTP2_BEGINS)
}

/// What comes out, unless the connection is told to go before.
async fn until_told_to_go<T>(pulse: &Pulse, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        pulse.listen(cx.waker());
        if pulse.is_to_finish() || pulse.is_to_leave() {
            return Poll::Ready(None);
        }
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Runs a connection until it ends or is told to leave; `finish` is called when it is told to finish.
async fn until_ended<C>(pulse: &Pulse, connection: C, finish: fn(Pin<&mut C>))
where
    C: Future<Output = Result<(), hyper::Error>>,
{
    let mut connection = pin!(connection);
    let mut finishing = false;
    let ended = poll_fn(|cx| {
        pulse.listen(cx.waker());
        if pulse.is_to_leave() {
            return Poll::Ready(Ok(()));
        }
        if pulse.is_to_finish() && !finishing {
            finishing = true;
            finish(connection.as_mut());
        }
        connection.as_mut().poll(cx)
    });
    if let Err(error) = ended.await {
        tracing::debug!(%error, "a connection broke");
    }
}

/// The body of an answer.
enum AnswerBody {
    /// Of one that was there at once.
    AtOnce(Full<Bytes>),
    /// Of one of the endpoint, whose request is under way until it is written.
    Routed { body: BoxBody<Bytes, io::Error>, _under_way: UnderWay },
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::AtOnce(body) => {
                Pin::new(body).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::Routed { body, .. } => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::AtOnce(body) => body.is_end_stream(),
            Self::Routed { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::AtOnce(body) => body.size_hint(),
            Self::Routed { body, .. } => body.size_hint(),
        }
    }
}
