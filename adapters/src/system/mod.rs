//! The operating system's clock and randomness, which only this module reads, and the limits of the process.

mod clock;
mod clock_watch;
mod ids;
mod monotonic_clock;
mod open_files;

pub use clock::SystemClock;
pub use clock_watch::{CLOCK_SKEW_MAX, ClockSkewed, ClockWatch, ReferenceTime};
pub use ids::SystemIds;
pub use monotonic_clock::MonotonicClock;
pub use open_files::raise_open_files_limit;
