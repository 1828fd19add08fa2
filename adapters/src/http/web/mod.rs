//! The web pages: the shop and the dashboard, built from `web/` and embedded in the program.
//!
//! `files` finds a file and the form of it that a browser can decode; `endpoint` answers requests.

mod endpoint;
mod files;
#[cfg(test)]
mod tests;

pub(crate) use endpoint::web_endpoint;
pub use files::{EmbeddedFiles, WebFile, WebFiles};
