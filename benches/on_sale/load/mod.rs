//! Load: clients that send the next request after a response (closed), or at planned moments (open).

mod client;
mod connection;
mod histogram;
mod run;
mod schedule;
mod tally;
mod wrk;

pub(crate) use client::{Client, Next};
pub(crate) use connection::{Answer, Connection};
pub(crate) use histogram::Histogram;
pub(crate) use run::{closed, open};
pub(crate) use schedule::Schedule;
pub(crate) use tally::Tally;
pub(crate) use wrk::{Wrk, wrk};
