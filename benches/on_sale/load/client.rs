//! Somebody with one connection who asks one thing after the other.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use super::{Answer, Connection, Tally};

/// Whether a client has more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// As long as the load lasts.
    Go,
    /// No: there is nothing left to ask for.
    Stop,
}

/// A client of a load. Each of its requests is noted in the load's tally.
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

    /// Sends a request of some kind. Its latency counts from the planned start if it is the first of a planned flow.
    pub(crate) async fn ask(&mut self, kind: &'static str, request: &[u8]) -> io::Result<Answer<'_>> {
        let since = self.planned.take().unwrap_or_else(Instant::now);
        let answer = self.connection.ask(request).await?;
        self.tally.borrow_mut().note(kind, answer.status, since.elapsed());
        Ok(answer)
    }

    /// The next request was to start at this moment.
    pub(super) const fn plan(&mut self, start: Instant) {
        self.planned = Some(start);
    }

    /// Begins again after the connection broke.
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

/// A load in which more connections break than this has nothing to say.
const BROKEN_MAX: u32 = 1_000;
