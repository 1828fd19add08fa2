//! `/parked-events`.

use std::sync::Arc;

use boxoffice_domain::events::{ParkedEvents, ParkedEventsError};
use boxoffice_domain::shared::EventId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use super::super::auth::LoggedIn;
use super::super::json::Json;
use super::super::openapi::Tags;
use super::super::problem::Refused;
use super::super::reply::NoContent;
use super::dto::{ParkedEventDocument, ParkedEventsDocument, RetriedEventsDocument};

/// The operations on parked events.
pub(crate) struct ParkedEventsApi {
    pub(crate) parked_events: Arc<ParkedEvents>,
}

#[OpenApi(tag = "Tags::Events")]
impl ParkedEventsApi {
    /// List parked events
    ///
    /// Events that a consumer (such as the audit log) could not handle, and later ones of the same booking, payment, concert
    /// or user. All other events are still delivered. Returns the 100 that were parked first. For admins.
    #[oai(path = "/parked-events", method = "get", operation_id = "listParkedEvents")]
    async fn list(&self, caller: LoggedIn) -> Result<Json<ParkedEventsDocument>, Refused<ParkedEventsError>> {
        let items = self.parked_events.list(&caller.0).await?;
        Ok(Json(ParkedEventsDocument { items: items.into_iter().map(ParkedEventDocument::from).collect() }))
    }

    /// Handle parked events again
    ///
    /// Hands this event and the other parked ones of the same booking, payment, concert or user to the consumer, in order,
    /// up to the first that fails again (409 `event_still_fails`), at most 100 at a time: repeat the call while `handled` is
    /// 100. Handled events are no longer parked.
    #[oai(path = "/parked-events/:consumer/:event/retry", method = "post", operation_id = "retryParkedEvents")]
    async fn retry(
        &self,
        caller: LoggedIn,
        /// The consumer.
        consumer: Path<String>,
        /// The event's id.
        event: Path<Uuid>,
    ) -> Result<Json<RetriedEventsDocument>, Refused<ParkedEventsError>> {
        let handled = self.parked_events.retry(&caller.0, &consumer.0, EventId::from_uuid(event.0)).await?;
        Ok(Json(RetriedEventsDocument { handled }))
    }

    /// Drop a parked event
    ///
    /// The consumer does not handle it unless it is replayed. Later events of the same booking, payment, concert or user stay
    /// parked until they are retried.
    #[oai(path = "/parked-events/:consumer/:event", method = "delete", operation_id = "dropParkedEvent")]
    async fn drop_event(
        &self,
        caller: LoggedIn,
        /// The consumer.
        consumer: Path<String>,
        /// The event's id.
        event: Path<Uuid>,
    ) -> Result<NoContent, Refused<ParkedEventsError>> {
        self.parked_events.drop_event(&caller.0, &consumer.0, EventId::from_uuid(event.0)).await?;
        Ok(NoContent::Done)
    }
}
