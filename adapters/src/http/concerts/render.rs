//! Concerts written down once for everybody who reads them.

use boxoffice_domain::concerts::Section;

use super::dto::{AvailabilityDocument, ConcertDocument, SeatsDocument};
use crate::cache::{Picture, Renderers};

/// How the shop window writes concerts down: as their operations show them.
pub const fn renderers() -> Renderers {
    Renderers { concert, availability, seats }
}

fn concert(picture: &Picture) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&ConcertDocument::new(picture.concert(), picture.plan()))
}

fn availability(picture: &Picture) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&AvailabilityDocument::new(picture.concert(), picture.sections()))
}

fn seats(picture: &Picture, only: Option<&Section>) -> serde_json::Result<Vec<u8>> {
    let sections = picture.plan().sections().iter().filter(|section| only.is_none_or(|only| only.code == section.code));
    let shown = sections.map(|section| (section, picture.states_of(section)));
    serde_json::to_vec(&SeatsDocument::new(picture.concert(), shown))
}
