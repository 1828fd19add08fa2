//! Limits how fast passwords can be guessed.
//!
//! A user who mistypes a password is not delayed, and strangers cannot lock an account. Attempts from one network at
//! one account wait longer with each failure. One network has a budget of failures over all accounts. An account has a
//! budget of failures from all networks that it was never logged in from; the owner's own networks do not count.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boxoffice_domain::shared::Clock;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::super::problem::{Problem, kind};
use super::budget::{Budgets, Exhausted, Quota, seconds};
use crate::client_disconnect::client_network;

/// Failures of one network at one account before it must wait.
const FREE_FAILURES: u32 = 5;
/// The first wait; each further failure doubles it.
const FIRST_WAIT_MICROS: i64 = 1_000_000;
/// The longest wait: 15 minutes.
const LONGEST_WAIT_MICROS: i64 = 15 * 60 * 1_000_000;
/// How long after the last one the failures of a network at an account are remembered.
const FAILURES_KEPT: Duration = Duration::from_secs(60 * 60);
/// The budget of failures of one network over all accounts: many users behind one address mistype a password now and
/// then.
const OF_NETWORK: Quota = Quota { burst: 60, interval_micros: 1_000_000 };
/// The budget of failures at one account from all networks that it was never logged in from.
const FROM_UNKNOWN_NETWORKS: Quota = Quota { burst: 100, interval_micros: 30_000_000 };
/// How long the networks are remembered that an account was logged in from.
const NETWORKS_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The most remembered pairs of network and account.
const PAIRS_MAX: u64 = 100_000;

/// A hash of the name, e-mail address or id that is tried. A name without an account counts the same, so that the limit
/// does not disclose which accounts exist.
type Account = u64;
type Pair = (IpAddr, Account);

/// Slows down clients that guess passwords.
pub(crate) struct PasswordAttempts {
    clock: Arc<dyn Clock>,
    hasher: RandomState,
    failures: Cache<Pair, Arc<Mutex<Failures>>>,
    known_networks: Cache<Pair, ()>,
    of_network: Budgets<IpAddr>,
    from_unknown_networks: Budgets<Account>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    count: u32,
    /// The earliest time of the next attempt, in microseconds.
    wait_until: i64,
}

/// A permitted attempt. It counts as a failure until its outcome is known, so that concurrent attempts cannot all pass
/// before the first has failed.
#[must_use]
pub(crate) struct Attempt {
    attempts: Arc<PasswordAttempts>,
    pair: Pair,
    is_unknown_network: bool,
}

impl PasswordAttempts {
    /// Without any attempts.
    pub(crate) fn new(clock: &Arc<dyn Clock>) -> Self {
        let failures = Cache::builder()
            .max_capacity(PAIRS_MAX)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(FAILURES_KEPT)
            .build();
        let known_networks = Cache::builder()
            .max_capacity(PAIRS_MAX)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(NETWORKS_KEPT)
            .build();
        Self {
            clock: Arc::clone(clock),
            hasher: RandomState::new(),
            failures,
            known_networks,
            of_network: Budgets::new(OF_NETWORK, Arc::clone(clock)),
            from_unknown_networks: Budgets::new(FROM_UNKNOWN_NETWORKS, Arc::clone(clock)),
        }
    }

    /// Begins an attempt of this request's client at the password of `account`: a name or e-mail address as typed, or
    /// an id.
    pub(crate) fn begin(self: &Arc<Self>, account: &str) -> Result<Attempt, Problem> {
        let network = client_network().unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let refused = |Exhausted { retry_after }| Problem::new(kind::TOO_MANY_ATTEMPTS).retry_after(retry_after);
        self.begin_from(network, account).map_err(refused)
    }

    fn begin_from(self: &Arc<Self>, network: IpAddr, account: &str) -> Result<Attempt, Exhausted> {
        let pair = (network, self.hasher.hash_one(account.trim().to_lowercase()));
        let is_unknown_network = self.known_networks.get(&pair).is_none();
        let failures = self.failures.get_with(pair, Arc::default);
        let mut failures = locked(&failures);
        let now = self.clock.now().micros();
        if failures.wait_until > now {
            return Err(Exhausted { retry_after: seconds(failures.wait_until - now) });
        }
        self.of_network.take(&network)?;
        if is_unknown_network && let Err(exhausted) = self.from_unknown_networks.take(&pair.1) {
            self.of_network.refund(&network);
            return Err(exhausted);
        }
        failures.count = failures.count.saturating_add(1);
        failures.wait_until = now + wait_after(failures.count);
        Ok(Attempt { attempts: Arc::clone(self), pair, is_unknown_network })
    }
}

impl Attempt {
    /// The password was right: clears the failures of this network at this account.
    pub(crate) fn succeeded(self) {
        self.attempts.failures.invalidate(&self.pair);
        self.attempts.known_networks.insert(self.pair, ());
        self.refund();
    }

    /// The password was not checked: the attempt does not count.
    pub(crate) fn void(self) {
        if let Some(failures) = self.attempts.failures.get(&self.pair) {
            let mut failures = locked(&failures);
            failures.count = failures.count.saturating_sub(1);
            failures.wait_until = 0;
        }
        self.refund();
    }

    fn refund(&self) {
        self.attempts.of_network.refund(&self.pair.0);
        if self.is_unknown_network {
            self.attempts.from_unknown_networks.refund(&self.pair.1);
        }
    }
}

fn locked(failures: &Mutex<Failures>) -> MutexGuard<'_, Failures> {
    failures.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait_after(failures: u32) -> i64 {
    match failures.checked_sub(FREE_FAILURES) {
        None => 0,
        Some(more) => FIRST_WAIT_MICROS.saturating_mul(2_i64.saturating_pow(more)).min(LONGEST_WAIT_MICROS),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    use boxoffice_domain::shared::Clock;
    use boxoffice_testing::FixedClock;

    use super::{Attempt, FREE_FAILURES, FROM_UNKNOWN_NETWORKS, OF_NETWORK, PasswordAttempts};

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    fn unknown_network(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(0xC633_6400 + number))
    }

    fn attempts() -> (Arc<PasswordAttempts>, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::default());
        let shared: Arc<dyn Clock> = clock.clone();
        (Arc::new(PasswordAttempts::new(&shared)), clock)
    }

    /// Makes a failing attempt. Returns the wait if it is refused, or 0.
    fn fail(attempts: &Arc<PasswordAttempts>, network: IpAddr, account: &str) -> u64 {
        attempts.begin_from(network, account).map_or_else(|exhausted| exhausted.retry_after, |_| 0)
    }

    fn begin(attempts: &Arc<PasswordAttempts>, network: IpAddr, account: &str) -> Attempt {
        attempts.begin_from(network, account).ok().unwrap()
    }

    #[test]
    fn each_failure_waits_longer_and_a_success_clears_them() {
        let (attempts, clock) = attempts();
        for _ in 0..FREE_FAILURES {
            assert_eq!(fail(&attempts, HOME, "ana"), 0);
        }
        for wait in [1, 2, 4, 8] {
            assert_eq!(fail(&attempts, HOME, " ANA "), wait);
            clock.advance(i64::try_from(wait).unwrap());
            assert_eq!(fail(&attempts, HOME, "ana"), 0);
        }
        for _ in 0..10 {
            clock.advance(15 * 60);
            assert_eq!(fail(&attempts, HOME, "ana"), 0);
        }
        assert_eq!(fail(&attempts, HOME, "ana"), 15 * 60, "never longer");
        assert_eq!(fail(&attempts, HOME, "ben"), 0);
        assert_eq!(fail(&attempts, unknown_network(1), "ana"), 0, "other networks do not wait");
        clock.advance(15 * 60);
        begin(&attempts, HOME, "ana").succeeded();
        for _ in 0..FREE_FAILURES {
            assert_eq!(fail(&attempts, HOME, "ana"), 0);
        }
    }

    #[test]
    fn concurrent_attempts_count_as_failures() {
        let (attempts, _) = attempts();
        let begun: Vec<_> = (0..20).filter_map(|_| attempts.begin_from(HOME, "ana").ok()).collect();
        assert_eq!(begun.len(), usize::try_from(FREE_FAILURES).unwrap());
    }

    #[test]
    fn void_and_successful_attempts_do_not_count() {
        let (attempts, _) = attempts();
        for _ in 0..1_000 {
            begin(&attempts, HOME, "ana").void();
        }
        for number in 0..1_000 {
            begin(&attempts, HOME, &format!("fan-{number}")).succeeded();
        }
    }

    #[test]
    fn a_network_has_a_budget_over_all_accounts() {
        let (attempts, clock) = attempts();
        for number in 0..OF_NETWORK.burst {
            assert_eq!(fail(&attempts, HOME, &format!("fan-{number}")), 0);
        }
        assert_eq!(fail(&attempts, HOME, "ana"), 1);
        assert_eq!(fail(&attempts, unknown_network(1), "ana"), 0);
        clock.advance(1);
        assert_eq!(fail(&attempts, HOME, "ana"), 0);
    }

    #[test]
    fn failures_from_many_networks_do_not_lock_the_owner_out() {
        let (attempts, clock) = attempts();
        begin(&attempts, HOME, "ana").succeeded();
        for number in 0..FROM_UNKNOWN_NETWORKS.burst {
            assert_eq!(fail(&attempts, unknown_network(number), "ana"), 0);
        }
        assert_eq!(fail(&attempts, unknown_network(1_000), "ana"), 30);
        begin(&attempts, HOME, "ana").succeeded();
        assert_eq!(fail(&attempts, unknown_network(1_000), "ben"), 0);
        clock.advance(30);
        assert_eq!(fail(&attempts, unknown_network(1_000), "ana"), 0);
    }
}
