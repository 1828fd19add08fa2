//! `/concerts` for everybody.

use std::sync::Arc;

use boxoffice_domain::concerts::{Catalogue, ConcertSearch, ListConcertsError, ReadConcertError, ReadSeatsError};
use boxoffice_domain::shared::{Actor, ConcertId, PageLimit};
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

use super::super::auth::Anybody;
use super::super::cursor::{Cursors, ListName};
use super::super::etag::ETag;
use super::super::instant::Rfc3339;
use super::super::openapi::Tags;
use super::super::page::{PageDocument, Pages};
use super::super::problem::{Problem, Refusal, Refused};
use super::super::public_answer::{Conditions, PublicAnswer};
use super::super::reply::Revalidated;
use super::dto::{
    AvailabilityDocument, ConcertDocument, ConcertPlace, ConcertSort, ConcertSummaryDocument, SeatsDocument,
};
use crate::cache::{LookError, Looked, ShopWindow, Sight};

/// The operations that read concerts. What everybody may read comes out of the window; a draft is nobody's business but
/// its organiser's, and so are copies of it.
pub(crate) struct CatalogueApi {
    pub(crate) window: Arc<ShopWindow>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) cursors: Arc<Cursors>,
}

impl CatalogueApi {
    /// What everybody may see; `None` when the catalogue has to decide what `caller` may see. What strangers do not see
    /// is `not_found` to them.
    async fn in_window<T, R: Refusal>(
        &self,
        caller: &Anybody,
        id: ConcertId,
        sight: Sight<'_>,
        (if_none_match, conditions): (Option<&str>, Conditions),
        not_found: R,
    ) -> Result<Option<Revalidated<T>>, Refused<R>> {
        match self.window.look(id, sight, conditions.recency).await {
            Ok(Looked::Shown { rendering, from_memory }) => {
                let answer = PublicAnswer::new(&rendering, from_memory, if_none_match, conditions);
                Ok(Some(Revalidated::Public(answer)))
            }
            Ok(Looked::NotPublic) if caller.0 == Actor::Anonymous => Err(not_found.into()),
            Ok(Looked::NotPublic | Looked::NoSuchSection) => Ok(None),
            Err(LookError::Store(error)) => Err(Problem::from(error).into()),
            Err(LookError::Render(error)) => Err(Problem::internal(error).into()),
        }
    }
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
        /// Words that all occur in name, artist, venue or location: the 5 longest of them, of at most 64 letters each. A single
        /// letter is looked for as a whole word.
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
        #[oai(validator(max_length = 2048))]
        cursor: Query<Option<String>>,
        /// The `ETag` of the answer you have.
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
        let asked = pages.request::<ConcertPlace>(limit.0, cursor.0.as_deref())?;
        let limit = asked.limit;
        let key = page_key(pages.list(), limit, cursor.0.as_deref());
        let load = async || {
            let page = self.catalogue.list(&caller.0, search, asked.after.map(Into::into), limit).await?;
            Ok::<_, Refused<ListConcertsError>>(pages.document(
                page,
                ConcertSummaryDocument::from,
                ConcertPlace::from,
            )?)
        };
        if !is_public {
            return Ok(Revalidated::of_content(if_none_match, &load().await?)?);
        }
        let (page, from_memory) = self
            .window
            .list(&key, conditions.recency, async || {
                let bytes = serde_json::to_vec(&load().await?).map_err(Problem::internal)?;
                Ok::<_, Refused<ListConcertsError>>((ETag::of_content(&bytes).text().to_owned(), bytes))
            })
            .await?;
        Ok(Revalidated::Public(PublicAnswer::new(&page, from_memory, if_none_match, conditions)))
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
        conditions: Conditions,
    ) -> Result<Revalidated<ConcertDocument>, Refused<ReadConcertError>> {
        let (id, if_none_match) = (ConcertId::from_uuid(id.0), if_none_match.0.as_deref());
        let (asked, not_found) = ((if_none_match, conditions), ReadConcertError::NotFound);
        if let Some(shown) = self.in_window(&caller, id, Sight::Concert, asked, not_found).await? {
            return Ok(shown);
        }
        let view = self.catalogue.get(&caller.0, id).await?;
        Ok(Revalidated::of_version(view.concert.revision, if_none_match, view.into()))
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
        conditions: Conditions,
    ) -> Result<Revalidated<AvailabilityDocument>, Refused<ReadConcertError>> {
        let (id, if_none_match) = (ConcertId::from_uuid(id.0), if_none_match.0.as_deref());
        let (asked, not_found) = ((if_none_match, conditions), ReadConcertError::NotFound);
        if let Some(shown) = self.in_window(&caller, id, Sight::Availability, asked, not_found).await? {
            return Ok(shown);
        }
        let left = self.catalogue.availability(&caller.0, id).await?;
        Ok(Revalidated::of_version(left.concert.version, if_none_match, left.into()))
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
        #[oai(validator(pattern = "^[A-Z0-9]{1,8}$"))]
        section: Query<Option<String>>,
        /// The `ETag` of the answer you have.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
        conditions: Conditions,
    ) -> Result<Revalidated<SeatsDocument>, Refused<ReadSeatsError>> {
        let (id, section, if_none_match) =
            (ConcertId::from_uuid(id.0), section.0.as_deref(), if_none_match.0.as_deref());
        let (asked, not_found) = ((if_none_match, conditions), ReadSeatsError::NotFound);
        if let Some(shown) = self.in_window(&caller, id, Sight::Seats(section), asked, not_found).await? {
            return Ok(shown);
        }
        let seats = self.catalogue.seats(&caller.0, id, section).await?;
        Ok(Revalidated::of_version(seats.concert.version, if_none_match, seats.into()))
    }
}

/// What the first page of the list without any parameter is kept under.
pub(crate) fn plain_list_key() -> Vec<u8> {
    let (search, sort) = (ConcertSearch::default(), ConcertSort::default());
    page_key(&list_of(&search, sort, &Anybody(Actor::Anonymous)), PageLimit::DEFAULT, None)
}

/// What a page of a list is kept under.
fn page_key(list: &ListName, limit: PageLimit, cursor: Option<&str>) -> Vec<u8> {
    list.clone().with(Some(&limit.items().to_string())).with(cursor).into_bytes()
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
