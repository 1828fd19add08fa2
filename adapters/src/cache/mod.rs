//! What everybody may read, rendered once and kept in memory.
//!
//! [`ShopWindow`] is what the rest of the program sees. It has a display for each concert that somebody looked at, which
//! follows the concert's events and so stays in line with the store, and the pages of the list. What is shown is a
//! [`Rendering`].

mod compression;
mod display;
mod following;
mod lists;
mod picture;
mod rendering;
mod slot;
#[cfg(test)]
mod tests;
mod window;

use boxoffice_domain::shared::Timestamp;

pub use compression::{Accepted, Coding};
pub use picture::Picture;
pub(crate) use rendering::COMPRESSED_MIN;
pub use rendering::{Form, Rendering};
pub use window::{LookError, Looked, Renderers, ShopWindow, Sight, WindowParts};

/// How recent an answer has to be. What this process changes is seen at once in any case; this is about what others
/// change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recency {
    /// At most a second old.
    Usual,
    /// As it is now, asked for by `Cache-Control: no-cache`: the store is asked four times a second at most.
    Insisted,
}

impl Recency {
    const fn micros(self) -> i64 {
        match self {
            Self::Usual => 1_000_000,
            Self::Insisted => 250_000,
        }
    }

    /// Whether what was true at `checked_at` is recent enough for somebody who came at `came_at`; not when the clock
    /// was put back meanwhile.
    fn allows(self, checked_at: Timestamp, came_at: Timestamp, now: Timestamp) -> bool {
        checked_at <= now && came_at.micros().saturating_sub(checked_at.micros()) < self.micros()
    }
}
