//! The reads of an on-sale, answered before routing.
//!
//! Whatever is not plain (a token, a query, an odd header, something that is not in memory) goes the usual way and gets
//! the same answer there: a test compares the two.

use std::sync::Arc;
use std::time::Instant;

use boxoffice_domain::shared::{Clock, ConcertId, IdGenerator, Timestamp};
use bytes::Bytes;
use chrono::DateTime;
use http_body_util::Full;
use poem::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use uuid::Uuid;

use super::middleware::{RequestId, Sightings, X_REQUEST_ID, record_refusal, security_headers};
use super::openapi::API_BASE;
use super::problem::{Problem, kind};
use super::public_answer::{Conditions, PublicAnswer};
use super::server::{Head, Shortcut};
use crate::cache::{Rendering, ShopWindow, Sight};

/// Characters of an id as it is usually written.
const ID_LENGTH: usize = 36;
/// The longest code of a section, in characters.
const CODE_LENGTH_MAX: usize = 8;

/// Answers what everybody reads.
pub struct HotReads {
    pub(super) window: Arc<ShopWindow>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    /// The key of the list as it is without any parameter.
    pub(super) plain_list: Vec<u8>,
    /// Whether to tell browsers to come back by HTTPS only.
    pub(super) hsts: bool,
    pub(super) observed: Observed,
}

/// What was seen of each operation.
pub(super) struct Observed {
    list: Sightings,
    concert: Sightings,
    availability: Sightings,
    seats: Sightings,
}

impl Default for Observed {
    fn default() -> Self {
        Self {
            list: Sightings::of("listConcerts"),
            concert: Sightings::of("readConcert"),
            availability: Sightings::of("readAvailability"),
            seats: Sightings::of("readSeats"),
        }
    }
}

/// What a plain address asks for.
#[derive(Debug, PartialEq, Eq)]
enum Target<'a> {
    List,
    Concert(ConcertId, Sight<'a>),
}

impl<'a> Target<'a> {
    fn of(uri: &'a Uri) -> Option<Self> {
        let rest = uri.path().strip_prefix(API_BASE)?.strip_prefix("/concerts")?;
        if rest.is_empty() {
            return uri.query().is_none().then_some(Self::List);
        }
        let (id, rest) = rest.strip_prefix('/')?.split_at_checked(ID_LENGTH)?;
        let sight = match (rest, uri.query()) {
            ("", None) => Sight::Concert,
            ("/availability", None) => Sight::Availability,
            ("/seats", None) => Sight::Seats(None),
            ("/seats", Some(query)) => Sight::Seats(Some(plain_code(query.strip_prefix("section=")?)?)),
            _ => return None,
        };
        Some(Self::Concert(ConcertId::from_uuid(Uuid::try_parse(id).ok()?), sight))
    }
}

fn plain_code(text: &str) -> Option<&str> {
    let fits = (1..=CODE_LENGTH_MAX).contains(&text.len());
    (fits && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())).then_some(text)
}

/// The versions that the client has; `None` when it says so in more than one way.
fn if_none_match(headers: &HeaderMap) -> Option<Option<&str>> {
    let mut lines = headers.get_all(header::IF_NONE_MATCH).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Some(None),
        (Some(line), None) => line.to_str().ok().map(Some),
        (Some(_), Some(_)) => None,
    }
}

impl Shortcut for HotReads {
    fn answer(&self, head: Head<'_>) -> Option<Response<Full<Bytes>>> {
        if head.method != Method::GET || head.headers.contains_key(header::AUTHORIZATION) {
            return None;
        }
        let target = Target::of(head.uri)?;
        let started = Instant::now();
        let if_none_match = if_none_match(head.headers)?;
        let conditions = Conditions::of(head.headers, self.clock.now());
        let (rendering, sightings) = self.find(&target, conditions)?;

        let answer = PublicAnswer::new(&rendering, true, if_none_match, conditions);
        let status = answer.status();
        let complete = |headers: &mut HeaderMap| security_headers::add_for_data(headers, self.hsts);
        let (mut headers, body) = answer.into_head_and_body(&rendering, complete);
        let id = RequestId::header(head.headers, self.ids.as_ref());
        sightings.record(&id, head.method, status, started);
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

/// The instant as HTTP writes it.
fn http_date(now: Timestamp) -> Option<HeaderValue> {
    let now = DateTime::from_timestamp_micros(now.micros())?;
    HeaderValue::from_str(&now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

impl HotReads {
    fn find(&self, target: &Target<'_>, conditions: Conditions) -> Option<(Arc<Rendering>, &Sightings)> {
        match *target {
            Target::List => {
                Some((self.window.glance_at_list(&self.plain_list, conditions.recency)?, &self.observed.list))
            }
            Target::Concert(id, sight) => {
                let sightings = match sight {
                    Sight::Concert => &self.observed.concert,
                    Sight::Availability => &self.observed.availability,
                    Sight::Seats(_) => &self.observed.seats,
                };
                Some((self.window.glance(id, sight, conditions.recency, conditions.asked_at)?, sightings))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_domain::shared::ConcertId;
    use poem::http::Uri;
    use uuid::Uuid;

    use super::{Sight, Target};

    #[test]
    fn only_plain_addresses_are_hot() {
        let id = "01980c2a-7b1e-7000-8000-000000000002";
        let concert = ConcertId::from_uuid(Uuid::try_parse(id).unwrap());
        let target = |address: &str| {
            let uri: Uri = format!("/api/v1/concerts{}", address.replace("ID", id)).parse().unwrap();
            Target::of(&uri).map(|target| format!("{target:?}"))
        };
        let hot = [
            ("", Target::List),
            ("/ID", Target::Concert(concert, Sight::Concert)),
            ("/ID/availability", Target::Concert(concert, Sight::Availability)),
            ("/ID/seats", Target::Concert(concert, Sight::Seats(None))),
            ("/ID/seats?section=GA1", Target::Concert(concert, Sight::Seats(Some("GA1")))),
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
