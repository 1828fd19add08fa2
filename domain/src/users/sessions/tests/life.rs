//! Sessions and accounts together over a store that keeps what they do.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{LIFETIMES, signing};
use crate::events::EventPayload;
use crate::shared::{Actor, Role};
use crate::testing::{FixedClock, InMemoryStore, SequentialIds};
use crate::users::fixtures::{PASSWORD, hasher};
use crate::users::{
    Accounts, ChangeOwnAccount, ChangeUser, ChangeUserError, EraseOwnError, LogInError, RefreshError,
    RefreshTokenSecret, RegisterError, RegisterUser, Session, Sessions, UserProfile, UserStatus,
};

struct House {
    store: InMemoryStore,
    clock: Arc<FixedClock>,
    accounts: Arc<Accounts>,
    sessions: Arc<Sessions>,
}

impl House {
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
async fn a_session_goes_on_until_its_absolute_end() {
    let house = House::new();
    house.register("ana").await;
    let mut session = house.log_in("ANA@example.com").await;
    let mut left = LIFETIMES.absolute_seconds;
    while left > LIFETIMES.unused_seconds {
        house.clock.advance(LIFETIMES.unused_seconds - 1);
        left -= LIFETIMES.unused_seconds - 1;
        let next = house.refresh(&session.refresh).await;
        assert_ne!(next.refresh, session.refresh);
        session = next;
    }
    house.clock.advance(left);
    house.assert_worthless(&session.refresh).await;
}

#[tokio::test]
async fn an_unused_session_ends() {
    let house = House::new();
    house.register("ana").await;
    let session = house.log_in("ana").await;
    house.clock.advance(LIFETIMES.unused_seconds);
    house.assert_worthless(&session.refresh).await;
}

#[tokio::test]
async fn a_stolen_token_ends_its_log_in_and_no_other() {
    let house = House::new();
    house.register("ana").await;
    let (laptop, phone) = (house.log_in("ana").await, house.log_in("ana").await);
    let next = house.refresh(&laptop.refresh).await;
    let last = house.refresh(&next.refresh).await;
    house.assert_worthless(&laptop.refresh).await;
    for worthless in [&next, &last] {
        house.assert_worthless(&worthless.refresh).await;
    }
    house.refresh(&phone.refresh).await;
}

#[tokio::test]
async fn who_goes_on_with_stolen_tokens_is_found_out() {
    let house = House::new();
    house.register("ana").await;
    let mut session = house.log_in("ana").await;
    let mut rounds = 0;
    while let Ok(next) = house.sessions.refresh(&session.refresh).await {
        house.clock.advance(600);
        if house.sessions.refresh(&session.refresh).await.is_err() {
            house.assert_worthless(&next.refresh).await;
            break;
        }
        session = next;
        rounds += 1;
    }
    assert_eq!(rounds, 10);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again() {
    let house = House::new();
    house.register("ana").await;
    let session = house.log_in("ana").await;
    let lost = house.refresh(&session.refresh).await;
    for wait in [1, 10, 60 * 60] {
        house.clock.advance(wait);
        assert_eq!(house.refresh(&session.refresh).await.refresh, lost.refresh);
    }
    house.refresh(&lost.refresh).await;
}

#[tokio::test]
async fn tabs_that_send_the_same_token_at_once_all_get_the_same_next_one() {
    let house = House::new();
    house.register("ana").await;
    let session = house.log_in("ana").await;
    let mut tabs = JoinSet::new();
    for _ in 0..30 {
        let (sessions, secret) = (house.sessions.clone(), session.refresh.clone());
        tabs.spawn(async move { sessions.refresh(&secret).await });
    }
    let outcomes: Vec<_> = tabs.join_all().await.into_iter().map(|next| next.unwrap().refresh).collect();
    assert!(outcomes.iter().all(|next| *next == outcomes[0]));
    house.refresh(&outcomes[0]).await;
}

#[tokio::test]
async fn logging_out_ends_one_log_in() {
    let house = House::new();
    house.register("ana").await;
    let (laptop, phone) = (house.log_in("ana").await, house.log_in("ana").await);
    let next = house.refresh(&laptop.refresh).await;
    house.sessions.log_out(&next.refresh).await.unwrap();
    house.sessions.log_out(&next.refresh).await.unwrap();
    house.assert_worthless(&next.refresh).await;
    house.assert_worthless(&laptop.refresh).await;
    house.refresh(&phone.refresh).await;
}

#[tokio::test]
async fn a_new_role_is_in_the_next_access_token() {
    let house = House::new();
    let (admin, ana) = (house.admin("root").await, house.register("ana").await);
    let session = house.log_in("ana").await;
    assert!(session.access.token.starts_with("ana user "));
    let promote = ChangeUser { role: Some(Role::Manager), status: None };
    house.accounts.change(&acting(&admin), ana.id, promote).await.unwrap();
    let next = house.refresh(&session.refresh).await;
    assert!(next.access.token.starts_with("ana manager "));
}

#[tokio::test]
async fn who_is_suspended_is_out_until_let_in_and_logged_in_again() {
    let house = House::new();
    let (admin, ana) = (house.admin("root").await, house.register("ana").await);
    let session = house.log_in("ana").await;
    house.accounts.change(&acting(&admin), ana.id, status(UserStatus::Suspended)).await.unwrap();
    house.assert_worthless(&session.refresh).await;
    assert!(matches!(house.sessions.log_in("ana", PASSWORD).await, Err(LogInError::Suspended)));
    house.accounts.change(&acting(&admin), ana.id, status(UserStatus::Active)).await.unwrap();
    house.assert_worthless(&session.refresh).await;
    house.log_in("ana").await;
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_the_old_one() {
    let house = House::new();
    let ana = house.register("ana").await;
    let session = house.log_in("ana").await;
    let new_password = "copper lantern tide 4";
    let change = ChangeOwnAccount {
        email: Some("ana@example.org".to_owned()),
        current_password: PASSWORD.to_owned(),
        new_password: Some(new_password.to_owned()),
    };
    house.accounts.change_own(&acting(&ana), change).await.unwrap();
    house.assert_worthless(&session.refresh).await;
    assert!(matches!(house.sessions.log_in("ana", PASSWORD).await, Err(LogInError::WrongCredentials)));
    house.sessions.log_in("ana@example.org", new_password).await.unwrap();
}

#[tokio::test]
async fn an_erased_account_is_gone_and_its_name_is_free() {
    let house = House::new();
    let ana = house.register("ana").await;
    let session = house.log_in("ana").await;
    let taken = house.accounts.register(&Actor::Anonymous, registration("ANA")).await;
    assert!(matches!(taken, Err(RegisterError::UsernameTaken)));
    house.accounts.erase_own(&acting(&ana), PASSWORD).await.unwrap();
    house.assert_worthless(&session.refresh).await;
    assert!(matches!(house.sessions.log_in("ana", PASSWORD).await, Err(LogInError::WrongCredentials)));
    let again = house.accounts.erase_own(&acting(&ana), PASSWORD).await;
    assert!(matches!(again, Err(EraseOwnError::LoginRequired)));
    let newcomer = house.register("ana").await;
    assert_ne!(newcomer.id, ana.id);
    let told: Vec<EventPayload> = house.store.events().into_iter().map(|event| event.payload).collect();
    let registered = EventPayload::UserRegistered { role: Role::User };
    assert_eq!(told, [registered.clone(), EventPayload::UserErased, registered]);
}

#[tokio::test]
async fn one_of_two_admins_who_suspend_each_other_stays() {
    let house = House::new();
    let (one, other) = (house.admin("one").await, house.admin("other").await);
    let suspend = |by: &UserProfile, whom: &UserProfile| {
        let (accounts, by, whom) = (house.accounts.clone(), acting(by), whom.id);
        tokio::spawn(async move { accounts.change(&by, whom, status(UserStatus::Suspended)).await })
    };
    let (first, second) = (suspend(&one, &other), suspend(&other, &one));
    let outcomes = [first.await.unwrap(), second.await.unwrap()];
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(ChangeUserError::Forbidden)));
    assert_eq!(refused.count(), 1, "{outcomes:?}");
}
