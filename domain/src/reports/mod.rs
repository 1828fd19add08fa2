//! Reports: how a concert sells, for its organiser. They may be a little old, and decide nothing.

mod errors;
mod ports;
mod sales;
mod service;
#[cfg(test)]
mod tests;

pub use errors::ReportError;
#[cfg(feature = "testing")]
pub use ports::MockReportQueries;
pub use ports::{
    Outcome, Placed, RefundSums, ReportQueries, ReportedBooking, SLOT_SECONDS, SalesFigures, SectionSales, Span, Tally,
};
pub use sales::{
    Bucket, Outcomes, SPAN_OF_DAYS_MAX_DAYS, SPAN_OF_HOURS_MAX_DAYS, SalesBucket, SalesReport, SalesWish, TicketSums,
};
pub use service::{BookingExport, EXPORTED_AT_ONCE, Reports};
