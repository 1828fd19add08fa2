//! The origin under which a client reaches the shop.

use poem::Request;
use poem::http::{header, uri::Authority};

/// How origins are built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origins {
    /// Whether the shop is reached by HTTPS.
    pub(crate) https: bool,
}

impl Origins {
    /// The origin, such as `https://tickets.example`; empty when the request has no valid host.
    pub(crate) fn of(self, request: &Request) -> String {
        let named = request.header(header::HOST).or_else(|| request.original_uri().authority().map(Authority::as_str));
        let scheme = if self.https { "https" } else { "http" };
        match named.and_then(|host| host.parse::<Authority>().ok()).filter(|host| !host.as_str().contains('@')) {
            Some(host) => format!("{scheme}://{host}"),
            None => String::new(),
        }
    }
}
