//! Payments over HTTP.

mod api;
mod dto;
mod problem;

pub(crate) use api::PaymentsApi;
