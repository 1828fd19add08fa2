//! Reports in the API.

use boxoffice_domain::reports::{Bucket, Outcomes, SalesBucket, SalesReport, SectionSales};
use poem_openapi::{Enum, Object};
use serde::Serialize;
use uuid::Uuid;

use super::super::instant::Rfc3339;

/// The steps in which sales are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum, Serialize)]
#[oai(rename = "SalesBucket", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(crate) enum BucketName {
    /// Each hour.
    Hour,
    /// Each day, from midnight to midnight.
    #[default]
    Day,
}

impl From<BucketName> for Bucket {
    fn from(name: BucketName) -> Self {
        match name {
            BucketName::Hour => Self::Hour,
            BucketName::Day => Self::Day,
        }
    }
}

impl From<Bucket> for BucketName {
    fn from(bucket: Bucket) -> Self {
        match bucket {
            Bucket::Hour => Self::Hour,
            Bucket::Day => Self::Day,
        }
    }
}

/// How a concert sells.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "SalesReport")]
pub(crate) struct SalesReportDocument {
    /// The concert's id.
    concert_id: Uuid,
    /// When it was asked for.
    at: Rfc3339,
    /// What amounts are in, ISO 4217.
    currency: String,
    /// Whose hours and days are told: an IANA name.
    time_zone: String,
    /// All tickets.
    tickets: TicketsDocument,
    /// What the tickets that are sold now cost when they were booked, in minor units.
    revenue: i64,
    /// All money that was ever taken, in minor units: `net`, `refunded` and `pending_refunds` together.
    gross: i64,
    /// What of it went back, whatever became of the bookings, in minor units.
    refunded: i64,
    /// What of it is on its way back, in minor units. After a concert was cancelled its bookings are refunded little by
    /// little: until then they count in `revenue` and `net`.
    pending_refunds: i64,
    /// What stays once everything that is on its way back has arrived, in minor units: the revenue less what goes back
    /// although the tickets stay sold.
    net: i64,
    /// The sections, front first.
    sections: Vec<SectionSalesDocument>,
    /// All bookings ever placed.
    bookings: BookingCountsDocument,
    /// In which steps `sales` is.
    bucket: BucketName,
    /// When `sales` begins.
    from: Rfc3339,
    /// When it ends; this instant is not in it any more.
    to: Rfc3339,
    /// The steps in which anything was placed, in order.
    sales: Vec<SalesStepDocument>,
}

/// Tickets by what they are.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "TicketCounts")]
pub(crate) struct TicketsDocument {
    /// All tickets.
    total: u32,
    /// Those that can be booked.
    available: u32,
    /// Those in unpaid bookings.
    held: u32,
    /// Those in confirmed bookings.
    sold: u32,
    /// Those kept back.
    blocked: u32,
}

/// How a section sells.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "SectionSales")]
pub(crate) struct SectionSalesDocument {
    /// Its short name.
    code: String,
    /// For people.
    name: String,
    /// Its tickets.
    tickets: TicketsDocument,
    /// What the sold ones cost when they were booked, in minor units.
    revenue: i64,
}

/// Bookings by what became of them.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "BookingCounts")]
pub(crate) struct BookingCountsDocument {
    /// All of them.
    placed: u64,
    /// Those that were paid, or cost nothing.
    confirmed: u64,
    /// Those that wait for their payment.
    pending: u64,
    /// Those that were not paid in time.
    expired: u64,
    /// Those that were cancelled.
    cancelled: u64,
}

/// What was placed in a step.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "SalesStep")]
pub(crate) struct SalesStepDocument {
    /// When the step begins.
    starts_at: Rfc3339,
    /// The bookings that were placed in it.
    bookings: BookingCountsDocument,
    /// The tickets of those that are confirmed.
    tickets: u64,
    /// What these cost, in minor units.
    revenue: i64,
}

impl From<Outcomes> for BookingCountsDocument {
    fn from(outcomes: Outcomes) -> Self {
        Self {
            placed: outcomes.placed().bookings,
            confirmed: outcomes.confirmed.bookings,
            pending: outcomes.pending.bookings,
            expired: outcomes.expired.bookings,
            cancelled: outcomes.cancelled.bookings,
        }
    }
}

impl From<SectionSales> for SectionSalesDocument {
    fn from(section: SectionSales) -> Self {
        let SectionSales { code, name, total, available, held, sold, blocked, revenue } = section;
        let tickets = TicketsDocument { total, available, held, sold, blocked };
        Self { code: code.as_str().to_owned(), name, tickets, revenue }
    }
}

impl From<SalesBucket> for SalesStepDocument {
    fn from(bucket: SalesBucket) -> Self {
        let SalesBucket { starts_at, outcomes } = bucket;
        Self {
            starts_at: Rfc3339(starts_at),
            bookings: outcomes.into(),
            tickets: outcomes.confirmed.tickets,
            revenue: outcomes.confirmed.worth,
        }
    }
}

impl From<SalesReport> for SalesReportDocument {
    fn from(report: SalesReport) -> Self {
        let (gross, net) = (report.gross(), report.net());
        let sums = report.tickets;
        Self {
            concert_id: report.concert.id.uuid(),
            at: Rfc3339(report.at),
            currency: report.concert.currency.code().to_owned(),
            time_zone: report.concert.details.time_zone,
            tickets: TicketsDocument {
                total: sums.total,
                available: sums.available,
                held: sums.held,
                sold: sums.sold,
                blocked: sums.blocked,
            },
            revenue: sums.revenue,
            gross,
            refunded: report.refunds.completed,
            pending_refunds: report.refunds.pending,
            net,
            sections: report.sections.into_iter().map(Into::into).collect(),
            bookings: report.outcomes.into(),
            bucket: report.bucket.into(),
            from: Rfc3339(report.span.from),
            to: Rfc3339(report.span.to),
            sales: report.buckets.into_iter().map(Into::into).collect(),
        }
    }
}
