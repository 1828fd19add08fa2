//! The files of the web pages, and their precompressed encodings.

use std::borrow::Cow;

use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::super::etag::ETag;
use crate::responses::{Accepted, Coding};

/// The files of the web pages.
pub trait WebFiles: Send + Sync + 'static {
    /// A file by its path, such as `assets/index-4f2a.js`.
    fn find(&self, path: &str) -> Option<WebFile>;
}

/// A file of the web pages.
#[derive(Debug, Clone)]
pub struct WebFile {
    /// The content.
    pub bytes: Bytes,
    /// The SHA-256 digest of the content.
    pub sha256: [u8; 32],
}

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[exclude = ".vite/*"]
struct Dist;

/// The files that are embedded in the program. A development build reads them from the folder at each request.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmbeddedFiles;

impl WebFiles for EmbeddedFiles {
    fn find(&self, path: &str) -> Option<WebFile> {
        let EmbeddedFile { data, metadata } = Dist::get(path)?;
        let bytes = match data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => bytes.into(),
        };
        Some(WebFile { bytes, sha256: metadata.sha256_hash() })
    }
}

/// A file in one content coding.
pub(super) struct EncodedFile {
    /// The bytes, possibly compressed.
    pub(super) bytes: Bytes,
    /// The entity tag of exactly these bytes.
    pub(super) etag: ETag,
    /// The content coding.
    pub(super) coding: Coding,
}

/// The best encoding of a file for a client. The web build writes compressed files beside those that become smaller.
pub(super) fn encoded_file(files: &dyn WebFiles, path: &str, accepted: Accepted) -> Option<EncodedFile> {
    let plain = files.find(path)?;
    let compressed = |coding: Coding| Some((coding, files.find(&format!("{path}{}", suffix_of(coding)?))?));
    let (coding, file) = accepted.codings().find_map(compressed).unwrap_or((Coding::Identity, plain));
    Some(EncodedFile { bytes: file.bytes, etag: ETag::of_digest(&file.sha256), coding })
}

/// The file name suffix of a coding.
const fn suffix_of(coding: Coding) -> Option<&'static str> {
    match coding {
        Coding::Identity => None,
        Coding::Gzip => Some(".gz"),
        Coding::Brotli => Some(".br"),
    }
}
