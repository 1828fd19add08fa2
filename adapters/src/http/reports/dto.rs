//! Documents of reports.

use boxoffice_domain::reports::{Bucket, Outcomes, SalesBucket, SalesReport, SectionSales};
use poem_openapi::{Enum, Object};
use serde::Serialize;
use uuid::Uuid;

use super::super::instant::Rfc3339;

/// The steps of sales over time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Enum, Serialize)]
#[oai(rename = "SalesBucket", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub(crate) enum BucketName {
    /// Hours.
    Hour,
    /// Days, from midnight to midnight.
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

/// The sales of a concert.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "SalesReport")]
pub(crate) struct SalesReportDocument {
    /// The concert's id.
    concert_id: Uuid,
    /// When the report was requested.
    at: Rfc3339,
    /// The currency of amounts, ISO 4217.
    currency: String,
    /// The time zone of hours and days, an IANA name.
    time_zone: String,
    /// All tickets.
    tickets: TicketsDocument,
    /// The price of the tickets that are sold now, at the time of booking, in minor units.
    revenue: i64,
    /// All money ever received, in minor units: the sum of `net`, `refunded` and `pending_refunds`.
    gross: i64,
    /// The refunded part of it, in minor units; independent of the outcome of the bookings.
    refunded: i64,
    /// The part of it with pending refunds, in minor units. After a concert is cancelled, its bookings are refunded one
    /// after the other; until then they count in `revenue` and `net`.
    pending_refunds: i64,
    /// What remains when all pending refunds are completed, in minor units: the revenue less refunds of tickets that
    /// stay sold.
    net: i64,
    /// The sections, front first.
    sections: Vec<SectionSalesDocument>,
    /// All bookings ever placed, by outcome.
    bookings: BookingCountsDocument,
    /// The steps of `sales`.
    bucket: BucketName,
    /// When `sales` begins.
    from: Rfc3339,
    /// When `sales` ends, exclusive.
    to: Rfc3339,
    /// The steps with placed bookings, in order.
    sales: Vec<SalesStepDocument>,
}

/// Tickets by state.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "TicketCounts")]
pub(crate) struct TicketsDocument {
    /// The number of all tickets.
    total: u32,
    /// The number of available tickets.
    available: u32,
    /// The number of tickets in unpaid bookings.
    held: u32,
    /// The number of tickets in confirmed bookings.
    sold: u32,
    /// The number of blocked tickets.
    blocked: u32,
}

/// The sales of a section.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "SectionSales")]
pub(crate) struct SectionSalesDocument {
    /// The section's code.
    code: String,
    /// The section's name.
    name: String,
    /// The section's tickets.
    tickets: TicketsDocument,
    /// The price of the sold tickets at the time of booking, in minor units.
    revenue: i64,
}

/// Bookings by outcome.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "BookingCounts")]
pub(crate) struct BookingCountsDocument {
    /// The number of all bookings.
    placed: u64,
    /// The number of bookings that were paid, or cost nothing.
    confirmed: u64,
    /// The number of bookings that wait for payment.
    pending: u64,
    /// The number of bookings that were not paid in time.
    expired: u64,
    /// The number of cancelled bookings.
    cancelled: u64,
}

/// The bookings placed in a step.
#[derive(Debug, Object, Serialize)]
#[oai(rename = "SalesStep")]
pub(crate) struct SalesStepDocument {
    /// When the step begins.
    starts_at: Rfc3339,
    /// The bookings placed in the step.
    bookings: BookingCountsDocument,
    /// The number of tickets in the confirmed ones.
    tickets: u64,
    /// The price of these tickets, in minor units.
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
