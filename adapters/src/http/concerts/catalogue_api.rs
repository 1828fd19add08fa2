//! `/concerts`: reading concerts.

use std::sync::Arc;

use boxoffice_domain::concerts::{Catalogue, ConcertSearch, ListConcertsError, ReadConcertError, ReadSeatsError};
use boxoffice_domain::shared::{Actor, ConcertId, PageLimit};
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

use super::super::auth::MaybeUser;
use super::super::cursor::{Cursors, ListName};
use super::super::etag::ETag;
use super::super::instant::Rfc3339;
use super::super::openapi::Tags;
use super::super::page::{PageDocument, Pages};
use super::super::problem::{Problem, Refusal, Refused};
use super::super::public_answer::{Conditions, PublicAnswer};
use super::super::reply::Revalidated;
use super::dto::{
    AvailabilityDocument, ConcertCursor, ConcertDocument, ConcertSort, ConcertSummaryDocument, SeatsDocument,
};
use crate::concert_state::{Lookup, LookupError, PublicConcertCache, View};

/// The operations that read concerts. Public concerts are served from the cache. Drafts are visible to members of their
/// organiser only, and are not cached.
pub(crate) struct CatalogueApi {
    pub(crate) cache: Arc<PublicConcertCache>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) cursors: Arc<Cursors>,
}

impl CatalogueApi {
    /// The public response from the cache. `None` when the catalogue must decide what `caller` may see; an anonymous
    /// caller gets `not_found` instead.
    async fn cached<T, R: Refusal>(
        &self,
        caller: &MaybeUser,
        id: ConcertId,
        view: View<'_>,
        (if_none_match, conditions): (Option<&str>, Conditions),
        not_found: R,
    ) -> Result<Option<Revalidated<T>>, Refused<R>> {
        match self.cache.get_or_load(id, view, conditions.freshness).await {
            Ok(Lookup::Shown { rendering, from_memory }) => {
                let answer = PublicAnswer::new(&rendering, from_memory, if_none_match, conditions);
                Ok(Some(Revalidated::Public(answer)))
            }
            Ok(Lookup::NotPublic) if caller.0 == Actor::Anonymous => Err(not_found.into()),
            Ok(Lookup::NotPublic | Lookup::NoSuchSection) => Ok(None),
            Err(LookupError::Store(error)) => Err(Problem::from(error).into()),
            Err(LookupError::Render(error)) => Err(Problem::internal(error).into()),
        }
    }
}

#[OpenApi(tag = "Tags::Concerts")]
impl CatalogueApi {
    /// List concerts
    ///
    /// Lists concerts that are on sale and not over; with `mine`, all concerts of the organisers you are a member of,
    /// in every status.
    #[oai(path = "/concerts", method = "get", operation_id = "listConcerts")]
    #[expect(clippy::too_many_arguments, reason = "one for each parameter of the address")]
    async fn list(
        &self,
        caller: MaybeUser,
        /// Words that must all occur in name, artist, venue or location. Only the 5 longest count, each of at most 64
        /// letters. A single letter matches whole words only.
        #[oai(validator(max_length = 400))]
        search: Query<Option<String>>,
        /// A part of the artist's name.
        #[oai(validator(max_length = 64))]
        artist: Query<Option<String>>,
        /// A part of the location.
        #[oai(validator(max_length = 64))]
        location: Query<Option<String>>,
        /// Only concerts that begin at this time or later.
        from: Query<Option<Rfc3339>>,
        /// Only concerts that begin before this time.
        to: Query<Option<Rfc3339>>,
        /// The sort order; `starts_at` if absent.
        sort: Query<Option<ConcertSort>>,
        /// Only concerts of your organisers, in every status.
        mine: Query<Option<bool>>,
        /// The most items on the page.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// `next_cursor` of the previous page.
        #[oai(validator(max_length = 2048))]
        cursor: Query<Option<String>>,
        /// The `ETag` of the response you have.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        conditions: Conditions,
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
        let (if_none_match, is_public) = (if_none_match.0.as_deref(), !search.mine);
        let list = list_of(&search, sort, &caller);
        let pages = Pages::of(list, &self.cursors);
        let asked = pages.request::<ConcertCursor>(limit.0, cursor.0.as_deref())?;
        let limit = asked.limit;
        let key = page_key(pages.list(), limit, cursor.0.as_deref());
        let load = async || {
            let page = self.catalogue.list(&caller.0, search, asked.after.map(Into::into), limit).await?;
            Ok::<_, Refused<ListConcertsError>>(pages.document(
                page,
                ConcertSummaryDocument::from,
                ConcertCursor::from,
            )?)
        };
        if !is_public {
            return Ok(Revalidated::of_content(if_none_match, &load().await?)?);
        }
        let (page, from_memory) = self
            .cache
            .list(&key, conditions.freshness, async || {
                let bytes = serde_json::to_vec(&load().await?).map_err(Problem::internal)?;
                Ok::<_, Refused<ListConcertsError>>((ETag::of_content(&bytes).text().to_owned(), bytes))
            })
            .await?;
        Ok(Revalidated::Public(PublicAnswer::new(&page, from_memory, if_none_match, conditions)))
    }

    /// Read a concert
    ///
    /// The concert's data, sections and prices.
    #[oai(path = "/concerts/:id", method = "get", operation_id = "readConcert")]
    async fn get(
        &self,
        caller: MaybeUser,
        /// The concert's id.
        id: Path<Uuid>,
        /// The `ETag` of the response you have.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        conditions: Conditions,
    ) -> Result<Revalidated<ConcertDocument>, Refused<ReadConcertError>> {
        let (id, if_none_match) = (ConcertId::from_uuid(id.0), if_none_match.0.as_deref());
        let (asked, not_found) = ((if_none_match, conditions), ReadConcertError::NotFound);
        if let Some(shown) = self.cached(&caller, id, View::Concert, asked, not_found).await? {
            return Ok(shown);
        }
        let view = self.catalogue.get(&caller.0, id).await?;
        Ok(Revalidated::of_version(view.concert.revision, if_none_match, view.into()))
    }

    /// Read the availability
    ///
    /// The number of available tickets in each section.
    #[oai(path = "/concerts/:id/availability", method = "get", operation_id = "readAvailability")]
    async fn availability(
        &self,
        caller: MaybeUser,
        /// The concert's id.
        id: Path<Uuid>,
        /// The `ETag` of the response you have.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        conditions: Conditions,
    ) -> Result<Revalidated<AvailabilityDocument>, Refused<ReadConcertError>> {
        let (id, if_none_match) = (ConcertId::from_uuid(id.0), if_none_match.0.as_deref());
        let (asked, not_found) = ((if_none_match, conditions), ReadConcertError::NotFound);
        if let Some(shown) = self.cached(&caller, id, View::Availability, asked, not_found).await? {
            return Ok(shown);
        }
        let left = self.catalogue.availability(&caller.0, id).await?;
        Ok(Revalidated::of_version(left.concert.version, if_none_match, left.into()))
    }

    /// Read the seats
    ///
    /// The state of every seat, one letter for each.
    #[oai(path = "/concerts/:id/seats", method = "get", operation_id = "readSeats")]
    async fn seats(
        &self,
        caller: MaybeUser,
        /// The concert's id.
        id: Path<Uuid>,
        /// The code of the only section to return.
        #[oai(validator(pattern = "^[A-Z0-9]{1,8}$"))]
        section: Query<Option<String>>,
        /// The `ETag` of the response you have.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        conditions: Conditions,
    ) -> Result<Revalidated<SeatsDocument>, Refused<ReadSeatsError>> {
        let (id, section, if_none_match) =
            (ConcertId::from_uuid(id.0), section.0.as_deref(), if_none_match.0.as_deref());
        let (asked, not_found) = ((if_none_match, conditions), ReadSeatsError::NotFound);
        if let Some(shown) = self.cached(&caller, id, View::Seats(section), asked, not_found).await? {
            return Ok(shown);
        }
        let seats = self.catalogue.seats(&caller.0, id, section).await?;
        Ok(Revalidated::of_version(seats.concert.version, if_none_match, seats.into()))
    }
}

/// The cache key of the first page of the list without parameters.
pub(crate) fn plain_list_key() -> Vec<u8> {
    let (search, sort) = (ConcertSearch::default(), ConcertSort::default());
    page_key(&list_of(&search, sort, &MaybeUser(Actor::Anonymous)), PageLimit::DEFAULT, None)
}

/// The cache key of a page of a list.
fn page_key(list: &ListName, limit: PageLimit, cursor: Option<&str>) -> Vec<u8> {
    list.clone().with(Some(&limit.items().to_string())).with(cursor).into_bytes()
}

/// The identity of the list that a cursor is valid for.
fn list_of(search: &ConcertSearch, sort: ConcertSort, caller: &MaybeUser) -> ListName {
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
