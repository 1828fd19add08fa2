//! The use cases of payments: against mocks of their ports, and over a store in memory.

mod fixtures;
mod reading;
mod settling;
mod starting;
