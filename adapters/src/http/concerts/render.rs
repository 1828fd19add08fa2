//! Renders public concerts for the cache, once for all clients.

use boxoffice_domain::concerts::Section;

use super::dto::{AvailabilityDocument, ConcertDocument, SeatsDocument};
use crate::concert_state::{ConcertSnapshot, Renderers};

/// The renderers of the cache. They produce the same documents as the operations.
pub const fn renderers() -> Renderers {
    Renderers { concert, availability, seats }
}

fn concert(snapshot: &ConcertSnapshot) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&ConcertDocument::new(snapshot.concert(), snapshot.plan()))
}

fn availability(snapshot: &ConcertSnapshot) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&AvailabilityDocument::new(snapshot.concert(), snapshot.sections()))
}

fn seats(snapshot: &ConcertSnapshot, only: Option<&Section>) -> serde_json::Result<Vec<u8>> {
    let sections =
        snapshot.plan().sections().iter().filter(|section| only.is_none_or(|only| only.code == section.code));
    let shown = sections.map(|section| (section, snapshot.states_of(section)));
    serde_json::to_vec(&SeatsDocument::new(snapshot.concert(), shown))
}
