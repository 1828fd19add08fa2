//! `/reports`.

use std::sync::Arc;

use boxoffice_domain::bookings::BookingFilterRequest;
use boxoffice_domain::reports::{ReportError, Reports, SalesReportRequest};
use boxoffice_domain::shared::{Clock, ConcertId};
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use uuid::Uuid;

use super::super::auth::LoggedIn;
use super::super::bookings::BookingStatusName;
use super::super::instant::Rfc3339;
use super::super::json::Json;
use super::super::openapi::Tags;
use super::super::problem::Refused;
use super::dto::{BucketName, SalesReportDocument};
use super::export_file::{ExportFile, Lines};

/// The operations on reports.
pub(crate) struct ReportsApi {
    pub(crate) reports: Arc<Reports>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[OpenApi(tag = "Tags::Reports")]
impl ReportsApi {
    /// Read the sales of a concert
    ///
    /// By section, in money, by outcome of its bookings, and over time, for members of its organiser. Hours and days
    /// are in the concert's `time_zone`. A booking counts at the time it was placed, with its current outcome. Reports
    /// may be a few seconds old.
    #[oai(path = "/reports/concerts/:id/sales", method = "get", operation_id = "readSales")]
    async fn sales(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// The steps of `sales`: hours over at most 31 days, or days over at most 400 days.
        #[oai(default)]
        bucket: Query<BucketName>,
        /// When `sales` begins; if absent, as long before `to` as the steps allow.
        from: Query<Option<Rfc3339>>,
        /// When `sales` ends, exclusive; if absent, now.
        to: Query<Option<Rfc3339>>,
    ) -> Result<Json<SalesReportDocument>, Refused<ReportError>> {
        let (from, to) = (from.0.map(|from| from.0), to.0.map(|to| to.0));
        let request = SalesReportRequest { bucket: bucket.0.into(), from, to };
        Ok(Json(self.reports.sales(&caller.0, ConcertId::from_uuid(id.0), request).await?.into()))
    }

    /// Download the bookings of a concert
    ///
    /// Comma-separated values in UTF-8 with a byte order mark, one line for each booking, newest first, for members of
    /// the concert's organiser: all bookings, or those that `listBookings` finds with the same parameters. `total` is
    /// the price of the tickets, `paid` what was paid for them before refunds, and `refunded` what of it was refunded;
    /// all in major units with a decimal point. `seats` are separated by spaces. Text that a spreadsheet would convert
    /// to a formula, a number or a date begins with `'`. A response that is cut off is not complete. Bookings of the
    /// last few seconds may be missing.
    #[oai(path = "/reports/concerts/:id/bookings.csv", method = "get", operation_id = "downloadBookings")]
    async fn bookings(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// Only bookings with this status.
        status: Query<Option<BookingStatusName>>,
        /// Only bookings whose reference begins with this text of at least 3 characters, or whose account has this
        /// username or e-mail address in full.
        #[oai(validator(max_length = 254))]
        search: Query<Option<String>>,
    ) -> Result<ExportFile, Refused<ReportError>> {
        self.export(caller, id, status, search, Lines::Bookings).await
    }

    /// Download the tickets of a concert's bookings
    ///
    /// Like `downloadBookings`, but one line for each ticket, with its price at the time of booking; a cancelled
    /// booking still lists the tickets it had.
    #[oai(path = "/reports/concerts/:id/tickets.csv", method = "get", operation_id = "downloadTickets")]
    async fn tickets(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// Only tickets of bookings with this status.
        status: Query<Option<BookingStatusName>>,
        /// Only tickets of bookings whose reference begins with this text of at least 3 characters, or whose account
        /// has this username or e-mail address in full.
        #[oai(validator(max_length = 254))]
        search: Query<Option<String>>,
    ) -> Result<ExportFile, Refused<ReportError>> {
        self.export(caller, id, status, search, Lines::Tickets).await
    }
}

impl ReportsApi {
    async fn export(
        &self,
        caller: LoggedIn,
        concert: Path<Uuid>,
        status: Query<Option<BookingStatusName>>,
        search: Query<Option<String>>,
        lines: Lines,
    ) -> Result<ExportFile, Refused<ReportError>> {
        let filter = BookingFilterRequest { status: status.0.map(Into::into), search: search.0 };
        let export = self.reports.export(&caller.0, ConcertId::from_uuid(concert.0), filter).await?;
        Ok(ExportFile::begin(lines, export, caller.1, self.clock.now()).await.map_err(ReportError::Store)?)
    }
}
