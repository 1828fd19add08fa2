//! The errors of the report use cases.

use crate::concerts::denied_as;
use crate::shared::{Faults, StoreError};

/// Every reason not to see a report.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReportError {
    /// The request has no logged-in user.
    #[error("log in to see reports")]
    LoginRequired,
    /// The actor is neither an admin nor a member of the organiser who reads bookings.
    #[error("only members of the organiser see the reports of a concert")]
    Forbidden,
    /// The concert does not exist, or the actor may not see it.
    #[error("there is no such concert")]
    NotFound,
    /// The span or the filter breaks a rule.
    #[error("the span of time breaks a rule")]
    Invalid(Faults),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

denied_as!(ReportError);
