//! One connection: detects its protocol and passes its requests to the endpoint.

use std::convert::Infallible;
use std::future::{Future, Ready, poll_fn, ready};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use futures_util::future::{BoxFuture, Either};
use http_body_util::Full;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use poem::Endpoint;
use poem::http::uri::Scheme;
use poem::http::{Request, Response, StatusCode, header};
use poem::web::{LocalAddr, RemoteAddr};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::answer_body::AnswerBody;
use super::connection_state::{CloseReason, ConnectionState, UnderWay};
use super::idle_reaper::Observation;
use super::observed_stream::{ObservedStream, Refuse};
use super::{EarlyResponder, Head, refusal};

/// The most concurrent requests on one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;
/// The most streams that a client may reset before they were accepted; more end the connection.
const RESET_STREAMS_MAX: usize = 32;
/// The longest request header, in bytes.
const HEADER_MAX: u32 = 16 * 1024;
/// The flow control windows for bodies that are not read yet, in bytes: of one HTTP/2 request, and of a connection.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// The most bytes of responses buffered for one HTTP/2 stream until the client reads them.
const SEND_BUFFER_MAX: usize = 64 * 1024;
/// The most bytes that are buffered on an HTTP/1 connection; a header must fit.
const BUFFER_MAX: usize = 64 * 1024;
/// The first bytes of the HTTP/2 preface. No supported method begins with them.
const HTTP2_BEGINS: &[u8; 3] = b"PRI";

/// What all connections of a server share.
pub(super) struct ConnectionContext<E, S> {
    endpoint: E,
    shortcut: S,
    local: LocalAddr,
    out_of_time: CancellationToken,
}

impl<E: Endpoint, S: EarlyResponder> ConnectionContext<E, S> {
    /// Responds with `shortcut` or `endpoint` on `address`. Requests that are not answered when `out_of_time` is
    /// cancelled get a 503.
    pub(super) fn new(endpoint: E, shortcut: S, address: SocketAddr, out_of_time: CancellationToken) -> Self {
        Self { endpoint, shortcut, local: LocalAddr(address.into()), out_of_time }
    }

    fn answer_at_once(&self, request: &Request<Incoming>) -> Option<Response<Full<Bytes>>> {
        let head = Head { method: request.method(), uri: request.uri(), headers: request.headers() };
        self.shortcut.answer(head)
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        peer: RemoteAddr,
        (state, under_way): (Arc<ConnectionState>, UnderWay),
    ) -> Answer {
        let request = (request, self.local.clone(), peer, Scheme::HTTP).into();
        let answer = self.out_of_time.run_until_cancelled(self.endpoint.get_response(request)).await;
        let Some(answer) = answer else {
            let mut answer = self.shortcut.refuse(StatusCode::SERVICE_UNAVAILABLE).map(Full::new);
            answer.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
            return Ok(answer.map(|body| AnswerBody::at_once(body, &state)));
        };
        let answer: Response<BoxBody<_, _>> = answer.into();
        Ok(answer.map(|body| AnswerBody::routed(body, under_way, &state)))
    }
}

type Answer = Result<Response<AnswerBody>, Infallible>;

/// An accepted connection.
pub(super) struct Connection<E, S> {
    peer: RemoteAddr,
    observation: Observation,
    context: Arc<ConnectionContext<E, S>>,
}

impl<E: Endpoint + 'static, S: EarlyResponder> Connection<E, S> {
    /// A connection of `peer`.
    pub(super) fn new(peer: SocketAddr, observation: Observation, context: Arc<ConnectionContext<E, S>>) -> Self {
        Self { peer: RemoteAddr(peer.into()), observation, context }
    }

    /// Serves requests until either side closes.
    pub(super) async fn serve(self, stream: TcpStream) {
        let state = self.observation.state();
        let Some(speaks_http2) = unless_closing(state, speaks_http2(&stream)).await else {
            return;
        };
        if speaks_http2 { self.serve_http2(stream).await } else { self.serve_http1(stream).await }
    }

    async fn serve_http1(self, stream: TcpStream) {
        let state = Arc::clone(self.observation.state());
        let context = Arc::clone(&self.context);
        let refuse: Refuse = Arc::new(move |status| refusal::written(context.shortcut.refuse(status)));
        let stream = ObservedStream::http1(stream, Arc::clone(&state), Arc::clone(&refuse));
        let service = service_fn(|request: Request<Incoming>| {
            state.header_arrived();
            self.answer(request)
        });
        let mut connection = http1_settings().serve_connection(TokioIo::new(stream), service);
        let ended = until_ended(&state, Pin::new(&mut connection), http1::Connection::graceful_shutdown).await;
        let stream = || connection.into_parts().io.into_inner().into_inner();
        match ended {
            Ended::ClosedByServer(CloseReason::HeaderTimeout) if state.has_part_of_a_header() => {
                refusal::send(stream(), refuse(StatusCode::REQUEST_TIMEOUT)).await;
            }
            Ended::Broken(error) if error.is_parse() => refusal::linger(stream()).await,
            _ => {}
        }
    }

    async fn serve_http2(self, stream: TcpStream) {
        let state = Arc::clone(self.observation.state());
        let stream = ObservedStream::http2(stream, Arc::clone(&state));
        let service = service_fn(|request: Request<Incoming>| self.answer(request));
        let connection = pin!(http2_settings().serve_connection(TokioIo::new(stream), service));
        until_ended(&state, connection, http2::Connection::graceful_shutdown).await;
    }

    fn answer(&self, request: Request<Incoming>) -> Either<Ready<Answer>, BoxFuture<'static, Answer>> {
        let state = self.observation.state();
        if let Some(answer) = self.context.answer_at_once(&request) {
            state.answered_at_once();
            return Either::Left(ready(Ok(answer.map(|body| AnswerBody::at_once(body, state)))));
        }
        let (context, peer) = (Arc::clone(&self.context), self.peer.clone());
        let under_way = (Arc::clone(state), state.begin());
        let answer: BoxFuture<'static, Answer> =
            Box::pin(async move { context.answer(request, peer, under_way).await });
        Either::Right(answer)
    }
}

fn http1_settings() -> http1::Builder {
    let mut settings = http1::Builder::new();
    // The reaper enforces the header timeout.
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

/// Peeks at the first bytes. Every client that speaks HTTP/2 sends them together; one that sends them one by one is
/// treated as HTTP/1 and refused there.
async fn speaks_http2(stream: &TcpStream) -> bool {
    let mut first = [0; HTTP2_BEGINS.len()];
    stream.peek(&mut first).await.is_ok_and(|_| first == *HTTP2_BEGINS)
}

/// The output of `work`; `None` if the connection has to finish or close before.
async fn unless_closing<T>(state: &ConnectionState, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|cx| {
        state.listen(cx.waker());
        if state.is_to_finish() || state.is_to_close().is_some() {
            return Poll::Ready(None);
        }
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

/// How a connection ended.
enum Ended {
    /// One side has closed it regularly.
    Closed,
    /// The server closed it.
    ClosedByServer(CloseReason),
    /// It failed.
    Broken(hyper::Error),
}

/// Runs a connection until it ends or has to close; calls `finish` once when it has to finish.
async fn until_ended<C>(state: &ConnectionState, mut connection: Pin<&mut C>, finish: fn(Pin<&mut C>)) -> Ended
where
    C: Future<Output = Result<(), hyper::Error>>,
{
    let mut finishing = false;
    let ended = poll_fn(|cx| {
        state.listen(cx.waker());
        if let Some(reason) = state.is_to_close() {
            return Poll::Ready(Ended::ClosedByServer(reason));
        }
        if state.is_to_finish() && !finishing {
            finishing = true;
            finish(connection.as_mut());
        }
        connection.as_mut().poll(cx).map(|outcome| outcome.map_or_else(Ended::Broken, |()| Ended::Closed))
    })
    .await;
    if let Ended::Broken(error) = &ended {
        tracing::debug!(%error, "a connection failed");
    }
    ended
}
