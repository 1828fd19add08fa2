//! How concerts sell, for their organisers: figures and files.

mod api;
mod bookings_csv;
mod csv;
mod dto;
mod problem;

pub(crate) use api::ReportsApi;
