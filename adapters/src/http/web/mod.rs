//! The web pages: the shop and the dashboard, built from `web/` and embedded in the program.
//!
//! `files` finds a file and the encoding that a browser accepts; `endpoint` serves requests. Pages about a concert
//! contain its `metadata` for clients that do not run scripts; `robots` tells search engines which pages exist.

mod endpoint;
mod files;
mod metadata;
mod misdirected;
mod origin;
mod page_addresses;
mod public_concerts;
mod robots;
#[cfg(test)]
mod tests;

pub(crate) use endpoint::{WebPages, web_endpoint};
pub use files::{EmbeddedFiles, WebFile, WebFiles};
pub(crate) use metadata::PublicConcerts;
pub(crate) use misdirected::misdirected_endpoint;
pub(crate) use origin::Origins;
pub(crate) use public_concerts::CatalogueConcerts;
pub(crate) use robots::{robots_endpoint, sitemap_endpoint};
