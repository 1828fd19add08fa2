//! The time and memory to put a large concert on sale.

use std::time::Instant;

use futures_util::FutureExt;

use super::Scenario;
use crate::context::BenchContext;
use crate::numbers::median;
use crate::report::{Bound, Findings, Goal};
use crate::subject::{CommitMode, Kind, Rig, VenueLayout, resident_mib};
use crate::{Failure, progress};

const TIME: &str = "a concert of 100,000 seats created and published (MariaDB)";
const TIME_SQLITE: &str = "the same on SQLite";
const MEMORY: &str = "memory that the process took for all of them (MariaDB)";
const MEMORY_SQLITE: &str = "the same memory on SQLite";

const HALL: VenueLayout = VenueLayout { sections: 20, rows: 25, seats: 200 };

pub(super) const SCENARIO: Scenario = Scenario {
    name: "creating",
    title: "Creating a concert",
    how: "`POST /concerts` with 100,000 seats in 20 sections, and publishing it. Memory: how much the most resident memory \
          (`VmHWM`) of the process grew from before the first of them to after the last.",
    goals: &[
        Goal { what: TIME, unit: " s", reach: Bound::AtMost(5.0), moonshot: Some(Bound::AtMost(1.0)) },
        Goal { what: TIME_SQLITE, unit: " s", reach: Bound::AtMost(5.0), moonshot: Some(Bound::AtMost(1.0)) },
        Goal { what: MEMORY, unit: " MiB", reach: Bound::AtMost(32.0), moonshot: Some(Bound::AtMost(8.0)) },
        Goal { what: MEMORY_SQLITE, unit: " MiB", reach: Bound::AtMost(8.0), moonshot: Some(Bound::AtMost(4.0)) },
    ],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let mut findings = Findings::default();
    for (kind, time, memory) in [(Kind::MariaDb, TIME, MEMORY), (Kind::Sqlite, TIME_SQLITE, MEMORY_SQLITE)] {
        progress(&format!("creating: {}", kind.name()));
        let rig = Rig::open(context, kind, CommitMode::Group, 1, &[]).await?;
        let process = rig.shop()?.process;
        rig.concert(VenueLayout::THEATRE).await?;
        let (_, before) = resident_mib(process)?;
        let mut seconds = Vec::new();
        for _ in 0..context.runs {
            let begin = Instant::now();
            rig.concert(HALL).await?;
            seconds.push(begin.elapsed().as_secs_f64());
        }
        findings.measure(time, median(seconds));
        findings.measure(memory, Some(resident_mib(process)?.1 - before));
        if let Some(violation) = rig.audit().await? {
            return Err(format!("the audit found {violation}").into());
        }
        rig.close().await?;
    }
    Ok(findings)
}
