//! Signs of life of a connection. They are noted while it works and only looked at now and then, because a timer for
//! each request would cost more than the request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The signs of life of one connection, and what it was told to do.
#[derive(Debug)]
pub(super) struct Pulse {
    header_due: AtomicBool,
    under_way: AtomicU32,
    begun: AtomicU32,
    writes: AtomicU32,
    finish: AtomicBool,
    leave: AtomicBool,
    waker: AtomicWaker,
}

/// What one look at a connection shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signs {
    /// A header has begun to arrive, or is due because the connection is new.
    pub(super) header_due: bool,
    /// There are requests whose answers are not written yet.
    pub(super) busy: bool,
    /// Requests so far, wrapping.
    pub(super) begun: u32,
    /// Writes so far, wrapping.
    pub(super) writes: u32,
}

impl Pulse {
    /// Of a connection on which nothing has happened yet.
    pub(super) const fn new() -> Self {
        Self {
            header_due: AtomicBool::new(true),
            under_way: AtomicU32::new(0),
            begun: AtomicU32::new(0),
            writes: AtomicU32::new(0),
            finish: AtomicBool::new(false),
            leave: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        }
    }

    /// What there is to see now.
    pub(super) fn signs(&self) -> Signs {
        Signs {
            header_due: self.header_due.load(Ordering::Relaxed),
            busy: self.under_way.load(Ordering::Relaxed) > 0,
            begun: self.begun.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
        }
    }

    /// The client has said what it wants, or which protocol it speaks.
    pub(super) fn header_arrived(&self) {
        self.header_due.store(false, Ordering::Relaxed);
    }

    /// A request was answered as soon as it was there.
    pub(super) fn answered_at_once(&self) {
        self.header_arrived();
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// A request has begun; it ends when the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.answered_at_once();
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    /// Tells the connection to answer what was asked and then to close.
    pub(super) fn finish(&self) {
        self.finish.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Tells the connection to close now.
    pub(super) fn leave(&self) {
        self.leave.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Wakes this task at the next order.
    pub(super) fn listen(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Whether the connection was told to finish.
    pub(super) fn is_to_finish(&self) -> bool {
        self.finish.load(Ordering::Acquire)
    }

    /// Whether the connection was told to leave.
    pub(super) fn is_to_leave(&self) -> bool {
        self.leave.load(Ordering::Acquire)
    }
}

/// A request that is not answered yet.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Pulse>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A socket that notes what comes and goes, for HTTP/1, where everything that comes between two requests is a header.
pub(super) struct NotedStream {
    stream: TcpStream,
    pulse: Arc<Pulse>,
}

impl NotedStream {
    /// Notes in `pulse`.
    pub(super) const fn new(stream: TcpStream, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }

    fn note_write(&self, outcome: &Poll<io::Result<usize>>) {
        if matches!(outcome, Poll::Ready(Ok(_))) {
            self.pulse.writes.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl AsyncRead for NotedStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > filled && self.pulse.under_way.load(Ordering::Relaxed) == 0 {
            self.pulse.header_due.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

impl AsyncWrite for NotedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
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
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.note_write(&outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
