//! Bookings of two named seats, compared with a booking service by hand.

use std::io;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, book_pair, book_pairs, warm_up, write_run};
use crate::context::BenchContext;
use crate::load::{Client, Tally, closed};
use crate::report::{Bound, Findings, Goal, Line, Run};
use crate::subject::{BareServer, CommitMode, Concert, Database, Kind, Meter, Rig, VenueLayout, bare};
use crate::{Failure, progress};

const AGAINST_BARE: &str = "bookings on MariaDB, 64 clients, against a bare booking service";

const CLIENTS: u32 = 64;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "bare_bookings",
    title: "Bookings against a bare service",
    how: "64 clients, closed loop, group commit, MariaDB: two named seats. The bare service is written by hand over hyper and \
          `mysql_async`, without a framework: it checks the token, and one transaction a booking writes the idempotency \
          key, claims the two tickets, and writes the booking and its tickets, on tables of its own with the keys \
          that it needs. It has no events, caps, counters or cache. Both take turns with the same requests.",
    goals: &[Goal { what: AGAINST_BARE, unit: "x", reach: Bound::AtLeast(4.0), moonshot: Some(Bound::AtLeast(7.0)) }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    let database = Database::create(Kind::MariaDb, &context.server).await?;
    bare::create_tables(&database).await?;
    let server = BareServer::of_bookings(context, &database).await?;
    warm_up(&rig).await?;
    let concert = bare::put_on_sale(&database, VenueLayout::STADIUM).await?;
    book(context, &server, &rig, &concert).await?;
    let mut by_hand = Line::writes("bare service");
    let mut ours = Line::writes("boxoffice");
    for run in 1..=context.runs {
        progress(&format!("bare_bookings: run {run}"));
        let concert = rig.concert(VenueLayout::ARENA).await?;
        let load = book_pairs(&rig, &concert, CLIENTS, context.lasting);
        ours.push(write_run(&rig, BOOKED, &[], load).await?.0);

        let concert = bare::put_on_sale(&database, VenueLayout::ARENA).await?;
        rig.wait_until_idle().await?;
        let process = database.server_process().await?;
        let before = Meter::read(&[server.process], process)?;
        let tally = book(context, &server, &rig, &concert).await?;
        let usage = Meter::read(&[server.process], process)?.since(before);
        let violation = bare::audit(&database).await?;
        by_hand.push(Run { violation, ..Run::of(&tally, BOOKED, &[], usage) });
    }
    let mut findings = Findings::default();
    findings.compare(AGAINST_BARE, &ours, &by_hand);
    findings.lines.extend([by_hand, ours]);
    rig.close().await?;
    Ok(findings)
}

/// Books pair after pair at the bare service, as users of the shop.
async fn book(context: &BenchContext, server: &BareServer, rig: &Rig, concert: &Concert) -> io::Result<Tally> {
    let book = async |client: &mut Client<'_>, number: u32| book_pair(client, &rig.users, concert, number).await;
    closed(&[server.http], CLIENTS, context.lasting, book).await
}
