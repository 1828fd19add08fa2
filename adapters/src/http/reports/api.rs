//! `/reports`.

use std::sync::Arc;

use boxoffice_domain::bookings::BookingWish;
use boxoffice_domain::reports::{ReportError, Reports, SalesWish};
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
    /// Read how a concert sells
    ///
    /// By section, in money, by what became of its bookings, and over time, for members of its organiser. Hours and days
    /// are those of the concert's `time_zone`; a booking counts when it was placed, as what has become of it until now.
    /// Reports may be a few seconds old.
    #[oai(path = "/reports/concerts/:id/sales", method = "get", operation_id = "readSales")]
    async fn sales(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// The steps of `sales`: hours, of 31 days at most, or days, of 400 days at most.
        #[oai(default)]
        bucket: Query<BucketName>,
        /// `sales` begins here; when not said, as long before `to` as the steps allow.
        from: Query<Option<Rfc3339>>,
        /// `sales` ends before this; when not said, now.
        to: Query<Option<Rfc3339>>,
    ) -> Result<Json<SalesReportDocument>, Refused<ReportError>> {
        let (from, to) = (from.0.map(|from| from.0), to.0.map(|to| to.0));
        let wish = SalesWish { bucket: bucket.0.into(), from, to };
        Ok(Json(self.reports.sales(&caller.0, ConcertId::from_uuid(id.0), wish).await?.into()))
    }

    /// Download the bookings of a concert
    ///
    /// As comma-separated values in UTF-8 with a byte order mark, one line a booking, newest first, for members of its
    /// organiser; all of them, or those that `listBookings` finds with the same parameters. `total` is what the tickets
    /// cost, `paid` what was paid for them, whatever went back, and `refunded` what of it went back; all are in major
    /// units with a point. `seats` are separated by blanks. Text that a spreadsheet would take for a formula, a number or
    /// a day begins with `'`. An answer that breaks off is not complete. It may miss what was booked in the last few
    /// seconds.
    #[oai(path = "/reports/concerts/:id/bookings.csv", method = "get", operation_id = "downloadBookings")]
    async fn bookings(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// Only those in this status.
        status: Query<Option<BookingStatusName>>,
        /// How their reference begins, in 3 characters or more, or the whole username or e-mail address of their account.
        #[oai(validator(max_length = 254))]
        search: Query<Option<String>>,
    ) -> Result<ExportFile, Refused<ReportError>> {
        let wish = BookingWish { status: status.0.map(Into::into), search: search.0 };
        self.export(caller, id.0, wish, Lines::Bookings).await
    }

    /// Download the tickets of a concert's bookings
    ///
    /// As `downloadBookings`, but one line a ticket, with what it cost when it was booked; a cancelled booking still lists
    /// what it had.
    #[oai(path = "/reports/concerts/:id/tickets.csv", method = "get", operation_id = "downloadTickets")]
    async fn tickets(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// Only those of bookings in this status.
        status: Query<Option<BookingStatusName>>,
        /// How the reference of their booking begins, in 3 characters or more, or the whole username or e-mail address of
        /// its account.
        #[oai(validator(max_length = 254))]
        search: Query<Option<String>>,
    ) -> Result<ExportFile, Refused<ReportError>> {
        let wish = BookingWish { status: status.0.map(Into::into), search: search.0 };
        self.export(caller, id.0, wish, Lines::Tickets).await
    }
}

impl ReportsApi {
    async fn export(
        &self,
        caller: LoggedIn,
        concert: Uuid,
        wish: BookingWish,
        lines: Lines,
    ) -> Result<ExportFile, Refused<ReportError>> {
        let export = self.reports.export(&caller.0, ConcertId::from_uuid(concert), wish).await?;
        Ok(ExportFile::begin(lines, export, caller.1, self.clock.now()).await.map_err(ReportError::Store)?)
    }
}
