//! `/bookings`.

use std::sync::Arc;

use boxoffice_domain::bookings::{
    Booking, BookingDesk, BookingStatus, BookingWish, Bookings, CancelError, ListBookingsError, NamedBooking,
    PlaceBooking, PlaceError, PlaceRequest, ReadBookingError,
};
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
use super::dto::{BookingDocument, BookingPlace, BookingStatusName, PlaceBookingBody};

/// The operations on bookings.
pub(crate) struct BookingsApi {
    pub(crate) desk: Arc<dyn BookingDesk>,
    pub(crate) bookings: Arc<Bookings>,
    pub(crate) cursors: Arc<Cursors>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[OpenApi(tag = "Tags::Bookings")]
impl BookingsApi {
    /// Book tickets
    ///
    /// Holds named seats, or the best of a section, until `expires_at`; pay before. All tickets or none: when not all
    /// seats are free, `seats_unavailable` names those that are not. What costs nothing is confirmed at once. With an
    /// `expected_total`, a price that was changed since it was shown is refused and not charged.
    #[oai(path = "/bookings", method = "post", operation_id = "placeBooking")]
    async fn place(
        &self,
        caller: LoggedIn,
        /// A name of your own for this request, so that it can be sent again without booking twice.
        #[oai(name = "Idempotency-Key")]
        key: Key,
        body: Json<PlaceBookingBody>,
    ) -> Result<Created<BookingDocument>, Refused<PlaceError>> {
        let command = PlaceBooking::new(body.0.into()).map_err(PlaceError::Invalid)?;
        let placed = self.desk.place(PlaceRequest { actor: caller.0, command, key: key.0 }).await?;
        let location = format!("{API_BASE}/bookings/{}", placed.booking.id);
        Ok(Created::at(location, self.shown(placed.booking)).replayed(placed.replayed))
    }

    /// List bookings
    ///
    /// Your own, newest first; with `concert_id` those of a concert, for members of its organiser, who see the name of
    /// each account and can look for some of them by `status` and `search`.
    #[oai(path = "/bookings", method = "get", operation_id = "listBookings")]
    async fn list(
        &self,
        caller: LoggedIn,
        /// All bookings of this concert instead of your own.
        concert_id: Query<Option<Uuid>>,
        /// Only those in this status; with `concert_id`. One that has just expired may take a second to be among the
        /// cancelled.
        status: Query<Option<BookingStatusName>>,
        /// How their reference begins, in 3 characters or more, or the whole username or e-mail address of their account;
        /// with `concert_id`.
        #[oai(validator(max_length = 254))]
        search: Query<Option<String>>,
        /// Items on a page.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// `next_cursor` of the page before.
        #[oai(validator(max_length = 2048))]
        cursor: Query<Option<String>>,
    ) -> Result<Json<PageDocument<BookingDocument>>, Refused<ListBookingsError>> {
        let concert = concert_id.0.map(ConcertId::from_uuid);
        let wish = BookingWish { status: status.0.map(Into::into), search: search.0 };
        let user = caller.0.user_id().map(|user| user.to_string());
        let list = ListName::new("bookings")
            .with(user.as_deref())
            .with(concert.map(|concert| concert.to_string()).as_deref())
            .with(wish.status.map(BookingStatus::as_str))
            .with(wish.search.as_deref());
        let pages = Pages::of(list, &self.cursors);
        let asked = pages.request::<BookingPlace>(limit.0, cursor.0.as_deref())?;
        let (after, limit) = (asked.after.map(Into::into), asked.limit);
        let now = self.clock.now();
        let document = match concert {
            Some(concert) => {
                let page = self.bookings.of_concert(&caller.0, concert, wish, after, limit).await?;
                pages.document(page, |named| BookingDocument::at(now, named), BookingPlace::from)
            }
            None if wish == BookingWish::default() => {
                let page = self.bookings.own(&caller.0, after, limit).await?;
                let show = |booking| BookingDocument::at(now, NamedBooking::unnamed(booking));
                pages.document(page, show, BookingPlace::from)
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
    /// For its customer and for members of its organiser.
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
    /// Gives the tickets back at once, and all the money of a confirmed one. Customers cancel what they have not paid,
    /// and what is confirmed while the concert's `refundable_until` is ahead; what cost nothing they cancel until the
    /// concert begins when there is no `refundable_until`. Members of the organiser cancel any.
    ///
    /// A booking that was cancelled stays so: a payment that still waits is given up, and money that comes all the same
    /// goes back. To cancel it again answers the same, so the request can be repeated.
    #[oai(path = "/bookings/:id/cancel", method = "post", operation_id = "cancelBooking")]
    async fn cancel(
        &self,
        caller: LoggedIn,
        /// The booking's id.
        id: Path<Uuid>,
    ) -> Result<Json<BookingDocument>, Refused<CancelError>> {
        let booking = self.bookings.cancel(&caller.0, BookingId::from_uuid(id.0)).await?;
        Ok(Json(self.shown(booking)))
    }
}

impl BookingsApi {
    fn shown(&self, booking: Booking) -> BookingDocument {
        BookingDocument::at(self.clock.now(), NamedBooking::unnamed(booking))
    }
}
