//! What reports are refused with.

use crate::shared::{Faults, StoreError};

/// Every reason not to see a report.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReportError {
    /// Nobody is logged in.
    #[error("log in to see reports")]
    LoginRequired,
    /// Only members of the organiser who read bookings see a concert's reports.
    #[error("only members of the organiser see the reports of a concert")]
    Forbidden,
    /// There is no such concert.
    #[error("there is no such concert")]
    NotFound,
    /// The span of time breaks a rule.
    #[error("the span of time breaks a rule")]
    Invalid(Faults),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
