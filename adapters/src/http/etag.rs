//! Entity tags: the version of a response, and the version that a client sends back.

use std::fmt;

use poem::http::{HeaderValue, header};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaParamIn, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use sha2::{Digest, Sha256};

use super::problem::{Problem, kind};

/// The suffixes of compressed responses' tags.
const CODINGS: [&str; 2] = ["-gzip", "-br"];

/// A strong entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ETag(String);

impl ETag {
    /// The tag of a numbered version.
    pub(crate) fn of_version(version: u64) -> Self {
        Self(format!("\"{version}\""))
    }

    /// The tag of something without a version: a hash of its bytes.
    pub(crate) fn of_content(bytes: &[u8]) -> Self {
        Self::of_digest(&Sha256::digest(bytes))
    }

    /// The tag of content with this SHA-256 digest.
    pub(crate) fn of_digest(digest: &[u8]) -> Self {
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("\"{hex}\""))
    }

    /// The text without its quotes.
    pub(crate) fn text(&self) -> &str {
        self.0.trim_matches('"')
    }

    /// The tag with which `If-None-Match` names this version, possibly with a coding's suffix.
    pub(crate) fn known_as(&self, if_none_match: Option<&str>) -> Option<Self> {
        let list = if_none_match?;
        if list.trim() == "*" {
            return Some(self.clone());
        }
        let tags = list.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
        tags.filter(|tag| self.is_named_by(tag)).map(|tag| Self(tag.to_owned())).next()
    }

    fn is_named_by(&self, tag: &str) -> bool {
        let text = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        text.is_some_and(|text| without_coding(text) == self.text())
    }

    /// The value of the `ETag` header.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The header's name, for the parameter attribute of the operations that use it.
const IF_MATCH: &str = "If-Match";

/// The version in `If-Match`, if the header is present. A list of tags and `*` are refused, because they do not say
/// which version was read.
#[derive(Debug)]
pub(crate) struct IfMatch(pub(crate) Option<u64>);

impl IfMatch {
    fn parse(if_match: Option<&str>) -> Result<Self, Problem> {
        let Some(tag) = if_match.map(str::trim) else {
            return Ok(Self(None));
        };
        let quoted = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let Some(version) = quoted.filter(|text| !text.contains(['"', ','])) else {
            let detail = "`If-Match` holds one strong entity tag, such as \"7\".";
            return Err(Problem::malformed_parameter(IF_MATCH, detail));
        };
        // The version may have been read compressed.
        let version = without_coding(version);
        // A tag that we never issued cannot match.
        version.parse().map(|version| Self(Some(version))).map_err(|_| Problem::new(kind::OUTDATED))
    }

    /// The version, or the problem `if_match_required`.
    pub(crate) fn required(&self) -> Result<u64, Problem> {
        self.0.ok_or_else(|| {
            let detail = "Send the `ETag` of the concert you read as `If-Match`.";
            Problem::new(kind::IF_MATCH_REQUIRED).with_detail(detail)
        })
    }
}

impl<'request> ApiExtractor<'request> for IfMatch {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = String;
    type ParamRawType = String;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        // The characters of RFC 9110, 8.8.3, in ASCII and without the comma: one tag and not a list.
        let pattern = r#"^"[!#-+\--~]+"$"#.to_owned();
        let schema = MetaSchema { pattern: Some(pattern), min_length: Some(3), ..MetaSchema::new("string") };
        Some(MetaSchemaRef::Inline(Box::new(schema)))
    }

    async fn from_request(
        request: &'request Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<String>,
    ) -> poem::Result<Self> {
        let mut lines = request.headers().get_all(header::IF_MATCH).iter();
        let Some(line) = lines.next() else {
            return Ok(Self(None));
        };
        // An unreadable or repeated header is refused like a list.
        let line = line.to_str().ok().filter(|_| lines.next().is_none());
        Ok(Self::parse(Some(line.unwrap_or_default()))?)
    }
}

fn without_coding(tag: &str) -> &str {
    CODINGS.iter().find_map(|coding| tag.strip_suffix(coding)).unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::{ETag, IfMatch};

    #[test]
    fn if_none_match_recognises_the_version_in_any_list() {
        let tag = ETag::of_version(7);
        for (list, known) in [
            ("\"7\"", "\"7\""),
            ("\"7-br\"", "\"7-br\""),
            ("W/\"7-gzip\"", "\"7-gzip\""),
            ("W/\"7\"", "\"7\""),
            ("\"6\", \"7\"", "\"7\""),
            (" * ", "\"7\""),
        ] {
            assert_eq!(tag.known_as(Some(list)).unwrap().to_string(), known);
        }
        for unknown in [None, Some(""), Some("7"), Some("\"70\""), Some("\"6\"")] {
            assert_eq!(tag.known_as(unknown), None, "{unknown:?}");
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
            assert_eq!(IfMatch::parse(Some(tag)).unwrap().required().unwrap(), 7);
        }
        let none = IfMatch::parse(None).unwrap();
        assert_eq!((none.0, none.required().unwrap_err().kind().code), (None, "if_match_required"));
        let code = |header: Option<&str>| IfMatch::parse(header).unwrap_err().kind().code;
        assert_eq!(code(Some("\"yesterday\"")), "outdated");
        for malformed in ["7", "*", "W/\"7\"", "\"7\", \"8\"", ""] {
            assert_eq!(code(Some(malformed)), "malformed_request", "{malformed}");
        }
    }
}
