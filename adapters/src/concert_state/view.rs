//! The public views of a concert, and how they are rendered.

use boxoffice_domain::concerts::Section;

use super::concert_snapshot::ConcertSnapshot;

/// A part of a concert that is a response of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View<'a> {
    /// The concert itself.
    Concert,
    /// The number of available tickets.
    Availability,
    /// The state of every seat, or of the seats in the section with this code.
    Seats(Option<&'a str>),
}

/// How snapshots are rendered as response bodies.
#[derive(Debug, Clone, Copy)]
pub struct Renderers {
    /// Renders [`View::Concert`].
    pub concert: fn(&ConcertSnapshot) -> serde_json::Result<Vec<u8>>,
    /// Renders [`View::Availability`].
    pub availability: fn(&ConcertSnapshot) -> serde_json::Result<Vec<u8>>,
    /// Renders [`View::Seats`], of all sections or of one.
    pub seats: fn(&ConcertSnapshot, Option<&Section>) -> serde_json::Result<Vec<u8>>,
}

impl Renderers {
    pub(super) fn render(&self, view: View<'_>, snapshot: &ConcertSnapshot) -> serde_json::Result<Vec<u8>> {
        match view {
            View::Concert => (self.concert)(snapshot),
            View::Availability => (self.availability)(snapshot),
            View::Seats(code) => {
                let section = snapshot.plan().sections().iter().find(|section| Some(section.code.as_str()) == code);
                (self.seats)(snapshot, section)
            }
        }
    }
}
