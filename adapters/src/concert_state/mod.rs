//! What this process knows of each concert in use: one structure a concert, which follows the committed events.
//!
//! [`ConcertStates`] holds a state for each concert that is read. An event follower keeps the state's snapshot in line
//! with the database: by the events of this process at once, by those of other processes within a second. From the
//! snapshots [`PublicConcertCache`] renders the responses that are the same for all clients.

mod concert_snapshot;
mod event_follower;
mod freshness;
mod list_pages;
mod public_concert_cache;
mod rendered_views;
mod source;
mod state;
mod states;
#[cfg(test)]
mod tests;
mod view;

pub use concert_snapshot::ConcertSnapshot;
pub use freshness::Freshness;
pub use public_concert_cache::{Lookup, LookupError, PublicConcertCache};
pub use source::ConcertSource;
pub use states::ConcertStates;
pub use view::{Renderers, View};
