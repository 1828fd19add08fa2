//! Concerts over HTTP: the public catalogue, and the concerts of the user's organiser.

mod body_sizes;
mod catalogue_api;
mod concerts_api;
mod dto;
mod problem;
mod render;
mod watch_api;

pub(crate) use body_sizes::{BLOCK_SEATS_BODY_MAX, CHANGE_CONCERT_BODY_MAX, CREATE_CONCERT_BODY_MAX};
pub(crate) use catalogue_api::{CatalogueApi, plain_list_key};
pub(crate) use concerts_api::ConcertsApi;
pub(crate) use watch_api::WatchApi;

pub use render::renderers;
