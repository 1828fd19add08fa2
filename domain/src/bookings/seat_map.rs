//! Which tickets of a concert are free: a bitmap a row.

/// The free tickets of every section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatMap {}
