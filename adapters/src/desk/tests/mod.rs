//! The desk: how it gathers, and what it does with bookings.

mod gathering;
mod group;
mod payments;
mod returns;
mod sparing;
