//! The whole purchase: booked, paid and confirmed.

use std::io;
use std::iter;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, book_pairs, targets, warm_up, write_run};
use crate::context::BenchContext;
use crate::load::{Client, Next, Tally, closed};
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Concert, Kind, Rig, VenueLayout};
use crate::{Failure, progress, requests};

const AGAINST_BOOKING: &str = "booked, paid (sandbox) and confirmed, against bookings alone";
const PROCESSOR_BOOKED: &str = "processor time (program and database) of a booking, against the reference";
const PROCESSOR_PAID: &str = "processor time of a booking that is paid and confirmed, against the reference";

/// A completed payment. Its booking is confirmed in the same unit.
pub(super) const PAID: (&str, u16) = ("payment", 201);
const CLIENTS: u32 = 256;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "paid",
    title: "Booked, paid and confirmed",
    how: "256 clients, closed loop, group commit, MariaDB. Each books two named seats and pays them through the sandbox, \
          which approves at once; the answer of the payment confirms. Counted are confirmed bookings. The program and the \
          reference take turns, each on a database of its own.",
    goals: &[
        Goal { what: AGAINST_BOOKING, unit: "", reach: Bound::AtLeast(0.55), moonshot: Some(Bound::AtLeast(0.7)) },
        Goal { what: PROCESSOR_BOOKED, unit: "", reach: Bound::AtMost(0.7), moonshot: Some(Bound::AtMost(0.5)) },
        Goal { what: PROCESSOR_PAID, unit: "", reach: Bound::AtMost(0.55), moonshot: Some(Bound::AtMost(0.4)) },
    ],
    run: |context| run(context).boxed_local(),
};

/// A program with its lines.
struct Sale {
    rig: Rig,
    booked: Line,
    paid: Line,
}

impl Sale {
    async fn begin(rig: Rig, program: &str) -> Result<Self, Failure> {
        warm_up(&rig).await?;
        let booked = Line::writes(format!("{program}bookings alone"));
        let paid = Line::writes(format!("{program}booked, paid and confirmed"));
        Ok(Self { rig, booked, paid })
    }

    async fn run_once(&mut self, context: &BenchContext) -> Result<(), Failure> {
        let concert = self.rig.concert(VenueLayout::ARENA).await?;
        let load = book_pairs(&self.rig, &concert, CLIENTS, context.lasting);
        self.booked.push(write_run(&self.rig, BOOKED, &[], load).await?.0);
        let concert = self.rig.concert(VenueLayout::ARENA).await?;
        let load = buy_pairs(context, &self.rig, &concert);
        self.paid.push(write_run(&self.rig, PAID, &[BOOKED], load).await?.0);
        Ok(())
    }
}

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    let mut current = Sale::begin(rig, "").await?;
    let mut reference = match Rig::open_reference(context, Kind::MariaDb, FANS).await? {
        Some(rig) => Some(Sale::begin(rig, "reference: ").await?),
        None => None,
    };
    for run in 1..=context.runs {
        progress(&format!("paid: run {run}"));
        for sale in iter::once(&mut current).chain(&mut reference) {
            sale.run_once(context).await?;
        }
    }
    let mut findings = Findings::default();
    findings.compare(AGAINST_BOOKING, &current.paid, &current.booked);
    if let Some(reference) = &reference {
        findings.divide(PROCESSOR_BOOKED, current.booked.processor_us(), reference.booked.processor_us());
        findings.divide(PROCESSOR_PAID, current.paid.processor_us(), reference.paid.processor_us());
    }
    for Sale { rig, booked, paid } in iter::once(current).chain(reference) {
        findings.lines.extend([booked, paid]);
        rig.close().await?;
    }
    Ok(findings)
}

/// Buys one pair after the other, with as many clients as in the scenario on paying.
pub(super) async fn buy_pairs(context: &BenchContext, rig: &Rig, concert: &Concert) -> io::Result<Tally> {
    let buy = async |client: &mut Client<'_>, number: u32| buy_pair(client, rig, concert, number).await;
    closed(&targets(rig), CLIENTS, context.lasting, buy).await
}

/// Books two named seats and pays them.
async fn buy_pair(client: &mut Client<'_>, rig: &Rig, concert: &Concert, number: u32) -> io::Result<Next> {
    let Some(seats) = concert.pair(number) else { return Ok(Next::Stop) };
    let (fan, key) = (rig.users.fan(number), format!("{}-{number}", concert.id));
    let booked = client.ask(BOOKED.0, &requests::book_seats(concert, fan, &key, &seats)).await?;
    if booked.status != BOOKED.1 {
        return Ok(Next::Go);
    }
    let booking = requests::id_of(booked.body).ok_or_else(|| io::Error::other("a booking without an id"))?;
    client.ask(PAID.0, &requests::pay(fan, &key, &booking)).await?;
    Ok(Next::Go)
}
