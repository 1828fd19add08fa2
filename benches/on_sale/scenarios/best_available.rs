//! Best available, until the concert is sold out.

use std::cell::RefCell;
use std::io;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, TAKEN, book_pairs, targets, warm_up, write_run};
use crate::context::BenchContext;
use crate::load::{Client, Next, Tally, closed};
use crate::numbers::{median, number, shown};
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Concert, Kind, Rig, VenueLayout};
use crate::{Failure, progress, requests};

const AGAINST_NAMED: &str = "best available, 2 of 200,000 until sold out, against named seats";
const FLAT: &str = "the slowest tenth of such a sale, against all of it";

const CLIENTS: u32 = 256;
const HALL: VenueLayout = VenueLayout::LARGEST;
const PAIRS: u32 = HALL.capacity() / 2;
/// The sale is divided into parts of equal size.
const PARTS: u32 = 10;
/// The sale ends when the concert is sold out. A longer one has failed.
const SALE_MAX: Duration = Duration::from_secs(120);

pub(super) const SCENARIO: Scenario = Scenario {
    name: "best",
    title: "Best available until sold out",
    how: "256 clients, closed loop, group commit, MariaDB: the best two seats of one of ten sections of 20,000, until all \
          200,000 seats of the concert are held. Named seats: the same sale by label. The slowest tenth is flat at 0.8 \
          of the whole or more.",
    goals: &[
        Goal { what: AGAINST_NAMED, unit: "", reach: Bound::AtLeast(0.7), moonshot: None },
        Goal { what: FLAT, unit: "", reach: Bound::AtLeast(0.8), moonshot: None },
    ],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    warm_up(&rig).await?;
    let mut named = Line::writes("two named seats, until sold out");
    let mut best = Line::writes("best two of a section, until sold out");
    let mut slowest = Vec::new();
    // Every run sells 400,000 seats, so three runs suffice.
    for run in 1..=context.runs.min(3) {
        progress(&format!("best: run {run}"));
        let concert = rig.concert(HALL).await?;
        named.push(write_run(&rig, BOOKED, &[], book_pairs(&rig, &concert, CLIENTS, SALE_MAX)).await?.0);
        let concert = rig.concert(HALL).await?;
        let moments = RefCell::new(Vec::new());
        let sale = sell_best(&rig, &concert, &moments);
        let (run, tally) = write_run(&rig, BOOKED, &[TAKEN], sale).await?;
        let sold = tally.count(BOOKED.0, BOOKED.1);
        if sold != PAIRS {
            return Err(format!("{sold} of {PAIRS} pairs were sold: {}", run.others).into());
        }
        slowest.extend(slowest_part(&moments.take()).map(|part| part / run.per_second));
        best.push(run);
    }

    let mut findings = Findings::default();
    findings.compare(AGAINST_NAMED, &best, &named);
    findings.measure(FLAT, median(slowest));
    findings.lines.extend([named, best]);
    findings.remarks.push(format!("{} bookings a sale.", shown(number(PAIRS))));
    rig.close().await?;
    Ok(findings)
}

/// Sells a concert, alternating between the sections. `moments` receives the time of every tenth of the sale.
async fn sell_best(rig: &Rig, concert: &Concert, moments: &RefCell<Vec<Instant>>) -> io::Result<Tally> {
    moments.borrow_mut().push(Instant::now());
    let sold = std::cell::Cell::new(0_u32);
    let book = async |client: &mut Client<'_>, number: u32| {
        let key = format!("{}-{number}", concert.id);
        let request = requests::book_best(concert, rig.users.fan(number), &key, &concert.section(number), 2);
        let status = client.ask(BOOKED.0, &request).await?.status;
        if status == BOOKED.1 {
            sold.set(sold.get().saturating_add(1));
            if sold.get().is_multiple_of(PAIRS / PARTS) {
                moments.borrow_mut().push(Instant::now());
            }
        }
        Ok(if sold.get() >= PAIRS { Next::Stop } else { Next::Go })
    };
    closed(&targets(rig), CLIENTS, SALE_MAX, book).await
}

/// The rate of the slowest part.
fn slowest_part(moments: &[Instant]) -> Option<f64> {
    let lengths = moments.windows(2).filter_map(|pair| match pair {
        [from, to] => Some(to.duration_since(*from)),
        _ => None,
    });
    lengths.max().map(|longest| number(PAIRS / PARTS) / longest.as_secs_f64())
}
