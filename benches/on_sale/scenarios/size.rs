//! One booking in a small database and in a large one.

use std::io;
use std::time::Duration;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, book_pairs, write_run};
use crate::context::BenchContext;
use crate::load::Tally;
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Concert, Kind, Rig, VenueLayout};
use crate::{Failure, progress};

const LARGE_AGAINST_SMALL: &str = "time of one booking at 10,000,000 tickets in 500 concerts, against 10,000 tickets";

const FANS: usize = 1_000;
/// 10,000 seats.
const SMALL: VenueLayout = VenueLayout { sections: 5, rows: 20, seats: 100 };
/// 20,000 seats.
const LARGE: VenueLayout = VenueLayout { sections: 10, rows: 20, seats: 100 };
const CONCERTS: u32 = 500;
/// The large database takes minutes to create, so it has one longer run instead of several.
const LASTING: Duration = Duration::from_secs(5);

pub(super) const SCENARIO: Scenario = Scenario {
    name: "size",
    title: "A large database",
    how: "One client books pairs of named seats, one after the other, for five seconds: in a database with one concert of \
          10,000 tickets, and in one with 500 concerts of 20,000. Compared is the median time of a booking. Group commit, \
          MariaDB with 2 GiB of buffer pool.",
    goals: &[Goal {
        what: LARGE_AGAINST_SMALL,
        unit: "x",
        reach: Bound::AtMost(1.2),
        moonshot: Some(Bound::AtMost(1.05)),
    }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    progress("size: 10,000 tickets");
    let small = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    let concert = small.concert(SMALL).await?;
    let mut little = Line::writes("one client, 10,000 tickets");
    little.push(write_run(&small, BOOKED, &[], book(&small, &concert)).await?.0);
    small.close().await?;

    let large = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    let mut concerts = Vec::new();
    for number in 1..=CONCERTS {
        if number.is_multiple_of(50) {
            progress(&format!("size: concert {number} of {CONCERTS}"));
        }
        concerts.push(large.concert(LARGE).await?);
    }
    let middle = concerts.get(concerts.len() / 2).ok_or("there is no concert")?;
    let mut much = Line::writes("one client, 10,000,000 tickets");
    progress("size: 10,000,000 tickets");
    much.push(write_run(&large, BOOKED, &[], book(&large, middle)).await?.0);
    large.close().await?;

    let mut findings = Findings::default();
    let median = |line: &Line| line.median(|run| run.p50_ms);
    findings.divide(LARGE_AGAINST_SMALL, median(&much), median(&little));
    findings.lines.extend([little, much]);
    Ok(findings)
}

async fn book(rig: &Rig, concert: &Concert) -> io::Result<Tally> {
    // The first bookings of a process are slower than all later ones.
    book_pairs(rig, &rig.concert(VenueLayout::THEATRE).await.map_err(io::Error::other)?, 1, Duration::from_secs(1))
        .await?;
    book_pairs(rig, concert, 1, LASTING).await
}
