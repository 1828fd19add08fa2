//! Answers for the web pages in a process that does not serve them.

use std::sync::Arc;

use poem::endpoint::make;
use poem::{Endpoint, Request, Response};

use super::super::problem::{Problem, kind};
use super::files::WebFiles;
use super::page_addresses::PageAddresses;

/// What is written for search engines at each request.
const WRITTEN: [&str; 2] = ["robots.txt", "sitemap.xml"];

/// Refuses requests for a page or a file as misdirected. Nothing is found at other addresses.
pub(crate) fn misdirected_endpoint(files: Arc<dyn WebFiles>) -> impl Endpoint<Output = Response> + 'static {
    let addresses = Arc::new(PageAddresses::of_shop());
    make(move |request: Request| {
        let path = request.original_uri().path().trim_start_matches('/');
        let is_ours = addresses.contains(path) || WRITTEN.contains(&path) || files.find(path).is_some();
        let problem = Problem::new(if is_ours { kind::NOT_SERVED_HERE } else { kind::NOT_FOUND });
        async move { Err::<Response, _>(poem::Error::from(problem)) }
    })
}
