//! What extractors need to authenticate and limit a request; attached to each request as data.

use std::sync::Arc;

use boxoffice_domain::shared::{Clock, Timestamp};
use poem::Request;

use super::address_range::AddressRange;
use super::auth::VerifyAccessToken;
use super::problem::Problem;
use super::rate_limit::RegistrationLimit;

/// The shared context of all requests.
pub(crate) struct RequestContext {
    /// Verifies access tokens.
    pub(crate) tokens: Arc<dyn VerifyAccessToken>,
    /// The clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// Limits registrations; `None` when limits are switched off.
    pub(crate) registrations: Option<RegistrationLimit>,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub(crate) trusted_proxies: Vec<AddressRange>,
    /// Further origins whose pages may use the refresh cookie, such as `https://tickets.example`.
    pub(crate) allowed_origins: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("the request carries no request context")]
struct MissingRequestContext;

impl RequestContext {
    /// The context attached to a request.
    pub(crate) fn of(request: &Request) -> Result<&Arc<Self>, Problem> {
        request.data::<Arc<Self>>().ok_or_else(|| Problem::internal(MissingRequestContext))
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
