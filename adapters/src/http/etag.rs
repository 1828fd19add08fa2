//! Entity tags: what version of something an answer shows, and which version a client has in mind.

use std::fmt;

use poem::http::HeaderValue;
use sha2::{Digest, Sha256};

use super::problem::{Problem, kind};

/// How the tags of compressed answers end.
const CODINGS: [&str; 2] = ["-gzip", "-br"];

/// A strong entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ETag(String);

impl ETag {
    /// The tag of a numbered version.
    pub(crate) fn of_version(version: u64) -> Self {
        Self(format!("\"{version}\""))
    }

    /// The tag of something that has no version: a hash of its bytes.
    pub(crate) fn of_content(bytes: &[u8]) -> Self {
        Self::of_digest(&Sha256::digest(bytes))
    }

    /// The tag of something whose SHA-256 is known.
    pub(crate) fn of_digest(digest: &[u8]) -> Self {
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("\"{hex}\""))
    }

    /// The text between its quotes.
    pub(crate) fn text(&self) -> &str {
        self.0.trim_matches('"')
    }

    /// Whether a client that sent this `If-None-Match` has this version already.
    pub(crate) fn is_known_to(&self, if_none_match: Option<&str>) -> bool {
        let Some(list) = if_none_match else {
            return false;
        };
        list.trim() == "*" || list.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.0)
    }

    /// As header.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The revision that `If-Match` names. It must be there; a tag that was never ours can match nothing.
pub(crate) fn required_revision(if_match: Option<&str>) -> Result<u64, Problem> {
    let Some(tag) = if_match.map(str::trim) else {
        let detail = "Send the `ETag` of the concert you read as `If-Match`.";
        return Err(Problem::new(kind::IF_MATCH_REQUIRED).with_detail(detail));
    };
    let quoted = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(version) = quoted.filter(|text| !text.contains(['"', ','])) else {
        return Err(Problem::malformed(None, "`If-Match` holds one strong entity tag, such as \"7\"."));
    };
    // The concert may have been read compressed.
    let version = CODINGS.iter().find_map(|coding| version.strip_suffix(coding)).unwrap_or(version);
    version.parse().map_err(|_| Problem::new(kind::OUTDATED))
}

#[cfg(test)]
mod tests {
    use super::{ETag, required_revision};

    #[test]
    fn a_known_version_is_recognised_in_any_list() {
        let tag = ETag::of_version(7);
        for known in ["\"7\"", "W/\"7\"", "\"6\", \"7\"", " * "] {
            assert!(tag.is_known_to(Some(known)), "{known}");
        }
        for unknown in [None, Some(""), Some("7"), Some("\"70\""), Some("\"6\"")] {
            assert!(!tag.is_known_to(unknown), "{unknown:?}");
        }
    }

    #[test]
    fn other_content_has_another_tag() {
        assert_eq!(ETag::of_content(b"a"), ETag::of_content(b"a"));
        assert_ne!(ETag::of_content(b"a"), ETag::of_content(b"b"));
    }

    #[test]
    fn a_change_names_the_revision_it_is_based_on() {
        for tag in ["\"7\"", "\"7-br\"", "\"7-gzip\""] {
            assert_eq!(required_revision(Some(tag)).unwrap(), 7);
        }
        let code = |header: Option<&str>| required_revision(header).unwrap_err().kind().code;
        assert_eq!(code(None), "if_match_required");
        assert_eq!(code(Some("\"yesterday\"")), "outdated");
        for malformed in ["7", "*", "W/\"7\"", "\"7\", \"8\"", ""] {
            assert_eq!(code(Some(malformed)), "malformed_request", "{malformed}");
        }
    }
}
