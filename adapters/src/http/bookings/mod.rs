//! Bookings over HTTP.

mod api;
mod dto;
mod problem;

pub(crate) use api::BookingsApi;
pub(crate) use dto::BookingStatusName;
