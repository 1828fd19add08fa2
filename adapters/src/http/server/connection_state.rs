//! The state of a connection. The connection updates it and the reaper inspects it periodically, because a timer for
//! each request would cost more than the request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::task::Waker;

use futures_util::task::AtomicWaker;

/// The number of generations within the stall timeout.
pub(super) const STALL_PARTS: u32 = 4;
/// How many generations are distinguished: those within the timeout, the one past it, and some for late inspections.
const GENERATIONS: u32 = 8;
const SLOTS: usize = 8;

/// One connection: what it does, and what the server has asked of it.
#[derive(Debug)]
pub(super) struct ConnectionState {
    header_due: AtomicBool,
    header_begun: AtomicBool,
    headers: AtomicU32,
    under_way: AtomicU32,
    begun: AtomicU32,
    writes: AtomicU32,
    write_pending: AtomicBool,
    generation: AtomicU32,
    /// Response frames that wait to be sent, by the generation in which they began to wait.
    unsent_frames: [AtomicU32; SLOTS],
    finish: AtomicBool,
    close: AtomicU8,
    waker: AtomicWaker,
}

/// A snapshot of a connection's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConnectionSnapshot {
    /// A header has begun to arrive, or is due because the connection is new.
    pub(super) header_due: bool,
    /// The number of headers so far, wrapping.
    pub(super) headers: u32,
    /// Requests are under way whose responses are not written yet.
    pub(super) busy: bool,
    /// The number of requests so far, wrapping.
    pub(super) begun: u32,
    /// The number of writes so far, wrapping.
    pub(super) writes: u32,
    /// The socket does not accept more bytes at the moment.
    pub(super) write_pending: bool,
}

/// Why a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CloseReason {
    /// The rest of a header did not arrive in time.
    HeaderTimeout,
    /// Any other reason, for which the client gets no response.
    Silent,
}

impl ConnectionState {
    /// The state of a new connection, which begins in this generation.
    pub(super) fn new(generation: u32) -> Self {
        Self {
            header_due: AtomicBool::new(true),
            header_begun: AtomicBool::new(false),
            headers: AtomicU32::new(0),
            under_way: AtomicU32::new(0),
            begun: AtomicU32::new(0),
            writes: AtomicU32::new(0),
            write_pending: AtomicBool::new(false),
            generation: AtomicU32::new(generation),
            unsent_frames: std::array::from_fn(|_| AtomicU32::new(0)),
            finish: AtomicBool::new(false),
            close: AtomicU8::new(0),
            waker: AtomicWaker::new(),
        }
    }

    /// The current state.
    pub(super) fn snapshot(&self) -> ConnectionSnapshot {
        ConnectionSnapshot {
            header_due: self.header_due.load(Ordering::Relaxed),
            headers: self.headers.load(Ordering::Relaxed),
            busy: self.is_busy(),
            begun: self.begun.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            write_pending: self.write_pending.load(Ordering::Relaxed),
        }
    }

    /// Whether requests are under way whose responses are not written yet.
    pub(super) fn is_busy(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    /// Records that part of a header has arrived.
    pub(super) fn header_begins(&self) {
        self.header_due.store(true, Ordering::Relaxed);
        self.header_begun.store(true, Ordering::Relaxed);
    }

    /// Records that a header is complete, or that the client has sent the HTTP/2 preface.
    pub(super) fn header_arrived(&self) {
        self.header_due.store(false, Ordering::Relaxed);
        self.header_begun.store(false, Ordering::Relaxed);
        self.headers.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether part of a header has arrived, so that a response can be sent.
    pub(super) fn has_part_of_a_header(&self) -> bool {
        self.header_begun.load(Ordering::Relaxed)
    }

    /// Records a request that was answered early.
    pub(super) fn answered_at_once(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// Records a request as under way until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.answered_at_once();
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    /// Records that the socket accepted bytes.
    pub(super) fn wrote(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.write_pending.store(false, Ordering::Relaxed);
    }

    /// Records that the socket accepts no more bytes.
    pub(super) fn write_blocked(&self) {
        self.write_pending.store(true, Ordering::Relaxed);
    }

    /// Records a response frame as unsent until the guard is dropped.
    pub(super) fn track_unsent_frame(self: &Arc<Self>) -> UnsentFrame {
        let generation = self.generation.load(Ordering::Relaxed);
        self.slot(generation, |count| count.fetch_add(1, Ordering::Relaxed));
        UnsentFrame { connection: Arc::clone(self), generation }
    }

    /// Advances the time to this generation.
    pub(super) fn enter_generation(&self, generation: u32) {
        self.generation.store(generation, Ordering::Relaxed);
    }

    /// Whether a response frame has waited for more than [`STALL_PARTS`] generations.
    pub(super) fn is_stalled(&self) -> bool {
        let now = self.generation.load(Ordering::Relaxed);
        let waits = |age: u32| self.slot(now.wrapping_sub(age), |count| count.load(Ordering::Relaxed)) > 0;
        (STALL_PARTS + 1..GENERATIONS).any(waits)
    }

    fn slot(&self, generation: u32, read: impl FnOnce(&AtomicU32) -> u32) -> u32 {
        let at = usize::try_from(generation % GENERATIONS).unwrap_or(0);
        self.unsent_frames.get(at).map_or(0, read)
    }

    /// Asks the connection to answer the requests under way and then to close.
    pub(super) fn finish(&self) {
        self.finish.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Asks the connection to close now.
    pub(super) fn close(&self, reason: CloseReason) {
        self.close.store(if reason == CloseReason::HeaderTimeout { 1 } else { 2 }, Ordering::Release);
        self.waker.wake();
    }

    /// Wakes the connection's task on the next command.
    pub(super) fn listen(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Whether the server has asked the connection to finish.
    pub(super) fn is_to_finish(&self) -> bool {
        self.finish.load(Ordering::Acquire)
    }

    /// Why the connection must close; `None` if it need not.
    pub(super) fn is_to_close(&self) -> Option<CloseReason> {
        match self.close.load(Ordering::Acquire) {
            0 => None,
            1 => Some(CloseReason::HeaderTimeout),
            _ => Some(CloseReason::Silent),
        }
    }
}

/// A request whose response is not written yet.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<ConnectionState>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A response frame that is not sent yet.
#[derive(Debug)]
pub(super) struct UnsentFrame {
    connection: Arc<ConnectionState>,
    generation: u32,
}

impl Drop for UnsentFrame {
    fn drop(&mut self) {
        self.connection.slot(self.generation, |count| count.fetch_sub(1, Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{ConnectionState, STALL_PARTS};

    #[test]
    fn one_frame_that_waits_too_long_stalls_the_connection_though_others_are_sent() {
        let state = Arc::new(ConnectionState::new(6));
        let unsent = state.track_unsent_frame();
        for generation in 7..=6 + STALL_PARTS {
            state.enter_generation(generation);
            drop(state.track_unsent_frame());
            assert!(!state.is_stalled(), "{generation}");
        }
        state.enter_generation(6 + STALL_PARTS + 1);
        assert!(state.is_stalled());
        drop(unsent);
        assert!(!state.is_stalled());
    }
}
