//! The latency of a booking when the shop is busy but not overloaded.

use std::iter;
use std::time::Duration;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, book_pair, book_pairs, targets, warm_up, write_run};
use crate::context::BenchContext;
use crate::load::{Client, Schedule, open};
use crate::report::{Bound, Findings, Goal, Line, Run};
use crate::subject::{CommitMode, Kind, Rig, VenueLayout};
use crate::{Failure, progress};

const P99: &str = "p99 of bookings at 80 % of the highest rate (open model)";
const P99_OF_REFERENCE: &str = "p99 of bookings at 80 % of the reference's highest rate (open model)";

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
          planned start. The driver's timer adds up to 1 ms. Group commit, MariaDB. The reference takes turns with the \
          program, which has to bear 0.8 of the reference's highest rate as well.",
    goals: &[
        Goal { what: P99, unit: " ms", reach: Bound::AtMost(50.0), moonshot: Some(Bound::AtMost(20.0)) },
        Goal { what: P99_OF_REFERENCE, unit: " ms", reach: Bound::AtMost(40.0), moonshot: Some(Bound::AtMost(20.0)) },
    ],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let current = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    let reference = Rig::open_reference(context, Kind::MariaDb, FANS).await?;
    let mut highest = Line::writes("highest rate: 256 clients, closed loop");
    let mut reference_highest = Line::writes("reference: highest rate");
    for rig in iter::once(&current).chain(&reference) {
        warm_up(rig).await?;
    }
    for run in 1..=context.runs {
        progress(&format!("tail: highest rate, run {run}"));
        highest.push(closed_run(context, &current).await?);
        if let Some(reference) = &reference {
            reference_highest.push(closed_run(context, reference).await?);
        }
    }
    let share = |line: &Line| line.per_second().map(|rate| rate * SHARE);
    let rate = share(&highest).ok_or("no run was without violations")?;
    let reference_rate = share(&reference_highest);
    let mut planned = Line::writes("80 % of it, open model");
    let mut at_reference_rate = Line::writes("80 % of the reference's highest rate, open model");
    let mut reference_planned = Line::writes("reference: 80 % of its highest rate, open model");
    for run in 1..=context.runs {
        progress(&format!("tail: 80 %, run {run}"));
        planned.push(planned_run(context, &current, rate).await?);
        if let (Some(reference), Some(rate)) = (&reference, reference_rate) {
            at_reference_rate.push(planned_run(context, &current, rate).await?);
            reference_planned.push(planned_run(context, reference, rate).await?);
        }
    }
    let mut findings = Findings::default();
    findings.measure(P99, planned.median(|run| run.p99_ms));
    findings.measure(P99_OF_REFERENCE, at_reference_rate.median(|run| run.p99_ms));
    findings.lines.extend([highest, planned]);
    if reference.is_some() {
        findings.lines.extend([reference_highest, reference_planned, at_reference_rate]);
    }
    for rig in iter::once(current).chain(reference) {
        rig.close().await?;
    }
    Ok(findings)
}

async fn closed_run(context: &BenchContext, rig: &Rig) -> Result<Run, Failure> {
    let concert = rig.concert(VenueLayout::ARENA).await?;
    let load = book_pairs(rig, &concert, CLIENTS, context.lasting);
    Ok(write_run(rig, BOOKED, &[], load).await?.0)
}

async fn planned_run(context: &BenchContext, rig: &Rig, rate: f64) -> Result<Run, Failure> {
    let lasting = context.lasting + Duration::from_secs(1);
    let concert = rig.concert(VenueLayout::ARENA).await?;
    let book = async |client: &mut Client<'_>, number: u32| book_pair(client, &rig.users, &concert, number).await;
    let (targets, schedule) = (targets(rig), Schedule::new(rate, lasting));
    let load = Box::pin(open(&targets, CONNECTIONS, schedule, lasting, book));
    Ok(write_run(rig, BOOKED, &[], load).await?.0)
}
