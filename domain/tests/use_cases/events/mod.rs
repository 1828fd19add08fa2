//! Tests of the delivery of events to their consumers.

mod audit_log;
mod parked;
mod relay;
