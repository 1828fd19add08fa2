//! Readers who insist on fresh answers share them.

use std::io;
use std::time::Duration;

use futures_util::FutureExt;

use super::Scenario;
use super::common::targets;
use crate::Failure;
use crate::load::{Client, Next, Schedule, open};
use crate::numbers::number;
use crate::report::{Bound, Findings, Goal, Line, Run};
use crate::requests;
use crate::stage::Stage;
use crate::subject::{Desk, Hall, Kind, Rig};

const STATEMENTS: &str = "database statements of 10,000 anonymous `no-cache` reads of one key in 10 s";

const READ: (&str, u16) = ("read", 200);
const READS_A_SECOND: f64 = 1_000.0;
const WINDOW: Duration = Duration::from_secs(10);
const CONNECTIONS: u32 = 64;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "no_cache",
    title: "Reads with no-cache",
    how: "1,000 reads of one availability a second (open model) with `Cache-Control: no-cache` for 10 s. Statements are \
          what MariaDB counted, less what it counted in 10 s without.",
    goals: &[Goal { what: STATEMENTS, unit: "", reach: Bound::AtMost(60.0), moonshot: None }],
    play: |stage| play(stage).boxed_local(),
};

async fn play(stage: &Stage) -> Result<Findings, Failure> {
    let rig = Rig::open(stage, Kind::MariaDb, Desk::Group, 1, &[]).await?;
    let concert = rig.concert(Hall::THEATRE).await?;
    rig.quiet().await?;
    let start = rig.database.statements().await?;
    tokio::time::sleep(WINDOW).await;
    let middle = rig.database.statements().await?;

    let request = requests::get(&concert.path("/availability"), &[("cache-control", "no-cache")]);
    let read = async |client: &mut Client<'_>, _: u32| {
        client.ask(READ.0, &request).await?;
        io::Result::Ok(Next::Go)
    };
    let before = rig.meter()?;
    let tally = open(&targets(&rig), CONNECTIONS, Schedule::new(READS_A_SECOND, WINDOW), WINDOW, read).await?;
    let usage = rig.meter()?.since(before);
    let end = rig.database.statements().await?;

    let (idle, busy) = (middle.saturating_sub(start), end.saturating_sub(middle));
    let mut line = Line::reads("no-cache reads");
    line.push(Run::of(&tally, READ, &[], usage));
    let mut findings = Findings::default();
    findings.measure(STATEMENTS, Some(number(busy.saturating_sub(idle))));
    findings.lines.push(line);
    rig.close().await?;
    Ok(findings)
}
