//! Events that consumers could not handle, over HTTP.

mod api;
mod dto;
mod problem;

pub(crate) use api::ParkedEventsApi;
