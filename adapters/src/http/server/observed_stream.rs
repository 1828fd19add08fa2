//! A socket that records reads and writes in the state of its connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use poem::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connection_state::ConnectionState;
use super::header_blocks::{HeaderBlocks, Progress};
use super::refusal;

/// Serialises the response to a request that could not be parsed.
pub(super) type Refuse = Arc<dyn Fn(StatusCode) -> Bytes + Send + Sync>;

/// A socket that records reads and writes.
pub(super) struct ObservedStream {
    stream: TcpStream,
    state: Arc<ConnectionState>,
    protocol: Protocol,
}

enum Protocol {
    /// All bytes that arrive between two requests belong to a header.
    Http1 {
        refuse: Refuse,
        refusal: Option<Refusal>,
    },
    Http2(HeaderBlocks),
}

/// A response that is written in place of the parser's.
struct Refusal {
    bytes: Bytes,
    /// The length of the response that it replaces.
    in_place_of: usize,
}

impl ObservedStream {
    /// A connection that speaks HTTP/1. hyper answers an unparsable request itself and cannot be configured; its
    /// response is replaced by the one that `refuse` makes for its status.
    pub(super) fn http1(stream: TcpStream, state: Arc<ConnectionState>, refuse: Refuse) -> Self {
        Self { stream, state, protocol: Protocol::Http1 { refuse, refusal: None } }
    }

    /// A connection that speaks HTTP/2.
    pub(super) fn http2(stream: TcpStream, state: Arc<ConnectionState>) -> Self {
        Self { stream, state, protocol: Protocol::Http2(HeaderBlocks::default()) }
    }

    /// The socket.
    pub(super) fn into_inner(self) -> TcpStream {
        self.stream
    }

    fn note_read(&mut self, bytes: &[u8]) {
        match &mut self.protocol {
            Protocol::Http1 { .. } if bytes.is_empty() || self.state.is_busy() => {}
            Protocol::Http1 { .. } => self.state.header_begins(),
            Protocol::Http2(blocks) => match blocks.read(bytes) {
                Progress::None => {}
                Progress::Begun => self.state.header_begins(),
                Progress::Ended => self.state.header_arrived(),
            },
        }
    }

    fn note_write(&self, outcome: &Poll<io::Result<usize>>) {
        match outcome {
            Poll::Ready(Ok(_)) => self.state.wrote(),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.state.write_blocked(),
        }
    }

    /// Writes a refusal in place of these bytes if they are the parser's own response; otherwise returns `None`.
    fn poll_refuse(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Option<Poll<io::Result<usize>>> {
        let Protocol::Http1 { refuse, refusal } = &mut self.protocol else {
            return None;
        };
        if refusal.is_none() {
            let status = refusal::status_of_parser(bytes)?;
            *refusal = Some(Refusal { bytes: refuse(status), in_place_of: bytes.len() });
        }
        let stream = Pin::new(&mut self.stream);
        Some(refusal.as_mut()?.poll_write(cx, stream))
    }
}

impl Refusal {
    fn poll_write(&mut self, cx: &mut Context<'_>, mut stream: Pin<&mut TcpStream>) -> Poll<io::Result<usize>> {
        while !self.bytes.is_empty() {
            let written = ready!(stream.as_mut().poll_write(cx, &self.bytes))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            drop(self.bytes.split_to(written));
        }
        Poll::Ready(Ok(self.in_place_of))
    }
}

impl AsyncRead for ObservedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.note_read(buffer.filled().get(filled..).unwrap_or_default());
        outcome
    }
}

impl AsyncWrite for ObservedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = match self.poll_refuse(cx, bytes) {
            Some(outcome) => outcome,
            None => Pin::new(&mut self.stream).poll_write(cx, bytes),
        };
        self.note_write(&outcome);
        outcome
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| -> &[u8] { slice });
        let outcome = match self.poll_refuse(cx, first) {
            Some(outcome) => outcome,
            None => Pin::new(&mut self.stream).poll_write_vectored(cx, slices),
        };
        self.note_write(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
