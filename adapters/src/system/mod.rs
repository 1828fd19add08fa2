//! The operating system's clock and randomness. Nothing else in boxoffice asks for either.

mod clock;
mod ids;
mod monotonic_clock;

pub use clock::SystemClock;
pub use ids::SystemIds;
pub use monotonic_clock::MonotonicClock;
