//! Thousands watch a concert during its sale.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Scenario;
use crate::context::BenchContext;
use crate::load::Connection;
use crate::numbers::{milliseconds, number, shown};
use crate::report::{Bound, Findings, Goal};
use crate::subject::{CommitMode, Concert, Kind, Rig, VenueLayout, resident_mib};
use crate::{Failure, progress, requests};

const LAST: &str = "a change is before the last of 5,000 watchers, p99";
const MEMORY: &str = "memory a watcher, in KiB";

const WATCHERS: usize = 5_000;
/// The number of connections that are opened concurrently.
const ARRIVING: usize = 100;
/// The number of observed bookings and the pause between them. Each causes a separate event.
const BOOKINGS: u32 = 100;
const PACE: Duration = Duration::from_millis(150);
/// The longest wait for the last event.
const LAST_EVENT_WAIT: Duration = Duration::from_secs(5);
const KIB_A_MIB: f64 = 1_024.0;
const READ_BYTES: usize = 4 * 1024;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "watchers",
    title: "Live seats",
    how: "5,000 connections watch a concert of 60,000 seats while 100 bookings of two seats are placed, 150 ms apart. \
          Counted is the time from the answer to the booking until the last of all watchers has read its version. Memory: \
          `VmRSS` with all of them connected, less that before the first.",
    goals: &[
        Goal { what: LAST, unit: " ms", reach: Bound::AtMost(500.0), moonshot: None },
        Goal { what: MEMORY, unit: " KiB", reach: Bound::AtMost(64.0), moonshot: Some(Bound::AtMost(16.0)) },
    ],
    run: |context| run(context).boxed_local(),
};

/// The versions in the order in which a watcher received them.
type Seen = Vec<(u64, Instant)>;

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    progress("watchers: arriving");
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, 1_000, &[]).await?;
    let shop = rig.shop()?;
    let concert = rig.concert(VenueLayout::STADIUM).await?;
    // One read before the crowd arrives fills the cache.
    Connection::open(shop.http).await?.ask(&requests::get(&concert.path("/seats"), &[])).await?;
    rig.wait_until_idle().await?;
    let (before, _) = resident_mib(shop.process)?;
    let (over, ends) = watch::channel(false);
    let mut watching = JoinSet::new();
    let mut first = 0;
    for _ in 0..WATCHERS.div_ceil(ARRIVING) {
        for arrived in join_all((0..ARRIVING).map(|_| Watcher::arrive(shop.http, &concert))).await {
            let watcher = arrived?;
            first = watcher.version;
            watching.spawn(watcher.watch(ends.clone()));
        }
    }
    rig.wait_until_idle().await?;
    let (during, _) = resident_mib(shop.process)?;

    progress("watchers: watching");
    let placed = place(&rig, &concert).await?;
    tokio::time::sleep(LAST_EVENT_WAIT).await;
    over.send(true)?;
    let seen: Vec<Seen> = watching.join_all().await.into_iter().collect::<io::Result<_>>()?;
    let mut delays: Vec<f64> =
        (first + 1..).zip(&placed).filter_map(|(version, at)| last_seen(&seen, version, *at)).collect();
    delays.sort_unstable_by(f64::total_cmp);

    let mut findings = Findings::default();
    let missed = placed.len() - delays.len();
    if missed == 0 {
        findings.measure(LAST, delays.get(delays.len().saturating_sub(1) * 99 / 100).copied());
    }
    findings.measure(MEMORY, Some((during - before) * KIB_A_MIB / number(WATCHERS)));
    let middle = delays.get(delays.len() / 2).copied().unwrap_or_default();
    findings.remarks.push(format!("Median {} ms; {missed} bookings did not reach every watcher.", shown(middle)));
    if let Some(violation) = rig.audit().await? {
        return Err(format!("the audit found {violation}").into());
    }
    rig.close().await?;
    Ok(findings)
}

/// Places the bookings one after the other. Returns the time of each response.
async fn place(rig: &Rig, concert: &Concert) -> Result<Vec<Instant>, Failure> {
    let mut connection = Connection::open(rig.shop()?.http).await?;
    let mut placed = Vec::new();
    for booking in 0..BOOKINGS {
        let seats = concert.pair(booking).ok_or("the layout is too small")?;
        let request = requests::book_seats(concert, rig.users.fan(booking), "", &seats);
        let status = connection.ask(&request).await?.status;
        if status != 201 {
            return Err(format!("a booking was answered with {status}").into());
        }
        placed.push(Instant::now());
        tokio::time::sleep(PACE).await;
    }
    Ok(placed)
}

/// Milliseconds from `at` until the last watcher received `version`. `None` if a watcher never received it.
fn last_seen(seen: &[Seen], version: u64, at: Instant) -> Option<f64> {
    let when = |seen: &Seen| seen.iter().find(|(reached, _)| *reached >= version).map(|(_, when)| *when);
    let latest = seen.iter().map(when).collect::<Option<Vec<_>>>()?.into_iter().max()?;
    Some(milliseconds(latest.saturating_duration_since(at)))
}

/// A client that watches the concert.
struct Watcher {
    stream: TcpStream,
    version: u64,
}

impl Watcher {
    /// Connects and waits for the first event.
    async fn arrive(address: SocketAddr, concert: &Concert) -> io::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(&requests::get(&concert.path("/events"), &[])).await?;
        let mut text = Vec::with_capacity(READ_BYTES);
        loop {
            read_more(&mut stream, &mut text).await?;
            if let Some(version) = versions(&text).last() {
                return Ok(Self { stream, version });
            }
        }
    }

    /// Records when each version arrives, until the measurement ends.
    async fn watch(mut self, mut over: watch::Receiver<bool>) -> io::Result<Seen> {
        let mut seen = Vec::new();
        let mut text = Vec::with_capacity(READ_BYTES);
        loop {
            tokio::select! {
                read = read_more(&mut self.stream, &mut text) => read?,
                _ = over.changed() => return Ok(seen),
            }
            if let Some(version) = versions(&text).last() {
                seen.push((version, Instant::now()));
                text.clear();
            }
        }
    }
}

async fn read_more(stream: &mut TcpStream, text: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(text).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// The ids of the events in a piece of a stream, from complete lines such as `id: 17`.
fn versions(text: &[u8]) -> impl Iterator<Item = u64> {
    let complete = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let lines = text.get(..complete).unwrap_or_default().split(|byte| *byte == b'\n');
    lines.filter_map(|line| std::str::from_utf8(line.strip_prefix(b"id: ")?).ok()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn only_complete_lines_count() {
        let text = b"4a\r\nid: 17\nevent: delta\ndata: {\"version\":17}\n\n\r\n3f\r\nid: 18\nevent: delta\n\nid: 1";
        assert_eq!(versions(text).collect::<Vec<_>>(), [17, 18]);
    }
}
