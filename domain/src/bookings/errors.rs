//! The errors of reading bookings.

use crate::concerts::denied_as;
use crate::shared::{Faults, StoreError};

/// Every reason not to show a booking.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadBookingError {
    /// The request has no logged-in user.
    #[error("log in to see bookings")]
    LoginRequired,
    /// The booking does not exist, or the caller may not see it.
    #[error("there is no such booking")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every reason not to list bookings.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ListBookingsError {
    /// The request has no logged-in user.
    #[error("log in to see bookings")]
    LoginRequired,
    /// The concert does not exist, or the caller may not see it.
    #[error("there is no such concert")]
    NotFound,
    /// The caller is neither an admin nor a member of the organiser who reads bookings.
    #[error("only members of the organiser see the bookings of a concert")]
    Forbidden,
    /// The search text is too short or too long.
    #[error("the search breaks a rule")]
    Invalid(Faults),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

denied_as!(ListBookingsError);
