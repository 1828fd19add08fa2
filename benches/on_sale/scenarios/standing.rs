//! Places of one large standing section: one unit for all waiting bookings, compared with one unit per booking.

use std::io;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, targets, warm_up, write_run};
use crate::context::BenchContext;
use crate::load::{Client, Next, Tally, closed};
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Concert, Kind, Rig};
use crate::{Failure, progress, requests};

const AGAINST_DIRECT: &str = "one place of a standing section of 1,000,000, against one transaction each";

const CLIENTS: u32 = 256;
const PLACES: u32 = 1_000_000;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "standing",
    title: "A standing section",
    how: "256 clients, closed loop, MariaDB: any one place of the only section of a concert, which has 1,000,000. Group \
          commit and one transaction each take turns, each on a database of its own. All runs of one sell the same concert.",
    goals: &[Goal {
        what: AGAINST_DIRECT,
        unit: "x",
        reach: Bound::AtLeast(8.0),
        moonshot: Some(Bound::AtLeast(20.0)),
    }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let mut sales = Vec::new();
    for mode in [CommitMode::Group, CommitMode::Direct] {
        progress(&format!("standing: creating a concert, {} mode", mode.name()));
        let rig = Rig::open(context, Kind::MariaDb, mode, FANS, &[]).await?;
        warm_up(&rig).await?;
        let concert = rig.standing_concert(PLACES).await?;
        sales.push((rig, concert, Line::writes(format!("one place, {} mode", mode.name()))));
    }
    for run in 1..=context.runs {
        for (rig, concert, line) in &mut sales {
            progress(&format!("standing: {}, run {run}", line.name));
            line.push(write_run(rig, BOOKED, &[], book_places(context, rig, concert, run)).await?.0);
        }
    }
    let mut findings = Findings::default();
    if let [(_, _, group), (_, _, direct)] = sales.as_slice() {
        findings.compare(AGAINST_DIRECT, group, direct);
    }
    for (rig, _, line) in sales {
        findings.lines.push(line);
        rig.close().await?;
    }
    Ok(findings)
}

async fn book_places(context: &BenchContext, rig: &Rig, concert: &Concert, run: u32) -> io::Result<Tally> {
    let section = concert.section(0);
    let book = async |client: &mut Client<'_>, number: u32| {
        let key = format!("{}-{run}-{number}", concert.id);
        client.ask(BOOKED.0, &requests::book_best(concert, rig.users.fan(number), &key, &section, 1)).await?;
        Ok(Next::Go)
    };
    closed(&targets(rig), CLIENTS, context.lasting, book).await
}
