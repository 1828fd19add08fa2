//! Responses that are the same for all clients: rendered once, compressed once for each coding, and kept in memory.

mod cached_response;
mod compression;
mod response_slot;

pub(crate) use cached_response::COMPRESSED_MIN;
pub use cached_response::{CachedResponse, EncodedBody};
pub use compression::{Accepted, Coding};
pub(crate) use response_slot::ResponseSlot;
