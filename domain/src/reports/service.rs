//! Who sees which report.

use std::sync::Arc;

use crate::bookings::{BookingFilter, BookingPosition, BookingWish};
use crate::concerts::{Concert, MemberRole, OrganiserQueries};
use crate::shared::{Actor, Clock, ConcertId, StoreError};

use super::{ReportError, ReportQueries, ReportedBooking, SalesReport, SalesWish};

/// Bookings that an export reads at once: bounds its memory, whatever the concert.
pub const EXPORTED_AT_ONCE: u32 = 500;

/// Reports for members of the concert's organiser who read bookings, and for admins.
pub struct Reports {
    queries: Arc<dyn ReportQueries>,
    organisers: Arc<dyn OrganiserQueries>,
    clock: Arc<dyn Clock>,
}

impl Reports {
    /// The use cases over these ports.
    pub fn new(queries: Arc<dyn ReportQueries>, organisers: Arc<dyn OrganiserQueries>, clock: Arc<dyn Clock>) -> Self {
        Self { queries, organisers, clock }
    }

    /// How a concert sells.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn sales(&self, actor: &Actor, concert: ConcertId, wish: SalesWish) -> Result<SalesReport, ReportError> {
        self.require_reader(actor, concert).await?;
        let now = self.clock.now();
        let span = wish.span(now).map_err(ReportError::Invalid)?;
        let figures = self.queries.sales(concert, span, now).await?.ok_or(ReportError::NotFound)?;
        Ok(SalesReport::new(figures, wish.bucket, span, now))
    }

    /// The bookings of a concert that fit a wish, to be read a part at a time.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn export(
        &self,
        actor: &Actor,
        concert: ConcertId,
        wish: BookingWish,
    ) -> Result<BookingExport, ReportError> {
        self.require_reader(actor, concert).await?;
        let filter = wish.judge(self.clock.now()).map_err(ReportError::Invalid)?;
        let concert = self.queries.concert(concert).await?.ok_or(ReportError::NotFound)?;
        Ok(BookingExport { queries: Arc::clone(&self.queries), concert, filter, after: None, ended: false })
    }

    async fn require_reader(&self, actor: &Actor, concert: ConcertId) -> Result<(), ReportError> {
        let user = actor.user_id().ok_or(ReportError::LoginRequired)?;
        if actor.is_admin() {
            return Ok(());
        }
        let role = self.organisers.role_at(user, concert).await?;
        if role.is_some_and(MemberRole::reads_bookings) { Ok(()) } else { Err(ReportError::Forbidden) }
    }
}

/// The bookings of a concert, newest first. What is placed while it is read may be missing.
pub struct BookingExport {
    queries: Arc<dyn ReportQueries>,
    concert: Concert,
    filter: BookingFilter,
    after: Option<BookingPosition>,
    ended: bool,
}

impl BookingExport {
    /// The concert.
    pub const fn concert(&self) -> &Concert {
        &self.concert
    }

    /// The next bookings, at most [`EXPORTED_AT_ONCE`]; none at the end.
    ///
    /// # Errors
    /// What the store fails with; asking again goes on where it failed.
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
