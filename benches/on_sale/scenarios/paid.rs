//! The whole purchase: booked, paid and confirmed.

use std::io;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, book_pairs, targets, warm_up, write_run};
use crate::context::BenchContext;
use crate::load::{Client, Next, Tally, closed};
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Concert, Kind, Rig, VenueLayout};
use crate::{Failure, progress, requests};

const AGAINST_BOOKING: &str = "booked, paid (sandbox) and confirmed, against bookings alone";

/// A completed payment. Its booking is confirmed in the same unit.
pub(super) const PAID: (&str, u16) = ("payment", 201);
const CLIENTS: u32 = 256;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "paid",
    title: "Booked, paid and confirmed",
    how: "256 clients, closed loop, group commit, MariaDB. Each books two named seats and pays them through the sandbox, \
          which approves at once; the answer of the payment confirms. Counted are confirmed bookings.",
    goals: &[Goal {
        what: AGAINST_BOOKING,
        unit: "",
        reach: Bound::AtLeast(0.35),
        moonshot: Some(Bound::AtLeast(0.6)),
    }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    warm_up(&rig).await?;
    let mut booked = Line::writes("bookings alone");
    let mut paid = Line::writes("booked, paid and confirmed");
    for run in 1..=context.runs {
        progress(&format!("paid: run {run}"));
        let concert = rig.concert(VenueLayout::ARENA).await?;
        let load = book_pairs(&rig, &concert, CLIENTS, context.lasting);
        booked.push(write_run(context, &rig, BOOKED, &[], load).await?.0);
        let concert = rig.concert(VenueLayout::ARENA).await?;
        let load = buy_pairs(context, &rig, &concert);
        paid.push(write_run(context, &rig, PAID, &[BOOKED], load).await?.0);
    }
    let mut findings = Findings::default();
    findings.compare(AGAINST_BOOKING, &paid, &booked);
    findings.lines.extend([booked, paid]);
    rig.close().await?;
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
