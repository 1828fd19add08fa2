//! Inspects all connections periodically and closes those that wait too long.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::ConnectionTimeouts;
use super::connection_state::{CloseReason, ConnectionSnapshot, ConnectionState, STALL_PARTS};

/// How often a connection is inspected within the header timeout.
const INSPECTIONS_A_HEADER: u32 = 4;
/// Evicts one in this many connections at once when room is needed: finding the longest idle one means inspecting all,
/// which must not happen for each new connection.
const EVICTED_OF: usize = 64;

/// All connections of a server.
pub(super) struct IdleReaper {
    timeouts: ConnectionTimeouts,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    watched: HashMap<u64, Watched>,
    entered: u64,
    inspections: u32,
    generation: u32,
    /// Whether connections shall finish, including those that enter from now on.
    finishing: bool,
}

struct Watched {
    state: Arc<ConnectionState>,
    address: IpAddr,
    last: Option<ConnectionSnapshot>,
    header_inspections: u32,
    idle_inspections: u32,
    stalled_inspections: u32,
}

/// How many inspections a connection may wait.
#[derive(Debug, Clone, Copy)]
struct InspectionsMax {
    idle: u32,
    stall: u32,
}

/// Registers a connection with the reaper until it is dropped.
pub(super) struct Observation {
    reaper: Arc<IdleReaper>,
    number: u64,
    state: Arc<ConnectionState>,
}

impl Observation {
    /// The state of the connection.
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
    /// A reaper without connections.
    pub(super) fn new(timeouts: ConnectionTimeouts) -> Self {
        Self { timeouts, connections: Mutex::default() }
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a new connection of an address.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Observation {
        let mut connections = self.connections();
        let state = Arc::new(ConnectionState::new(connections.generation));
        if connections.finishing {
            state.finish();
        }
        let number = connections.add(Arc::clone(&state), address);
        Observation { reaper: Arc::clone(self), number, state }
    }

    /// Inspects the connections for ever.
    pub(super) async fn run(self: Arc<Self>) {
        let mut inspections = tokio::time::interval(inspection_interval(self.timeouts));
        inspections.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            inspections.tick().await;
            self.inspect_all();
        }
    }

    fn inspect_all(&self) {
        let interval = inspection_interval(self.timeouts);
        let max = InspectionsMax {
            idle: inspections_within(self.timeouts.idle, interval),
            stall: inspections_within(self.timeouts.stall, interval),
        };
        let mut connections = self.connections();
        connections.inspections = connections.inspections.wrapping_add(1);
        if connections.inspections.is_multiple_of((max.stall / STALL_PARTS).max(1)) {
            connections.generation = connections.generation.wrapping_add(1);
        }
        let generation = connections.generation;
        for watched in connections.watched.values_mut() {
            watched.state.enter_generation(generation);
            if let Some(reason) = watched.inspect(max) {
                watched.state.close(reason);
            }
        }
    }

    /// Closes the connections that have been idle for longest, to make room for others; of one address, or of all.
    /// Returns whether there was one.
    pub(super) fn evict_idle(&self, of: Option<IpAddr>) -> bool {
        let connections = self.connections();
        let matches = |watched: &Watched| of.is_none_or(|address| watched.address == address);
        let candidates: Vec<_> = connections.watched.iter().filter(|(_, watched)| matches(watched)).collect();
        let evicted = (candidates.len() / EVICTED_OF).max(1);
        let waits = |watched: &Watched| watched.waits().map(Reverse);
        let mut idle: Vec<_> =
            candidates.iter().filter_map(|(number, watched)| Some((waits(watched)?, **number))).collect();
        if idle.len() > evicted {
            idle.select_nth_unstable(evicted);
        }
        let evicted: Vec<_> =
            idle.iter().take(evicted).filter_map(|(_, number)| connections.watched.get(number)).collect();
        evicted.iter().for_each(|watched| watched.state.close(CloseReason::Silent));
        !evicted.is_empty()
    }

    /// Asks every connection to answer the requests under way and then to close.
    pub(super) fn finish(&self) {
        let mut connections = self.connections();
        connections.finishing = true;
        connections.watched.values().for_each(|watched| watched.state.finish());
    }

    /// Closes every connection now.
    pub(super) fn cut(&self) {
        self.connections().watched.values().for_each(|watched| watched.state.close(CloseReason::Silent));
    }
}

impl Connections {
    fn add(&mut self, state: Arc<ConnectionState>, address: IpAddr) -> u64 {
        self.entered += 1;
        let watched =
            Watched { state, address, last: None, header_inspections: 0, idle_inspections: 0, stalled_inspections: 0 };
        self.watched.insert(self.entered, watched);
        self.entered
    }
}

fn inspection_interval(timeouts: ConnectionTimeouts) -> Duration {
    (timeouts.header / INSPECTIONS_A_HEADER).max(Duration::from_millis(1))
}

fn inspections_within(time: Duration, interval: Duration) -> u32 {
    u32::try_from(time.as_millis() / interval.as_millis().max(1)).unwrap_or(u32::MAX)
}

impl Watched {
    /// For how many inspections it has been without a request; `None` when it is busy or about to be closed.
    fn waits(&self) -> Option<u32> {
        let ConnectionSnapshot { busy, begun, .. } = self.state.snapshot();
        if busy || self.state.is_to_close().is_some() {
            return None;
        }
        let began = self.last.is_some_and(|last| last.begun != begun);
        Some(if began { 0 } else { self.header_inspections.max(self.idle_inspections) })
    }

    /// Inspects the connection; returns why it must be closed, if it must.
    fn inspect(&mut self, max: InspectionsMax) -> Option<CloseReason> {
        let now = self.state.snapshot();
        let last = self.last.replace(now);
        let header_came = last.is_some_and(|last| last.headers != now.headers);
        let began = last.is_some_and(|last| last.begun != now.begun);
        let wrote = last.is_some_and(|last| last.writes != now.writes);
        let count = |inspections: u32, waits: bool| if waits { inspections.saturating_add(1) } else { 0 };
        self.header_inspections = count(self.header_inspections, now.header_due && !header_came);
        self.idle_inspections = count(self.idle_inspections, !now.header_due && !now.busy && !began && !wrote);
        self.stalled_inspections = count(self.stalled_inspections, now.write_pending && !wrote);
        if self.header_inspections > INSPECTIONS_A_HEADER {
            return Some(CloseReason::HeaderTimeout);
        }
        let over = self.idle_inspections > max.idle || self.stalled_inspections > max.stall || self.state.is_stalled();
        over.then_some(CloseReason::Silent)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use super::{
        ConnectionTimeouts, Connections, EVICTED_OF, INSPECTIONS_A_HEADER, IdleReaper, InspectionsMax, Watched,
    };
    use crate::http::server::connection_state::ConnectionState;

    const MAX: InspectionsMax = InspectionsMax { idle: 10, stall: 6 };
    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    fn watched() -> Watched {
        let mut connections = Connections::default();
        let number = connections.add(Arc::new(ConnectionState::new(0)), ONE);
        connections.watched.remove(&number).unwrap()
    }

    /// How many inspections a connection survives, at most 100.
    fn survives(watched: &mut Watched) -> u32 {
        (0..100).find(|_| watched.inspect(MAX).is_some()).unwrap_or(100)
    }

    #[test]
    fn a_new_connection_has_the_header_timeout() {
        assert_eq!(survives(&mut watched()), INSPECTIONS_A_HEADER);
    }

    #[test]
    fn a_connection_between_requests_has_the_idle_timeout() {
        let mut watched = watched();
        watched.state.header_arrived();
        drop(watched.state.begin());
        assert_eq!(survives(&mut watched), MAX.idle);
    }

    #[test]
    fn a_request_under_way_has_no_timeout_and_idle_time_begins_after_it() {
        let mut watched = watched();
        watched.state.header_arrived();
        let under_way = watched.state.begin();
        assert_eq!(survives(&mut watched), 100);
        drop(under_way);
        assert_eq!(survives(&mut watched), MAX.idle);
    }

    #[test]
    fn a_partial_header_times_out_although_a_request_is_under_way() {
        let mut watched = watched();
        watched.state.header_arrived();
        let _under_way = watched.state.begin();
        watched.state.header_begins();
        assert_eq!(survives(&mut watched), INSPECTIONS_A_HEADER);
    }

    #[test]
    fn a_client_that_does_not_read_its_response_times_out() {
        let mut watched = watched();
        watched.state.header_arrived();
        let _under_way = watched.state.begin();
        watched.state.write_blocked();
        assert_eq!(survives(&mut watched), MAX.stall);
        watched.state.wrote();
        assert_eq!(survives(&mut watched), 100);
    }

    #[test]
    fn the_longest_idle_connection_is_evicted() {
        let reaper = Arc::new(IdleReaper::new(ConnectionTimeouts::default()));
        let connections: Vec<_> = [ONE, OTHER, ONE, OTHER].into_iter().map(|address| reaper.enter(address)).collect();
        let closed = || connections.iter().map(|one| one.state().is_to_close().is_some()).collect::<Vec<_>>();
        let _busy = connections[0].state().begin();
        reaper.inspect_all();
        reaper.inspect_all();
        drop(connections[1].state().begin());
        assert!(reaper.evict_idle(None));
        assert_eq!(closed(), [false, false, true, false], "the first one is busy, the second was just used");
        assert!(!reaper.evict_idle(Some(ONE)), "the other one of this address is busy");
        assert!(reaper.evict_idle(Some(OTHER)));
        assert_eq!(closed(), [false, false, true, true]);
        assert!(reaper.evict_idle(None), "it was used, but it is the last that is not busy");
        assert_eq!(closed(), [false, true, true, true]);
        assert!(!reaper.evict_idle(None));
        drop(connections);
        assert!(reaper.connections().watched.is_empty());
    }

    #[test]
    fn of_many_connections_several_are_evicted_at_once() {
        let reaper = Arc::new(IdleReaper::new(ConnectionTimeouts::default()));
        let connections: Vec<_> = (0..EVICTED_OF * 3).map(|_| reaper.enter(ONE)).collect();
        connections.iter().for_each(|one| drop(one.state().begin()));
        assert!(reaper.evict_idle(None));
        let closed: Vec<_> = connections.iter().map(|one| one.state().is_to_close().is_some()).collect();
        assert_eq!(closed.iter().filter(|closed| **closed).count(), 3);
        assert_eq!(closed[..3], [true; 3], "the oldest ones");
    }
}
