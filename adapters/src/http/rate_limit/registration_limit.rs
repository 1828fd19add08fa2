//! The limit of registrations, and of answers that disclose which accounts exist.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use boxoffice_domain::shared::Clock;
use poem::http::{HeaderMap, HeaderName, HeaderValue};

use super::budget::{Budgets, Left, Quota};

/// The period of the limits, in seconds.
const PERIOD_SECONDS: u32 = 60;
/// Responses a minute that disclose whether a name or e-mail address is taken, or rate a password. A user who looks for
/// a free name needs a few; an attacker with a list of addresses needs many.
const DISCLOSURES_PER_MINUTE: u32 = 20;
/// Limits how often an address registers a minute. A refused registration does not count; responses that disclose
/// something about other accounts have a budget of their own.
pub(crate) struct RegistrationLimit {
    per_minute: NonZeroU32,
    pub(super) registrations: Budgets<IpAddr>,
    pub(super) disclosures: Budgets<IpAddr>,
}

impl RegistrationLimit {
    /// A limit with full budgets.
    pub(crate) fn new(per_minute: NonZeroU32, clock: &Arc<dyn Clock>) -> Self {
        let budgets = |burst| Budgets::new(Quota::each(burst, PERIOD_SECONDS), Arc::clone(clock));
        Self { per_minute, registrations: budgets(per_minute.get()), disclosures: budgets(DISCLOSURES_PER_MINUTE) }
    }

    /// The `X-RateLimit-*` headers and those of draft-ietf-httpapi-ratelimit-headers.
    pub(super) fn headers(&self, Left { remaining, whole_in }: Left) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("x-ratelimit-limit"), self.per_minute.get().into());
        headers.insert(HeaderName::from_static("x-ratelimit-remaining"), remaining.into());
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), whole_in.into());
        let policy = format!(r#""registrations";q={};w={PERIOD_SECONDS}"#, self.per_minute);
        let state = format!(r#""registrations";r={remaining};t={whole_in}"#);
        for (name, text) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        headers
    }
}
