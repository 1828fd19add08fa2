//! The body of a response while it is sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, SizeHint};

use super::connection_state::{ConnectionState, UnderWay, UnsentFrame};

/// A body that records in the state of its connection how long its frames wait to be sent: hyper polls the next frame
/// only after it has passed on the one before.
pub(super) struct AnswerBody {
    source: Source,
    connection: Arc<ConnectionState>,
    unsent: Option<UnsentFrame>,
}

enum Source {
    /// Answered early, without the endpoint.
    AtOnce(Full<Bytes>),
    /// Answered by the endpoint. Its request counts as under way until the body is written.
    Routed { body: BoxBody<Bytes, io::Error>, _under_way: UnderWay },
}

impl AnswerBody {
    /// The body of an early response.
    pub(super) fn at_once(body: Full<Bytes>, connection: &Arc<ConnectionState>) -> Self {
        Self { source: Source::AtOnce(body), connection: Arc::clone(connection), unsent: None }
    }

    /// The body of an endpoint's response.
    pub(super) fn routed(
        body: BoxBody<Bytes, io::Error>,
        under_way: UnderWay,
        connection: &Arc<ConnectionState>,
    ) -> Self {
        let source = Source::Routed { body, _under_way: under_way };
        Self { source, connection: Arc::clone(connection), unsent: None }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        this.unsent = None;
        let outcome = match &mut this.source {
            Source::AtOnce(body) => {
                Pin::new(body).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Source::Routed { body, .. } => Pin::new(body).poll_frame(cx),
        };
        if matches!(outcome, Poll::Ready(Some(Ok(_)))) {
            this.unsent = Some(this.connection.track_unsent_frame());
        }
        outcome
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::AtOnce(body) => body.is_end_stream(),
            Source::Routed { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::AtOnce(body) => body.size_hint(),
            Source::Routed { body, .. } => body.size_hint(),
        }
    }
}
