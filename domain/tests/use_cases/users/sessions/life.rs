//! Sessions and accounts together, over the store in memory.

use std::sync::Arc;

use boxoffice_domain::events::EventPayload;
use boxoffice_domain::shared::{Actor, Role};
use boxoffice_domain::users::{
    Accounts, ChangeOwnAccount, ChangeUser, ChangeUserError, EraseOwnError, LogInError, RefreshError,
    RefreshTokenSecret, RegisterError, RegisterUser, Session, Sessions, UserEvent, UserProfile, UserStatus,
};
use boxoffice_testing::{FixedClock, InMemoryStore, SequentialIds};
use tokio::task::JoinSet;

use super::{LIFETIMES, signing};
use crate::users::fixtures::{PASSWORD, hasher};

struct Fixture {
    store: InMemoryStore,
    clock: Arc<FixedClock>,
    accounts: Arc<Accounts>,
    sessions: Arc<Sessions>,
}

impl Fixture {
    fn new() -> Self {
        let store = InMemoryStore::new();
        let shared = Arc::new(store.clone());
        let (clock, ids) = (Arc::new(FixedClock::default()), Arc::new(SequentialIds::new()));
        let hasher = Arc::new(hasher());
        let accounts = Accounts::new(shared.clone(), shared.clone(), hasher.clone(), clock.clone(), ids.clone());
        let sessions =
            Sessions::new(shared.clone(), shared, hasher, Arc::new(signing()), clock.clone(), ids, LIFETIMES);
        Self { store, clock, accounts: Arc::new(accounts), sessions: Arc::new(sessions) }
    }

    async fn register(&self, name: &str) -> UserProfile {
        self.accounts.register(&Actor::Anonymous, registration(name)).await.unwrap()
    }

    async fn admin(&self, name: &str) -> UserProfile {
        self.accounts.create_admin(registration(name)).await.unwrap()
    }

    async fn log_in(&self, login: &str) -> Session {
        self.sessions.log_in(login, PASSWORD).await.unwrap()
    }

    async fn refresh(&self, secret: &RefreshTokenSecret) -> Session {
        self.sessions.refresh(secret).await.unwrap()
    }

    async fn assert_worthless(&self, secret: &RefreshTokenSecret) {
        let outcome = self.sessions.refresh(secret).await;
        assert!(matches!(outcome, Err(RefreshError::Unknown)), "{outcome:?}");
    }
}

fn registration(name: &str) -> RegisterUser {
    RegisterUser { username: name.to_owned(), email: format!("{name}@example.com"), password: PASSWORD.to_owned() }
}

fn acting(user: &UserProfile) -> Actor {
    Actor::User { id: user.id, role: user.role }
}

fn status(status: UserStatus) -> ChangeUser {
    ChangeUser { role: None, status: Some(status) }
}

#[tokio::test]
async fn a_session_continues_until_its_absolute_end() {
    let fixture = Fixture::new();
    fixture.register("ana").await;
    let mut session = fixture.log_in("ANA@example.com").await;
    let mut left = LIFETIMES.absolute_seconds;
    while left > LIFETIMES.unused_seconds {
        fixture.clock.advance(LIFETIMES.unused_seconds - 1);
        left -= LIFETIMES.unused_seconds - 1;
        let next = fixture.refresh(&session.refresh).await;
        assert_ne!(next.refresh, session.refresh);
        session = next;
    }
    fixture.clock.advance(left);
    fixture.assert_worthless(&session.refresh).await;
}

#[tokio::test]
async fn an_unused_session_ends() {
    let fixture = Fixture::new();
    fixture.register("ana").await;
    let session = fixture.log_in("ana").await;
    fixture.clock.advance(LIFETIMES.unused_seconds);
    fixture.assert_worthless(&session.refresh).await;
}

#[tokio::test]
async fn a_stolen_token_ends_its_log_in_and_no_other() {
    let fixture = Fixture::new();
    fixture.register("ana").await;
    let (laptop, phone) = (fixture.log_in("ana").await, fixture.log_in("ana").await);
    let next = fixture.refresh(&laptop.refresh).await;
    let last = fixture.refresh(&next.refresh).await;
    fixture.assert_worthless(&laptop.refresh).await;
    for worthless in [&next, &last] {
        fixture.assert_worthless(&worthless.refresh).await;
    }
    fixture.refresh(&phone.refresh).await;
}

#[tokio::test]
async fn repeated_use_of_stolen_tokens_is_detected() {
    let fixture = Fixture::new();
    fixture.register("ana").await;
    let mut session = fixture.log_in("ana").await;
    let mut rounds = 0;
    while let Ok(next) = fixture.sessions.refresh(&session.refresh).await {
        fixture.clock.advance(600);
        if fixture.sessions.refresh(&session.refresh).await.is_err() {
            fixture.assert_worthless(&next.refresh).await;
            break;
        }
        session = next;
        rounds += 1;
    }
    assert_eq!(rounds, 10);
}

#[tokio::test]
async fn a_lost_response_is_sent_again() {
    let fixture = Fixture::new();
    fixture.register("ana").await;
    let session = fixture.log_in("ana").await;
    let lost = fixture.refresh(&session.refresh).await;
    for wait in [1, 10, 60 * 60] {
        fixture.clock.advance(wait);
        assert_eq!(fixture.refresh(&session.refresh).await.refresh, lost.refresh);
    }
    fixture.refresh(&lost.refresh).await;
}

#[tokio::test]
async fn tabs_that_send_the_same_token_at_once_all_get_the_same_next_one() {
    let fixture = Fixture::new();
    fixture.register("ana").await;
    let session = fixture.log_in("ana").await;
    let mut tabs = JoinSet::new();
    for _ in 0..30 {
        let (sessions, secret) = (fixture.sessions.clone(), session.refresh.clone());
        tabs.spawn(async move { sessions.refresh(&secret).await });
    }
    let outcomes: Vec<_> = tabs.join_all().await.into_iter().map(|next| next.unwrap().refresh).collect();
    assert!(outcomes.iter().all(|next| *next == outcomes[0]));
    fixture.refresh(&outcomes[0]).await;
}

#[tokio::test]
async fn logging_out_ends_one_log_in() {
    let fixture = Fixture::new();
    fixture.register("ana").await;
    let (laptop, phone) = (fixture.log_in("ana").await, fixture.log_in("ana").await);
    let next = fixture.refresh(&laptop.refresh).await;
    fixture.sessions.log_out(&next.refresh).await.unwrap();
    fixture.sessions.log_out(&next.refresh).await.unwrap();
    fixture.assert_worthless(&next.refresh).await;
    fixture.assert_worthless(&laptop.refresh).await;
    fixture.refresh(&phone.refresh).await;
}

#[tokio::test]
async fn a_new_role_is_in_the_next_access_token() {
    let fixture = Fixture::new();
    let (admin, ana) = (fixture.admin("root").await, fixture.register("ana").await);
    let session = fixture.log_in("ana").await;
    assert!(session.access.token.starts_with("ana user "));
    let promote = ChangeUser { role: Some(Role::Manager), status: None };
    fixture.accounts.change(&acting(&admin), ana.id, promote).await.unwrap();
    let next = fixture.refresh(&session.refresh).await;
    assert!(next.access.token.starts_with("ana manager "));
}

#[tokio::test]
async fn a_suspended_user_is_locked_out_until_reactivated_and_logged_in_again() {
    let fixture = Fixture::new();
    let (admin, ana) = (fixture.admin("root").await, fixture.register("ana").await);
    let session = fixture.log_in("ana").await;
    fixture.accounts.change(&acting(&admin), ana.id, status(UserStatus::Suspended)).await.unwrap();
    fixture.assert_worthless(&session.refresh).await;
    assert!(matches!(fixture.sessions.log_in("ana", PASSWORD).await, Err(LogInError::Suspended)));
    fixture.accounts.change(&acting(&admin), ana.id, status(UserStatus::Active)).await.unwrap();
    fixture.assert_worthless(&session.refresh).await;
    fixture.log_in("ana").await;
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_the_old_one() {
    let fixture = Fixture::new();
    let ana = fixture.register("ana").await;
    let session = fixture.log_in("ana").await;
    let new_password = "copper lantern tide 4";
    let change = ChangeOwnAccount {
        email: Some("ana@example.org".to_owned()),
        current_password: PASSWORD.to_owned(),
        new_password: Some(new_password.to_owned()),
    };
    fixture.accounts.change_own(&acting(&ana), change).await.unwrap();
    fixture.assert_worthless(&session.refresh).await;
    assert!(matches!(fixture.sessions.log_in("ana", PASSWORD).await, Err(LogInError::WrongCredentials)));
    fixture.sessions.log_in("ana@example.org", new_password).await.unwrap();
}

#[tokio::test]
async fn an_erased_account_cannot_log_in_and_its_name_is_free() {
    let fixture = Fixture::new();
    let ana = fixture.register("ana").await;
    let session = fixture.log_in("ana").await;
    let taken = fixture.accounts.register(&Actor::Anonymous, registration("ANA")).await;
    assert!(matches!(taken, Err(RegisterError::UsernameTaken)));
    fixture.accounts.erase_own(&acting(&ana), PASSWORD).await.unwrap();
    fixture.assert_worthless(&session.refresh).await;
    assert!(matches!(fixture.sessions.log_in("ana", PASSWORD).await, Err(LogInError::WrongCredentials)));
    let again = fixture.accounts.erase_own(&acting(&ana), PASSWORD).await;
    assert!(matches!(again, Err(EraseOwnError::LoginRequired)));
    let newcomer = fixture.register("ana").await;
    assert_ne!(newcomer.id, ana.id);
    let payloads: Vec<EventPayload> = fixture.store.events().into_iter().map(|event| event.payload).collect();
    let registered = EventPayload::User(UserEvent::Registered { role: Role::User });
    assert_eq!(payloads, [registered.clone(), EventPayload::User(UserEvent::Erased), registered]);
}

#[tokio::test]
async fn one_of_two_admins_who_suspend_each_other_stays() {
    let fixture = Fixture::new();
    let (one, other) = (fixture.admin("one").await, fixture.admin("other").await);
    let suspend = |by: &UserProfile, whom: &UserProfile| {
        let (accounts, by, whom) = (fixture.accounts.clone(), acting(by), whom.id);
        tokio::spawn(async move { accounts.change(&by, whom, status(UserStatus::Suspended)).await })
    };
    let (first, second) = (suspend(&one, &other), suspend(&other, &one));
    let outcomes = [first.await.unwrap(), second.await.unwrap()];
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(ChangeUserError::Forbidden)));
    assert_eq!(refused.count(), 1, "{outcomes:?}");
}
