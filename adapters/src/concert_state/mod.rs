//! What this process knows of each concert in use: one structure a concert, which follows the committed events.
//!
//! [`ConcertStates`] holds a state for each concert that is read or sold. An event follower keeps the state's snapshot in
//! line with the database: by the events of this process at once, by those of other processes within a second. All that
//! is served from memory comes from these snapshots: the responses that are the same for all clients
//! ([`PublicConcertCache`]), best available (`seat_maps`), the changes that live seats send, and what the sold-out
//! filter decides by. States have one bound on their memory and one rule of eviction, in `states`.

mod concert_snapshot;
mod event_follower;
mod freshness;
mod list_pages;
mod need;
mod overdue_holds;
mod public_concert_cache;
mod rendered_views;
mod seat_index;
mod seat_maps;
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
