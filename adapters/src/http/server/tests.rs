use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::{StatusCode, Version, client::conn as client};
use hyper_util::rt::{TokioExecutor, TokioIo};
use poem::endpoint::make;
use poem::http::Response;
use poem::{Endpoint, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::{BoundServer, ConnectionTimeouts, EarlyResponder, Head, Shutdown};

const A_WHILE: Duration = Duration::from_millis(50);
const FOR_EVER: Duration = Duration::from_secs(600);

/// A server under test. Dropping it stops the server.
struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    _stop: DropGuard,
}

impl Served {
    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

async fn serve(
    connections_max: usize,
    timeouts: ConnectionTimeouts,
    drain: Duration,
    endpoint: impl Endpoint + 'static,
) -> Served {
    serve_with(connections_max, timeouts, drain, endpoint, ()).await
}

async fn serve_with(
    connections_max: usize,
    timeouts: ConnectionTimeouts,
    drain: Duration,
    endpoint: impl Endpoint + 'static,
    shortcut: impl EarlyResponder,
) -> Served {
    let server = BoundServer::bind("127.0.0.1:0".parse().unwrap(), connections_max).await.unwrap();
    let server = server.with_timeouts(timeouts);
    let (address, stop) = (server.address(), CancellationToken::new());
    let ending = Shutdown { stop: stop.clone(), drain, tasks: TaskTracker::new() };
    let serving = tokio::spawn(server.serve(endpoint, shortcut, ending));
    Served { address, stop: stop.clone(), serving, _stop: stop.drop_guard() }
}

/// An endpoint that responds only when it is notified.
struct Slow {
    entered: Arc<Notify>,
    leave: Arc<Notify>,
}

impl Slow {
    fn new() -> Self {
        Self { entered: Arc::new(Notify::new()), leave: Arc::new(Notify::new()) }
    }

    fn endpoint(&self) -> impl Endpoint + 'static {
        let (entered, leave) = (Arc::clone(&self.entered), Arc::clone(&self.leave));
        make(move |_: Request| {
            let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
            async move {
                entered.notify_one();
                leave.notified().await;
                "done"
            }
        })
    }
}

fn quick() -> impl Endpoint + 'static {
    make(|_: Request| async { "done" })
}

#[tokio::test]
async fn a_request_under_way_is_answered_during_shutdown() {
    for http2 in [false, true] {
        let slow = Slow::new();
        let served = serve(10, ConnectionTimeouts::default(), FOR_EVER, slow.endpoint()).await;
        let answer = tokio::spawn(get(served.address, http2));
        slow.entered.notified().await;
        served.stop.cancel();
        slow.leave.notify_one();
        assert_eq!(answer.await.unwrap().unwrap().1, "done");
        let url = served.url();
        served.serving.await.unwrap();
        assert!(reqwest::get(url).await.is_err());
    }
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_block_shutdown() {
    for http2 in [false, true] {
        let slow = Slow::new();
        let served = serve(10, ConnectionTimeouts::default(), A_WHILE, slow.endpoint()).await;
        let answer = tokio::spawn(get(served.address, http2));
        slow.entered.notified().await;
        served.stop.cancel();
        served.serving.await.unwrap();
        assert_eq!(answer.await.unwrap().unwrap().0, StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test]
async fn an_idle_connection_does_not_block_shutdown() {
    let served = serve(10, ConnectionTimeouts::default(), FOR_EVER, quick()).await;
    let mut unused = TcpStream::connect(served.address).await.unwrap();
    let mut used = asked(served.address).await;
    served.stop.cancel();
    served.serving.await.unwrap();
    for socket in [&mut unused, &mut used] {
        assert_eq!(socket.read(&mut [0; 16]).await.unwrap(), 0);
    }
}

/// Sends a request over a connection of its own and returns the status and the body of the response.
async fn get(address: SocketAddr, http2: bool) -> hyper::Result<(StatusCode, Bytes)> {
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let request = hyper::Request::get(format!("http://{address}/")).header("host", "x").body(Empty::<Bytes>::new());
    let request = request.unwrap();
    let answer = if http2 {
        let (mut sender, connection) = client::http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        sender.send_request(request).await?
    } else {
        let (mut sender, connection) = client::http1::handshake(io).await?;
        tokio::spawn(connection);
        sender.send_request(request).await?
    };
    let status = answer.status();
    Ok((status, answer.into_body().collect().await?.to_bytes()))
}

/// A connection on which one request was answered.
async fn asked(address: SocketAddr) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    ask(&mut socket).await;
    socket
}

async fn ask(socket: &mut TcpStream) {
    socket.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"done") {
        let mut bytes = [0; 256];
        let count = socket.read(&mut bytes).await.unwrap();
        assert!(count > 0, "{answer:?}");
        answer.extend_from_slice(&bytes[..count]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn an_incomplete_header_times_out() {
    let served = serve(
        10,
        ConnectionTimeouts { header: A_WHILE, idle: FOR_EVER, ..ConnectionTimeouts::default() },
        FOR_EVER,
        quick(),
    )
    .await;
    for bytes in [b"".as_slice(), b"PR", b"GET / HTTP/1.1\r\nhost: x\r\n"] {
        let mut socket = TcpStream::connect(served.address).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{bytes:?}");
    }
    let mut socket = asked(served.address).await;
    socket.write_all(b"GET / HTT").await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{answer:?}");
}

#[tokio::test]
async fn a_header_that_arrives_byte_by_byte_times_out() {
    let served = serve(
        10,
        ConnectionTimeouts { header: A_WHILE, idle: FOR_EVER, ..ConnectionTimeouts::default() },
        FOR_EVER,
        quick(),
    )
    .await;
    let socket = TcpStream::connect(served.address).await.unwrap();
    let (mut reader, mut writer) = socket.into_split();
    writer.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let drip = tokio::spawn(async move {
        while writer.write_all(b"a: b\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = reader.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    drip.await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let slow = Slow::new();
    let timeouts = ConnectionTimeouts { header: A_WHILE, idle: A_WHILE, ..ConnectionTimeouts::default() };
    let idle = serve(10, timeouts, FOR_EVER, quick()).await;
    let busy = serve(10, timeouts, FOR_EVER, slow.endpoint()).await;
    for http2 in [false, true] {
        let answer = tokio::spawn(get(busy.address, http2));
        slow.entered.notified().await;
        let mut socket = asked(idle.address).await;
        // When this one is closed, the busy one has waited as long.
        assert_eq!(socket.read(&mut [0; 16]).await.unwrap(), 0);
        slow.leave.notify_one();
        assert_eq!(answer.await.unwrap().unwrap().1, "done");
    }
}

#[tokio::test]
async fn an_http2_client_is_served_and_closed_when_idle() {
    let served = serve(
        1,
        ConnectionTimeouts { header: A_WHILE, idle: A_WHILE, ..ConnectionTimeouts::default() },
        FOR_EVER,
        quick(),
    )
    .await;
    let mut idle = Vec::new();
    for _ in 0..2 {
        // Only one connection is allowed: the second client waits until the first one's is closed.
        let io = TokioIo::new(TcpStream::connect(served.address).await.unwrap());
        let (mut sender, connection) = client::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = hyper::Request::get(served.url()).body(Empty::<Bytes>::new()).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.version(), Version::HTTP_2);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "done");
        idle.push((sender, connection));
    }
}

#[tokio::test]
async fn a_connection_over_the_limit_waits_until_another_ends() {
    let slow = Slow::new();
    let served = serve(1, ConnectionTimeouts::default(), FOR_EVER, slow.endpoint()).await;
    let send = || tokio::spawn(reqwest::Client::new().get(served.url()).header("connection", "close").send());
    let first = send();
    slow.entered.notified().await;
    let second = send();
    let waits = tokio::time::timeout(A_WHILE, slow.entered.notified()).await;
    assert!(waits.is_err(), "the second request is not even read");
    slow.leave.notify_one();
    assert!(first.await.unwrap().is_ok());
    slow.entered.notified().await;
    slow.leave.notify_one();
    assert!(second.await.unwrap().is_ok());
}

/// All bytes received on a connection after sending these.
async fn answer_to(address: SocketAddr, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

/// Never responds early, and names the status of a refusal in the body.
struct Refusing;

impl EarlyResponder for Refusing {
    fn answer(&self, _: Head<'_>) -> Option<Response<Full<Bytes>>> {
        None
    }

    fn refuse(&self, status: StatusCode) -> Response<Bytes> {
        let body = Bytes::from(format!("refused with {}", status.as_u16()));
        Response::builder().status(status).header("x-request-id", "1").body(body).unwrap()
    }
}

#[tokio::test]
async fn unparsable_and_late_requests_get_a_regular_response() {
    let timeouts = ConnectionTimeouts { header: A_WHILE, ..ConnectionTimeouts::default() };
    let served = serve_with(10, timeouts, FOR_EVER, quick(), Refusing).await;
    let long = |length: usize| "x".repeat(length);
    for (request, status) in [
        ("no request at all\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nhost: x\r\ncontent-length: many\r\n\r\n".to_owned(), 400),
        (format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", long(65_600)), 414),
        (format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", long(1_000_000)), 431),
        ("GET / HTTP/1.1\r\nhost: x\r\n".to_owned(), 408),
    ] {
        let answer = answer_to(served.address, request.as_bytes()).await;
        let first = request.chars().take(40).collect::<String>();
        let statuses: Vec<String> = [status, 431].iter().map(|status| format!("HTTP/1.1 {status}")).collect();
        // Whether the address or the whole header is too long depends on how much of it has arrived.
        let is_expected = if status == 414 { 2 } else { 1 };
        assert!(statuses.iter().take(is_expected).any(|status| answer.starts_with(status)), "{first}: {answer}");
        assert!(answer.contains("x-request-id: 1\r\n") && answer.contains("connection: close\r\n"), "{answer}");
        assert!(answer.contains("\r\n\r\nrefused with "), "{answer}");
    }
    assert_eq!(get(served.address, false).await.unwrap().1, "done", "other connections are not affected");
}

/// An HTTP/2 frame.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, stream];
    frame.extend(payload);
    frame
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
/// `GET / http x` in HPACK: `:method`, `:scheme` and `:path` of the static table, and `:authority`.
const GET: &[u8] = &[0x82, 0x86, 0x84, 0x41, 0x01, b'x'];

/// Whether the server closes a connection by itself after these bytes.
async fn is_closed_after(address: SocketAddr, bytes: &[u8]) -> bool {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), socket.read_to_end(&mut answer)).await.is_ok()
}

#[tokio::test]
async fn an_incomplete_http2_header_times_out() {
    let served =
        serve(10, ConnectionTimeouts { header: A_WHILE, ..ConnectionTimeouts::default() }, FOR_EVER, quick()).await;
    let unfinished = [PREFACE, &frame(SETTINGS, 0, 0, &[]), &frame(HEADERS, 1, 1, GET)].concat();
    assert!(is_closed_after(served.address, &unfinished).await);
}

#[tokio::test]
async fn an_http2_client_that_does_not_read_its_response_is_disconnected() {
    let endpoint = make(|_: Request| async { "x".repeat(1_000_000) });
    let timeouts = ConnectionTimeouts { header: A_WHILE, stall: A_WHILE, ..ConnectionTimeouts::default() };
    let served = serve(10, timeouts, FOR_EVER, endpoint).await;
    // SETTINGS_INITIAL_WINDOW_SIZE = 0, then a complete request.
    let no_window = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let asked = [PREFACE, &no_window, &frame(HEADERS, 5, 1, GET)].concat();
    assert!(is_closed_after(served.address, &asked).await);
}

#[tokio::test]
async fn an_http1_client_that_does_not_read_its_response_is_disconnected() {
    let endpoint = make(|_: Request| async {
        let parts = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'x'; 65_536]));
        poem::Body::from_bytes_stream(parts)
    });
    let timeouts = ConnectionTimeouts { header: A_WHILE, stall: A_WHILE, ..ConnectionTimeouts::default() };
    let served = serve(1, timeouts, FOR_EVER, endpoint).await;
    let mut stuck = TcpStream::connect(served.address).await.unwrap();
    stuck.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut begins = [0; 12];
    stuck.read_exact(&mut begins).await.unwrap();
    // Only one connection is allowed.
    let mut next = TcpStream::connect(served.address).await.unwrap();
    next.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answered = tokio::time::timeout(Duration::from_secs(10), next.read_exact(&mut begins)).await;
    assert!(answered.is_ok_and(|read| read.is_ok()), "the stuck connection was closed");
}

#[tokio::test]
async fn idle_connections_are_evicted_when_all_are_in_use() {
    let served =
        serve(20, ConnectionTimeouts { header: FOR_EVER, ..ConnectionTimeouts::default() }, FOR_EVER, quick()).await;
    let mut idle = Vec::new();
    for _ in 0..30 {
        idle.push(TcpStream::connect(served.address).await.unwrap());
    }
    for http2 in [false, true] {
        assert_eq!(get(served.address, http2).await.unwrap().1, "done");
    }
    assert_eq!(idle[0].read(&mut [0; 16]).await.unwrap(), 0, "the oldest one went first");
}

#[tokio::test]
async fn an_address_over_its_share_evicts_its_own_idle_connections() {
    let slow = Slow::new();
    let server = BoundServer::bind("127.0.0.1:0".parse().unwrap(), 100).await.unwrap().with_share(2, Vec::new());
    let (address, stop) = (server.address(), CancellationToken::new());
    let ending = Shutdown { stop: stop.clone(), drain: A_WHILE, tasks: TaskTracker::new() };
    let _stop = stop.drop_guard();
    tokio::spawn(server.serve(slow.endpoint(), (), ending));
    let mut idle = TcpStream::connect(address).await.unwrap();
    let mut busy = Vec::new();
    for _ in 0..2 {
        busy.push(tokio::spawn(get(address, false)));
        slow.entered.notified().await;
    }
    assert_eq!(idle.read(&mut [0; 16]).await.unwrap(), 0, "it was evicted for the second request");
    assert!(get(address, false).await.is_err(), "both connections are busy");
    for answer in busy {
        slow.leave.notify_one();
        assert_eq!(answer.await.unwrap().unwrap().1, "done");
    }
}
