//! `/concerts` for everybody.

use std::sync::Arc;

use boxoffice_domain::concerts::{
    Catalogue, Concert, ConcertSearch, ListConcertsError, ReadConcertError, ReadSeatsError,
};
use boxoffice_domain::shared::ConcertId;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

use super::super::auth::Anybody;
use super::super::cursor::{Cursors, ListName};
use super::super::instant::Rfc3339;
use super::super::openapi::Tags;
use super::super::page::{PageDocument, Pages};
use super::super::problem::Refused;
use super::super::reply::{Audience, Revalidated};
use super::dto::{
    AvailabilityDocument, ConcertDocument, ConcertPlace, ConcertSort, ConcertSummaryDocument, SeatsDocument,
};

/// The operations that read concerts.
pub(crate) struct CatalogueApi {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) cursors: Arc<Cursors>,
}

/// A draft is nobody's business but its organiser's, and so are copies of it.
fn audience_of(concert: &Concert) -> Audience {
    if concert.is_public() { Audience::Public } else { Audience::Private }
}

#[OpenApi(tag = "Tags::Concerts")]
impl CatalogueApi {
    /// List concerts
    ///
    /// What is on sale and not over; with `mine` every concert of the organisers you are a member of, in every state.
    #[oai(path = "/concerts", method = "get", operation_id = "listConcerts")]
    #[expect(clippy::too_many_arguments, reason = "one for each parameter of the address")]
    async fn list(
        &self,
        caller: Anybody,
        /// Words that all occur in name, artist, venue or location; at most 5.
        #[oai(validator(max_length = 400))]
        search: Query<Option<String>>,
        /// A part of the artist's name.
        #[oai(validator(max_length = 64))]
        artist: Query<Option<String>>,
        /// A part of the town's name.
        #[oai(validator(max_length = 64))]
        location: Query<Option<String>>,
        /// Begins at or after.
        from: Query<Option<Rfc3339>>,
        /// Begins before.
        to: Query<Option<Rfc3339>>,
        /// How the list is sorted; `starts_at` when left out.
        sort: Query<Option<ConcertSort>>,
        /// Only your own organisers' concerts, in every state.
        mine: Query<Option<bool>>,
        /// Items on a page.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
        /// The `ETag` of the answer you have.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> Result<Revalidated<PageDocument<ConcertSummaryDocument>>, Refused<ListConcertsError>> {
        let sort = sort.0.unwrap_or_default();
        let search = ConcertSearch {
            search: search.0,
            artist: artist.0,
            location: location.0,
            from: from.0.map(|from| from.0),
            to: to.0.map(|to| to.0),
            order: sort.into(),
            mine: mine.0.unwrap_or_default(),
        };
        let audience = if search.mine { Audience::Private } else { Audience::Public };
        let pages = Pages::of(list_of(&search, sort, &caller), &self.cursors);
        let asked = pages.request::<ConcertPlace>(limit.0, cursor.0.as_deref())?;
        let page = self.catalogue.list(&caller.0, search, asked.after.map(Into::into), asked.limit).await?;
        let document = pages.document(page, ConcertSummaryDocument::from, ConcertPlace::from)?;
        Ok(Revalidated::of_content(if_none_match.0.as_deref(), audience, &document)?)
    }

    /// Read a concert
    ///
    /// What it is, where one sits, what it costs.
    #[oai(path = "/concerts/:id", method = "get", operation_id = "readConcert")]
    async fn get(
        &self,
        caller: Anybody,
        /// The concert's id.
        id: Path<Uuid>,
        /// The `ETag` of the answer you have.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> Result<Revalidated<ConcertDocument>, Refused<ReadConcertError>> {
        let view = self.catalogue.get(&caller.0, ConcertId::from_uuid(id.0)).await?;
        let (revision, audience) = (view.concert.revision, audience_of(&view.concert));
        Ok(Revalidated::of_version(revision, if_none_match.0.as_deref(), audience, view.into()))
    }

    /// Ask what is left
    ///
    /// Tickets that can be booked, by section.
    #[oai(path = "/concerts/:id/availability", method = "get", operation_id = "readAvailability")]
    async fn availability(
        &self,
        caller: Anybody,
        /// The concert's id.
        id: Path<Uuid>,
        /// The `ETag` of the answer you have.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> Result<Revalidated<AvailabilityDocument>, Refused<ReadConcertError>> {
        let left = self.catalogue.availability(&caller.0, ConcertId::from_uuid(id.0)).await?;
        let (version, audience) = (left.concert.version, audience_of(&left.concert));
        Ok(Revalidated::of_version(version, if_none_match.0.as_deref(), audience, left.into()))
    }

    /// See the seats
    ///
    /// The state of every seat, a letter each.
    #[oai(path = "/concerts/:id/seats", method = "get", operation_id = "readSeats")]
    async fn seats(
        &self,
        caller: Anybody,
        /// The concert's id.
        id: Path<Uuid>,
        /// The code of the only section to show.
        #[oai(validator(max_length = 8))]
        section: Query<Option<String>>,
        /// The `ETag` of the answer you have.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> Result<Revalidated<SeatsDocument>, Refused<ReadSeatsError>> {
        let seats = self.catalogue.seats(&caller.0, ConcertId::from_uuid(id.0), section.0.as_deref()).await?;
        let (version, audience) = (seats.concert.version, audience_of(&seats.concert));
        Ok(Revalidated::of_version(version, if_none_match.0.as_deref(), audience, seats.into()))
    }
}

/// Which list a cursor is good for.
fn list_of(search: &ConcertSearch, sort: ConcertSort, caller: &Anybody) -> ListName {
    let member = caller.0.user_id().filter(|_| search.mine).map(|user| user.to_string());
    ListName::new("concerts")
        .with(Some(sort.as_str()))
        .with(search.search.as_deref())
        .with(search.artist.as_deref())
        .with(search.location.as_deref())
        .with(search.from.map(|from| from.to_rfc3339()).as_deref())
        .with(search.to.map(|to| to.to_rfc3339()).as_deref())
        .with(member.as_deref())
}
