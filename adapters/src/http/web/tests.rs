use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use boxoffice_domain::concerts::ConcertDetails;
use boxoffice_domain::shared::{ConcertId, StoreError, Timestamp};
use boxoffice_testing::FixedClock;
use poem::{EndpointExt, Route};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use sha2::{Digest, Sha256};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::super::middleware::{Problems, SecurityHeaders};
use super::super::{BoundServer, Shutdown};
use super::{Origins, PublicConcerts, WebFile, WebFiles, WebPages, robots_endpoint, sitemap_endpoint, web_endpoint};

const PAGE: &str = "<!doctype html><head><title>boxoffice</title></head>";
const CONCERT: &str = "01980c2a-7b1e-7000-8000-000000000002";
const SCRIPT: &str = "/assets/index-4f2a.js";

#[derive(Default)]
struct Files(HashMap<&'static str, &'static str>);

impl WebFiles for Files {
    fn find(&self, path: &str) -> Option<WebFile> {
        let bytes = self.0.get(path)?.as_bytes();
        Some(WebFile { bytes: bytes.into(), sha256: Sha256::digest(bytes).into() })
    }
}

/// Public concerts of which the only one is [`CONCERT`].
struct OneConcert;

#[async_trait]
impl PublicConcerts for OneConcert {
    async fn find(&self, id: ConcertId) -> Result<Option<ConcertDetails>, StoreError> {
        let instant = Timestamp::from_micros(1_780_228_800_000_000);
        let concert = ConcertDetails {
            name: "Late <Set>".to_owned(),
            artist: "The Examples".to_owned(),
            description: "Two sets,\none interval.".to_owned(),
            venue: "Test Hall".to_owned(),
            location: "Jakarta".to_owned(),
            time_zone: "Asia/Jakarta".to_owned(),
            starts_at: instant,
            sales_start_at: instant,
            sales_end_at: instant,
            refundable_until: None,
        };
        Ok((id.to_string() == CONCERT).then_some(concert))
    }

    async fn on_sale(&self) -> Result<Vec<ConcertId>, StoreError> {
        Ok(vec![CONCERT.parse().unwrap()])
    }
}

fn built() -> Files {
    Files(HashMap::from([
        ("index.html", PAGE),
        ("index.html.br", "page as br"),
        ("index.html.gz", "page as gzip"),
        ("assets/index-4f2a.js", "script"),
        ("assets/index-4f2a.js.br", "script as br"),
        ("icon.svg", "<svg/>"),
    ]))
}

/// The pages, served on a port of their own until this is dropped.
struct Site {
    origin: String,
    client: reqwest::Client,
    _stop: DropGuard,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Site {
    async fn of(files: Files) -> Self {
        let origins = Origins { https: true };
        let (concerts, clock) = (Arc::new(OneConcert), Arc::new(FixedClock::default()));
        let pages = WebPages { files: Arc::new(files), concerts: concerts.clone(), origins };
        let endpoint = Route::new()
            .at("/robots.txt", robots_endpoint(origins))
            .at("/sitemap.xml", sitemap_endpoint(concerts, clock, origins))
            .at("/*path", web_endpoint(pages))
            .with(Problems { addresses: Arc::default() })
            .with(SecurityHeaders { hsts: false })
            .map_to_response();
        let server = BoundServer::bind("127.0.0.1:0".parse().unwrap(), 10).await.unwrap();
        let origin = format!("http://{}", server.address());
        let stop = CancellationToken::new();
        let ending = Shutdown { stop: stop.clone(), drain: Duration::from_secs(5), tasks: TaskTracker::new() };
        tokio::spawn(server.serve(endpoint, (), ending));
        Self { origin, client: reqwest::Client::new(), _stop: stop.drop_guard() }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.client.request(method, format!("{}{path}", self.origin));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        Answer { status, headers, body: answer.text().await.unwrap() }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(Method::GET, path, headers).await
    }
}

const NAVIGATION: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[tokio::test]
async fn every_address_of_the_shop_serves_the_page() {
    let site = Site::of(built()).await;
    for accepted in [&[NAVIGATION][..], &[("accept", "*/*")], &[]] {
        for path in ["/", "/bookings/", "/login", "/index.html"] {
            let answer = site.get(path, accepted).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, PAGE), "{path} {accepted:?}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        }
    }
}

#[tokio::test]
async fn an_unknown_address_serves_the_page_with_status_404() {
    let site = Site::of(built()).await;
    let hidden = format!("/concerts/{}", CONCERT.replace('2', "3"));
    for path in ["/apiary", "/wp-login", "/concerts", "/concerts/7", &hidden] {
        let answer = site.get(path, &[NAVIGATION]).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (404, PAGE), "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.header("content-security-policy").contains("script-src 'self'"));
    }
}

#[tokio::test]
async fn pages_about_a_concert_contain_its_metadata() {
    let site = Site::of(built()).await;
    let host = site.origin.replace("http://", "https://");
    for path in [format!("/concerts/{CONCERT}"), format!("/concerts/{CONCERT}/seats")] {
        let page = site.get(&path, &[("accept", "*/*")]).await;
        assert_eq!(page.status, 200);
        for expected in [
            "<title>Late &lt;Set&gt; · boxoffice</title>",
            "content=\"The Examples at Test Hall, Jakarta. Two sets, one interval.\"",
            &format!("<meta property=\"og:url\" content=\"{host}/concerts/{CONCERT}\">"),
        ] {
            assert!(page.body.contains(expected), "{expected} is not in {}", page.body);
        }
        let known = site.get(&path, &[("if-none-match", page.header("etag"))]).await;
        assert_eq!(known.status, 304);
        assert_eq!(page.header("cache-control"), "no-cache");
    }
}

#[tokio::test]
async fn robots_and_sitemap_list_the_public_pages() {
    let site = Site::of(built()).await;
    let host = site.origin.replace("http://", "https://");
    let robots = site.get("/robots.txt", &[]).await;
    assert!(robots.body.contains("Allow: /api/v1/concerts\nDisallow: /api/\n"), "{}", robots.body);
    assert!(robots.body.ends_with(&format!("Sitemap: {host}/sitemap.xml\n")), "{}", robots.body);
    let sitemap = site.get("/sitemap.xml", &[]).await;
    assert_eq!(sitemap.header("content-type"), "application/xml");
    for page in ["/", &format!("/concerts/{CONCERT}")] {
        assert!(sitemap.body.contains(&format!("<loc>{host}{page}</loc>")), "{}", sitemap.body);
    }
}

#[tokio::test]
async fn unknown_files_and_api_addresses_are_problems() {
    let site = Site::of(built()).await;
    for path in ["/api", "/api/v2/users", "/assets/gone-77.js", "/photo.png", "/../Cargo.toml"] {
        let answer = site.get(path, &[NAVIGATION]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert_eq!(site.get("/concerts", &[("accept", "application/json")]).await.status, 404);
}

#[tokio::test]
async fn hashed_files_are_immutable_and_the_page_is_revalidated() {
    let site = Site::of(built()).await;
    let script = site.get(SCRIPT, &[]).await;
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    let page = site.get("/", &[]).await;
    assert_eq!(page.header("cache-control"), "no-cache");
    let etag = page.header("etag");
    assert!(etag.starts_with('"') && etag.len() > 10, "{etag}");

    let again = site.get("/bookings", &[NAVIGATION, ("if-none-match", etag)]).await;
    assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
    assert_eq!(again.header("etag"), etag);
    assert_eq!(site.get("/", &[("if-none-match", "\"other\"")]).await.status, 200);
}

#[tokio::test]
async fn files_are_sent_in_the_best_accepted_encoding() {
    let site = Site::of(built()).await;
    let mut etags = Vec::new();
    for (accepted, coding, body) in [
        ("br, gzip", "br", "page as br"),
        ("gzip", "gzip", "page as gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", "page as gzip"),
        ("identity", "", PAGE),
    ] {
        let answer = site.get("/", &[("accept-encoding", accepted)]).await;
        assert_eq!((answer.header("content-encoding"), answer.body.as_str()), (coding, body), "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding");
        etags.push(answer.header("etag").to_owned());
    }
    assert_eq!(etags[1], etags[2]);
    assert!(etags[0] != etags[1] && etags[1] != etags[3] && etags[3] != etags[0]);
    // Not every file has a smaller encoding.
    let plain = site.get(SCRIPT, &[("accept-encoding", "gzip")]).await;
    assert_eq!((plain.header("content-encoding"), plain.body.as_str()), ("", "script"));
}

#[tokio::test]
async fn the_page_runs_its_own_scripts_only() {
    let site = Site::of(built()).await;
    let answer = site.get("/", &[]).await;
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe-eval"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn head_equals_get_without_a_body_and_other_methods_are_refused() {
    let site = Site::of(built()).await;
    let head = site.ask(Method::HEAD, "/", &[]).await;
    let length = PAGE.len().to_string();
    assert_eq!((head.status.as_u16(), head.body.as_str(), head.header("content-length")), (200, "", &*length));
    assert_eq!(head.header("etag"), site.get("/", &[]).await.header("etag"));
    for path in ["/", SCRIPT] {
        let wrong = site.ask(Method::POST, path, &[]).await;
        assert_eq!((wrong.status.as_u16(), wrong.header("allow")), (405, "GET, HEAD"));
    }
}

#[tokio::test]
async fn without_the_pages_instructions_to_build_them_are_served() {
    let site = Site::of(Files::default()).await;
    let answer = site.get("/", &[NAVIGATION]).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(answer.body.contains("make web"));
    assert_eq!(site.get("/assets/a.js", &[]).await.header("content-type"), "application/problem+json");
}
