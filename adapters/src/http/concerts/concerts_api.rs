//! `/concerts`: creating and changing concerts.

use std::sync::Arc;

use boxoffice_domain::concerts::{
    BlockSeatsError, ChangeConcertError, ConcertAtVersion, ConcertStatusError, ConcertView, Concerts,
    CreateConcertError, RemoveConcertError, Removed,
};
use boxoffice_domain::shared::ConcertId;
use poem_openapi::param::Path;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::super::auth::LoggedIn;
use super::super::etag::{ETag, IfMatch};
use super::super::idempotency::Key;
use super::super::json::Json;
use super::super::openapi::{API_BASE, Tags};
use super::super::problem::Refused;
use super::super::reply::{Created, Versioned};
use super::dto::{AvailabilityDocument, BlockSeatsBody, ChangeConcertBody, ConcertDocument, CreateConcertBody};

/// The operations that change concerts.
pub(crate) struct ConcertsApi {
    pub(crate) concerts: Arc<Concerts>,
}

/// The outcome of removing a concert.
#[derive(ApiResponse)]
#[expect(clippy::large_enum_variant, reason = "it is written to the wire at once")]
enum RemovedReply {
    /// It was a draft and is deleted.
    #[oai(status = 204)]
    Deleted,
    /// It is cancelled; its bookings are cancelled and refunded in the background.
    #[oai(status = 202)]
    Cancelling(Json<ConcertDocument>),
}

#[OpenApi(tag = "Tags::Concerts")]
impl ConcertsApi {
    /// Create a concert
    ///
    /// Creates a draft with all its tickets; publish it when it is ready. A manager's first concert creates their
    /// organiser.
    #[oai(path = "/concerts", method = "post", operation_id = "createConcert")]
    async fn create(
        &self,
        caller: LoggedIn,
        /// A unique key for this request, so that a retry does not create two concerts.
        #[oai(name = "Idempotency-Key")]
        key: Key,
        body: Json<CreateConcertBody>,
    ) -> Result<Created<ConcertDocument>, Refused<CreateConcertError>> {
        let created = self.concerts.create(&caller.0, body.0.into(), key.0).await?;
        let concert = &created.view.concert;
        let (location, etag) = (format!("{API_BASE}/concerts/{}", concert.id), ETag::of_version(concert.revision));
        Ok(Created::at(location, created.view.into()).with_etag(etag).replayed(created.replayed))
    }

    /// Change a concert
    ///
    /// Until its sale begins, everything can be changed except currency, sections and labels; after that, texts, the
    /// begin of the concert, the end of the sale, and prices for future bookings. `If-Match` names the revision you
    /// changed.
    #[oai(path = "/concerts/:id", method = "patch", operation_id = "changeConcert")]
    async fn change(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// The `ETag` of the concert as you read it.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Json<ChangeConcertBody>,
    ) -> Result<Versioned<ConcertDocument>, Refused<ChangeConcertError>> {
        let revision = if_match.required()?;
        let view = self.concerts.change(&caller.0, ConcertId::from_uuid(id.0), revision, body.0.into()).await?;
        Ok(shown(view))
    }

    /// Publish a concert
    ///
    /// Publishes a draft, or resumes a paused sale.
    #[oai(path = "/concerts/:id/publish", method = "post", operation_id = "publishConcert")]
    async fn publish(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// The `ETag` of the concert as you read it; if it was changed since, nothing happens.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Versioned<ConcertDocument>, Refused<ConcertStatusError>> {
        Ok(shown(self.concerts.publish(&caller.0, target(&id, &if_match)).await?))
    }

    /// Pause a sale
    ///
    /// Nothing is sold until the concert is published again.
    #[oai(path = "/concerts/:id/pause", method = "post", operation_id = "pauseConcert")]
    async fn pause(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// The `ETag` of the concert as you read it; if it was changed since, nothing happens.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<Versioned<ConcertDocument>, Refused<ConcertStatusError>> {
        Ok(shown(self.concerts.pause(&caller.0, target(&id, &if_match)).await?))
    }

    /// Delete or cancel a concert
    ///
    /// Deletes a draft. Cancels a published concert: nothing is sold or paid from then on, and every booking is
    /// cancelled and refunded in the background.
    #[oai(path = "/concerts/:id", method = "delete", operation_id = "removeConcert")]
    async fn remove(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// The `ETag` of the concert as you read it; if it was changed since, nothing happens.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
    ) -> Result<RemovedReply, Refused<RemoveConcertError>> {
        Ok(match self.concerts.remove(&caller.0, target(&id, &if_match)).await? {
            Removed::Deleted => RemovedReply::Deleted,
            Removed::Cancelling(view) => RemovedReply::Cancelling(Json((*view).into())),
        })
    }

    /// Block and unblock seats
    ///
    /// Removes available seats from the sale, and returns blocked seats to it. All or nothing: `seats_unavailable`
    /// lists the seats that are in bookings.
    #[oai(path = "/concerts/:id/blocks", method = "put", operation_id = "blockSeats")]
    async fn block(
        &self,
        caller: LoggedIn,
        /// The concert's id.
        id: Path<Uuid>,
        /// The `ETag` of the seats or the availability as you read them; if a seat was sold, blocked or released since,
        /// nothing happens.
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        body: Json<BlockSeatsBody>,
    ) -> Result<Versioned<AvailabilityDocument>, Refused<BlockSeatsError>> {
        let left = self.concerts.block(&caller.0, target(&id, &if_match), body.0.into()).await?;
        let etag = ETag::of_version(left.concert.version);
        Ok(Versioned { body: left.into(), etag })
    }
}

/// The concert, in the version that `If-Match` names.
fn target(id: &Path<Uuid>, if_match: &IfMatch) -> ConcertAtVersion {
    ConcertAtVersion::new(ConcertId::from_uuid(id.0), if_match.0)
}

fn shown(view: ConcertView) -> Versioned<ConcertDocument> {
    let etag = ETag::of_version(view.concert.revision);
    Versioned { body: view.into(), etag }
}
