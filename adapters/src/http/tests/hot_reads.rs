//! Tests that early responses equal those of the routes.

use boxoffice_domain::concerts::ConcertStatus;
use boxoffice_domain::shared::Role;
use boxoffice_testing::{BookingBuilder, ConcertBuilder};
use metrics_exporter_prometheus::PrometheusBuilder;
use poem::http::{HeaderMap as Headers, Method as PoemMethod, Uri};
use reqwest::{Method, StatusCode};

use super::super::server::{EarlyResponder, Head};
use super::Shop;

const ID: &str = "a-request";

/// A response without its `Date`.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// A request: method, address with `ID` for the concert's id, headers.
type Asked<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

async fn ask(shop: &Shop, hot: bool, (method, address, headers): Asked<'_>, id: &str) -> Seen {
    let origin = if hot { &shop.origin } else { &shop.routed_origin };
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let address = address.replace("ID", id);
    let mut request = shop.client.request(method, format!("{origin}{address}")).header("x-request-id", ID);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let seen = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut headers: Vec<(String, String)> = seen.filter(|(name, _)| name != "date").collect();
    headers.sort();
    Seen { status, headers, body: answer.bytes().await.unwrap().to_vec() }
}

/// Whether a request is answered before routing.
fn is_hot(shop: &Shop, (method, address, headers): Asked<'_>, id: &str) -> bool {
    let mut map = Headers::new();
    for (name, value) in headers {
        map.append(poem::http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    let uri: Uri = address.replace("ID", id).parse().unwrap();
    let method = PoemMethod::from_bytes(method.as_bytes()).unwrap();
    shop.hot.answer(Head { method: &method, uri: &uri, headers: &map }).is_some()
}

const LIST: &str = "/api/v1/concerts";
const CONCERT: &str = "/api/v1/concerts/ID";
const AVAILABILITY: &str = "/api/v1/concerts/ID/availability";
const SEATS: &str = "/api/v1/concerts/ID/seats";
const SECTION: &str = "/api/v1/concerts/ID/seats?section=A";

#[tokio::test]
async fn early_responses_equal_those_of_the_routes() {
    let shop = Shop::open().await;
    let builder = ConcertBuilder::new(shop.given.ids()).seated("A", 60, 60, 2500).standing("GA", 100, 1000);
    let view = shop.given.add_concert(builder).await;
    shop.given.booking(BookingBuilder::new(shop.given.ids(), &view).tickets([1, 2]).build()).await;
    let id = view.concert.id.to_string();
    let (_, token) = shop.add_user("anna", Role::User).await;
    let bearer = format!("Bearer {token}");

    for address in [LIST, CONCERT, AVAILABILITY, SEATS, SECTION] {
        let plain = ask(&shop, false, ("GET", address, &[]), &id).await;
        assert_eq!(plain.status, StatusCode::OK);
        let etag = plain.header("etag").unwrap().to_owned();
        let (list, brotli) = (format!("\"x\", W/{etag}"), format!("{}-br\"", etag.trim_end_matches('"')));
        let hot: [(&str, &[(&str, &str)]); 12] = [
            ("GET", &[]),
            ("GET", &[("if-none-match", &etag)]),
            ("GET", &[("if-none-match", &list)]),
            ("GET", &[("if-none-match", &brotli)]),
            ("GET", &[("if-none-match", "*")]),
            ("GET", &[("if-none-match", "\"other\"")]),
            ("GET", &[("if-none-match", "nonsense")]),
            ("GET", &[("accept-encoding", "gzip;q=0, br;q=0.0")]),
            ("GET", &[("accept-encoding", "identity;q=0")]),
            ("GET", &[("cache-control", "no-cache")]),
            ("GET", &[("range", "bytes=0-1"), ("cookie", "a=b"), ("origin", "https://elsewhere.example")]),
            ("GET", &[("accept", "text/html")]),
        ];
        for (method, headers) in hot {
            let asked = (method, address, headers);
            assert!(is_hot(&shop, asked, &id), "{asked:?}");
            assert_eq!(ask(&shop, true, asked, &id).await, ask(&shop, false, asked, &id).await, "{asked:?}");
        }
        let routed: [(&str, &[(&str, &str)]); 6] = [
            ("HEAD", &[]),
            ("GET", &[("authorization", &bearer)]),
            ("GET", &[("authorization", "Bearer nonsense")]),
            ("GET", &[("if-none-match", "\"a\""), ("if-none-match", &etag)]),
            ("DELETE", &[]),
            ("OPTIONS", &[]),
        ];
        for (method, headers) in routed {
            let asked = (method, address, headers);
            assert!(!is_hot(&shop, asked, &id), "{asked:?}");
            assert_eq!(ask(&shop, true, asked, &id).await, ask(&shop, false, asked, &id).await, "{asked:?}");
        }
    }
    let odd = [
        "/api/v1/concerts/",
        "/api/v1/concerts?limit=1",
        "/api/v1/concerts/ID/",
        "/api/v1/concerts/ID/availability/",
        "/api/v1/concerts/ID/availability?x=1",
        "/api/v1/concerts/ID/seats?section=B",
        "/api/v1/concerts/ID/seats?section=",
        "/api/v1/concerts/ID/seats?section=A&section=GA",
        "/api/v1/concerts/nonsense",
        "/api/v1/concerts/ID%20",
        "/api/v1/concerts/01980c2a-7b1e-7000-8000-00000000000f/availability",
    ];
    for address in odd {
        let asked = ("GET", address, [].as_slice());
        ask(&shop, false, asked, &id).await;
        assert!(!is_hot(&shop, asked, &id), "{address}");
        assert_eq!(ask(&shop, true, asked, &id).await, ask(&shop, false, asked, &id).await, "{address}");
    }
}

#[tokio::test]
async fn compressed_early_responses_equal_those_of_the_routes() {
    let shop = Shop::open().await;
    let builder = ConcertBuilder::new(shop.given.ids()).seated("A", 60, 60, 2500);
    let view = shop.given.add_concert(builder).await;
    let id = view.concert.id.to_string();
    for coding in ["br", "gzip"] {
        let (headers, name) = ([("accept-encoding", coding)], format!("-{coding}\""));
        let asked = ("GET", SEATS, headers.as_slice());
        let mut hot = ask(&shop, true, asked, &id).await;
        while hot.header("content-encoding") != Some(coding) {
            shop.clock.advance(1);
            hot = ask(&shop, true, asked, &id).await;
        }
        // The first response may have been loaded from the store, which `Cache-Status` says.
        hot = ask(&shop, true, asked, &id).await;
        assert!(hot.header("etag").unwrap().ends_with(&name));
        assert_eq!(hot.header("vary"), Some("accept-encoding"));
        assert_eq!(hot, ask(&shop, false, asked, &id).await);
        let headers = [("accept-encoding", coding), ("if-none-match", hot.header("etag").unwrap())];
        let asked = ("GET", SEATS, headers.as_slice());
        let known = ask(&shop, true, asked, &id).await;
        assert_eq!((known.status, known.header("etag")), (StatusCode::NOT_MODIFIED, hot.header("etag")));
        assert_eq!(known, ask(&shop, false, asked, &id).await);
    }
}

#[tokio::test]
async fn a_draft_is_not_found_early_or_routed() {
    let shop = Shop::open().await;
    let builder = ConcertBuilder::new(shop.given.ids()).status(ConcertStatus::Draft);
    let view = shop.given.add_concert(builder).await;
    let id = view.concert.id.to_string();
    for address in [CONCERT, AVAILABILITY, SEATS] {
        for hot in [true, false] {
            assert_eq!(ask(&shop, hot, ("GET", address, &[]), &id).await.status, StatusCode::NOT_FOUND);
        }
        assert!(!is_hot(&shop, ("GET", address, &[]), &id));
    }
}

#[tokio::test]
async fn a_booking_is_visible_to_the_next_read() {
    let shop = Shop::open().await;
    let view = shop.given.concert().await;
    let id = view.concert.id.to_string();
    for number in 1..=5_u32 {
        ask(&shop, true, ("GET", AVAILABILITY, &[]), &id).await;
        ask(&shop, true, ("GET", LIST, &[]), &id).await;
        shop.given.booking(BookingBuilder::new(shop.given.ids(), &view).tickets([number]).build()).await;
        let left = format!("\"available\":{}", 100 - number);
        for address in [AVAILABILITY, LIST] {
            let seen = String::from_utf8(ask(&shop, true, ("GET", address, &[]), &id).await.body).unwrap();
            assert!(seen.contains(&left), "{seen}");
        }
    }
}

#[tokio::test]
async fn early_and_routed_responses_are_counted_alike() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let page = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let shop = Shop::open().await;
    let id = shop.given.concert().await.concert.id.to_string();
    for (hot, expected) in [(false, 1), (true, 2), (true, 3)] {
        ask(&shop, hot, ("GET", AVAILABILITY, &[]), &id).await;
        ask(&shop, hot, ("GET", AVAILABILITY, &[("if-none-match", "*")]), &id).await;
        let page = page.render();
        for status in ["200", "304"] {
            let line = format!("http_requests_total{{operation=\"readAvailability\",status=\"{status}\"}} {expected}");
            assert!(page.contains(&line), "{line} is not in {page}");
        }
        let timed = format!("http_request_duration_seconds_count{{operation=\"readAvailability\"}} {}", expected * 2);
        assert!(page.contains(&timed), "{timed} is not in {page}");
    }
}
