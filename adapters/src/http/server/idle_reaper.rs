//! Looks at every connection now and then, and closes those that only wait.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::Patience;
use super::connection_state::{CloseReason, ConnectionState, STALL_PARTS, Signs};

/// How often a connection is looked at while a header may take its longest.
const LOOKS_A_HEADER: u32 = 4;
/// One connection in so many is closed when room is needed at once: finding the longest idle one means looking at all, which
/// is not to happen for each new connection.
const EVICTED_OF: usize = 64;

/// Every connection of a server.
pub(super) struct IdleReaper {
    patience: Patience,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    watched: HashMap<u64, Watched>,
    entered: u64,
    looks: u32,
    generation: u32,
    /// Whether connections are to finish, including those that enter from now on.
    finishing: bool,
}

struct Watched {
    state: Arc<ConnectionState>,
    address: IpAddr,
    last: Option<Signs>,
    header_looks: u32,
    idle_looks: u32,
    stalled_looks: u32,
}

/// How many looks a connection may wait.
#[derive(Debug, Clone, Copy)]
struct LooksMax {
    idle: u32,
    stall: u32,
}

/// A connection under observation, until this is dropped.
pub(super) struct Observation {
    reaper: Arc<IdleReaper>,
    number: u64,
    state: Arc<ConnectionState>,
}

impl Observation {
    /// The connection's state.
    pub(super) const fn state(&self) -> &Arc<ConnectionState> {
        &self.state
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.reaper.connections().watched.remove(&self.number);
    }
}

impl IdleReaper {
    /// Over no connection yet.
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, connections: Mutex::default() }
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches a new connection of an address.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Observation {
        let mut connections = self.connections();
        let state = Arc::new(ConnectionState::new(connections.generation));
        if connections.finishing {
            state.finish();
        }
        let number = connections.add(Arc::clone(&state), address);
        Observation { reaper: Arc::clone(self), number, state }
    }

    /// Looks at the connections for ever.
    pub(super) async fn run(self: Arc<Self>) {
        let mut looks = tokio::time::interval(look_interval(self.patience));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            self.look();
        }
    }

    fn look(&self) {
        let interval = look_interval(self.patience);
        let max = LooksMax {
            idle: looks_within(self.patience.idle, interval),
            stall: looks_within(self.patience.stall, interval),
        };
        let mut connections = self.connections();
        connections.looks = connections.looks.wrapping_add(1);
        if connections.looks.is_multiple_of((max.stall / STALL_PARTS).max(1)) {
            connections.generation = connections.generation.wrapping_add(1);
        }
        let generation = connections.generation;
        for watched in connections.watched.values_mut() {
            watched.state.enter_generation(generation);
            if let Some(reason) = watched.look(max) {
                watched.state.close(reason);
            }
        }
    }

    /// Closes the connections that have been without a request for longest, to make room for others; of one address, or of
    /// all. Whether there was one.
    pub(super) fn evict_idle(&self, of: Option<IpAddr>) -> bool {
        let connections = self.connections();
        let asked = |watched: &Watched| of.is_none_or(|address| watched.address == address);
        let asked: Vec<_> = connections.watched.iter().filter(|(_, watched)| asked(watched)).collect();
        let evicted = (asked.len() / EVICTED_OF).max(1);
        let waits = |watched: &Watched| watched.waits().map(Reverse);
        let mut idle: Vec<_> = asked.iter().filter_map(|(number, watched)| Some((waits(watched)?, **number))).collect();
        if idle.len() > evicted {
            idle.select_nth_unstable(evicted);
        }
        let evicted: Vec<_> =
            idle.iter().take(evicted).filter_map(|(_, number)| connections.watched.get(number)).collect();
        evicted.iter().for_each(|watched| watched.state.close(CloseReason::Silent));
        !evicted.is_empty()
    }

    /// Tells every connection to answer what was asked and then to close.
    pub(super) fn finish(&self) {
        let mut connections = self.connections();
        connections.finishing = true;
        connections.watched.values().for_each(|watched| watched.state.finish());
    }

    /// Tells every connection to close now.
    pub(super) fn cut(&self) {
        self.connections().watched.values().for_each(|watched| watched.state.close(CloseReason::Silent));
    }
}

impl Connections {
    fn add(&mut self, state: Arc<ConnectionState>, address: IpAddr) -> u64 {
        self.entered += 1;
        let watched = Watched { state, address, last: None, header_looks: 0, idle_looks: 0, stalled_looks: 0 };
        self.watched.insert(self.entered, watched);
        self.entered
    }
}

fn look_interval(patience: Patience) -> Duration {
    (patience.header / LOOKS_A_HEADER).max(Duration::from_millis(1))
}

fn looks_within(time: Duration, interval: Duration) -> u32 {
    u32::try_from(time.as_millis() / interval.as_millis().max(1)).unwrap_or(u32::MAX)
}

impl Watched {
    /// For how many looks it has been without a request; `None` when it works, or was told to close.
    fn waits(&self) -> Option<u32> {
        let Signs { busy, begun, .. } = self.state.signs();
        if busy || self.state.is_to_close().is_some() {
            return None;
        }
        let began = self.last.is_some_and(|last| last.begun != begun);
        Some(if began { 0 } else { self.header_looks.max(self.idle_looks) })
    }

    /// Looks once more; says why the connection is to be closed, if it is.
    fn look(&mut self, max: LooksMax) -> Option<CloseReason> {
        let signs = self.state.signs();
        let last = self.last.replace(signs);
        let header_came = last.is_some_and(|last| last.headers != signs.headers);
        let began = last.is_some_and(|last| last.begun != signs.begun);
        let wrote = last.is_some_and(|last| last.writes != signs.writes);
        let count = |looks: u32, waits: bool| if waits { looks.saturating_add(1) } else { 0 };
        self.header_looks = count(self.header_looks, signs.header_due && !header_came);
        self.idle_looks = count(self.idle_looks, !signs.header_due && !signs.busy && !began && !wrote);
        self.stalled_looks = count(self.stalled_looks, signs.write_pending && !wrote);
        if self.header_looks > LOOKS_A_HEADER {
            return Some(CloseReason::HeaderTimeout);
        }
        let over = self.idle_looks > max.idle || self.stalled_looks > max.stall || self.state.is_stalled();
        over.then_some(CloseReason::Silent)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use super::{Connections, EVICTED_OF, IdleReaper, LOOKS_A_HEADER, LooksMax, Patience, Watched};
    use crate::http::server::connection_state::ConnectionState;

    const MAX: LooksMax = LooksMax { idle: 10, stall: 6 };
    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    fn watched() -> Watched {
        let mut connections = Connections::default();
        let number = connections.add(Arc::new(ConnectionState::new(0)), ONE);
        connections.watched.remove(&number).unwrap()
    }

    /// How many looks a connection stands, at most 100.
    fn stands(watched: &mut Watched) -> u32 {
        (0..100).find(|_| watched.look(MAX).is_some()).unwrap_or(100)
    }

    #[test]
    fn a_new_connection_owes_a_header() {
        assert_eq!(stands(&mut watched()), LOOKS_A_HEADER);
    }

    #[test]
    fn between_requests_there_is_more_time() {
        let mut watched = watched();
        watched.state.header_arrived();
        drop(watched.state.begin());
        assert_eq!(stands(&mut watched), MAX.idle);
    }

    #[test]
    fn a_request_takes_as_long_as_it_takes_and_the_next_starts_from_zero() {
        let mut watched = watched();
        watched.state.header_arrived();
        let under_way = watched.state.begin();
        assert_eq!(stands(&mut watched), 100);
        drop(under_way);
        assert_eq!(stands(&mut watched), MAX.idle);
    }

    #[test]
    fn a_header_is_owed_beside_requests_under_way_too() {
        let mut watched = watched();
        watched.state.header_arrived();
        let _under_way = watched.state.begin();
        watched.state.header_begins();
        assert_eq!(stands(&mut watched), LOOKS_A_HEADER);
    }

    #[test]
    fn a_client_that_takes_nothing_of_an_answer_is_not_waited_for() {
        let mut watched = watched();
        watched.state.header_arrived();
        let _under_way = watched.state.begin();
        watched.state.write_blocked();
        assert_eq!(stands(&mut watched), MAX.stall);
        watched.state.wrote();
        assert_eq!(stands(&mut watched), 100);
    }

    #[test]
    fn the_connection_that_is_idle_for_longest_gives_way() {
        let reaper = Arc::new(IdleReaper::new(Patience::default()));
        let connections: Vec<_> = [ONE, OTHER, ONE, OTHER].into_iter().map(|address| reaper.enter(address)).collect();
        let closed = || connections.iter().map(|one| one.state().is_to_close().is_some()).collect::<Vec<_>>();
        let _busy = connections[0].state().begin();
        reaper.look();
        reaper.look();
        drop(connections[1].state().begin());
        assert!(reaper.evict_idle(None));
        assert_eq!(closed(), [false, false, true, false], "the first one works, the second was just used");
        assert!(!reaper.evict_idle(Some(ONE)), "the other one of this address works");
        assert!(reaper.evict_idle(Some(OTHER)));
        assert_eq!(closed(), [false, false, true, true]);
        assert!(reaper.evict_idle(None), "it was used, but it is the last that does not work");
        assert_eq!(closed(), [false, true, true, true]);
        assert!(!reaper.evict_idle(None));
        drop(connections);
        assert!(reaper.connections().watched.is_empty());
    }

    #[test]
    fn of_many_connections_some_give_way_at_a_time() {
        let reaper = Arc::new(IdleReaper::new(Patience::default()));
        let connections: Vec<_> = (0..EVICTED_OF * 3).map(|_| reaper.enter(ONE)).collect();
        connections.iter().for_each(|one| drop(one.state().begin()));
        assert!(reaper.evict_idle(None));
        let closed: Vec<_> = connections.iter().map(|one| one.state().is_to_close().is_some()).collect();
        assert_eq!(closed.iter().filter(|closed| **closed).count(), 3);
        assert_eq!(closed[..3], [true; 3], "the oldest ones");
    }
}
