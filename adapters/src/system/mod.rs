//! The operating system's clock and randomness. Nothing else in boxoffice asks for either.

mod clock;
mod ids;

pub use clock::SystemClock;
pub use ids::SystemIds;
