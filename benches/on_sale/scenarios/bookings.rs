//! Bookings of two named seats: one unit for all waiting bookings, compared with one unit per booking.

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, book_pairs, warm_up, write_run};
use crate::context::BenchContext;
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Kind, Rig, VenueLayout};
use crate::{Failure, progress};

const MARIADB_64: &str = "bookings on MariaDB, 64 clients, against one transaction each";
const MARIADB_256: &str = "bookings on MariaDB, 256 clients, against one transaction each";
const SQLITE_64: &str = "bookings on SQLite, synchronous=FULL, 64 clients, against one transaction each";
const SQLITE_256: &str = "bookings on SQLite, synchronous=FULL, 256 clients, against one transaction each";

pub(super) const SCENARIO: Scenario = Scenario {
    name: "bookings",
    title: "Bookings of two named seats",
    how: "Closed loop of our own driver. Every booking is another fan's, logged in, with an `Idempotency-Key`; caps, \
          counters and outbox as always. Group commit and one transaction each take turns, each on a database of its own, each run on a \
          new concert of 120,000 seats.",
    goals: &[
        goal(MARIADB_64, 3.0, 5.0),
        goal(MARIADB_256, 4.0, 7.0),
        goal(SQLITE_64, 4.0, 6.0),
        goal(SQLITE_256, 4.0, 6.0),
    ],
    run: |context| run(context).boxed_local(),
};

const fn goal(what: &'static str, reach: f64, moonshot: f64) -> Goal {
    Goal { what, unit: "x", reach: Bound::AtLeast(reach), moonshot: Some(Bound::AtLeast(moonshot)) }
}

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let mut findings = Findings::default();
    for (kind, few, many) in [(Kind::MariaDb, MARIADB_64, MARIADB_256), (Kind::Sqlite, SQLITE_64, SQLITE_256)] {
        let group = Rig::open(context, kind, CommitMode::Group, FANS, &[]).await?;
        let direct = Rig::open(context, kind, CommitMode::Direct, FANS, &[]).await?;
        warm_up(&group).await?;
        warm_up(&direct).await?;
        for (clients, goal) in [(64, few), (256, many)] {
            let named = |mode: CommitMode| format!("{}, {} mode, {clients} clients", kind.name(), mode.name());
            let (mut grouped, mut single) =
                (Line::writes(named(CommitMode::Group)), Line::writes(named(CommitMode::Direct)));
            for run in 1..=context.runs {
                progress(&format!("bookings: {}, {clients} clients, run {run}", kind.name()));
                run_once(context, &group, clients, &mut grouped).await?;
                run_once(context, &direct, clients, &mut single).await?;
            }
            findings.compare(goal, &grouped, &single);
            findings.lines.extend([grouped, single]);
        }
        group.close().await?;
        direct.close().await?;
    }
    Ok(findings)
}

async fn run_once(context: &BenchContext, rig: &Rig, clients: u32, line: &mut Line) -> Result<(), Failure> {
    let concert = rig.concert(VenueLayout::ARENA).await?;
    let load = book_pairs(rig, &concert, clients, context.lasting);
    line.push(write_run(rig, BOOKED, &[], load).await?.0);
    Ok(())
}
