//! Two processes sell the same concert.

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, book_pairs, warm_up, write_run};
use crate::context::BenchContext;
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Kind, Rig, VenueLayout};
use crate::{Failure, progress};

const AGAINST_ONE: &str = "two instances on one MariaDB, same hot concert, against one";

const CLIENTS: u32 = 256;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "instances",
    title: "Two instances",
    how: "256 clients, closed loop, group commit: all at one process, then half of them at each of two processes on the same \
          database and two cores. Two named seats of one concert.",
    goals: &[Goal { what: AGAINST_ONE, unit: "", reach: Bound::AtLeast(0.8), moonshot: Some(Bound::AtLeast(1.2)) }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let one = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    let mut two = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    two.add_shop(CommitMode::Group, &[]).await?;
    let mut lines = [Line::writes("one instance"), Line::writes("two instances")];
    for rig in [&one, &two] {
        warm_up(rig).await?;
    }
    for run in 1..=context.runs {
        progress(&format!("instances: run {run}"));
        for (rig, line) in [&one, &two].into_iter().zip(&mut lines) {
            let concert = rig.concert(VenueLayout::ARENA).await?;
            let load = book_pairs(rig, &concert, CLIENTS, context.lasting);
            line.push(write_run(rig, BOOKED, &[], load).await?.0);
        }
    }
    let mut findings = Findings::default();
    let [alone, together] = &lines;
    findings.compare(AGAINST_ONE, together, alone);
    findings.lines.extend(lines);
    one.close().await?;
    two.close().await?;
    Ok(findings)
}
