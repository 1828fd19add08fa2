//! A typical on-sale: many reads, some refusals, few bookings. And its end, when every request is refused.

use std::io;
use std::time::Duration;

use futures_util::FutureExt;

use super::Scenario;
use super::common::{BOOKED, FANS, book_pair, book_pairs, targets, warm_up, write_run};
use crate::context::BenchContext;
use crate::load::{Client, Connection, Next, Tally, closed};
use crate::numbers::{median, number};
use crate::report::{Bound, Findings, Goal, Line, Run};
use crate::subject::{BareServer, CommitMode, Concert, Kind, Meter, Rig, VenueLayout};
use crate::{Failure, progress, requests};

const MIXED: &str = "mixed on-sale load (95 % cached reads, 4 % refusals, 1 % bookings), against bare hyper";
const STATEMENTS: &str = "database statements an answer of the mixed load";
const REFUSALS: &str = "409 answers when everything is sold, against cached reads";

/// As in an on-sale, many read and few book. With fewer clients there is hardly ever more than one booking at a time.
const CLIENTS: u32 = 1_024;
const READ: (&str, u16) = ("read", 200);
const REFUSED: (&str, u16) = ("refusal", 409);
/// The share of bookings and of refusals, of 100 requests.
const BOOKINGS: u32 = 1;
const REFUSALS_PERCENT: u32 = 4;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "mixed",
    title: "The on-sale: mixed load and refusals",
    how: "1,024 clients, closed loop of our own driver for all three, so that the client costs the same: bare hyper with the \
          bytes of the availability, cached availability alone, and the mix. Refusals ask for two seats of a concert \
          that is sold out. Counted are all answers of the mix.",
    goals: &[
        Goal { what: MIXED, unit: "", reach: Bound::AtLeast(0.45), moonshot: Some(Bound::AtLeast(0.6)) },
        Goal { what: STATEMENTS, unit: "", reach: Bound::AtMost(0.02), moonshot: None },
        Goal { what: REFUSALS, unit: "", reach: Bound::AtLeast(0.3), moonshot: Some(Bound::AtLeast(0.6)) },
    ],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    warm_up(&rig).await?;
    let sold_out = rig.concert(VenueLayout::THEATRE).await?;
    book_pairs(&rig, &sold_out, CLIENTS, Duration::from_secs(60)).await?;
    let read = requests::get(&sold_out.path("/availability"), &[]);
    let body = Connection::open(rig.shop()?.http).await?.ask(&read).await?.body.to_vec();
    let hyper = BareServer::of_bytes(context, "hyper", &body, "\"1\"").await?;

    let mut bare = Line::reads("bare hyper");
    let mut cached = Line::reads("cached availability alone");
    let mut refused = Line::writes("refusals alone (sold out)");
    let mut mixed = Line::writes("mix: 95 % reads, 4 % refusals, 1 % bookings");
    let mut statements = Vec::new();
    for run in 1..=context.runs {
        progress(&format!("mixed: run {run}"));
        let before = Meter::read(&[hyper.process], None)?;
        let tally = reads(context, &[hyper.http], &read).await?;
        bare.push(Run::of(&tally, READ, &[], Meter::read(&[hyper.process], None)?.since(before)));

        rig.wait_until_idle().await?;
        let before = rig.meter()?;
        let tally = reads(context, &targets(&rig), &read).await?;
        cached.push(Run::of(&tally, READ, &[], rig.meter()?.since(before)));

        let load = refusals(context, &rig, &sold_out);
        refused.push(write_run(&rig, REFUSED, &[], load).await?.0);

        let concert = rig.concert(VenueLayout::STADIUM).await?;
        let counted = rig.database.statements().await?;
        let load = async {
            let tally = mix(context, &rig, &sold_out, &concert).await?;
            let end = rig.database.statements().await.map_err(io::Error::other)?;
            statements.push(number(end.saturating_sub(counted)) / number(tally.total().max(1)));
            Ok(tally)
        };
        let (mut run, tally) = write_run(&rig, READ, &[BOOKED, REFUSED], load).await?;
        let share = number(tally.count(READ.0, READ.1)) / number(tally.total().max(1));
        run.per_second = tally.rate(tally.total());
        run.server_us *= share;
        run.database_us *= share;
        mixed.push(run);
    }

    let mut findings = Findings::default();
    findings.compare(MIXED, &mixed, &bare);
    findings.compare(REFUSALS, &refused, &cached);
    findings.measure(STATEMENTS, median(statements));
    findings.lines.extend([bare, cached, refused, mixed]);
    findings.remarks.push("p50 and p99 of the mix are those of its reads.".to_owned());
    rig.close().await?;
    Ok(findings)
}

async fn reads(context: &BenchContext, targets: &[std::net::SocketAddr], request: &[u8]) -> io::Result<Tally> {
    let read = async |client: &mut Client<'_>, _: u32| {
        client.ask(READ.0, request).await?;
        Ok(Next::Go)
    };
    closed(targets, CLIENTS, context.lasting, read).await
}

async fn refusals(context: &BenchContext, rig: &Rig, sold_out: &Concert) -> io::Result<Tally> {
    let ask = async |client: &mut Client<'_>, number: u32| request_sold_out(client, rig, sold_out, number).await;
    closed(&targets(rig), CLIENTS, context.lasting, ask).await
}

/// Requests two seats that are taken.
async fn request_sold_out(client: &mut Client<'_>, rig: &Rig, sold_out: &Concert, number: u32) -> io::Result<Next> {
    let pairs = sold_out.layout.capacity() / 2;
    let seats = sold_out.pair(number.checked_rem(pairs).unwrap_or(0)).unwrap_or_default();
    // A new key, because refusals are not recorded.
    let key = format!("late-{}-{number}", sold_out.id);
    client.ask(REFUSED.0, &requests::book_seats(sold_out, rig.users.fan(number), &key, &seats)).await?;
    Ok(Next::Go)
}

/// Reads of the concert on sale, refusals of the sold-out one, and bookings.
async fn mix(context: &BenchContext, rig: &Rig, sold_out: &Concert, concert: &Concert) -> io::Result<Tally> {
    let read = requests::get(&concert.path("/availability"), &[]);
    let flow = async |client: &mut Client<'_>, number: u32| match number % 100 {
        slot if slot < BOOKINGS => book_pair(client, &rig.users, concert, number / 100).await,
        slot if slot < BOOKINGS + REFUSALS_PERCENT => request_sold_out(client, rig, sold_out, number).await,
        _ => {
            client.ask(READ.0, &read).await?;
            Ok(Next::Go)
        }
    };
    closed(&targets(rig), CLIENTS, context.lasting, flow).await
}
