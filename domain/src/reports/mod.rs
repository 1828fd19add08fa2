//! Reports on the sales of a concert, for its organiser. They may be slightly stale, and no decision depends on them.

mod errors;
mod ports;
mod sales;
mod service;

pub use errors::ReportError;
#[cfg(feature = "mocks")]
pub use ports::MockReportQueries;
pub use ports::{
    BookingTotals, Outcome, RefundSums, ReportQueries, ReportedBooking, SLOT_SECONDS, SalesFigures, SectionSales,
    SlotTotals, Span,
};
pub use sales::{
    Bucket, Outcomes, SPAN_OF_DAYS_MAX_DAYS, SPAN_OF_HOURS_MAX_DAYS, SalesBucket, SalesReport, SalesReportRequest,
    TicketSums,
};
pub use service::{BookingExport, EXPORTED_AT_ONCE, Reports};
