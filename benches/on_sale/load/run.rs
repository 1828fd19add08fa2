//! Runs a load. All its clients share one task on one thread.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::{Client, Next, Schedule, Tally};

/// A load that exceeds its duration by this much is aborted.
const FINISH_TIME_MAX: Duration = Duration::from_secs(120);

/// Closed model: each client starts its next flow after the previous one, until the time is over. Flows are numbered
/// from 0 over all clients. The clients alternate between the targets.
pub(crate) async fn closed(
    targets: &[SocketAddr],
    clients: u32,
    lasting: Duration,
    flow: impl AsyncFn(&mut Client<'_>, u32) -> io::Result<Next>,
) -> io::Result<Tally> {
    let tally = RefCell::new(Tally::default());
    let clients = connect(targets, clients, &tally).await?;
    let flows = Cell::new(0_u32);
    let begin = Instant::now();
    let one = async |mut client: Client<'_>| {
        while begin.elapsed() < lasting {
            let number = flows.replace(flows.get().saturating_add(1));
            match flow(&mut client, number).await {
                Ok(Next::Go) => {}
                Ok(Next::Stop) => break,
                Err(_) => client.connect_again().await?,
            }
        }
        io::Result::Ok(())
    };
    finish(lasting, try_join_all(clients.into_iter().map(one))).await?;
    let mut tally = tally.take();
    tally.elapsed = begin.elapsed();
    Ok(tally)
}

/// Open model: flows start as planned, each on the first free connection.
pub(crate) async fn open(
    targets: &[SocketAddr],
    connections: u32,
    schedule: Schedule,
    lasting: Duration,
    flow: impl AsyncFn(&mut Client<'_>, u32) -> io::Result<Next>,
) -> io::Result<Tally> {
    let tally = RefCell::new(Tally::default());
    let clients = connect(targets, connections, &tally).await?;
    let schedule = RefCell::new(schedule);
    let begin = Instant::now();
    let one = async |mut client: Client<'_>| {
        loop {
            let Some((number, moment)) = schedule.borrow_mut().next() else { return io::Result::Ok(()) };
            let planned = begin + moment;
            // Never early. A delay of at most a millisecond counts as the server's.
            tokio::time::sleep_until(planned.into()).await;
            client.plan(planned);
            match flow(&mut client, number).await {
                Ok(Next::Go) => {}
                Ok(Next::Stop) => return Ok(()),
                Err(_) => client.connect_again().await?,
            }
        }
    };
    finish(lasting, try_join_all(clients.into_iter().map(one))).await?;
    let mut tally = tally.take();
    tally.elapsed = begin.elapsed();
    Ok(tally)
}

async fn connect<'load>(
    targets: &[SocketAddr],
    count: u32,
    tally: &'load RefCell<Tally>,
) -> io::Result<Vec<Client<'load>>> {
    let mut clients = Vec::new();
    for (_, target) in (0..count).zip(targets.iter().cycle()) {
        clients.push(Client::connect(*target, tally).await?);
    }
    Ok(clients)
}

/// Tokio makes a task yield after some operations. This task is the only one, and yielding would only add cost.
async fn finish<T>(lasting: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the load did not end");
    tokio::time::timeout(lasting + FINISH_TIME_MAX, tokio::task::unconstrained(work)).await.map_err(late)?
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::SocketAddr;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::{Client, Next, Schedule, closed, open};

    const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    /// Answers the requests of each connection in order, each with this delay.
    async fn server(delay: Duration) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut buffer = [0; 64];
                    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                        tokio::time::sleep(delay).await;
                        stream.write_all(OK).await.unwrap();
                    }
                });
            }
        });
        address
    }

    async fn get(client: &mut Client<'_>) -> io::Result<Next> {
        assert_eq!(client.ask("get", b"GET / HTTP/1.1\r\n\r\n").await?.body, b"ok");
        Ok(Next::Go)
    }

    #[tokio::test]
    async fn closed_clients_send_in_sequence_and_stop_when_no_request_is_left() {
        let target = server(Duration::ZERO).await;
        let flow = async |client: &mut Client<'_>, number: u32| {
            if number >= 100 { Ok(Next::Stop) } else { get(client).await }
        };
        let tally = closed(&[target], 4, Duration::from_secs(60), flow).await.unwrap();
        assert_eq!((tally.count("get", 200), tally.broken), (100, 0));
    }

    #[tokio::test]
    async fn latency_behind_a_slow_answer_counts_from_the_planned_start() {
        let target = server(Duration::from_millis(50)).await;
        let lasting = Duration::from_millis(200);
        // 100 a second on one connection that serves 20 a second. The last one waits for all earlier ones.
        let schedule = Schedule::new(100.0, lasting);
        let planned = u32::try_from(Schedule::new(100.0, lasting).count()).unwrap();
        let flow = async |client: &mut Client<'_>, _: u32| get(client).await;
        let tally = open(&[target], 1, schedule, lasting, flow).await.unwrap();
        assert_eq!(tally.count("get", 200), planned);
        let least = Duration::from_millis(50) * planned - lasting;
        assert!(tally.latencies("get").longest() >= least, "{:?}", tally.latencies("get").longest());
    }

    #[tokio::test]
    async fn a_broken_connection_is_counted_and_reopened() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 64];
            for answers in [false, true] {
                let (mut stream, _) = listener.accept().await.unwrap();
                let read = stream.read(&mut buffer).await.unwrap();
                if answers && read > 0 {
                    stream.write_all(OK).await.unwrap();
                    let _ = stream.read(&mut buffer).await;
                }
            }
        });
        let flow = async |client: &mut Client<'_>, number: u32| {
            if number >= 2 { Ok(Next::Stop) } else { get(client).await }
        };
        let tally = closed(&[target], 1, Duration::from_secs(60), flow).await.unwrap();
        assert_eq!((tally.count("get", 200), tally.broken), (1, 1));
    }
}
