//! `/concerts/{id}/events`: what changes while somebody watches.

use std::sync::Arc;

use boxoffice_domain::shared::ConcertId;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::param::{Header, Path};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::super::client_address::CountedAddress;
use super::super::openapi::Tags;
use super::super::problem::Refused;
use crate::live::{LiveSeats, Watch, WatchError};

const EVENT_STREAM: &str = "text/event-stream";
/// Tells nginx and its like to pass events on as they come.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// What a stream begins with: how long its client waits before it comes back, in milliseconds.
const RETRY: Bytes = Bytes::from_static(b"retry: 2000\n\n");

/// The operation that watches a concert.
pub(crate) struct WatchApi {
    pub(crate) live: Arc<LiveSeats>,
}

#[OpenApi(tag = "Tags::Concerts")]
impl WatchApi {
    /// Watch the seats
    ///
    /// Server-sent events, ten times a second at most, each with the concert's version as its id.
    ///
    /// `delta` {from, version, sections: [{code, available}], seats: [[label, letter]]}: whoever has version `from` or a
    /// later one has `version` after applying it. One without changes is sent at the beginning, so that you know where
    /// you are: open the stream first and read the seats then. `resync` {version}: read the seats anew. A client that
    /// comes back with `Last-Event-ID` is sent what it missed of the last 1,000 versions.
    #[oai(path = "/concerts/:id/events", method = "get", operation_id = "watchConcert")]
    async fn watch(
        &self,
        /// The concert's id.
        id: Path<Uuid>,
        /// The id of the last event that arrived.
        #[oai(name = "Last-Event-ID")]
        last_event_id: Header<Option<String>>,
        address: CountedAddress,
    ) -> Result<EventStream, Refused<WatchError>> {
        // What is no version of ours is one that was missed.
        let last = last_event_id.0.map(|id| id.parse().unwrap_or(0));
        Ok(EventStream(self.live.watch(ConcertId::from_uuid(id.0), last, address.0).await?))
    }
}

/// A stream of server-sent events.
struct EventStream(Watch);

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        let events = stream::once(async { RETRY }).chain(self.0.into_stream()).map(Ok::<_, std::io::Error>);
        let mut answer = Response::from(Body::from_bytes_stream(events));
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
        answer
    }
}

impl ApiResponse for EventStream {
    fn meta() -> MetaResponses {
        let stream = MetaMediaType { content_type: EVENT_STREAM, schema: String::schema_ref() };
        let success = MetaResponse {
            description: "The events",
            status: Some(StatusCode::OK.as_u16()),
            status_range: None,
            content: vec![stream],
            headers: Vec::new(),
        };
        MetaResponses { responses: vec![success] }
    }

    fn register(registry: &mut Registry) {
        String::register(registry);
    }
}
