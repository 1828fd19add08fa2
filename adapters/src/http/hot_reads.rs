//! The hot reads of an on-sale, served from the cache before routing.
//!
//! Any request that is not plain (with a token, a query, an unusual header, or a response that is not cached) takes the
//! normal route and gets the same response there: a test compares the two.

use std::sync::Arc;
use std::time::Instant;

use boxoffice_domain::shared::{Clock, ConcertId, IdGenerator, Timestamp};
use bytes::Bytes;
use chrono::DateTime;
use http_body_util::Full;
use poem::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use uuid::Uuid;

use super::middleware::{OperationMetrics, RequestId, X_REQUEST_ID, record_refusal, security_headers};
use super::openapi::API_BASE;
use super::problem::{Problem, kind};
use super::public_answer::{Conditions, PublicAnswer};
use super::server::{EarlyResponder, Head};
use crate::concert_state::{PublicConcertCache, View};
use crate::responses::CachedResponse;

/// The length of an id with hyphens.
const ID_LENGTH: usize = 36;
/// The longest section code, in characters.
const CODE_LENGTH_MAX: usize = 8;

/// Serves public reads from the cache.
pub struct HotReads {
    /// `None` when another process serves concerts.
    pub(super) cache: Option<Arc<PublicConcertCache>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    /// The cache key of the list without parameters.
    pub(super) plain_list: Vec<u8>,
    /// Whether to send HSTS.
    pub(super) hsts: bool,
    pub(super) metrics: HotReadMetrics,
}

/// The metrics of each operation.
pub(super) struct HotReadMetrics {
    list: OperationMetrics,
    concert: OperationMetrics,
    availability: OperationMetrics,
    seats: OperationMetrics,
}

impl Default for HotReadMetrics {
    fn default() -> Self {
        Self {
            list: OperationMetrics::of("listConcerts"),
            concert: OperationMetrics::of("readConcert"),
            availability: OperationMetrics::of("readAvailability"),
            seats: OperationMetrics::of("readSeats"),
        }
    }
}

/// The resource that a plain address names.
#[derive(Debug, PartialEq, Eq)]
enum Target<'a> {
    List,
    Concert(ConcertId, View<'a>),
}

impl<'a> Target<'a> {
    fn of(uri: &'a Uri) -> Option<Self> {
        let rest = uri.path().strip_prefix(API_BASE)?.strip_prefix("/concerts")?;
        if rest.is_empty() {
            return uri.query().is_none().then_some(Self::List);
        }
        let (id, rest) = rest.strip_prefix('/')?.split_at_checked(ID_LENGTH)?;
        let view = match (rest, uri.query()) {
            ("", None) => View::Concert,
            ("/availability", None) => View::Availability,
            ("/seats", None) => View::Seats(None),
            ("/seats", Some(query)) => View::Seats(Some(plain_code(query.strip_prefix("section=")?)?)),
            _ => return None,
        };
        Some(Self::Concert(ConcertId::from_uuid(Uuid::try_parse(id).ok()?), view))
    }
}

fn plain_code(text: &str) -> Option<&str> {
    let fits = (1..=CODE_LENGTH_MAX).contains(&text.len());
    (fits && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())).then_some(text)
}

/// The value of `If-None-Match`; the outer `None` when the header is repeated or unreadable.
fn if_none_match(headers: &HeaderMap) -> Option<Option<&str>> {
    let mut lines = headers.get_all(header::IF_NONE_MATCH).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Some(None),
        (Some(line), None) => line.to_str().ok().map(Some),
        (Some(_), Some(_)) => None,
    }
}

impl EarlyResponder for HotReads {
    fn answer(&self, head: Head<'_>) -> Option<Response<Full<Bytes>>> {
        if head.method != Method::GET || head.headers.contains_key(header::AUTHORIZATION) {
            return None;
        }
        let target = Target::of(head.uri)?;
        let started = Instant::now();
        let if_none_match = if_none_match(head.headers)?;
        let conditions = Conditions::of(head.headers, self.clock.now());
        let (rendering, operation_metrics) = self.find(&target, conditions)?;

        let answer = PublicAnswer::new(&rendering, true, if_none_match, conditions);
        let status = answer.status();
        let complete = |headers: &mut HeaderMap| security_headers::add_for_data(headers, self.hsts);
        let (mut headers, body) = answer.into_head_and_body(&rendering, complete);
        let id = RequestId::header(head.headers, self.ids.as_ref());
        operation_metrics.record(&id, head.method, status, started);
        headers.insert(X_REQUEST_ID, id);

        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Some(response)
    }

    fn refuse(&self, status: StatusCode) -> Response<Bytes> {
        let problem = match status {
            StatusCode::REQUEST_TIMEOUT => Problem::new(kind::REQUEST_TIMEOUT),
            StatusCode::URI_TOO_LONG => Problem::new(kind::URI_TOO_LONG),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Problem::new(kind::HEADERS_TOO_LARGE),
            StatusCode::SERVICE_UNAVAILABLE => Problem::new(kind::BUSY).retry_after(1),
            _ => Problem::malformed(None, "This is not a valid HTTP request."),
        };
        let id = RequestId::header(&HeaderMap::new(), self.ids.as_ref());
        let (status, mut headers, document) = problem.into_parts(id.to_str().ok());
        security_headers::add_for_data(&mut headers, self.hsts);
        headers.extend(http_date(self.clock.now()).map(|date| (header::DATE, date)));
        record_refusal(&id, status);
        headers.insert(X_REQUEST_ID, id);
        let mut answer = Response::new(document);
        (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
        answer
    }
}

/// The time in HTTP's date format.
fn http_date(now: Timestamp) -> Option<HeaderValue> {
    let now = DateTime::from_timestamp_micros(now.micros())?;
    HeaderValue::from_str(&now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

impl HotReads {
    fn find(&self, target: &Target<'_>, conditions: Conditions) -> Option<(Arc<CachedResponse>, &OperationMetrics)> {
        let cache = self.cache.as_ref()?;
        match *target {
            Target::List => Some((cache.get_cached_list(&self.plain_list, conditions.freshness)?, &self.metrics.list)),
            Target::Concert(id, view) => {
                let operation_metrics = match view {
                    View::Concert => &self.metrics.concert,
                    View::Availability => &self.metrics.availability,
                    View::Seats(_) => &self.metrics.seats,
                };
                Some((cache.get_cached(id, view, conditions.freshness, conditions.asked_at)?, operation_metrics))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::ConcertId;
    use poem::http::Uri;
    use uuid::Uuid;

    use super::{Target, View};

    #[test]
    fn only_plain_addresses_are_served_early() {
        let id = "01980c2a-7b1e-7000-8000-000000000002";
        let concert = ConcertId::from_uuid(Uuid::try_parse(id).unwrap());
        let target = |address: &str| {
            let uri: Uri = format!("/api/v1/concerts{}", address.replace("ID", id)).parse().unwrap();
            Target::of(&uri).map(|target| format!("{target:?}"))
        };
        let hot = [
            ("", Target::List),
            ("/ID", Target::Concert(concert, View::Concert)),
            ("/ID/availability", Target::Concert(concert, View::Availability)),
            ("/ID/seats", Target::Concert(concert, View::Seats(None))),
            ("/ID/seats?section=GA1", Target::Concert(concert, View::Seats(Some("GA1")))),
        ];
        for (address, expected) in hot {
            assert_eq!(target(address), Some(format!("{expected:?}")), "{address}");
        }
        for other in [
            "/",
            "?limit=20",
            "?",
            "/ID/",
            "/ID?x=1",
            "/ID/availability/",
            "/ID/availability?",
            "/ID/seats?",
            "/ID/seats?section=",
            "/ID/seats?section=ga",
            "/ID/seats?section=A&section=B",
            "/ID/seats?section=%41",
            "/ID/seats?section=ABCDEFGHI",
            "/ID/seats?limit=1",
            "/ID/bookings",
            "/01980c2a7b1e70008000000000000002",
            "/01980c2a-7b1e-7000-8000-00000000000g",
            "/ID0",
            "//ID",
        ] {
            assert_eq!(target(other), None, "{other}");
        }
    }
}
