//! The use cases of bookings after they are placed: reading, cancelling and expiring them.

use std::sync::Arc;

use crate::concerts::{MemberRole, OrganiserQueries};
use crate::shared::{Actor, BookingId, Clock, IdGenerator, Page, PageLimit, StoreError, UserId};
use crate::store::Store;

use super::{
    Booking, BookingCancellation, BookingPosition, BookingQueries, CancellationUnits, ListBookingsError, NamedBooking,
    ReadBookingError,
};

/// The use cases of existing bookings.
pub struct Bookings {
    pub(super) store: Arc<dyn Store>,
    pub(super) queries: Arc<dyn BookingQueries>,
    pub(super) organisers: Arc<dyn OrganiserQueries>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) cancellation: Arc<dyn BookingCancellation>,
}

/// What a user may do with a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// A member of its organiser who manages bookings, or an admin.
    Manager,
    /// Its customer.
    Owner,
    /// A member of its organiser who reads bookings but does not manage them.
    Reader,
    /// Any other user. The booking is hidden from them.
    Stranger,
}

impl Bookings {
    /// Creates the service. It cancels each booking in a unit of its own.
    pub fn new(
        store: Arc<dyn Store>,
        queries: Arc<dyn BookingQueries>,
        organisers: Arc<dyn OrganiserQueries>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        let cancellation = Arc::new(CancellationUnits::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&ids)));
        Self { store, queries, organisers, clock, ids, cancellation }
    }

    /// The same service with other cancellation processing, for example one that groups commits.
    #[must_use]
    pub fn with_cancellation(self, cancellation: Arc<dyn BookingCancellation>) -> Self {
        Self { cancellation, ..self }
    }

    /// One booking, for its customer, members of its organiser who read bookings, and admins. Others get
    /// [`ReadBookingError::NotFound`]. Only members and admins see the name of its account.
    ///
    /// # Errors
    /// [`ReadBookingError`]; each variant is one reason.
    pub async fn get(&self, actor: &Actor, id: BookingId) -> Result<NamedBooking, ReadBookingError> {
        let user = actor.user_id().ok_or(ReadBookingError::LoginRequired)?;
        let found = self.queries.named(id).await?.ok_or(ReadBookingError::NotFound)?;
        match self.access(actor, user, &found.booking).await? {
            Access::Manager | Access::Reader => Ok(found),
            Access::Owner => Ok(NamedBooking::unnamed(found.booking)),
            Access::Stranger => Err(ReadBookingError::NotFound),
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

    /// What a user may do with a booking; of several answers, the one that allows the most.
    pub(super) async fn access(&self, actor: &Actor, user: UserId, booking: &Booking) -> Result<Access, StoreError> {
        if actor.is_admin() {
            return Ok(Access::Manager);
        }
        let role = self.organisers.role_at(user, booking.concert).await?;
        Ok(if role.is_some_and(MemberRole::manages_bookings) {
            Access::Manager
        } else if booking.user == Some(user) {
            Access::Owner
        } else if role.is_some_and(MemberRole::reads_bookings) {
            Access::Reader
        } else {
            Access::Stranger
        })
    }
}
