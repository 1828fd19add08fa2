//! A stadium sold out by fans. Each reads the map, books free seats and pays.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use futures_util::FutureExt;
use serde::Deserialize;

use super::Scenario;
use super::common::{BOOKED, FANS, TAKEN, targets, warm_up, write_run};
use super::paid::{PAID, buy_pairs};
use crate::context::BenchContext;
use crate::load::{Client, Next, Tally, closed};
use crate::numbers::{number as float, shown};
use crate::report::{Bound, Findings, Goal, Line};
use crate::subject::{CommitMode, Concert, Kind, Rig, VenueLayout};
use crate::{Failure, progress, requests};

const AGAINST_PAYING: &str = "stadium of 60,000 sold out by 20,000 fans, paid bookings against the row on paying";

const HALL: VenueLayout = VenueLayout::STADIUM;
const CLIENTS: u32 = 256;
const FAN_COUNT: u32 = 20_000;
/// The number of seats of each fan. The last fan gets the last seats.
const PARTY: usize = 3;
const MAP: (&str, u16) = ("map", 200);
/// A fan gives up after this number of refusals.
const TRIES_MAX: u32 = 1_000;
const SALE_MAX: Duration = Duration::from_secs(180);
const FREE: u8 = b'a';

pub(super) const SCENARIO: Scenario = Scenario {
    name: "stadium",
    title: "A stadium sold out",
    how: "60,000 seats in 25 sections, 20,000 fans, 256 of them at a time, group commit, MariaDB. A fan reads the seat map of a \
          section, books three seats that are free on it, reads the section again after a 409 or 503, and pays; the last fan takes \
          the last seats. Counted are paid bookings of three; the row on paying is measured on the same program (pairs).",
    goals: &[Goal { what: AGAINST_PAYING, unit: "", reach: Bound::AtLeast(0.8), moonshot: Some(Bound::AtLeast(1.0)) }],
    run: |context| run(context).boxed_local(),
};

async fn run(context: &BenchContext) -> Result<Findings, Failure> {
    let rig = Rig::open(context, Kind::MariaDb, CommitMode::Group, FANS, &[]).await?;
    warm_up(&rig).await?;
    let mut paying = Line::writes("booked, paid and confirmed (pairs by label)");
    let mut stadium = Line::writes("stadium: map, book three, pay");
    let mut findings = Findings::default();
    for run in 1..=context.runs.min(3) {
        progress(&format!("stadium: run {run}"));
        let concert = rig.concert(VenueLayout::ARENA).await?;
        let load = buy_pairs(context, &rig, &concert);
        paying.push(write_run(&rig, PAID, &[BOOKED], load).await?.0);

        let concert = rig.concert(HALL).await?;
        let (mut run, tally) = write_run(&rig, PAID, &[BOOKED, TAKEN, MAP], sell_out(&rig, &concert)).await?;
        let paid = tally.count(PAID.0, PAID.1);
        if paid != FAN_COUNT {
            let others = tally.others(&[BOOKED, MAP, PAID]);
            return Err(format!("{paid} of {FAN_COUNT} fans paid; other answers: {others}").into());
        }
        run.others = tally.others(&[BOOKED, MAP, PAID]);
        findings.remarks.push(format!(
            "Sold out after {} s; {} maps read.",
            shown(tally.elapsed.as_secs_f64()),
            shown(float(tally.count(MAP.0, MAP.1)))
        ));
        stadium.push(run);
    }
    findings.compare(AGAINST_PAYING, &stadium, &paying);
    findings.lines.extend([paying, stadium]);
    rig.close().await?;
    Ok(findings)
}

async fn sell_out(rig: &Rig, concert: &Concert) -> io::Result<Tally> {
    // The position of the sale: fans start with the section that is being sold, because the front sells first.
    let fans = Cell::new(0_u32);
    let fan = async |client: &mut Client<'_>, _: u32| {
        let fan = fans.replace(fans.get().saturating_add(1));
        if fan >= FAN_COUNT {
            return Ok(Next::Stop);
        }
        buy_from_map(client, rig, concert, fan).await.map(|()| Next::Go)
    };
    closed(&targets(rig), CLIENTS, SALE_MAX, fan).await
}

/// Tries section after section until three seats are paid.
async fn buy_from_map(client: &mut Client<'_>, rig: &Rig, concert: &Concert, fan: u32) -> io::Result<()> {
    let token = rig.users.fan(fan);
    let mut section = fan;
    for attempt in 0..TRIES_MAX {
        let code = concert.section(section);
        let map = requests::get(&concert.path(&format!("/seats?section={code}")), &[]);
        let map = client.ask(MAP.0, &map).await?;
        let seats = chosen(map.body, &code, fan.wrapping_add(attempt))?;
        if seats.is_empty() {
            section = section.wrapping_add(1);
            continue;
        }
        let key = format!("{fan}-{attempt}-{}", concert.id);
        let booked = client.ask(BOOKED.0, &requests::book_seats(concert, token, &key, &seats)).await?;
        if booked.status == BOOKED.1 {
            let booking = requests::id_of(booked.body).ok_or_else(|| io::Error::other("a booking without an id"))?;
            client.ask(PAID.0, &requests::pay(token, &key, &booking)).await?;
            return Ok(());
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct SeatsDocument<'text> {
    #[serde(borrow)]
    sections: Vec<SectionDocument<'text>>,
}

#[derive(Deserialize)]
struct SectionDocument<'text> {
    #[serde(borrow)]
    rows: Vec<RowDocument<'text>>,
}

#[derive(Deserialize)]
struct RowDocument<'text> {
    label: &'text str,
    first: u32,
    seats: &'text str,
}

/// Free seats of the map for one fan, spread over the section. Empty if fewer than needed are free.
fn chosen(map: &[u8], code: &str, somewhere: u32) -> io::Result<Vec<String>> {
    let map: SeatsDocument<'_> = serde_json::from_slice(map)?;
    let mut free = Vec::new();
    for row in map.sections.iter().flat_map(|section| &section.rows) {
        let numbered = (row.first..).zip(row.seats.bytes());
        free.extend(numbered.filter(|(_, state)| *state == FREE).map(|(seat, _)| (row.label, seat)));
    }
    // Parties start at multiples of their size, so two parties collide completely or not at all.
    let parties = free.len() / PARTY;
    let spread = usize::try_from(somewhere.wrapping_mul(2_654_435_761)).unwrap_or(0);
    let Some(party) = spread.checked_rem(parties) else { return Ok(Vec::new()) };
    let seats = free.iter().skip(party * PARTY).take(PARTY);
    Ok(seats.map(|(row, seat)| format!("{code}-{row}-{seat}")).collect())
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn three_free_seats_are_chosen_or_none() {
        let map = |seats: &str| {
            let row = format!("{{\"label\":\"4\",\"first\":7,\"seats\":\"{seats}\"}}");
            format!("{{\"version\":3,\"sections\":[{{\"code\":\"S2\",\"rows\":[{row}]}}]}}").into_bytes()
        };
        assert_eq!(chosen(&map("hasaa"), "S2", 1).unwrap(), ["S2-4-8", "S2-4-10", "S2-4-11"]);
        assert!(chosen(&map("hasha"), "S2", 1).unwrap().is_empty());
    }
}
