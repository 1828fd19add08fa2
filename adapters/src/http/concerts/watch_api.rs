//! `/concerts/{id}/events`: seat changes as server-sent events.

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

use super::super::client_address::RateLimitAddress;
use super::super::openapi::Tags;
use super::super::problem::Refused;
use crate::live::{LiveSeats, SeatEventStream, WatchError};

const EVENT_STREAM: &str = "text/event-stream";
/// Tells nginx and similar proxies not to buffer events.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// The begin of a stream: how long the client waits before it reconnects, in milliseconds.
const RETRY: Bytes = Bytes::from_static(b"retry: 2000\n\n");

/// The operation that streams a concert's seat changes.
pub(crate) struct WatchApi {
    pub(crate) live: Arc<LiveSeats>,
}

#[OpenApi(tag = "Tags::Concerts")]
impl WatchApi {
    /// Watch the seats
    ///
    /// Server-sent events, at most ten a second, each with the concert's version as its id.
    ///
    /// `delta` {from, version, sections: [{code, available}], seats: [[label, letter]]}: a client that has version
    /// `from` or a later one has `version` after applying it. The stream begins with a delta without changes, which
    /// announces the current version: open the stream first, then read the seats. `resync` {version}: read the seats
    /// again. A client that reconnects with `Last-Event-ID` is sent what it missed of the last 1,000 versions.
    #[oai(path = "/concerts/:id/events", method = "get", operation_id = "watchConcert")]
    async fn watch(
        &self,
        /// The concert's id.
        id: Path<Uuid>,
        /// The id of the last received event.
        #[oai(name = "Last-Event-ID")]
        last_event_id: Header<Option<String>>,
        address: RateLimitAddress,
    ) -> Result<EventStream, Refused<WatchError>> {
        // An id that is not a version of ours counts as missing everything.
        let last = last_event_id.0.map(|id| id.parse().unwrap_or(0));
        Ok(EventStream(self.live.watch(ConcertId::from_uuid(id.0), last, address.0).await?))
    }
}

/// A stream of server-sent events.
struct EventStream(SeatEventStream);

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
