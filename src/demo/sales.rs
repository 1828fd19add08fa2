//! The past sales of the demo concerts: bookings of twelve days. Most are paid, some are never paid, some are
//! cancelled, and a few await their payment now. They go through the use cases that people use, with a clock that
//! passes through these days.

use boxoffice_domain::bookings::Booking;
use boxoffice_domain::sales::payment::StartPayment;
use boxoffice_domain::sales::placement::{PlaceBooking, PlaceError, PlaceRequest, Selection};
use boxoffice_domain::shared::{Actor, ConcertId, StoreError, Timestamp};
use boxoffice_domain::store::UnitError;
use futures_util::future::try_join_all;

use super::clock::DemoClock;
use crate::services::Modules;

/// The number of days that the concerts have been on sale.
pub(super) const DAYS_ON_SALE: i64 = 12;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// The first group of a day comes at ten in the morning in Jakarta, this long after midnight UTC.
const FIRST_GROUP_SECONDS: i64 = 3 * 60 * 60;
/// The time between two groups of a day.
const BETWEEN_GROUPS_SECONDS: i64 = 2 * 60 * 60 + 7 * 60;
/// The time that customers take to pay.
const PAYING_SECONDS: i64 = 90;

/// The number of parties per day for the most popular concert: a rush at first, and a rise as the concert approaches.
const PARTIES: [usize; 12] = [96, 58, 41, 30, 24, 19, 22, 18, 25, 31, 28, 37];
/// The number of tickets of consecutive parties.
const QUANTITIES: [i64; 10] = [2, 2, 4, 1, 2, 3, 2, 2, 5, 2];
/// One in this many parties never pays.
const NEVER_PAYS: usize = 13;
/// One in this many parties consists of students, if the concert has a student price.
const STUDENTS: usize = 6;
/// One in this many parties cancels its booking.
const CANCELS: usize = 29;
/// The number of bookings that await their payment now.
const WAITING: usize = 4;

/// The demand for a concert.
pub(super) struct Demand {
    /// The concert.
    pub(super) concert: ConcertId,
    /// The codes of the sections that consecutive parties request, repeated.
    pub(super) sections: &'static [&'static str],
    /// One in this many of the parties comes to this concert.
    pub(super) share: usize,
    /// Whether the concert has a student price.
    pub(super) has_students: bool,
}

/// One party of customers.
struct Party<'demand> {
    demand: &'demand Demand,
    /// The number of the party at this concert, from 0.
    number: usize,
    customer: Actor,
}

/// When the first day of the sale begins.
pub(super) fn opening(now: Timestamp) -> Timestamp {
    let today = Timestamp::from_micros(now.micros() - now.micros().rem_euclid(DAY_SECONDS * 1_000_000));
    today.plus_seconds(-DAYS_ON_SALE * DAY_SECONDS)
}

/// Sells until `now`. Refused bookings are skipped, because customers of a running shop may compete with the demo.
pub(super) async fn sell(
    modules: &Modules,
    clock: &DemoClock,
    now: Timestamp,
    customers: &[Actor],
    demands: &[Demand],
) -> Result<(), StoreError> {
    let mut numbers = vec![0; demands.len()];
    let mut day_begins = opening(now);
    for coming in PARTIES {
        let mut at = day_begins.plus_seconds(FIRST_GROUP_SECONDS);
        let mut left: Vec<usize> = demands.iter().map(|demand| coming / demand.share).collect();
        while left.iter().any(|left| *left > 0) {
            let mut group = Vec::new();
            for ((demand, number), left) in demands.iter().zip(&mut numbers).zip(&mut left) {
                // A customer comes at most once at a time.
                let some = (*left).min(customers.len());
                group.extend(parties(demand, customers, *number).take(some));
                *number += some;
                *left -= some;
            }
            clock.set(at);
            modules.bookings.cancellations.expire_overdue().await?;
            serve(modules, clock, at, &group).await?;
            at = at.plus_seconds(BETWEEN_GROUPS_SECONDS);
        }
        day_begins = day_begins.plus_seconds(DAY_SECONDS);
    }
    clock.set(now);
    modules.bookings.cancellations.expire_overdue().await?;
    let waiting: Vec<Party<'_>> = demands
        .iter()
        .zip(numbers)
        .flat_map(|(demand, number)| parties(demand, customers, number).take(WAITING))
        .collect();
    try_join_all(waiting.iter().map(|party| place(modules, party))).await?;
    Ok(())
}

/// The parties of a concert from a number on.
fn parties<'demand>(
    demand: &'demand Demand,
    customers: &[Actor],
    first: usize,
) -> impl Iterator<Item = Party<'demand>> {
    let customers = customers.iter().cycle().skip(first);
    (first..).zip(customers).map(move |(number, customer)| Party { demand, number, customer: *customer })
}

/// A group of parties books seats, pays a little later, and cancels some of the bookings.
async fn serve(modules: &Modules, clock: &DemoClock, at: Timestamp, group: &[Party<'_>]) -> Result<(), StoreError> {
    let placed = try_join_all(group.iter().map(|party| place(modules, party))).await?;
    clock.set(at.plus_seconds(PAYING_SECONDS));
    let in_time = group.iter().zip(placed).filter(|(party, _)| party.number % NEVER_PAYS != NEVER_PAYS - 1);
    let bookings = in_time.filter_map(|(party, booking)| Some((party, booking?)));
    let paid = try_join_all(bookings.map(|(party, booking)| pay(modules, party, booking))).await?;
    for (party, booking) in paid.into_iter().flatten() {
        if party.number % CANCELS == CANCELS - 1 {
            unless_refused(modules.bookings.cancellations.cancel(&party.customer, booking.id).await)?;
        }
    }
    Ok(())
}

async fn place(modules: &Modules, party: &Party<'_>) -> Result<Option<Booking>, StoreError> {
    let Party { demand, number, customer } = party;
    let (Some(section), Some(quantity)) =
        (demand.sections.iter().cycle().nth(*number), QUANTITIES.iter().cycle().nth(*number))
    else {
        return Ok(None);
    };
    let is_student = demand.has_students && number % STUDENTS == STUDENTS - 1;
    let category = is_student.then(|| "student".to_owned());
    let selection = Selection::best_available(section, *quantity);
    let placed = match PlaceBooking::new(demand.concert, selection, category, None) {
        Ok(command) => modules.bookings.placement.place(PlaceRequest { actor: *customer, command, key: None }).await,
        Err(faults) => Err(PlaceError::Invalid(faults)),
    };
    Ok(unless_refused(placed)?.map(|placed| placed.booking))
}

async fn pay<'group>(
    modules: &Modules,
    party: &'group Party<'group>,
    booking: Booking,
) -> Result<Option<(&'group Party<'group>, Booking)>, StoreError> {
    let command = StartPayment { booking: booking.id, method: "sandbox_approve".to_owned() };
    let started = unless_refused(modules.payments.processor.start(&party.customer, command, None).await)?;
    Ok(started.map(|_| (party, booking)))
}

/// The result, or `None` if it was refused. A failure of the database is an error.
fn unless_refused<T, E: UnitError>(outcome: Result<T, E>) -> Result<Option<T>, StoreError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(refusal) => refusal.store_error().cloned().map_or(Ok(None), Err),
    }
}
