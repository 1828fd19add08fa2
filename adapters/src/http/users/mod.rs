//! Accounts over HTTP.

mod api;
mod dto;
mod problem;

pub(crate) use api::UsersApi;
pub(crate) use dto::UserDocument;
pub(crate) use problem::hasher_busy;
