//! `/bookings`.

use std::sync::Arc;

use boxoffice_domain::bookings::{
    Booking, BookingFilterRequest, BookingStatus, Bookings, ListBookingsError, NamedBooking, ReadBookingError,
};
use boxoffice_domain::sales::cancellation::{CancelError, Cancellations};
use boxoffice_domain::sales::placement::{BookingPlacement, PlaceBooking, PlaceError, PlaceRequest};
use boxoffice_domain::shared::{BookingId, Clock, ConcertId};
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use uuid::Uuid;

use super::super::auth::LoggedIn;
use super::super::cursor::{Cursors, ListName};
use super::super::idempotency::Key;
use super::super::json::Json;
use super::super::openapi::{API_BASE, Tags};
use super::super::page::{PageDocument, Pages};
use super::super::problem::{Problem, Refused};
use super::super::reply::Created;
use super::dto::{BookingCursor, BookingDocument, BookingStatusName, PlaceBookingBody};

/// The operations on bookings.
pub(crate) struct BookingsApi {
    pub(crate) placement: Arc<dyn BookingPlacement>,
    pub(crate) bookings: Arc<Bookings>,
    pub(crate) cancellations: Arc<Cancellations>,
    pub(crate) cursors: Arc<Cursors>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[OpenApi(tag = "Tags::Bookings")]
impl BookingsApi {
    /// Place a booking
    ///
    /// Holds the named seats, or the best available seats of a section, until `expires_at`; pay before then. All or
    /// nothing: when a seat is taken, `seats_unavailable` lists all seats that are. A booking that costs nothing is
    /// confirmed at once. If `expected_total` is given and the price has changed since, the booking is refused with
    /// `price_changed`.
    #[oai(path = "/bookings", method = "post", operation_id = "placeBooking")]
    async fn place(
        &self,
        caller: LoggedIn,
        /// A unique key for this request, so that a retry does not book twice.
        #[oai(name = "Idempotency-Key")]
        key: Key,
        body: Json<PlaceBookingBody>,
    ) -> Result<Created<BookingDocument>, Refused<PlaceError>> {
        let command = PlaceBooking::try_from(body.0).map_err(PlaceError::Invalid)?;
        let placed = self.placement.place(PlaceRequest { actor: caller.0, command, key: key.0 }).await?;
        let location = format!("{API_BASE}/bookings/{}", placed.booking.id);
        Ok(Created::at(location, self.shown(placed.booking)).replayed(placed.replayed))
    }

    /// List bookings
    ///
    /// Lists your own bookings, newest first. With `concert_id`, members of the concert's organiser list its bookings
    /// with the username of each account, and can filter them by `status` and `search`.
    #[oai(path = "/bookings", method = "get", operation_id = "listBookings")]
    async fn list(
        &self,
        caller: LoggedIn,
        /// List all bookings of this concert instead of your own.
        concert_id: Query<Option<Uuid>>,
        /// Only bookings with this status; requires `concert_id`. An expired booking may take a second to appear among
        /// the cancelled ones.
        status: Query<Option<BookingStatusName>>,
        /// Only bookings whose reference begins with this text of at least 3 characters, or whose account has this
        /// username or e-mail address in full; requires `concert_id`.
        #[oai(validator(max_length = 254))]
        search: Query<Option<String>>,
        /// The most items on the page.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// `next_cursor` of the previous page.
        #[oai(validator(max_length = 2048))]
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageDocument<BookingDocument>>, Refused<ListBookingsError>> {
        let concert = concert_id.0.map(ConcertId::from_uuid);
        let filter = BookingFilterRequest { status: status.0.map(Into::into), search: search.0 };
        let user = caller.0.user_id().map(|user| user.to_string());
        let list = ListName::new("bookings")
            .with(user.as_deref())
            .with(concert.map(|concert| concert.to_string()).as_deref())
            .with(filter.status.map(BookingStatus::as_str))
            .with(filter.search.as_deref());
        let pages = Pages::of(list, &self.cursors);
        let asked = pages.request::<BookingCursor>(limit.0, cursor.0.as_deref())?;
        let (after, limit) = (asked.after.map(Into::into), asked.limit);
        let now = self.clock.now();
        let document = match concert {
            Some(concert) => {
                let page = self.bookings.of_concert(&caller.0, concert, filter, after, limit).await?;
                pages.document(page, |named| BookingDocument::at(now, named), BookingCursor::from)
            }
            None if filter == BookingFilterRequest::default() => {
                let page = self.bookings.own(&caller.0, after, limit).await?;
                let show = |booking| BookingDocument::at(now, NamedBooking::unnamed(booking));
                pages.document(page, show, BookingCursor::from)
            }
            None => {
                let detail = "The parameters `status` and `search` go with `concert_id`.";
                return Err(Problem::malformed_parameter("concert_id", detail).into());
            }
        };
        Ok(Json(document?))
    }

    /// Read a booking
    ///
    /// For the booking's customer and members of the concert's organiser.
    #[oai(path = "/bookings/:id", method = "get", operation_id = "readBooking")]
    async fn get(
        &self,
        caller: LoggedIn,
        /// The booking's id.
        id: Path<Uuid>,
    ) -> Result<Json<BookingDocument>, Refused<ReadBookingError>> {
        let booking = self.bookings.get(&caller.0, BookingId::from_uuid(id.0)).await?;
        Ok(Json(BookingDocument::at(self.clock.now(), booking)))
    }

    /// Cancel a booking
    ///
    /// Releases the tickets at once and refunds a confirmed booking in full. Customers can cancel unpaid bookings,
    /// confirmed ones until the concert's `refundable_until`, and free ones until the concert begins if it has no
    /// `refundable_until`. Members of the organiser can cancel any booking.
    ///
    /// A cancellation is final: a pending payment is abandoned, and money that arrives later is refunded. Cancelling
    /// again returns the same response, so the request can be repeated.
    #[oai(path = "/bookings/:id/cancel", method = "post", operation_id = "cancelBooking")]
    async fn cancel(
        &self,
        caller: LoggedIn,
        /// The booking's id.
        id: Path<Uuid>,
    ) -> Result<Json<BookingDocument>, Refused<CancelError>> {
        let booking = self.cancellations.cancel(&caller.0, BookingId::from_uuid(id.0)).await?;
        Ok(Json(self.shown(booking)))
    }
}

impl BookingsApi {
    fn shown(&self, booking: Booking) -> BookingDocument {
        BookingDocument::at(self.clock.now(), NamedBooking::unnamed(booking))
    }
}
