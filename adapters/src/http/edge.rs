//! What the edge of the system knows when it decides who is asking: shared by extractors, as data of each request.

use std::sync::Arc;

use boxoffice_domain::shared::{Clock, Timestamp};
use poem::Request;

use super::auth::VerifyAccessToken;
use super::client_address::AddressRange;
use super::problem::Problem;
use super::rate_limit::RegistrationLimit;

/// The edge's own means.
pub(crate) struct Edge {
    /// Tells who a bearer token was issued to.
    pub(crate) tokens: Arc<dyn VerifyAccessToken>,
    /// The time of day.
    pub(crate) clock: Arc<dyn Clock>,
    /// `None` when limits are switched off.
    pub(crate) registrations: Option<RegistrationLimit>,
    /// Whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<AddressRange>,
    /// Origins beside our own whose pages may use the refresh cookie, such as `https://tickets.example`.
    pub(crate) allowed_origins: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("the request came past the edge")]
struct NoEdge;

impl Edge {
    /// The edge that a request came through.
    pub(crate) fn of(request: &Request) -> Result<&Arc<Self>, Problem> {
        request.data::<Arc<Self>>().ok_or_else(|| Problem::internal(NoEdge))
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
