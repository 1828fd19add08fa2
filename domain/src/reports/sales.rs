//! The sales report of a concert: by section, in money, by outcome, and over time in the time zone of the venue.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use crate::concerts::Concert;
use crate::shared::{Faults, Timestamp};

use super::{BookingTotals, Outcome, RefundSums, SLOT_SECONDS, SalesFigures, SectionSales, SlotTotals, Span};

/// The longest span of a report by hours, in days.
pub const SPAN_OF_HOURS_MAX_DAYS: i64 = 31;
/// The longest span of a report by days, in days.
pub const SPAN_OF_DAYS_MAX_DAYS: i64 = 400;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The length of the buckets of sales over time, in the concert's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bucket {
    /// One hour.
    Hour,
    /// One day, from midnight to midnight.
    #[default]
    Day,
}

impl Bucket {
    /// The longest span of a report with these buckets, in seconds.
    const fn span_max_seconds(self) -> i64 {
        match self {
            Self::Hour => SPAN_OF_HOURS_MAX_DAYS * DAY_SECONDS,
            Self::Day => SPAN_OF_DAYS_MAX_DAYS * DAY_SECONDS,
        }
    }

    /// The start of the bucket that contains a time.
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

/// The start of a day: midnight, or later where clocks are put forward at midnight.
fn first_of_day(day: NaiveDate, zone: Tz) -> Option<DateTime<Tz>> {
    let slots_until_noon = DAY_SECONDS / 2 / SLOT_SECONDS;
    let moments =
        (0..slots_until_noon).map(|slot| day.and_time(NaiveTime::MIN) + Duration::seconds(slot * SLOT_SECONDS));
    moments.filter_map(|moment| moment.and_local_timezone(zone).earliest()).next()
}

/// A request for a sales report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SalesReportRequest {
    /// The length of the buckets.
    pub bucket: Bucket,
    /// Only bookings placed at or after this time have a bucket; `None`: as early as the bucket length allows.
    pub from: Option<Timestamp>,
    /// Only bookings placed before this time have a bucket; `None`: until now.
    pub to: Option<Timestamp>,
}

impl SalesReportRequest {
    /// Checks the request and returns its span.
    pub(super) fn span(self, now: Timestamp) -> Result<Span, Faults> {
        // Includes bookings that are placed now.
        let to = self.to.unwrap_or(now.plus_seconds(1));
        let longest = self.bucket.span_max_seconds();
        let from = self.from.unwrap_or(to.plus_seconds(-longest));
        let mut faults = Faults::new();
        faults.require(from < to, "/to", "too_early", "the span ends after it begins");
        let is_short_enough = to.seconds_since(from) <= longest;
        let days = longest / DAY_SECONDS;
        faults.require(is_short_enough, "/from", "too_long", format!("these steps cover at most {days} days"));
        faults.into_result()?;
        Ok(Span { from, to })
    }
}

/// Sums over bookings, by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Bookings that wait for their payment.
    pub pending: BookingTotals,
    /// Bookings that were paid, or cost nothing.
    pub confirmed: BookingTotals,
    /// Bookings that were not paid in time.
    pub expired: BookingTotals,
    /// Bookings that were cancelled.
    pub cancelled: BookingTotals,
}

impl Outcomes {
    /// The sums over all outcomes.
    pub fn placed(&self) -> BookingTotals {
        let mut sum = BookingTotals::default();
        [self.pending, self.confirmed, self.expired, self.cancelled].into_iter().for_each(|totals| sum += totals);
        sum
    }

    fn add(&mut self, outcome: Outcome, totals: BookingTotals) {
        *match outcome {
            Outcome::Pending => &mut self.pending,
            Outcome::Confirmed => &mut self.confirmed,
            Outcome::Expired => &mut self.expired,
            Outcome::Cancelled => &mut self.cancelled,
        } += totals;
    }
}

/// The bookings placed in one bucket, by their outcome so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SalesBucket {
    /// The start of the bucket.
    pub starts_at: Timestamp,
    /// The bookings placed in it.
    pub outcomes: Outcomes,
}

/// The counters of all sections together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TicketSums {
    /// The number of all tickets.
    pub total: u32,
    /// The number of available tickets.
    pub available: u32,
    /// The number of tickets in pending bookings.
    pub held: u32,
    /// The number of tickets in confirmed bookings.
    pub sold: u32,
    /// The number of blocked tickets.
    pub blocked: u32,
    /// The sum of the prices at which the sold tickets were booked, in minor units.
    pub revenue: i64,
}

/// The sales report of a concert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesReport {
    /// The concert itself.
    pub concert: Concert,
    /// When the report was made; bookings that were overdue then count as expired.
    pub at: Timestamp,
    /// The figures of each section, by position.
    pub sections: Vec<SectionSales>,
    /// The sums over all sections.
    pub tickets: TicketSums,
    /// The refunds.
    pub refunds: RefundSums,
    /// All bookings, by outcome.
    pub outcomes: Outcomes,
    /// The length of `buckets`.
    pub bucket: Bucket,
    /// The span of `buckets`.
    pub span: Span,
    /// The buckets in which bookings were placed, in order.
    pub buckets: Vec<SalesBucket>,
}

impl SalesReport {
    pub(super) fn new(figures: SalesFigures, bucket: Bucket, span: Span, at: Timestamp) -> Self {
        let SalesFigures { concert, sections, placed, refunds } = figures;
        // A concert's time zone was checked when it was written.
        let zone = Tz::from_str(&concert.details.time_zone).unwrap_or(Tz::UTC);
        let mut outcomes = Outcomes::default();
        let mut buckets: BTreeMap<Timestamp, Outcomes> = BTreeMap::new();
        for SlotTotals { slot, outcome, totals } in placed {
            outcomes.add(outcome, totals);
            if let Some(slot) = slot {
                buckets.entry(bucket.start(slot, zone)).or_default().add(outcome, totals);
            }
        }
        let buckets = buckets.into_iter().map(|(starts_at, outcomes)| SalesBucket { starts_at, outcomes }).collect();
        let tickets = sums(&sections);
        Self { concert, at, sections, tickets, refunds, outcomes, bucket, span, buckets }
    }

    /// All money that was ever paid, in minor units. Confirmed bookings are paid in full, and all other payments are
    /// refunded in full, so this is the net amount plus all refunds.
    pub const fn gross(&self) -> i64 {
        self.net() + self.refunds.completed + self.refunds.pending
    }

    /// The money that stays once all refunds are completed, in minor units: the revenue of the sold tickets minus the
    /// refunds of confirmed bookings.
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
