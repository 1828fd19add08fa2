//! The use cases of reports, and the check who may see them.

use std::sync::Arc;

use crate::bookings::{BookingFilter, BookingFilterRequest, BookingPosition};
use crate::concerts::{Concert, ConcertQueries, OrganiserQueries, check_reads_sales};
use crate::shared::{Actor, Clock, ConcertId, StoreError};

use super::{ReportError, ReportQueries, ReportedBooking, SalesReport, SalesReportRequest};

/// The most bookings that an export reads at once. Bounds its memory for concerts of any size.
pub const EXPORTED_AT_ONCE: u32 = 500;

/// Reports for members of the concert's organiser who read bookings, and for admins.
pub struct Reports {
    queries: Arc<dyn ReportQueries>,
    organisers: Arc<dyn OrganiserQueries>,
    concerts: Arc<dyn ConcertQueries>,
    clock: Arc<dyn Clock>,
}

impl Reports {
    /// Creates the service over these ports.
    pub fn new(
        queries: Arc<dyn ReportQueries>,
        organisers: Arc<dyn OrganiserQueries>,
        concerts: Arc<dyn ConcertQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { queries, organisers, concerts, clock }
    }

    /// The sales report of a concert.
    ///
    /// # Errors
    /// [`ReportError`]; each variant is one reason.
    pub async fn sales(
        &self,
        actor: &Actor,
        concert: ConcertId,
        request: SalesReportRequest,
    ) -> Result<SalesReport, ReportError> {
        self.require_reader(actor, concert).await?;
        let now = self.clock.now();
        let span = request.span(now).map_err(ReportError::Invalid)?;
        let figures = self.queries.sales(concert, span, now).await?.ok_or(ReportError::NotFound)?;
        Ok(SalesReport::new(figures, request.bucket, span, now))
    }

    /// The bookings of a concert that match a filter, to be read in chunks.
    ///
    /// # Errors
    /// [`ReportError`]; each variant is one reason.
    pub async fn export(
        &self,
        actor: &Actor,
        concert: ConcertId,
        request: BookingFilterRequest,
    ) -> Result<BookingExport, ReportError> {
        self.require_reader(actor, concert).await?;
        let filter = request.judge(self.clock.now()).map_err(ReportError::Invalid)?;
        let concert = self.queries.concert(concert).await?.ok_or(ReportError::NotFound)?;
        Ok(BookingExport { queries: Arc::clone(&self.queries), concert, filter, after: None, ended: false })
    }

    async fn require_reader(&self, actor: &Actor, concert: ConcertId) -> Result<(), ReportError> {
        Ok(check_reads_sales(actor, concert, self.organisers.as_ref(), self.concerts.as_ref()).await?)
    }
}

/// Reads the bookings of a concert in chunks, newest first. Bookings placed while it is read may be missing.
pub struct BookingExport {
    queries: Arc<dyn ReportQueries>,
    concert: Concert,
    filter: BookingFilter,
    after: Option<BookingPosition>,
    ended: bool,
}

impl BookingExport {
    /// The concert whose bookings are exported.
    pub const fn concert(&self) -> &Concert {
        &self.concert
    }

    /// The next bookings, at most [`EXPORTED_AT_ONCE`]; empty at the end.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails. The next call continues where this one failed.
    pub async fn next(&mut self) -> Result<Vec<ReportedBooking>, StoreError> {
        if self.ended {
            return Ok(Vec::new());
        }
        let bookings = self.queries.bookings(self.concert.id, &self.filter, self.after, EXPORTED_AT_ONCE).await?;
        self.after = bookings.last().map(|last| BookingPosition::of(&last.named.booking));
        self.ended = self.after.is_none();
        Ok(bookings)
    }
}
