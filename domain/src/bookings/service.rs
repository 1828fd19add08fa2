//! Reading bookings.

use std::sync::Arc;

use crate::concerts::{ConcertQueries, OrganiserQueries, SaleAccess, check_reads_sales};
use crate::shared::{Actor, BookingId, Clock, ConcertId, Page, PageLimit};

use super::{
    Booking, BookingFilterRequest, BookingPosition, BookingQueries, ListBookingsError, NamedBooking, ReadBookingError,
};

/// Reads bookings for those who may see them.
pub struct Bookings {
    queries: Arc<dyn BookingQueries>,
    organisers: Arc<dyn OrganiserQueries>,
    concerts: Arc<dyn ConcertQueries>,
    clock: Arc<dyn Clock>,
}

impl Bookings {
    /// Creates the service over these ports.
    pub fn new(
        queries: Arc<dyn BookingQueries>,
        organisers: Arc<dyn OrganiserQueries>,
        concerts: Arc<dyn ConcertQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { queries, organisers, concerts, clock }
    }

    /// One booking, for its customer, members of its organiser who read bookings, and admins. Others get
    /// [`ReadBookingError::NotFound`]. Only members and admins see the name of its account.
    ///
    /// # Errors
    /// [`ReadBookingError`]; each variant is one reason.
    pub async fn get(&self, actor: &Actor, id: BookingId) -> Result<NamedBooking, ReadBookingError> {
        actor.user_id().ok_or(ReadBookingError::LoginRequired)?;
        let found = self.queries.named(id).await?.ok_or(ReadBookingError::NotFound)?;
        let Booking { user, concert, .. } = found.booking;
        match SaleAccess::of(actor, user, concert, self.organisers.as_ref()).await? {
            SaleAccess::Manager | SaleAccess::Reader => Ok(found),
            SaleAccess::Owner => Ok(NamedBooking::unnamed(found.booking)),
            SaleAccess::Stranger => Err(ReadBookingError::NotFound),
        }
    }

    /// The actor's own bookings, newest first.
    ///
    /// # Errors
    /// [`ListBookingsError`]; each variant is one reason.
    pub async fn own(
        &self,
        actor: &Actor,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<Booking, BookingPosition>, ListBookingsError> {
        let user = actor.user_id().ok_or(ListBookingsError::LoginRequired)?;
        Ok(self.queries.of_user(user, after, limit).await?)
    }

    /// The bookings of a concert that match a filter, newest first, for members of its organiser who read bookings and
    /// for admins.
    ///
    /// # Errors
    /// [`ListBookingsError`]; each variant is one reason.
    pub async fn of_concert(
        &self,
        actor: &Actor,
        concert: ConcertId,
        request: BookingFilterRequest,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<NamedBooking, BookingPosition>, ListBookingsError> {
        check_reads_sales(actor, concert, self.organisers.as_ref(), self.concerts.as_ref()).await?;
        let filter = request.judge(self.clock.now()).map_err(ListBookingsError::Invalid)?;
        Ok(self.queries.of_concert(concert, &filter, after, limit).await?)
    }
}
