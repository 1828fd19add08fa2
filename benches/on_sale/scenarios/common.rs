//! Shared by several scenarios: a load of bookings, measured and audited.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::load::{Client, Next, Tally, closed};
use crate::numbers::number;
use crate::report::Run;
use crate::requests;
use crate::subject::{Concert, Rig, Users, VenueLayout};

/// The number of fans. This many first bookings each have a different fan.
pub(crate) const FANS: usize = 20_000;
/// A booking that was placed.
pub(crate) const BOOKED: (&str, u16) = ("booking", 201);
/// A booking that was refused because its seats are taken.
pub(crate) const TAKEN: (&str, u16) = ("booking", 409);
/// Opens connections and warms up the code before the measurement.
const WARM_UP: Duration = Duration::from_millis(500);
const WARM_UP_CLIENTS: u32 = 64;

/// The addresses of the shop's processes.
pub(crate) fn targets(rig: &Rig) -> Vec<SocketAddr> {
    rig.shops.iter().map(|shop| shop.http).collect()
}

/// Books two named seats as one of the fans. `number` selects the pair of seats and the fan.
pub(crate) async fn book_pair(
    client: &mut Client<'_>,
    users: &Users,
    concert: &Concert,
    number: u32,
) -> io::Result<Next> {
    let Some(seats) = concert.pair(number) else { return Ok(Next::Stop) };
    let key = format!("{}-{number}", concert.id);
    client.ask("booking", &requests::book_seats(concert, users.fan(number), &key, &seats)).await?;
    Ok(Next::Go)
}

/// Clients book one pair after the other of a concert.
pub(crate) async fn book_pairs(rig: &Rig, concert: &Concert, clients: u32, lasting: Duration) -> io::Result<Tally> {
    let book = async |client: &mut Client<'_>, number: u32| book_pair(client, &rig.users, concert, number).await;
    closed(&targets(rig), clients, lasting, book).await
}

/// A short sale of another concert, which is not measured.
pub(crate) async fn warm_up(rig: &Rig) -> Result<(), Failure> {
    let concert = rig.concert(VenueLayout::STADIUM).await?;
    book_pairs(rig, &concert, WARM_UP_CLIENTS, WARM_UP).await?;
    rig.wait_until_idle().await
}

/// Measures a load that writes, from an idle state until the work that follows its last response has ended, such as the
/// delivery of events. Audits the database afterwards.
pub(crate) async fn write_run(
    rig: &Rig,
    counted: (&'static str, u16),
    expected: &[(&str, u16)],
    load: impl Future<Output = io::Result<Tally>>,
) -> Result<(Run, Tally), Failure> {
    rig.wait_until_idle().await?;
    let before = rig.meter()?;
    let tally = load.await?;
    rig.wait_until_idle().await?;
    let usage = rig.meter()?.since(before);
    let mut run = Run::of(&tally, counted, expected, usage);
    run.violation = rig.audit().await?;
    Ok((run, tally))
}

/// Settings for a shop whose workers must send no statements.
pub(crate) const NO_WORKERS: &[(&str, &str)] = &[("WORKERS__ENABLED", "false")];

/// The number of statements per second during a load, and the load's result.
pub(crate) async fn statements_of<T, E: Into<Failure>>(
    rig: &Rig,
    load: impl Future<Output = Result<T, E>>,
) -> Result<(f64, T), Failure> {
    rig.wait_until_idle().await?;
    // Counting also costs statements.
    let (first, start) = (rig.database.statements().await?, rig.database.statements().await?);
    let begun = Instant::now();
    let outcome = load.await.map_err(Into::into)?;
    let lasted = begun.elapsed();
    let caused = rig.database.statements().await?.saturating_sub(start).saturating_sub(start.saturating_sub(first));
    Ok((number(caused) / lasted.as_secs_f64(), outcome))
}
