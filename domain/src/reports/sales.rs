//! How a concert sells: by section, in money, by outcome, and over time on the clocks of the venue.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use crate::concerts::Concert;
use crate::shared::{Faults, Timestamp};

use super::{Outcome, Placed, RefundSums, SLOT_SECONDS, SalesFigures, SectionSales, Span, Tally};

/// The longest span that is told hour by hour, in days.
pub const SPAN_OF_HOURS_MAX_DAYS: i64 = 31;
/// The longest span that is told day by day, in days.
pub const SPAN_OF_DAYS_MAX_DAYS: i64 = 400;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The steps in which sales over time are told, on the clocks of the concert's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bucket {
    /// Each hour.
    Hour,
    /// Each day, from midnight to midnight.
    #[default]
    Day,
}

impl Bucket {
    /// The longest span that is told in such steps, in seconds.
    const fn span_max_seconds(self) -> i64 {
        match self {
            Self::Hour => SPAN_OF_HOURS_MAX_DAYS * DAY_SECONDS,
            Self::Day => SPAN_OF_DAYS_MAX_DAYS * DAY_SECONDS,
        }
    }

    /// When the step begins that an instant is in.
    fn start(self, at: Timestamp, zone: Tz) -> Timestamp {
        let Some(utc) = DateTime::<Utc>::from_timestamp_micros(at.micros()) else {
            return at;
        };
        let local = utc.with_timezone(&zone);
        let into_hour = Duration::minutes(local.minute().into()) + Duration::seconds(local.second().into());
        let whole_second = at.micros().rem_euclid(1_000_000);
        let hour = local - into_hour - Duration::microseconds(whole_second);
        let start = match self {
            Self::Hour => hour,
            Self::Day => first_of_day(local.date_naive(), zone).unwrap_or(hour),
        };
        Timestamp::from_micros(start.timestamp_micros())
    }
}

/// When a day begins: at midnight, or later where clocks are put forward at midnight.
fn first_of_day(day: NaiveDate, zone: Tz) -> Option<DateTime<Tz>> {
    let slots_until_noon = DAY_SECONDS / 2 / SLOT_SECONDS;
    let moments =
        (0..slots_until_noon).map(|slot| day.and_time(NaiveTime::MIN) + Duration::seconds(slot * SLOT_SECONDS));
    moments.filter_map(|moment| moment.and_local_timezone(zone).earliest()).next()
}

/// What somebody wants to know over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SalesWish {
    /// In which steps.
    pub bucket: Bucket,
    /// From when on bookings were placed; when not said, as early as the step allows.
    pub from: Option<Timestamp>,
    /// Before when; when not said, now.
    pub to: Option<Timestamp>,
}

impl SalesWish {
    /// The span that is meant.
    pub(super) fn span(self, now: Timestamp) -> Result<Span, Faults> {
        // What is placed now is in it.
        let to = self.to.unwrap_or(now.plus_seconds(1));
        let longest = self.bucket.span_max_seconds();
        let from = self.from.unwrap_or(to.plus_seconds(-longest));
        let mut faults = Faults::new();
        faults.require(from < to, "/to", "too_early", "the span ends after it begins");
        let is_short_enough = to.seconds_since(from) <= longest;
        let days = longest / DAY_SECONDS;
        faults.require(is_short_enough, "/from", "too_long", format!("such steps are told for {days} days at most"));
        faults.into_result()?;
        Ok(Span { from, to })
    }
}

/// Bookings by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Those that wait for their payment.
    pub pending: Tally,
    /// Those that were paid, or cost nothing.
    pub confirmed: Tally,
    /// Those that were not paid in time.
    pub expired: Tally,
    /// Those that were cancelled.
    pub cancelled: Tally,
}

impl Outcomes {
    /// All of them.
    pub fn placed(&self) -> Tally {
        let mut sum = Tally::default();
        [self.pending, self.confirmed, self.expired, self.cancelled].into_iter().for_each(|tally| sum += tally);
        sum
    }

    fn add(&mut self, outcome: Outcome, tally: Tally) {
        *match outcome {
            Outcome::Pending => &mut self.pending,
            Outcome::Confirmed => &mut self.confirmed,
            Outcome::Expired => &mut self.expired,
            Outcome::Cancelled => &mut self.cancelled,
        } += tally;
    }
}

/// What was placed in one step, and what became of it until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SalesBucket {
    /// When the step begins.
    pub starts_at: Timestamp,
    /// What was placed in it.
    pub outcomes: Outcomes,
}

/// The counters of all sections together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TicketSums {
    /// All tickets.
    pub total: u32,
    /// Those that can be booked.
    pub available: u32,
    /// Those in unpaid bookings.
    pub held: u32,
    /// Those in confirmed bookings.
    pub sold: u32,
    /// Those kept back.
    pub blocked: u32,
    /// What the sold ones cost when they were booked, in minor units.
    pub revenue: i64,
}

/// How a concert sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesReport {
    /// The concert.
    pub concert: Concert,
    /// When it was asked for; what expired until then counts as expired.
    pub at: Timestamp,
    /// Its sections by position.
    pub sections: Vec<SectionSales>,
    /// Their sums.
    pub tickets: TicketSums,
    /// What went back, and what is on its way.
    pub refunds: RefundSums,
    /// All its bookings.
    pub outcomes: Outcomes,
    /// In which steps `buckets` are.
    pub bucket: Bucket,
    /// Which span `buckets` tell of.
    pub span: Span,
    /// Steps in which something was placed, in order.
    pub buckets: Vec<SalesBucket>,
}

impl SalesReport {
    pub(super) fn new(figures: SalesFigures, bucket: Bucket, span: Span, at: Timestamp) -> Self {
        let SalesFigures { concert, sections, placed, refunds } = figures;
        // A concert's time zone was checked when it was written.
        let zone = Tz::from_str(&concert.details.time_zone).unwrap_or(Tz::UTC);
        let mut outcomes = Outcomes::default();
        let mut buckets: BTreeMap<Timestamp, Outcomes> = BTreeMap::new();
        for Placed { slot, outcome, tally } in placed {
            outcomes.add(outcome, tally);
            if let Some(slot) = slot {
                buckets.entry(bucket.start(slot, zone)).or_default().add(outcome, tally);
            }
        }
        let buckets = buckets.into_iter().map(|(starts_at, outcomes)| SalesBucket { starts_at, outcomes }).collect();
        let tickets = sums(&sections);
        Self { concert, at, sections, tickets, refunds, outcomes, bucket, span, buckets }
    }

    /// All money that was ever taken, in minor units: a confirmed booking is paid in full, and every other payment goes
    /// back in full.
    pub const fn gross(&self) -> i64 {
        self.net() + self.refunds.completed + self.refunds.pending
    }

    /// What stays once everything that is on its way back has arrived, in minor units: the revenue of the sold tickets
    /// less what goes back although they stay sold.
    pub const fn net(&self) -> i64 {
        self.tickets.revenue - self.refunds.of_confirmed
    }
}

fn sums(sections: &[SectionSales]) -> TicketSums {
    sections.iter().fold(TicketSums::default(), |sums, section| TicketSums {
        total: sums.total + section.total,
        available: sums.available + section.available,
        held: sums.held + section.held,
        sold: sums.sold + section.sold,
        blocked: sums.blocked + section.blocked,
        revenue: sums.revenue + section.revenue,
    })
}
