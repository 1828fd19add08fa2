//! Bookings after they are placed: read, cancelled, expired, wound up.

use std::sync::Arc;

use crate::concerts::{MemberRole, OrganiserQueries};
use crate::shared::{Actor, BookingId, Clock, IdGenerator, Page, PageLimit, StoreError, UserId};
use crate::store::Store;

use super::{
    Booking, BookingPosition, BookingQueries, ListBookingsError, NamedBooking, ReadBookingError, Returns, ReturnsDesk,
};

/// The use cases around bookings that exist.
pub struct Bookings {
    pub(super) store: Arc<dyn Store>,
    pub(super) queries: Arc<dyn BookingQueries>,
    pub(super) organisers: Arc<dyn OrganiserQueries>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    pub(super) returns: Arc<dyn ReturnsDesk>,
}

/// How somebody stands to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// They manage the bookings of its organiser, or run the installation.
    Manager,
    /// It is their own.
    Owner,
    /// A member of its organiser who reads bookings, but does not manage them.
    Reader,
    /// It is none of their business.
    Stranger,
}

impl Bookings {
    /// Puts it together. Each booking that gives its tickets back does so in a unit of its own.
    pub fn new(
        store: Arc<dyn Store>,
        queries: Arc<dyn BookingQueries>,
        organisers: Arc<dyn OrganiserQueries>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
    ) -> Self {
        let returns = Arc::new(Returns::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&ids)));
        Self { store, queries, organisers, clock, ids, returns }
    }

    /// The same with another desk for what is given back.
    #[must_use]
    pub fn at_desk(self, returns: Arc<dyn ReturnsDesk>) -> Self {
        Self { returns, ..self }
    }

    /// One booking, for its customer, members of its organiser and admins. To others it does not exist. The name of its
    /// account is for members and admins.
    ///
    /// # Errors
    /// [`ReadBookingError`].
    pub async fn get(&self, actor: &Actor, id: BookingId) -> Result<NamedBooking, ReadBookingError> {
        let user = actor.user_id().ok_or(ReadBookingError::LoginRequired)?;
        let found = self.queries.named(id).await?.ok_or(ReadBookingError::NotFound)?;
        match self.standing(actor, user, &found.booking).await? {
            Standing::Manager | Standing::Reader => Ok(found),
            Standing::Owner => Ok(NamedBooking::unnamed(found.booking)),
            Standing::Stranger => Err(ReadBookingError::NotFound),
        }
    }

    /// One's own bookings, newest first.
    ///
    /// # Errors
    /// [`ListBookingsError`].
    pub async fn own(
        &self,
        actor: &Actor,
        after: Option<BookingPosition>,
        limit: PageLimit,
    ) -> Result<Page<Booking, BookingPosition>, ListBookingsError> {
        let user = actor.user_id().ok_or(ListBookingsError::LoginRequired)?;
        Ok(self.queries.of_user(user, after, limit).await?)
    }

    /// How a user stands to a booking; with several standings, the one that allows most.
    pub(super) async fn standing(
        &self,
        actor: &Actor,
        user: UserId,
        booking: &Booking,
    ) -> Result<Standing, StoreError> {
        if actor.is_admin() {
            return Ok(Standing::Manager);
        }
        let role = self.organisers.role_at(user, booking.concert).await?;
        Ok(if role.is_some_and(MemberRole::manages_bookings) {
            Standing::Manager
        } else if booking.user == Some(user) {
            Standing::Owner
        } else if role.is_some_and(MemberRole::reads_bookings) {
            Standing::Reader
        } else {
            Standing::Stranger
        })
    }
}
