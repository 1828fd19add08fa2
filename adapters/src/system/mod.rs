//! The operating system's clock and randomness, which nothing else in boxoffice asks for, and the limits of the process.

mod clock;
mod ids;
mod monotonic_clock;
mod open_files;

pub use clock::SystemClock;
pub use ids::SystemIds;
pub use monotonic_clock::MonotonicClock;
pub use open_files::raise_open_files_limit;
