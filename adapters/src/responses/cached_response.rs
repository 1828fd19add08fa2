//! A response as it is sent: its bytes, its entity tag and its compressed encodings.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use boxoffice_domain::shared::Timestamp;
use bytes::Bytes;
use poem::http::{HeaderMap, HeaderValue};

use super::compression::{Accepted, Coding};

/// Shorter bodies fit in one packet and are not compressed; in bytes.
pub(crate) const COMPRESSED_MIN: usize = 1_200;
/// The minimal time between two compressions of the same resource, in microseconds: four a second.
const COMPRESSION_INTERVAL_MICROS: i64 = 250_000;

/// A response that was rendered once. Each encoding has an entity tag of its own, because other bytes are another
/// representation: `"7"`, `"7-gzip"`, `"7-br"`.
#[derive(Debug)]
pub struct CachedResponse {
    /// The version, revision or epoch of what is rendered, by the count of its slot.
    pub(crate) version: u64,
    /// The time from which the content is known to be true.
    pub(crate) rendered_at: Timestamp,
    tag: String,
    plain: EncodedBody,
    gzip: OnceLock<EncodedBody>,
    brotli: OnceLock<EncodedBody>,
    shown_heads: HeadersByCoding,
    known_heads: HeadersByCoding,
    pace: Arc<CompressionLimiter>,
}

/// Headers by coding.
#[derive(Debug, Default)]
struct HeadersByCoding {
    plain: OnceLock<HeaderMap>,
    gzip: OnceLock<HeaderMap>,
    brotli: OnceLock<HeaderMap>,
}

/// A response body in one content coding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedBody {
    /// The encoded bytes.
    pub body: Bytes,
    /// The entity tag of this encoding.
    pub etag: HeaderValue,
    /// The content coding.
    pub coding: Coding,
}

/// Limits how often the responses of one slot are compressed: holds the time of the last compression.
#[derive(Debug)]
pub(crate) struct CompressionLimiter(AtomicI64);

impl Default for CompressionLimiter {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl CompressionLimiter {
    /// Whether another compression may begin. If so, it counts as begun at `now`.
    fn take_turn(&self, now: Timestamp) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        let is_due = now.micros().saturating_sub(last) >= COMPRESSION_INTERVAL_MICROS || now.micros() < last;
        is_due && self.0.compare_exchange(last, now.micros(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl CachedResponse {
    /// A response with an entity tag, given without its quotes. `pace` is the limiter of its slot.
    pub(crate) fn new(
        version: u64,
        rendered_at: Timestamp,
        tag: String,
        body: impl Into<Bytes>,
        pace: Arc<CompressionLimiter>,
    ) -> Self {
        let plain = EncodedBody { body: body.into(), etag: etag(&tag, Coding::Identity), coding: Coding::Identity };
        Self {
            version,
            rendered_at,
            tag,
            plain,
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
            shown_heads: HeadersByCoding::default(),
            known_heads: HeadersByCoding::default(),
            pace,
        }
    }

    /// A response that does not change while the process runs.
    pub fn lasting(tag: &str, body: Bytes) -> Self {
        Self::new(0, Timestamp::from_micros(0), tag.to_owned(), body, Arc::default())
    }

    /// The best encoding that is ready for a client. A missing one is compressed in the background for later requests.
    #[expect(clippy::disallowed_methods, reason = "four a second for each slot at most, one after the other")]
    pub fn form(self: &Arc<Self>, accepted: Accepted, now: Timestamp) -> &EncodedBody {
        if accepted == Accepted::PLAIN || self.plain.body.len() < COMPRESSED_MIN {
            return &self.plain;
        }
        for coding in accepted.codings() {
            if let Some(form) = self.made(coding).get() {
                return form;
            }
            if self.pace.take_turn(now) {
                let rendering = Arc::clone(self);
                drop(tokio::task::spawn_blocking(move || rendering.make(coding)));
            }
        }
        &self.plain
    }

    fn made(&self, coding: Coding) -> &OnceLock<EncodedBody> {
        if coding == Coding::Gzip { &self.gzip } else { &self.brotli }
    }

    fn make(&self, coding: Coding) {
        self.made(coding).get_or_init(|| match coding.encode(&self.plain.body) {
            Ok(body) if body.len() < self.plain.body.len() => {
                EncodedBody { body, etag: etag(&self.tag, coding), coding }
            }
            Ok(_) => self.plain.clone(),
            Err(error) => {
                tracing::warn!(%error, coding = coding.name(), "a response could not be compressed");
                self.plain.clone()
            }
        });
    }

    /// The headers of a response in this coding: of a `304` if `is_known`, else of a `200`. They are built once and
    /// cloned, which costs less than building them for each request.
    pub fn head(&self, coding: Coding, is_known: bool, make: impl FnOnce() -> HeaderMap) -> HeaderMap {
        let heads = if is_known { &self.known_heads } else { &self.shown_heads };
        let head = match coding {
            Coding::Identity => &heads.plain,
            Coding::Gzip => &heads.gzip,
            Coding::Brotli => &heads.brotli,
        };
        head.get_or_init(make).clone()
    }

    /// The entity tag by which `If-None-Match` names this response, in any coding. `*` matches `of_any`.
    pub fn known_as(&self, if_none_match: &str, of_any: &EncodedBody) -> Option<HeaderValue> {
        if if_none_match.as_bytes() == self.plain.etag.as_bytes() {
            return Some(self.plain.etag.clone());
        }
        if if_none_match.trim() == "*" {
            return Some(of_any.etag.clone());
        }
        if_none_match.split(',').find_map(|tag| self.own_tag(tag.trim().trim_start_matches("W/")))
    }

    fn own_tag(&self, tag: &str) -> Option<HeaderValue> {
        let text = tag.strip_prefix('"')?.strip_suffix('"')?.strip_prefix(self.tag.as_str())?;
        let codings = [Coding::Identity, Coding::Gzip, Coding::Brotli];
        let named =
            |coding: &Coding| text.strip_prefix('-') == coding.name() && text.is_empty() == coding.name().is_none();
        codings.into_iter().find(named).map(|coding| etag(&self.tag, coding))
    }
}

fn etag(tag: &str, coding: Coding) -> HeaderValue {
    let text = match coding.name() {
        None => format!("\"{tag}\""),
        Some(name) => format!("\"{tag}-{name}\""),
    };
    // A tag is a number or a hash, so it is always a valid header value.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use boxoffice_domain::shared::Timestamp;
    use poem::http::{HeaderMap, HeaderValue, header};

    use super::{Accepted, COMPRESSED_MIN, COMPRESSION_INTERVAL_MICROS, CachedResponse, Coding, CompressionLimiter};

    const NOW: Timestamp = Timestamp::from_micros(1_777_636_812_345_678);

    fn rendering(version: u64, length: usize, pace: &Arc<CompressionLimiter>) -> Arc<CachedResponse> {
        Arc::new(CachedResponse::new(version, NOW, version.to_string(), vec![b'a'; length], Arc::clone(pace)))
    }

    fn accepting(codings: &'static str) -> Accepted {
        Accepted::of(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(codings))]))
    }

    /// The encoding for a client, once it is compressed.
    async fn made(rendering: &Arc<CachedResponse>, accepted: Accepted) -> super::EncodedBody {
        while rendering.form(accepted, NOW).coding == Coding::Identity {
            tokio::task::yield_now().await;
        }
        rendering.form(accepted, NOW).clone()
    }

    #[tokio::test]
    async fn a_body_is_compressed_on_demand_and_has_an_etag_of_its_own() {
        let rendering = rendering(7, COMPRESSED_MIN, &Arc::default());
        assert_eq!(rendering.form(accepting("br"), NOW).etag, "\"7\"");
        let brotli = made(&rendering, accepting("br")).await;
        assert_eq!((&brotli.etag, brotli.coding), (&HeaderValue::from_static("\"7-br\""), Coding::Brotli));
        assert!(brotli.body.len() < COMPRESSED_MIN);
        assert_eq!(rendering.form(Accepted::PLAIN, NOW).coding, Coding::Identity);
    }

    #[tokio::test]
    async fn short_bodies_are_not_compressed() {
        let rendering = rendering(7, COMPRESSED_MIN - 1, &Arc::default());
        rendering.form(accepting("br"), NOW);
        assert!(rendering.pace.take_turn(NOW), "no compression was begun");
    }

    #[test]
    fn four_compressions_a_second_at_most() {
        let pace = CompressionLimiter::default();
        let slots = (0..1_000).filter(|ms| pace.take_turn(Timestamp::from_micros(NOW.micros() + ms * 1_000))).count();
        assert_eq!(slots, 4);
        assert!(
            pace.take_turn(Timestamp::from_micros(NOW.micros() - COMPRESSION_INTERVAL_MICROS)),
            "the clock was set back"
        );
    }

    #[test]
    fn a_response_matches_each_of_its_etags() {
        let rendering = rendering(7, 10, &Arc::default());
        let known = |text: &str| {
            let form = rendering.form(Accepted::PLAIN, NOW);
            rendering.known_as(text, form).map(|tag| tag.to_str().unwrap().to_owned())
        };
        let cases = [
            ("\"7\"", "\"7\""),
            ("W/\"7\"", "\"7\""),
            ("\"6\", \"7-br\"", "\"7-br\""),
            ("\"7-gzip\",\"x\"", "\"7-gzip\""),
            (" * ", "\"7\""),
        ];
        for (text, tag) in cases {
            assert_eq!(known(text).as_deref(), Some(tag), "{text}");
        }
        for unknown in ["", "7", "\"70\"", "\"7-\"", "\"7-zip\"", "\"-br\"", "\"6\""] {
            assert_eq!(known(unknown), None, "{unknown}");
        }
    }
}
