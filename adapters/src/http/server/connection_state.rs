//! What is known of a connection while it works. It is noted by the connection and only looked at now and then, because a
//! timer for each request would cost more than the request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::task::Waker;

use futures_util::task::AtomicWaker;

/// In how many parts the time is counted that a client may leave an answer untaken.
pub(super) const STALL_PARTS: u32 = 4;
/// Generations that are told apart: those within the time, the one that is over it, and some for looks that come late.
const GENERATIONS: u32 = 8;
const SLOTS: usize = 8;

/// One connection: what it does, and what it was told to do.
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
    /// Parts of answers that wait to be taken, by the generation in which they began to wait.
    untaken: [AtomicU32; SLOTS],
    finish: AtomicBool,
    close: AtomicU8,
    waker: AtomicWaker,
}

/// What one look at a connection shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signs {
    /// A header has begun to arrive, or is due because the connection is new.
    pub(super) header_due: bool,
    /// Headers so far, wrapping.
    pub(super) headers: u32,
    /// There are requests whose answers are not written yet.
    pub(super) busy: bool,
    /// Requests so far, wrapping.
    pub(super) begun: u32,
    /// Writes so far, wrapping.
    pub(super) writes: u32,
    /// The socket takes no more at the moment.
    pub(super) write_pending: bool,
}

/// Why a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CloseReason {
    /// The rest of a header did not come.
    HeaderTimeout,
    /// Any other reason, of which the client is not told.
    Silent,
}

impl ConnectionState {
    /// Of a connection on which nothing has happened yet, in this generation.
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
            untaken: std::array::from_fn(|_| AtomicU32::new(0)),
            finish: AtomicBool::new(false),
            close: AtomicU8::new(0),
            waker: AtomicWaker::new(),
        }
    }

    /// What there is to see now.
    pub(super) fn signs(&self) -> Signs {
        Signs {
            header_due: self.header_due.load(Ordering::Relaxed),
            headers: self.headers.load(Ordering::Relaxed),
            busy: self.is_busy(),
            begun: self.begun.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            write_pending: self.write_pending.load(Ordering::Relaxed),
        }
    }

    /// Whether there are requests whose answers are not written yet.
    pub(super) fn is_busy(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    /// Some of a header has arrived.
    pub(super) fn header_begins(&self) {
        self.header_due.store(true, Ordering::Relaxed);
        self.header_begun.store(true, Ordering::Relaxed);
    }

    /// A header is whole, or the client has said which protocol it speaks.
    pub(super) fn header_arrived(&self) {
        self.header_due.store(false, Ordering::Relaxed);
        self.header_begun.store(false, Ordering::Relaxed);
        self.headers.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a part of a header is there, to which an answer can be given.
    pub(super) fn has_part_of_a_header(&self) -> bool {
        self.header_begun.load(Ordering::Relaxed)
    }

    /// A request was answered as soon as it was there.
    pub(super) fn answered_at_once(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// A request has begun; it ends when the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.answered_at_once();
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    /// The socket took something.
    pub(super) fn wrote(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.write_pending.store(false, Ordering::Relaxed);
    }

    /// The socket takes no more.
    pub(super) fn write_blocked(&self) {
        self.write_pending.store(true, Ordering::Relaxed);
    }

    /// A part of an answer waits for the client to take it, from now until the guard is dropped.
    pub(super) fn untaken(self: &Arc<Self>) -> Untaken {
        let generation = self.generation.load(Ordering::Relaxed);
        self.slot(generation, |count| count.fetch_add(1, Ordering::Relaxed));
        Untaken { connection: Arc::clone(self), generation }
    }

    /// The time goes on.
    pub(super) fn enter_generation(&self, generation: u32) {
        self.generation.store(generation, Ordering::Relaxed);
    }

    /// Whether a part of an answer has waited for more than [`STALL_PARTS`] generations.
    pub(super) fn is_stalled(&self) -> bool {
        let now = self.generation.load(Ordering::Relaxed);
        let waits = |age: u32| self.slot(now.wrapping_sub(age), |count| count.load(Ordering::Relaxed)) > 0;
        (STALL_PARTS + 1..GENERATIONS).any(waits)
    }

    fn slot(&self, generation: u32, look: impl FnOnce(&AtomicU32) -> u32) -> u32 {
        let at = usize::try_from(generation % GENERATIONS).unwrap_or(0);
        self.untaken.get(at).map_or(0, look)
    }

    /// Tells the connection to answer what was asked and then to close.
    pub(super) fn finish(&self) {
        self.finish.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Tells the connection to close now.
    pub(super) fn close(&self, reason: CloseReason) {
        self.close.store(if reason == CloseReason::HeaderTimeout { 1 } else { 2 }, Ordering::Release);
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

    /// Why the connection was told to close, if it was.
    pub(super) fn is_to_close(&self) -> Option<CloseReason> {
        match self.close.load(Ordering::Acquire) {
            0 => None,
            1 => Some(CloseReason::HeaderTimeout),
            _ => Some(CloseReason::Silent),
        }
    }
}

/// A request that is not answered yet.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<ConnectionState>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A part of an answer that the client has not taken yet.
#[derive(Debug)]
pub(super) struct Untaken {
    connection: Arc<ConnectionState>,
    generation: u32,
}

impl Drop for Untaken {
    fn drop(&mut self) {
        self.connection.slot(self.generation, |count| count.fetch_sub(1, Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{ConnectionState, STALL_PARTS};

    #[test]
    fn one_part_that_is_not_taken_in_time_stalls_the_connection_though_others_are() {
        let state = Arc::new(ConnectionState::new(6));
        let untaken = state.untaken();
        for generation in 7..=6 + STALL_PARTS {
            state.enter_generation(generation);
            drop(state.untaken());
            assert!(!state.is_stalled(), "{generation}");
        }
        state.enter_generation(6 + STALL_PARTS + 1);
        assert!(state.is_stalled());
        drop(untaken);
        assert!(!state.is_stalled());
    }
}
