//! 20,000 holds that expire at once, while others continue to book.

use std::io;
use std::time::{Duration, Instant};

use boxoffice_adapters::system::SystemClock;
use boxoffice_domain::shared::{Clock, Timestamp};
use futures_util::FutureExt;
use serde_json::Value;

use super::Scenario;
use super::common::{BOOKED, FANS, book_pair, targets, warm_up, write_run};
use crate::context::BenchContext;
use crate::load::{Client, Connection, Next, Schedule, closed, open};
use crate::numbers::{median, shown};
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Concert, Kind, Rig, VenueLayout};
use crate::{Failure, progress, requests};

const FREE: &str = "20,000 holds expiring: until the last seat is free again";
const BOOKABLE: &str = "20,000 holds expiring: a booking of such seats from that instant on, the longest of 20";
const P99: &str = "p99 of bookings during the expiry";

const HOLDS: u32 = 20_000;
const CLIENTS: u32 = 256;
const PLACING_MAX: Duration = Duration::from_secs(60);
/// The rate of concurrent bookings of another concert, per second.
const RATE: f64 = 500.0;
/// The time before the holds expire.
const AROUND_SECONDS: i64 = 7;
/// The duration of the bookings of the other concert.
const LASTING: Duration = Duration::from_secs(15);
const POLL_EVERY: Duration = Duration::from_millis(20);
/// Consecutive bookings of seats whose holds have just expired, and the distance of their seats in pairs.
const REBOOKED: u32 = 20;
const REBOOKED_EVERY: u32 = HOLDS / REBOOKED;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "expiry",
    title: "Holds that run out",
    how: "20,000 bookings of two seats are placed and moved to run out at one instant by an UPDATE in the database. \
          At the same time, 500 bookings a second of another concert go on (open model, group commit, MariaDB). Measured is the \
          time from that instant until the availability shows every seat free, how long bookings of those seats take \
          that are asked for before (one after the other, by others than had them), and the p99 of the bookings of the \
          other concert.",
    goals: &[
        Goal { what: FREE, unit: " s", reach: Bound::AtMost(1.0), moonshot: Some(Bound::AtMost(0.5)) },
        Goal { what: BOOKABLE, unit: " ms", reach: Bound::AtMost(1_000.0), moonshot: None },
        Goal { what: P99, unit: " ms", reach: Bound::AtMost(100.0), moonshot: Some(Bound::AtMost(50.0)) },
    ],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    warm_up(&rig).await?;
    let mut line = Line::writes("bookings while 20,000 holds run out");
    let (mut waits, mut longest) = (Vec::new(), Vec::new());
    // A few runs suffice, because the figure is a bound and not a ratio.
    for run in 1..=context.runs.min(3) {
        progress(&format!("expiry: run {run}"));
        let held = rig.concert(VenueLayout::STADIUM).await?;
        hold(&rig, &held).await?;
        rig.wait_until_idle().await?;
        let other = rig.concert(VenueLayout::STADIUM).await?;
        let book = async |client: &mut Client<'_>, number: u32| book_pair(client, &rig.users, &other, number).await;
        // The clock of the measurement starts here, so nothing may wait from here on.
        let load = async {
            let end = SystemClock.now().plus_seconds(AROUND_SECONDS);
            let all_end = format!(
                "UPDATE bookings SET expires_at = {} WHERE concert_id = UNHEX('{}')",
                end.micros(),
                held.id.replace('-', "")
            );
            rig.database.execute(&all_end).await.map_err(io::Error::other)?;
            let targets = targets(&rig);
            let goes_on = open(&targets, CLIENTS, Schedule::new(RATE, LASTING), LASTING, book);
            let (tally, wait, rebooked) =
                tokio::join!(goes_on, until_free(&rig, &held, end), book_again(&rig, &held, end));
            waits.push(wait?);
            longest.push(rebooked?);
            tally
        };
        line.push(write_run(&rig, BOOKED, &[], load).await?.0);
    }
    let mut findings = Findings::default();
    findings.measure(FREE, median(waits.iter().map(Duration::as_secs_f64)));
    findings.measure(BOOKABLE, median(longest.iter().map(|wait| wait.as_secs_f64() * 1_000.0)));
    findings.measure(P99, line.median(|run| run.p99_ms));
    findings.lines.push(line);
    let waits: Vec<_> = waits.iter().map(|wait| shown(wait.as_secs_f64())).collect();
    findings.remarks.push(format!("Seconds until all were free, by run: {}.", waits.join(", ")));
    rig.close().await?;
    Ok(findings)
}

async fn hold(rig: &Rig, concert: &Concert) -> Result<(), Failure> {
    let book = async |client: &mut Client<'_>, number: u32| {
        if number >= HOLDS { Ok(Next::Stop) } else { book_pair(client, &rig.users, concert, number).await }
    };
    let tally = closed(&targets(rig), CLIENTS, PLACING_MAX, book).await?;
    match tally.count(BOOKED.0, BOOKED.1) {
        HOLDS => Ok(()),
        held => Err(format!("only {held} holds were placed: {}", tally.others(&[BOOKED])).into()),
    }
}

/// The time from `end` until the availability shows every seat, except those that are booked again.
async fn until_free(rig: &Rig, concert: &Concert, end: Timestamp) -> io::Result<Duration> {
    let mut connection = connect(rig).await?;
    let request = requests::get(&concert.path("/availability"), &[]);
    let moment = sleep_until(end).await?;
    let given_up = Instant::now() + Duration::from_secs(60);
    while Instant::now() < given_up {
        let answer = connection.ask(&request).await?;
        let answer: Value = serde_json::from_slice(answer.body)?;
        let count = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
        if count("available") + u64::from(2 * REBOOKED) >= count("total") {
            return Ok(moment.elapsed());
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
    Err(io::Error::other("the holds did not expire"))
}

/// Books pairs that were held, from `end` on. Returns the longest wait of these bookings.
async fn book_again(rig: &Rig, concert: &Concert, end: Timestamp) -> io::Result<Duration> {
    let mut connection = connect(rig).await?;
    sleep_until(end).await?;
    let mut longest = Duration::ZERO;
    for number in (0..HOLDS).step_by(usize::try_from(REBOOKED_EVERY).map_err(io::Error::other)?) {
        let seats = concert.pair(number).ok_or_else(|| io::Error::other("the layout has no such pair"))?;
        let key = format!("{}-{number}-again", concert.id);
        let asked = Instant::now();
        let request = requests::book_seats(concert, rig.users.fan(number + 1), &key, &seats);
        let status = connection.ask(&request).await?.status;
        longest = longest.max(asked.elapsed());
        if status != 201 {
            return Err(io::Error::other(format!("seats whose hold had expired were refused with {status}")));
        }
    }
    Ok(longest)
}

async fn connect(rig: &Rig) -> io::Result<Connection> {
    Connection::open(rig.shop().map_err(io::Error::other)?.http).await
}

/// Waits until `end` and returns that moment, which must be in the future.
async fn sleep_until(end: Timestamp) -> io::Result<Instant> {
    let ahead = end.micros().saturating_sub(SystemClock.now().micros());
    let ahead = u64::try_from(ahead).map_err(|_| io::Error::other("the holds expired before the measurement began"))?;
    let moment = Instant::now() + Duration::from_micros(ahead);
    tokio::time::sleep_until(moment.into()).await;
    Ok(moment)
}
