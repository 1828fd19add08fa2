//! How fast passwords can be guessed.
//!
//! A user who mistypes a password is not held up, and a stranger cannot lock an account: attempts from one network at
//! one account wait longer with each failure, one network has a budget of failures whatever the account, and an account
//! has a budget of failures from all the networks that it was never logged in from. The owner's own networks are not
//! part of the latter.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boxoffice_domain::shared::Clock;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::super::problem::{Problem, kind};
use super::budget::{Budgets, Exhausted, Quota, seconds};
use crate::presence::client_network;

/// Failures of one network at one account before it has to wait.
const FREE_FAILURES: u32 = 5;
/// The first wait; each further failure doubles it.
const FIRST_WAIT_MICROS: i64 = 1_000_000;
/// The longest wait: a quarter of an hour.
const LONGEST_WAIT_MICROS: i64 = 15 * 60 * 1_000_000;
/// The failures of a network at an account are forgotten when none was added for so long.
const FAILURES_KEPT: Duration = Duration::from_secs(60 * 60);
/// Failures of one network, whatever the account: many people behind one address mistype a password now and then.
const OF_NETWORK: Quota = Quota { burst: 60, interval_micros: 1_000_000 };
/// Failures at one account from all networks that it was never logged in from.
const OF_STRANGERS: Quota = Quota { burst: 100, interval_micros: 30_000_000 };
/// How long it is remembered from where an account was logged in.
const NETWORKS_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Pairs of networks and accounts that are remembered.
const PAIRS_MAX: u64 = 100_000;

/// An account as its password is tried: by name or address, or by its id. A name that no account has is one as well, so
/// that the limit tells nothing about it.
type Account = u64;
type Pair = (IpAddr, Account);

/// Slows down clients that guess passwords.
pub(crate) struct PasswordAttempts {
    clock: Arc<dyn Clock>,
    hasher: RandomState,
    failures: Cache<Pair, Arc<Mutex<Failures>>>,
    known_networks: Cache<Pair, ()>,
    of_network: Budgets<IpAddr>,
    of_strangers: Budgets<Account>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    count: u32,
    /// No attempt before this, in microseconds.
    wait_until: i64,
}

/// An attempt that may be made. It counts as a failure unless something else is said, so that attempts at the same time
/// do not pass before the first has failed.
#[must_use]
pub(crate) struct Attempt {
    attempts: Arc<PasswordAttempts>,
    pair: Pair,
    is_stranger: bool,
}

impl PasswordAttempts {
    /// Without any attempt yet.
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
            of_strangers: Budgets::new(OF_STRANGERS, Arc::clone(clock)),
        }
    }

    /// Begins an attempt of this request's client at the password of `account`: a name or address as it was typed, or an
    /// id.
    pub(crate) fn begin(self: &Arc<Self>, account: &str) -> Result<Attempt, Problem> {
        let network = client_network().unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let refused = |Exhausted { retry_after }| Problem::new(kind::TOO_MANY_ATTEMPTS).retry_after(retry_after);
        self.begin_from(network, account).map_err(refused)
    }

    fn begin_from(self: &Arc<Self>, network: IpAddr, account: &str) -> Result<Attempt, Exhausted> {
        let pair = (network, self.hasher.hash_one(account.trim().to_lowercase()));
        let is_stranger = self.known_networks.get(&pair).is_none();
        let failures = self.failures.get_with(pair, Arc::default);
        let mut failures = locked(&failures);
        let now = self.clock.now().micros();
        if failures.wait_until > now {
            return Err(Exhausted { retry_after: seconds(failures.wait_until - now) });
        }
        self.of_network.take(&network)?;
        if is_stranger && let Err(exhausted) = self.of_strangers.take(&pair.1) {
            self.of_network.give_back(&network);
            return Err(exhausted);
        }
        failures.count = failures.count.saturating_add(1);
        failures.wait_until = now + wait_after(failures.count);
        Ok(Attempt { attempts: Arc::clone(self), pair, is_stranger })
    }
}

impl Attempt {
    /// The password was right: nothing is held against this network any more.
    pub(crate) fn succeeded(self) {
        self.attempts.failures.invalidate(&self.pair);
        self.attempts.known_networks.insert(self.pair, ());
        self.give_back();
    }

    /// Whether the password was right was not found out.
    pub(crate) fn void(self) {
        if let Some(failures) = self.attempts.failures.get(&self.pair) {
            let mut failures = locked(&failures);
            failures.count = failures.count.saturating_sub(1);
            failures.wait_until = 0;
        }
        self.give_back();
    }

    fn give_back(&self) {
        self.attempts.of_network.give_back(&self.pair.0);
        if self.is_stranger {
            self.attempts.of_strangers.give_back(&self.pair.1);
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
    use boxoffice_domain::testing::FixedClock;

    use super::{Attempt, FREE_FAILURES, OF_NETWORK, OF_STRANGERS, PasswordAttempts};

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    fn stranger(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(0xC633_6400 + number))
    }

    fn attempts() -> (Arc<PasswordAttempts>, Arc<FixedClock>) {
        let clock = Arc::new(FixedClock::default());
        let shared: Arc<dyn Clock> = clock.clone();
        (Arc::new(PasswordAttempts::new(&shared)), clock)
    }

    /// The wait of another failure; 0 when it could be tried.
    fn fail(attempts: &Arc<PasswordAttempts>, network: IpAddr, account: &str) -> u64 {
        attempts.begin_from(network, account).map_or_else(|exhausted| exhausted.retry_after, |_| 0)
    }

    fn begin(attempts: &Arc<PasswordAttempts>, network: IpAddr, account: &str) -> Attempt {
        attempts.begin_from(network, account).ok().unwrap()
    }

    #[test]
    fn each_failure_waits_longer_and_a_success_forgets_them() {
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
        assert_eq!(fail(&attempts, stranger(1), "ana"), 0, "others do not wait for them");
        clock.advance(15 * 60);
        begin(&attempts, HOME, "ana").succeeded();
        for _ in 0..FREE_FAILURES {
            assert_eq!(fail(&attempts, HOME, "ana"), 0);
        }
    }

    #[test]
    fn attempts_at_the_same_time_do_not_pass_together() {
        let (attempts, _) = attempts();
        let begun: Vec<_> = (0..20).filter_map(|_| attempts.begin_from(HOME, "ana").ok()).collect();
        assert_eq!(begun.len(), usize::try_from(FREE_FAILURES).unwrap());
    }

    #[test]
    fn what_was_not_found_out_counts_for_nothing() {
        let (attempts, _) = attempts();
        for _ in 0..1_000 {
            begin(&attempts, HOME, "ana").void();
        }
        for number in 0..1_000 {
            begin(&attempts, HOME, &format!("fan-{number}")).succeeded();
        }
    }

    #[test]
    fn a_network_tries_few_passwords_at_many_accounts() {
        let (attempts, clock) = attempts();
        for number in 0..OF_NETWORK.burst {
            assert_eq!(fail(&attempts, HOME, &format!("fan-{number}")), 0);
        }
        assert_eq!(fail(&attempts, HOME, "ana"), 1);
        assert_eq!(fail(&attempts, stranger(1), "ana"), 0);
        clock.advance(1);
        assert_eq!(fail(&attempts, HOME, "ana"), 0);
    }

    #[test]
    fn many_networks_do_not_lock_an_owner_out() {
        let (attempts, clock) = attempts();
        begin(&attempts, HOME, "ana").succeeded();
        for number in 0..OF_STRANGERS.burst {
            assert_eq!(fail(&attempts, stranger(number), "ana"), 0);
        }
        assert_eq!(fail(&attempts, stranger(1_000), "ana"), 30);
        begin(&attempts, HOME, "ana").succeeded();
        assert_eq!(fail(&attempts, stranger(1_000), "ben"), 0);
        clock.advance(30);
        assert_eq!(fail(&attempts, stranger(1_000), "ana"), 0);
    }
}
