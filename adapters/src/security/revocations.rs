//! Revocation of access tokens. A token contains the version of its account at the time it was issued. When the account
//! changes (suspension, another role, another password or erasure), the token is refused although it has not expired.
//!
//! No request reads the database. Each process remembers the accounts that changed within the longest lifetime of a
//! token: its own changes at once, those of other processes by polling a few times a second. When polling fails for too
//! long, no token is accepted.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use boxoffice_domain::events::{CommittedEvents, Event, EventPayload, OutboxEntry};
use boxoffice_domain::outbox::Aggregate;
use boxoffice_domain::shared::{Causes, Clock, StoreError, Timestamp, UserId};
use boxoffice_domain::users::{ChangedUser, UserEvent, UserQueries};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::jwt::{JwtTokens, LEEWAY_SECONDS};
use crate::http::{TokenRefusal, VerifiedToken, VerifyAccessToken};

/// The interval at which changes by other processes are read.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How old the last successful read may be before no token is accepted any more, in seconds. A single slow read must
/// not refuse all users; a database that is down for this long fails their requests anyway.
const STALE_AFTER_SECONDS: i64 = 10;
/// How far a read reaches back before the previous one, in seconds: a transaction sets the time of a change before it
/// commits, and the clocks of two machines differ.
const OVERLAP_SECONDS: i64 = 120;
/// How long a change is remembered, in seconds: by then all older tokens have expired.
const REMEMBERED_SECONDS: i64 = JwtTokens::LIFETIME_SECONDS_MAX + LEEWAY_SECONDS + OVERLAP_SECONDS;
/// The page size when changed accounts are read.
const READ_AT_ONCE: u16 = 1_000;

/// The recently changed accounts.
pub struct TokenRevocations {
    users: Arc<dyn UserQueries>,
    clock: Arc<dyn Clock>,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    changed: HashMap<UserId, Change>,
    /// When the last successful read began.
    last_read_at: Option<Timestamp>,
}

#[derive(Clone, Copy)]
struct Change {
    version: u64,
    at: Timestamp,
}

impl TokenRevocations {
    /// Knows no changes yet, and accepts no token before the first successful [`TokenRevocations::refresh`].
    pub fn new(users: Arc<dyn UserQueries>, clock: Arc<dyn Clock>) -> Self {
        Self { users, clock, known: RwLock::default() }
    }

    /// Reads the changes since the last read; the first time, all that may matter.
    ///
    /// # Errors
    /// Returns [`StoreError`] when the database fails; the known changes stay known.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let last_read_at = self.known.read().unwrap_or_else(PoisonError::into_inner).last_read_at;
        let mut since = match last_read_at {
            Some(last) => last.plus_seconds(-OVERLAP_SECONDS),
            None => now.plus_seconds(-REMEMBERED_SECONDS),
        };
        let mut after = None;
        loop {
            let changed = self.users.changed_since(since, after, READ_AT_ONCE).await?;
            self.remember(changed.iter().copied());
            match changed.last() {
                Some(last) if changed.len() >= usize::from(READ_AT_ONCE) => (since, after) = (last.at, Some(last.id)),
                _ => break,
            }
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.last_read_at = Some(now);
        let forgotten = now.plus_seconds(-REMEMBERED_SECONDS);
        known.changed.retain(|_, change| change.at >= forgotten);
        Ok(())
    }

    /// Reads the changes at intervals until `stop` is cancelled.
    pub async fn keep_refreshing(&self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        let polling = async {
            loop {
                ticks.tick().await;
                match self.refresh().await {
                    Ok(()) if failing => {
                        tracing::info!("changed accounts can be read again");
                        failing = false;
                    }
                    Ok(()) => {}
                    Err(error) if failing => {
                        tracing::debug!(error = %Causes(&error), "changed accounts cannot be read");
                    }
                    Err(error) => {
                        tracing::warn!(
                            error = %Causes(&error),
                            "changed accounts cannot be read; in {STALE_AFTER_SECONDS} seconds no access \
                             token is accepted any more"
                        );
                        failing = true;
                    }
                }
            }
        };
        stop.run_until_cancelled(polling).await;
    }

    fn remember(&self, changes: impl IntoIterator<Item = ChangedUser>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for ChangedUser { id, version, at } in changes {
            let change = known.changed.entry(id).or_insert(Change { version, at });
            if version > change.version {
                *change = Change { version, at };
            }
        }
    }

    /// Whether a token of this version of an account is accepted at `now`.
    fn check(&self, user: UserId, version: u64, now: Timestamp) -> Result<(), TokenRefusal> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.changed.get(&user).is_some_and(|change| version < change.version) {
            return Err(TokenRefusal::Revoked);
        }
        let is_current = known.last_read_at.is_some_and(|at| now < at.plus_seconds(STALE_AFTER_SECONDS));
        if is_current { Ok(()) } else { Err(TokenRefusal::Unknown) }
    }
}

impl CommittedEvents for TokenRevocations {
    fn committed(&self, entries: &[OutboxEntry]) {
        let changed = |event: &Event| match (event.aggregate, &event.payload) {
            (
                Aggregate::User(id),
                EventPayload::User(UserEvent::Changed { .. }) | EventPayload::User(UserEvent::Erased),
            ) => Some(ChangedUser { id, version: event.version, at: event.occurred_at }),
            _ => None,
        };
        let mut changes = entries.iter().flat_map(|entry| &entry.events).filter_map(changed).peekable();
        if changes.peek().is_some() {
            self.remember(changes);
        }
    }
}

/// Accepts tokens that are genuine and not revoked.
pub struct CurrentTokens {
    genuine: Arc<JwtTokens>,
    revocations: Arc<TokenRevocations>,
}

impl CurrentTokens {
    /// Accepts the tokens that `genuine` verifies and `revocations` does not revoke.
    pub const fn new(genuine: Arc<JwtTokens>, revocations: Arc<TokenRevocations>) -> Self {
        Self { genuine, revocations }
    }
}

impl VerifyAccessToken for CurrentTokens {
    fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, TokenRefusal> {
        let verified = self.genuine.verify(token, now).ok_or(TokenRefusal::Invalid)?;
        self.check(verified, now).map(|()| verified)
    }

    fn check(&self, token: VerifiedToken, now: Timestamp) -> Result<(), TokenRefusal> {
        self.revocations.check(token.user, token.version, now)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use boxoffice_domain::events::{CommittedEvents, Event, EventPayload, OutboxEntry};
    use boxoffice_domain::outbox::{Aggregate, Stream};
    use boxoffice_domain::shared::{Actor, Clock, Role, StoreError, Timestamp, UserId};
    use boxoffice_domain::users::{ChangedUser, MockUserQueries, UserEvent, UserStatus};
    use boxoffice_testing::{FixedClock, SequentialIds};

    use super::{OVERLAP_SECONDS, READ_AT_ONCE, REMEMBERED_SECONDS, STALE_AFTER_SECONDS, TokenRevocations};
    use crate::http::TokenRefusal;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn change(number: u128, version: u64, at: Timestamp) -> ChangedUser {
        ChangedUser { id: user(number), version, at }
    }

    /// Revocations whose reads return these results in order, and then no changes.
    fn finding(reads: Vec<Result<Vec<ChangedUser>, StoreError>>) -> (TokenRevocations, Arc<FixedClock>) {
        let mut queries = MockUserQueries::new();
        let mut reads = reads.into_iter();
        queries.expect_changed_since().returning(move |_, _, _| reads.next().unwrap_or(Ok(Vec::new())));
        let clock = Arc::new(FixedClock::default());
        (TokenRevocations::new(Arc::new(queries), clock.clone()), clock)
    }

    #[tokio::test]
    async fn tokens_older_than_a_change_are_refused_and_newer_ones_are_not() {
        let (revocations, clock) = finding(vec![Ok(vec![change(1, 3, FixedClock::START)])]);
        revocations.refresh().await.unwrap();
        let check = |number, version| revocations.check(user(number), version, clock.now());
        assert_eq!(check(1, 2), Err(TokenRefusal::Revoked));
        assert_eq!(check(1, 3), Ok(()));
        assert_eq!(check(2, 1), Ok(()));
    }

    #[tokio::test]
    async fn a_change_of_this_process_is_known_at_once_and_an_older_one_does_not_undo_it() {
        let (revocations, clock) = finding(vec![Ok(Vec::new()), Ok(vec![change(1, 2, FixedClock::START)])]);
        revocations.refresh().await.unwrap();
        let payload = EventPayload::User(UserEvent::Changed { role: Role::User, status: UserStatus::Suspended });
        let entry = |version, payload| {
            let aggregate = Aggregate::User(user(1));
            let event = Event::new(&SequentialIds::new(), clock.now(), Actor::System, aggregate, version, payload);
            OutboxEntry::of(Stream::User(user(1)), version, event)
        };
        revocations.committed(&[entry(1, EventPayload::User(UserEvent::Registered { role: Role::User }))]);
        assert_eq!(revocations.check(user(1), 0, clock.now()), Ok(()), "no token was issued before");
        revocations.committed(&[entry(3, payload)]);
        revocations.refresh().await.unwrap();
        assert_eq!(revocations.check(user(1), 2, clock.now()), Err(TokenRefusal::Revoked));
        revocations.committed(&[entry(4, EventPayload::User(UserEvent::Erased))]);
        assert_eq!(revocations.check(user(1), 3, clock.now()), Err(TokenRefusal::Revoked));
    }

    #[tokio::test]
    async fn without_a_recent_read_no_token_is_accepted() {
        let failure = || Err(StoreError::Busy);
        let (revocations, clock) = finding(vec![failure(), Ok(vec![change(1, 2, FixedClock::START)]), failure()]);
        let check = |number| revocations.check(user(number), 1, clock.now());
        assert_eq!(check(2), Err(TokenRefusal::Unknown), "before the first read");
        revocations.refresh().await.unwrap_err();
        assert_eq!(check(2), Err(TokenRefusal::Unknown));
        revocations.refresh().await.unwrap();
        clock.advance(STALE_AFTER_SECONDS - 1);
        revocations.refresh().await.unwrap_err();
        assert_eq!(check(2), Ok(()));
        clock.advance(1);
        assert_eq!(check(2), Err(TokenRefusal::Unknown));
        assert_eq!(check(1), Err(TokenRefusal::Revoked), "a known change stays known");
        revocations.refresh().await.unwrap();
        assert_eq!(check(2), Ok(()));
    }

    #[tokio::test]
    async fn reads_overlap_and_fetch_all_changes_page_by_page() {
        let mut queries = MockUserQueries::new();
        let start = FixedClock::START;
        let full: Vec<_> = (1..=u128::from(READ_AT_ONCE)).map(|number| change(number, 2, start)).collect();
        let last = full.last().copied();
        let first_read = start.plus_seconds(-REMEMBERED_SECONDS);
        queries
            .expect_changed_since()
            .withf(move |since, after, limit| *since == first_read && after.is_none() && *limit == READ_AT_ONCE)
            .times(1)
            .return_once(move |_, _, _| Ok(full));
        queries
            .expect_changed_since()
            .withf(move |since, after, _| *since == start && *after == last.map(|last| last.id))
            .times(1)
            .returning(move |_, _, _| Ok(vec![change(5_000, 2, start)]));
        let second_read = start.plus_seconds(-OVERLAP_SECONDS);
        queries
            .expect_changed_since()
            .withf(move |since, after, _| *since == second_read && after.is_none())
            .times(1)
            .returning(|_, _, _| Ok(Vec::new()));
        let clock = Arc::new(FixedClock::default());
        let revocations = TokenRevocations::new(Arc::new(queries), clock.clone());
        revocations.refresh().await.unwrap();
        clock.advance(30);
        revocations.refresh().await.unwrap();
        assert_eq!(revocations.check(user(5_000), 1, clock.now()), Err(TokenRefusal::Revoked));
    }

    #[tokio::test]
    async fn a_change_is_forgotten_when_its_tokens_have_expired() {
        let (revocations, clock) = finding(vec![Ok(vec![change(1, 2, FixedClock::START)])]);
        revocations.refresh().await.unwrap();
        clock.advance(REMEMBERED_SECONDS);
        revocations.refresh().await.unwrap();
        assert_eq!(revocations.check(user(1), 1, clock.now()), Err(TokenRefusal::Revoked));
        clock.advance(1);
        revocations.refresh().await.unwrap();
        assert_eq!(revocations.check(user(1), 1, clock.now()), Ok(()));
    }
}
