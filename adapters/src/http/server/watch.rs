//! Looks at every connection now and then, and sends those away that only wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::Patience;
use super::pulse::{Pulse, Signs};

/// How often a connection is looked at while a header may take its longest.
const LOOKS_A_HEADER: u32 = 4;

/// Every connection of a server.
pub(super) struct Watch {
    patience: Patience,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    watched: HashMap<u64, Watched>,
    entered: u64,
    /// Whether connections are to finish, including those that enter from now on.
    finishing: bool,
}

struct Watched {
    pulse: Arc<Pulse>,
    last: Option<Signs>,
    header_looks: u32,
    idle_looks: u32,
}

/// A connection's place in the watch, until it is dropped.
pub(super) struct Place {
    watch: Arc<Watch>,
    number: u64,
    pulse: Arc<Pulse>,
}

impl Place {
    /// The connection's signs of life.
    pub(super) const fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.watch.connections().watched.remove(&self.number);
    }
}

impl Watch {
    /// Over no connection yet.
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, connections: Mutex::default() }
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches a new connection.
    pub(super) fn enter(self: &Arc<Self>) -> Place {
        let pulse = Arc::new(Pulse::new());
        let mut connections = self.connections();
        connections.entered += 1;
        let number = connections.entered;
        if connections.finishing {
            pulse.finish();
        }
        let watched = Watched { pulse: Arc::clone(&pulse), last: None, header_looks: 0, idle_looks: 0 };
        connections.watched.insert(number, watched);
        Place { watch: Arc::clone(self), number, pulse }
    }

    /// Looks at the connections for ever.
    pub(super) async fn keep(self: Arc<Self>) {
        let mut looks = tokio::time::interval(look_interval(self.patience));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            self.look();
        }
    }

    fn look(&self) {
        let idle_looks_max = looks_within(self.patience.idle, look_interval(self.patience));
        for watched in self.connections().watched.values_mut() {
            if watched.is_waited_for_too_long(idle_looks_max) {
                watched.pulse.leave();
            }
        }
    }

    /// Tells every connection to answer what was asked and then to close.
    pub(super) fn finish(&self) {
        let mut connections = self.connections();
        connections.finishing = true;
        connections.watched.values().for_each(|watched| watched.pulse.finish());
    }

    /// Tells every connection to close now.
    pub(super) fn cut(&self) {
        self.connections().watched.values().for_each(|watched| watched.pulse.leave());
    }
}

fn look_interval(patience: Patience) -> Duration {
    (patience.header / LOOKS_A_HEADER).max(Duration::from_millis(1))
}

fn looks_within(time: Duration, interval: Duration) -> u32 {
    u32::try_from(time.as_millis() / interval.as_millis().max(1)).unwrap_or(u32::MAX)
}

impl Watched {
    /// Looks once more.
    fn is_waited_for_too_long(&mut self, idle_looks_max: u32) -> bool {
        let signs = self.pulse.signs();
        let last = self.last.replace(signs);
        let began = last.is_some_and(|last| last.begun != signs.begun);
        let wrote = last.is_some_and(|last| last.writes != signs.writes);
        let header_waits = signs.header_due && !signs.busy && !began;
        let idles = !signs.header_due && !signs.busy && !began && !wrote;
        self.header_looks = if header_waits { self.header_looks + 1 } else { 0 };
        self.idle_looks = if idles { self.idle_looks + 1 } else { 0 };
        self.header_looks > LOOKS_A_HEADER || self.idle_looks > idle_looks_max
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{LOOKS_A_HEADER, Watched};
    use crate::http::server::pulse::Pulse;

    const IDLE_LOOKS_MAX: u32 = 10;

    fn watched() -> Watched {
        Watched { pulse: Arc::new(Pulse::new()), last: None, header_looks: 0, idle_looks: 0 }
    }

    /// How many looks a connection stands, at most 100.
    fn stands(watched: &mut Watched) -> u32 {
        (0..100).find(|_| watched.is_waited_for_too_long(IDLE_LOOKS_MAX)).unwrap_or(100)
    }

    #[test]
    fn a_new_connection_owes_a_header() {
        assert_eq!(stands(&mut watched()), LOOKS_A_HEADER);
    }

    #[test]
    fn between_requests_there_is_more_time() {
        let mut watched = watched();
        drop(watched.pulse.begin());
        assert_eq!(stands(&mut watched), IDLE_LOOKS_MAX);
    }

    #[test]
    fn a_request_takes_as_long_as_it_takes_and_the_next_begins_anew() {
        let mut watched = watched();
        let under_way = watched.pulse.begin();
        assert_eq!(stands(&mut watched), 100);
        drop(under_way);
        assert_eq!(stands(&mut watched), IDLE_LOOKS_MAX);
    }
}
