//! Readers that require fresh responses share them.

use std::io;
use std::time::Duration;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{NO_WORKERS, statements_of, targets};
use crate::Failure;
use crate::context::BenchContext;
use crate::load::{Client, Next, Schedule, open};
use crate::report::{Bound, Findings, Goal, Line, Run};
use crate::requests;
use crate::subject::{CommitMode, Kind, Rig, VenueLayout};

const STATEMENTS: &str = "database statements of 10,000 anonymous `no-cache` reads of one key in 10 s";

const READ: (&str, u16) = ("read", 200);
const READS_A_SECOND: f64 = 1_000.0;
const PERIOD: Duration = Duration::from_secs(10);
const CONNECTIONS: u32 = 64;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "no_cache",
    title: "Reads with no-cache",
    how: "1,000 reads of one availability a second (open model) with `Cache-Control: no-cache` for 10 s. Statements are \
          what MariaDB counted, of a program without workers.",
    goals: &[Goal { what: STATEMENTS, unit: "", reach: Bound::AtMost(60.0), moonshot: None }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, 1, NO_WORKERS).await?;
    let concert = rig.concert(VenueLayout::THEATRE).await?;
    let request = requests::get(&concert.path("/availability"), &[("cache-control", "no-cache")]);
    let read = async |client: &mut Client<'_>, _: u32| {
        client.ask(READ.0, &request).await?;
        io::Result::Ok(Next::Go)
    };
    let before = rig.meter()?;
    let targets = targets(&rig);
    let load = open(&targets, CONNECTIONS, Schedule::new(READS_A_SECOND, PERIOD), PERIOD, read);
    let (a_second, tally) = statements_of(&rig, load).await?;
    let usage = rig.meter()?.since(before);

    let mut line = Line::reads("no-cache reads");
    line.push(Run::of(&tally, READ, &[], usage));
    let mut findings = Findings::default();
    findings.measure(STATEMENTS, Some(a_second * PERIOD.as_secs_f64()));
    findings.lines.push(line);
    rig.close().await?;
    Ok(findings)
}
