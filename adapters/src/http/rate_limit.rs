//! How often one address may register.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use boxoffice_domain::shared::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use poem::http::{HeaderMap, HeaderName, HeaderValue};
use poem::{Endpoint, IntoResponse, Request, Response};

use super::client_address::{client_address, counted_by};
use super::edge::Edge;
use super::problem::{AddedHeaders, Problem, kind};

/// The period of the limit, in seconds.
const PERIOD_SECONDS: u32 = 60;
/// After so many attempts the addresses that have their whole quota again are forgotten.
const ATTEMPTS_BETWEEN_CLEANING: u32 = 256;

/// The domain's clock in the limiter's words.
#[derive(Clone)]
struct PortClock(Arc<dyn Clock>);

impl governor::clock::Clock for PortClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().micros()).unwrap_or(0))
    }
}

type Limiter = RateLimiter<IpAddr, DashMapStateStore<IpAddr>, PortClock, StateInformationMiddleware>;

/// Lets each address register so many times a minute.
pub(crate) struct RegistrationLimit {
    per_minute: NonZeroU32,
    clock: PortClock,
    limiter: Limiter,
    attempts: AtomicU32,
}

/// What an attempt leaves of the quota.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    /// Attempts that may follow at once.
    remaining: u32,
    /// Seconds until the quota is whole again.
    whole_in: u32,
    /// Seconds to wait, when this attempt was one too many.
    refused_for: Option<u64>,
}

impl RegistrationLimit {
    /// A limit that nobody has used yet.
    pub(crate) fn new(per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let clock = PortClock(clock);
        let limiter = Limiter::new(Quota::per_minute(per_minute), DashMapStateStore::default(), clock.clone());
        Self { per_minute, clock, limiter, attempts: AtomicU32::new(0) }
    }

    fn attempt(&self, address: IpAddr) -> Standing {
        if self.attempts.fetch_add(1, Ordering::Relaxed).is_multiple_of(ATTEMPTS_BETWEEN_CLEANING) {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let now = governor::clock::Clock::now(&self.clock);
        let (remaining, refused_for) = match self.limiter.check_key(&counted_by(address)) {
            Ok(state) => (state.remaining_burst_capacity(), None),
            Err(until) => {
                let wait = until.wait_time_from(now);
                (0, Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
            }
        };
        let used = self.per_minute.get().saturating_sub(remaining);
        let whole_in = used.saturating_mul(PERIOD_SECONDS).div_ceil(self.per_minute.get());
        Standing { remaining, whole_in, refused_for }
    }

    /// The headers of today's practice and of draft-ietf-httpapi-ratelimit-headers.
    fn headers(&self, standing: &Standing) -> HeaderMap {
        let Standing { remaining, whole_in, .. } = *standing;
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

/// Puts the limit in front of an operation; its headers come with every answer of it.
pub(crate) fn limited(inner: impl Endpoint) -> impl Endpoint<Output = Response> {
    RateLimited { inner }
}

struct RateLimited<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for RateLimited<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let edge = Arc::clone(Edge::of(&request)?);
        let Some(limit) = &edge.registrations else {
            return Ok(self.inner.call(request).await?.into_response());
        };
        let address = client_address(&request, &edge.trusted_proxies).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let standing = limit.attempt(address);
        let headers = limit.headers(&standing);
        let outcome = match standing.refused_for {
            Some(seconds) => Err(Problem::new(kind::TOO_MANY_REQUESTS).retry_after(seconds).into()),
            None => self.inner.call(request).await.map(IntoResponse::into_response),
        };
        match outcome {
            Ok(mut answer) => {
                answer.headers_mut().extend(headers);
                Ok(answer)
            }
            Err(mut error) => {
                error.set_data(AddedHeaders(headers));
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::num::NonZeroU32;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use boxoffice_domain::shared::{Clock, Timestamp};

    use super::{RegistrationLimit, Standing};

    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed))
        }
    }

    fn limit() -> (RegistrationLimit, Arc<Hand>) {
        let clock = Arc::new(Hand(AtomicI64::new(1_800_000_000_000_000)));
        (RegistrationLimit::new(NonZeroU32::new(5).unwrap(), clock.clone()), clock)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_sixth_attempt_waits_its_share_of_the_minute() {
        let (limit, clock) = limit();
        for remaining in (0..5).rev() {
            let standing = limit.attempt(address("192.0.2.1"));
            assert_eq!((standing.remaining, standing.refused_for), (remaining, None));
        }
        let refused = limit.attempt(address("192.0.2.1"));
        assert_eq!(refused, Standing { remaining: 0, whole_in: 60, refused_for: Some(12) });
        clock.0.fetch_add(12_000_000, Ordering::Relaxed);
        assert_eq!(limit.attempt(address("192.0.2.1")).refused_for, None);
    }

    #[test]
    fn addresses_do_not_share_a_quota_but_an_ipv6_network_does() {
        let (limit, _) = limit();
        for _ in 0..6 {
            limit.attempt(address("2001:db8::1"));
        }
        assert!(limit.attempt(address("2001:db8::2")).refused_for.is_some());
        assert!(limit.attempt(address("2001:db8:0:1::1")).refused_for.is_none());
        assert!(limit.attempt(address("192.0.2.1")).refused_for.is_none());
    }

    #[test]
    fn every_attempt_says_what_is_left() {
        let (limit, _) = limit();
        let standing = limit.attempt(address("192.0.2.1"));
        let headers = limit.headers(&standing);
        assert_eq!(headers["x-ratelimit-limit"], "5");
        assert_eq!(headers["x-ratelimit-remaining"], "4");
        assert_eq!(headers["x-ratelimit-reset"], "12");
        assert_eq!(headers["ratelimit"], r#""registrations";r=4;t=12"#);
        assert_eq!(headers["ratelimit-policy"], r#""registrations";q=5;w=60"#);
    }
}
