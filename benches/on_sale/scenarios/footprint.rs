//! The cost of an open shop: memory and start time.

use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::Scenario;
use super::common::{FANS, book_pairs};
use crate::context::BenchContext;
use crate::load::Connection;
use crate::numbers::{median, milliseconds, shown};
use crate::report::{Bound, Findings, Goal};
use crate::subject::{CommitMode, Database, Kind, Rig, Shop, VenueLayout, resident_mib};
use crate::{Failure, progress, requests};

const IDLE: &str = "memory of the idle process";
const ON_SALE: &str = "memory of the process, most during a whole on-sale";
const START: &str = "start to first answered request on a migrated database (MariaDB)";
const START_SQLITE: &str = "the same on SQLite";

const CLIENTS: u32 = 256;
const SALE_MAX: Duration = Duration::from_secs(120);
const SETTLED: Duration = Duration::from_secs(2);
/// The pause between two attempts to connect to a starting program.
const CONNECT_INTERVAL: Duration = Duration::from_micros(500);

pub(super) const SCENARIO: Scenario = Scenario {
    name: "footprint",
    title: "Memory and start",
    how: "Resident memory (`VmRSS`, `VmHWM`) of the process on MariaDB: two seconds after its first answer, and the most \
          while 256 clients book a concert of 200,000 seats from empty to the last one, 20,000 fans. Start: from spawning \
          the process to the first 200 of the list of concerts.",
    goals: &[
        Goal { what: IDLE, unit: " MiB", reach: Bound::AtMost(60.0), moonshot: Some(Bound::AtMost(30.0)) },
        Goal { what: ON_SALE, unit: " MiB", reach: Bound::AtMost(300.0), moonshot: Some(Bound::AtMost(150.0)) },
        Goal { what: START, unit: " ms", reach: Bound::AtMost(150.0), moonshot: Some(Bound::AtMost(50.0)) },
        Goal { what: START_SQLITE, unit: " ms", reach: Bound::AtMost(150.0), moonshot: Some(Bound::AtMost(50.0)) },
    ],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let mut findings = Findings::default();
    for (kind, goal) in [(Kind::MariaDb, START), (Kind::Sqlite, START_SQLITE)] {
        progress(&format!("footprint: start on {}", kind.name()));
        findings.measure(goal, Some(start(context, kind).await?));
    }

    progress("footprint: memory");
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    let process = rig.shop()?.process;
    tokio::time::sleep(SETTLED).await;
    findings.measure(IDLE, Some(resident_mib(process)?.0));
    let concert = rig.concert(VenueLayout::LARGEST).await?;
    let tally = book_pairs(&rig, &concert, CLIENTS, SALE_MAX).await?;
    let (after, most) = resident_mib(process)?;
    if let Some(violation) = rig.audit().await? {
        return Err(format!("the audit found {violation}").into());
    }
    findings.measure(ON_SALE, Some(most));
    findings.remarks.push(format!("{} bookings; {} MiB right after the sale.", tally.total(), shown(after)));
    rig.close().await?;
    Ok(findings)
}

/// Milliseconds from spawning the process to its first response, on a database that is already migrated.
async fn start(context: &BenchContext, kind: Kind) -> Result<f64, Failure> {
    let database = Database::create(kind, &context.server).await?;
    Shop::start(&context.program, &database, &[]).await?.stop().await?;
    let request = requests::get("/concerts", &[]);
    let mut times = Vec::new();
    for _ in 0..context.runs {
        let begin = Instant::now();
        let shop = Shop::start(&context.program, &database, &[]).await?;
        loop {
            if let Ok(mut connection) = Connection::open(shop.http).await
                && connection.ask(&request).await.is_ok_and(|answer| answer.status == 200)
            {
                break;
            }
            tokio::time::sleep(CONNECT_INTERVAL).await;
        }
        times.push(milliseconds(begin.elapsed()));
        shop.stop().await?;
    }
    median(times).ok_or_else(|| "nothing was started".into())
}
