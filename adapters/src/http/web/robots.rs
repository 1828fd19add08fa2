//! Serves what search engines read: the rules of `/robots.txt`, and the sitemap.

use std::fmt::Write;
use std::sync::Arc;

use boxoffice_domain::shared::{Clock, ConcertId, Timestamp};
use poem::endpoint::make;
use poem::http::{HeaderValue, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use poem_openapi::OperationId;
use tokio::sync::Mutex;

use super::super::problem::Problem;
use super::metadata::{PublicConcerts, escaped};
use super::origin::Origins;

/// How long a list of concerts is cached, in seconds.
const LIST_SECONDS: i64 = 60;
/// Pages that are the same for all visitors.
const PUBLIC_PAGES: [&str; 1] = ["/"];
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const A_MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Serves `/robots.txt`: allows everything but the API and personal pages. The API of public concerts is allowed,
/// because search engines run the pages' scripts.
pub(crate) fn robots_endpoint(origins: Origins) -> impl Endpoint<Output = Response> + 'static {
    make(move |request: Request| {
        let text = format!(
            "User-agent: *\nAllow: /api/v1/concerts\nDisallow: /api/\nDisallow: /account\nDisallow: /basket\nDisallow: /bookings\n\
             Disallow: /checkout/\nDisallow: /manage\nDisallow: /admin/\n\nSitemap: {}/sitemap.xml\n",
            origins.of(&request)
        );
        async move { answer(text, "robots", "text/plain; charset=utf-8", AN_HOUR) }
    })
}

/// Serves `/sitemap.xml`: the front page and every concert on sale.
pub(crate) fn sitemap_endpoint(
    concerts: Arc<dyn PublicConcerts>,
    clock: Arc<dyn Clock>,
    origins: Origins,
) -> impl Endpoint<Output = Response> + 'static {
    let list = Arc::new(ConcertList { concerts, clock, known: Mutex::default() });
    make(move |request: Request| {
        let (list, origin) = (Arc::clone(&list), origins.of(&request));
        async move {
            let sitemap = sitemap_of(&origin, &list.current().await?);
            Ok::<_, poem::Error>(answer(sitemap, "sitemap", "application/xml", A_MINUTE))
        }
    })
}

fn answer(text: String, operation: &'static str, media_type: &'static str, caching: HeaderValue) -> Response {
    let mut answer = text.into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer.headers_mut().insert(header::CACHE_CONTROL, caching);
    answer.set_data(OperationId(operation));
    answer
}

fn sitemap_of(origin: &str, concerts: &[ConcertId]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let origin = escaped(origin);
    for page in PUBLIC_PAGES {
        let _ = writeln!(text, "  <url><loc>{origin}{page}</loc></url>");
    }
    for id in concerts {
        let _ = writeln!(text, "  <url><loc>{origin}/concerts/{id}</loc></url>");
    }
    text.push_str("</urlset>\n");
    text
}

/// The cached list of concerts on sale. Concurrent requests share one load.
struct ConcertList {
    concerts: Arc<dyn PublicConcerts>,
    clock: Arc<dyn Clock>,
    known: Mutex<Option<(Timestamp, Arc<[ConcertId]>)>>,
}

impl ConcertList {
    async fn current(&self) -> Result<Arc<[ConcertId]>, Problem> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        match &*known {
            Some((at, list)) if (*at..at.plus_seconds(LIST_SECONDS)).contains(&now) => Ok(Arc::clone(list)),
            _ => {
                let list: Arc<[ConcertId]> = self.concerts.on_sale().await?.into();
                *known = Some((now, Arc::clone(&list)));
                Ok(list)
            }
        }
    }
}
