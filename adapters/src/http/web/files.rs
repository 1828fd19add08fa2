//! The files of the web pages, and the form of a file that goes to a browser.

use std::borrow::Cow;

use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::super::etag::ETag;
use crate::cache::{Accepted, Coding};

/// What the web pages are made of.
pub trait WebFiles: Send + Sync + 'static {
    /// A file by its path, such as `assets/index-4f2a.js`.
    fn find(&self, path: &str) -> Option<WebFile>;
}

/// A file of the web pages.
#[derive(Debug, Clone)]
pub struct WebFile {
    /// What is in it.
    pub bytes: Bytes,
    /// A hash of that.
    pub sha256: [u8; 32],
}

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[exclude = ".vite/*"]
struct Dist;

/// The files that were built into the program. A development build reads them from the folder at each request.
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

/// The form of a file that a client gets.
pub(super) struct Form {
    /// Its bytes, maybe compressed.
    pub(super) bytes: Bytes,
    /// Names exactly these bytes.
    pub(super) etag: ETag,
    /// How they are compressed.
    pub(super) coding: Coding,
}

/// The best form of a file for a client: whoever builds the pages puts compressed forms beside the files that gain by it.
pub(super) fn form_of(files: &dyn WebFiles, path: &str, accepted: Accepted) -> Option<Form> {
    let plain = files.find(path)?;
    let compressed = |coding: Coding| Some((coding, files.find(&format!("{path}{}", suffix_of(coding)?))?));
    let (coding, file) = accepted.codings().find_map(compressed).unwrap_or((Coding::Identity, plain));
    Some(Form { bytes: file.bytes, etag: ETag::of_digest(&file.sha256), coding })
}

/// How the names of compressed forms end.
const fn suffix_of(coding: Coding) -> Option<&'static str> {
    match coding {
        Coding::Identity => None,
        Coding::Gzip => Some(".gz"),
        Coding::Brotli => Some(".br"),
    }
}
