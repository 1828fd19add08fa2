//! A client with one connection that sends one request after the other.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use super::{Answer, Connection, Tally};

/// Whether a client continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Continue until the end of the load.
    Go,
    /// Stop, because no request is left.
    Stop,
}

/// A client of a load. The load's tally records each of its requests.
pub(crate) struct Client<'load> {
    connection: Connection,
    target: SocketAddr,
    tally: &'load RefCell<Tally>,
    planned: Option<Instant>,
}

impl<'load> Client<'load> {
    pub(super) async fn connect(target: SocketAddr, tally: &'load RefCell<Tally>) -> io::Result<Self> {
        Ok(Self { connection: Connection::open(target).await?, target, tally, planned: None })
    }

    /// Sends a request of some kind. The latency counts from the planned start if this is the first request of a
    /// planned flow.
    pub(crate) async fn ask(&mut self, kind: &'static str, request: &[u8]) -> io::Result<Answer<'_>> {
        let since = self.planned.take().unwrap_or_else(Instant::now);
        let answer = self.connection.ask(request).await?;
        self.tally.borrow_mut().note(kind, answer.status, since.elapsed());
        Ok(answer)
    }

    /// Sets the planned start of the next request.
    pub(super) const fn plan(&mut self, start: Instant) {
        self.planned = Some(start);
    }

    /// Reconnects after the connection broke.
    pub(super) async fn connect_again(&mut self) -> io::Result<()> {
        let broken = {
            let mut tally = self.tally.borrow_mut();
            tally.broken = tally.broken.saturating_add(1);
            tally.broken
        };
        if broken > BROKEN_MAX {
            return Err(io::Error::other(format!("more than {BROKEN_MAX} connections broke")));
        }
        self.connection = Connection::open(self.target).await?;
        Ok(())
    }
}

/// A load with more broken connections than this has no valid result.
const BROKEN_MAX: u32 = 1_000;
