use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Version, client::conn as client};
use hyper_util::rt::{TokioExecutor, TokioIo};
use poem::endpoint::make;
use poem::{Endpoint, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::{BoundServer, Ending, Patience};

const A_WHILE: Duration = Duration::from_millis(50);
const FOR_EVER: Duration = Duration::from_secs(600);

/// A server under test; it stops when this is dropped.
struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    _stop: DropGuard,
}

impl Served {
    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

async fn serve(
    connections_max: usize,
    patience: Patience,
    drain: Duration,
    endpoint: impl Endpoint + 'static,
) -> Served {
    let server = BoundServer::bind("127.0.0.1:0".parse().unwrap(), connections_max).await.unwrap();
    let server = server.with_patience(patience);
    let (address, stop) = (server.address(), CancellationToken::new());
    let ending = Ending { stop: stop.clone(), drain, tasks: TaskTracker::new() };
    let serving = tokio::spawn(server.serve(endpoint, (), ending));
    Served { address, stop: stop.clone(), serving, _stop: stop.drop_guard() }
}

/// Answers only when told to.
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
async fn a_request_under_way_is_answered_although_the_server_stops() {
    for http2 in [false, true] {
        let slow = Slow::new();
        let served = serve(10, Patience::default(), FOR_EVER, slow.endpoint()).await;
        let answer = tokio::spawn(get(served.address, http2));
        slow.entered.notified().await;
        served.stop.cancel();
        slow.leave.notify_one();
        assert_eq!(answer.await.unwrap().unwrap().1, "done");
        let url = served.url();
        served.serving.await.unwrap().unwrap();
        assert!(reqwest::get(url).await.is_err());
    }
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_server_from_stopping() {
    for http2 in [false, true] {
        let slow = Slow::new();
        let served = serve(10, Patience::default(), A_WHILE, slow.endpoint()).await;
        let answer = tokio::spawn(get(served.address, http2));
        slow.entered.notified().await;
        served.stop.cancel();
        served.serving.await.unwrap().unwrap();
        assert!(answer.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn a_connection_without_a_request_does_not_keep_the_server_from_stopping() {
    let served = serve(10, Patience::default(), FOR_EVER, quick()).await;
    let mut unused = TcpStream::connect(served.address).await.unwrap();
    let mut used = asked(served.address).await;
    served.stop.cancel();
    served.serving.await.unwrap().unwrap();
    for socket in [&mut unused, &mut used] {
        assert_eq!(socket.read(&mut [0; 16]).await.unwrap(), 0);
    }
}

/// Asks over a connection of its own, and returns the version and the body of the answer.
async fn get(address: SocketAddr, http2: bool) -> hyper::Result<(Version, Bytes)> {
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
    let version = answer.version();
    Ok((version, answer.into_body().collect().await?.to_bytes()))
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
async fn a_header_that_never_ends_is_cut_off() {
    let served = serve(10, Patience { header: A_WHILE, idle: FOR_EVER }, FOR_EVER, quick()).await;
    for bytes in [b"".as_slice(), b"PR", b"GET / HTTP/1.1\r\nhost: x\r\n"] {
        let mut socket = TcpStream::connect(served.address).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{bytes:?}");
    }
    let mut socket = asked(served.address).await;
    socket.write_all(b"GET / HTT").await.unwrap();
    assert_eq!(socket.read(&mut [0; 16]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_header_that_drips_is_cut_off() {
    let served = serve(10, Patience { header: A_WHILE, idle: FOR_EVER }, FOR_EVER, quick()).await;
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
    let patience = Patience { header: A_WHILE, idle: A_WHILE };
    let idle = serve(10, patience, FOR_EVER, quick()).await;
    let busy = serve(10, patience, FOR_EVER, slow.endpoint()).await;
    for http2 in [false, true] {
        let answer = tokio::spawn(get(busy.address, http2));
        slow.entered.notified().await;
        let mut socket = asked(idle.address).await;
        // When this one is closed, the busy one has been waited for as long.
        assert_eq!(socket.read(&mut [0; 16]).await.unwrap(), 0);
        slow.leave.notify_one();
        assert_eq!(answer.await.unwrap().unwrap().1, "done");
    }
}

#[tokio::test]
async fn a_client_that_speaks_http2_is_answered_in_it_and_closed_when_it_idles() {
    let served = serve(1, Patience { header: A_WHILE, idle: A_WHILE }, FOR_EVER, quick()).await;
    let mut idle = Vec::new();
    for _ in 0..2 {
        // There is room for one connection only: the second client waits until the first one's is closed.
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
async fn one_connection_too_many_waits_until_another_ends() {
    let slow = Slow::new();
    let served = serve(1, Patience::default(), FOR_EVER, slow.endpoint()).await;
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

#[tokio::test]
async fn a_header_that_is_too_long_reaches_nobody() {
    let served = serve(10, Patience::default(), FOR_EVER, quick()).await;
    let answer = reqwest::Client::new().get(served.url()).header("x-long", "x".repeat(1_000_000)).send().await;
    // The client may be told, or may find the connection closed before it has sent everything.
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 431));
}
