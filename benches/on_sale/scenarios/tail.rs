//! The latency of a booking when the shop is busy but not overloaded.

use std::time::Duration;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, book_pair, book_pairs, targets, warm_up, write_run};
use crate::context::BenchContext;
use crate::load::{Client, Schedule, open};
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Kind, Rig, VenueLayout};
use crate::{Failure, progress};

const P99: &str = "p99 of bookings at 80 % of the highest rate (open model)";

/// The highest rate is measured with this number of clients in a closed loop.
const CLIENTS: u32 = 256;
/// For the open model: more than ever wait at once.
const CONNECTIONS: u32 = 1_000;
const SHARE: f64 = 0.8;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "tail",
    title: "Latency at 80 % of the highest rate",
    how: "The highest rate is the median of 256 clients in a closed loop. Then bookings of two named seats start at random \
          moments (Poisson) at 0.8 of it, on as many of 1,000 connections as they need, and each latency counts from the \
          planned start. The driver's timer adds up to 1 ms. Group commit, MariaDB.",
    goals: &[Goal { what: P99, unit: " ms", reach: Bound::AtMost(50.0), moonshot: Some(Bound::AtMost(20.0)) }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    warm_up(&rig).await?;
    let mut highest = Line::writes("highest rate: 256 clients, closed loop");
    for run in 1..=context.runs {
        progress(&format!("tail: highest rate, run {run}"));
        let concert = rig.concert(VenueLayout::ARENA).await?;
        let load = book_pairs(&rig, &concert, CLIENTS, context.lasting);
        highest.push(write_run(context, &rig, BOOKED, &[], load).await?.0);
    }
    let rate = highest.per_second().ok_or("no run was without violations")? * SHARE;
    let lasting = context.lasting + Duration::from_secs(1);
    let mut planned = Line::writes("80 % of it, open model");
    for run in 1..=context.runs {
        progress(&format!("tail: 80 %, run {run}"));
        let concert = rig.concert(VenueLayout::ARENA).await?;
        let book = async |client: &mut Client<'_>, number: u32| book_pair(client, &rig, &concert, number).await;
        let (targets, schedule) = (targets(&rig), Schedule::new(rate, lasting));
        let load = Box::pin(open(&targets, CONNECTIONS, schedule, lasting, book));
        planned.push(write_run(context, &rig, BOOKED, &[], load).await?.0);
    }
    let mut findings = Findings::default();
    findings.measure(P99, planned.median(|run| run.p99_ms));
    findings.lines.extend([highest, planned]);
    rig.close().await?;
    Ok(findings)
}
