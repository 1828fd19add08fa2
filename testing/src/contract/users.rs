//! Users: unique names, versions, lists.

use std::sync::Arc;

use boxoffice_domain::shared::{PageLimit, Role, StoreError, Timestamp};
use boxoffice_domain::users::{
    AddUserError, ChangedUser, Email, User, UserFilter, UserPosition, UserProfile, UserQueries, UserStatus, Username,
};

use super::{BoxFuture, Fixture, INSTANT, read_all_pages};
use crate::builders::UserBuilder;
use crate::clock::FixedClock;

/// All fields are stored, times to the microsecond.
pub async fn a_user_comes_back_as_written(fixture: &Fixture) {
    let ana = UserBuilder::new(fixture.ids(), "ana").email("𠮷野@example.com").role(Role::Manager);
    let ana = ana.created_at(INSTANT).build();
    let gone = UserBuilder::new(fixture.ids(), "gone").status(UserStatus::Erased).password_hash(None).build();
    for user in [&ana, &gone] {
        fixture.given.add_user(user.clone()).await;
        let mut unit = fixture.unit().await;
        assert_eq!(unit.users().get(user.id).await.unwrap().as_ref(), Some(user));
        unit.rollback().await.unwrap();
        assert_eq!(fixture.ports.users.get(user.id).await.unwrap().as_ref(), Some(user));
    }
    for login in ["ana", "𠮷野@example.com"] {
        assert_eq!(fixture.ports.users.find_by_login(login).await.unwrap().as_ref(), Some(&ana), "{login}");
    }
}

async fn add(fixture: &Fixture, user: &User) -> Result<(), AddUserError> {
    let mut unit = fixture.unit().await;
    match unit.users().add(user).await {
        Ok(()) => Ok(unit.commit().await?),
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

async fn save(fixture: &Fixture, user: &User) -> Result<(), AddUserError> {
    let mut unit = fixture.unit().await;
    match unit.users().save(user).await {
        Ok(()) => Ok(unit.commit().await?),
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

/// From a time on, ordered by time and id. Accounts that never changed after registration are left out.
pub async fn accounts_that_changed_are_found_in_order(fixture: &Fixture) {
    let (start, later) = (FixedClock::START, FixedClock::START.plus_seconds(1));
    fixture.given.user("new").await;
    let mut changed = Vec::new();
    for (name, at) in
        [("dora", later), ("ana", start), ("ben", start), ("cleo", start), ("old", start.plus_seconds(-1))]
    {
        let user = fixture.given.user(name).await;
        save(fixture, &User { version: 2, updated_at: at, ..user.clone() }).await.unwrap();
        changed.push(ChangedUser { id: user.id, version: 2, at });
    }
    changed.retain(|user| user.at >= start);
    changed.sort_by_key(|user| (user.at, user.id));

    let find = async |since, after, limit| fixture.ports.users.changed_since(since, after, limit).await.unwrap();
    assert_eq!(find(start, None, 10).await, changed);
    assert_eq!(find(start, None, 2).await, changed[..2]);
    assert_eq!(find(start, Some(changed[1].id), 2).await, changed[2..]);
    assert_eq!(find(later, None, 10).await, changed[3..]);
    assert_eq!(find(later.plus_seconds(1), None, 10).await, []);
}

/// The second user gets the error for what is taken, and is not written.
pub async fn names_and_addresses_are_taken_once(fixture: &Fixture) {
    fixture.given.user("ana").await;
    let namesake = UserBuilder::new(fixture.ids(), "ana").email("other@example.com").build();
    assert!(matches!(add(fixture, &namesake).await, Err(AddUserError::UsernameTaken)));
    let neighbour = UserBuilder::new(fixture.ids(), "other").email("ana@example.com").build();
    assert!(matches!(add(fixture, &neighbour).await, Err(AddUserError::EmailTaken)));
    for user in [namesake, neighbour] {
        assert_eq!(fixture.ports.users.get(user.id).await.unwrap(), None);
    }
}

/// `Ana@Example.com` and `ana@example.COM` are the same address; `ana` and `änä` are different names.
pub async fn addresses_that_differ_by_case_only_are_the_same(fixture: &Fixture) {
    let first = UserBuilder::new(fixture.ids(), "ana").email("Ana@Example.com").build();
    add(fixture, &first).await.unwrap();
    let again = UserBuilder::new(fixture.ids(), "other").email("ana@example.COM").build();
    assert!(matches!(add(fixture, &again).await, Err(AddUserError::EmailTaken)));
    let shouted = UserBuilder::new(fixture.ids(), "ANA").email("third@example.com").build();
    assert!(matches!(add(fixture, &shouted).await, Err(AddUserError::UsernameTaken)));
    let accented = UserBuilder::new(fixture.ids(), "fourth").email("änä@example.com").build();
    add(fixture, &accented).await.unwrap();
    assert_eq!(fixture.ports.users.find_by_login("ana@example.com").await.unwrap(), Some(first));
}

/// A user is saved over the version before and over no other.
pub async fn a_save_takes_the_next_version_only(fixture: &Fixture) {
    let ana = fixture.given.user("ana").await;
    let changed = User {
        username: Username::parse("anna", "").unwrap(),
        email: Email::parse("anna@example.org", "").unwrap(),
        password_hash: None,
        role: Role::Admin,
        status: UserStatus::Suspended,
        version: 2,
        updated_at: INSTANT,
        ..ana.clone()
    };
    save(fixture, &changed).await.unwrap();
    assert_eq!(fixture.ports.users.get(ana.id).await.unwrap().as_ref(), Some(&changed));
    for version in [1, 2, 4] {
        let stale = User { version, role: Role::User, ..changed.clone() };
        let outcome = save(fixture, &stale).await;
        assert!(matches!(outcome, Err(AddUserError::Store(StoreError::Contention))), "version {version}");
    }
    let unknown = UserBuilder::new(fixture.ids(), "unknown").build();
    let outcome = save(fixture, &User { version: 2, ..unknown }).await;
    assert!(matches!(outcome, Err(AddUserError::Store(StoreError::Contention))));
    assert_eq!(fixture.ports.users.get(ana.id).await.unwrap(), Some(changed));
}

/// Names and addresses stay unique when users change.
pub async fn a_save_cannot_take_the_name_or_address_of_another(fixture: &Fixture) {
    let ana = fixture.given.user("ana").await;
    let ben = fixture.given.user("ben").await;
    let renamed = User { username: ana.username.clone(), version: 2, ..ben.clone() };
    assert!(matches!(save(fixture, &renamed).await, Err(AddUserError::UsernameTaken)));
    let moved = User { email: ana.email, version: 2, ..ben.clone() };
    assert!(matches!(save(fixture, &moved).await, Err(AddUserError::EmailTaken)));
    assert_eq!(fixture.ports.users.get(ben.id).await.unwrap(), Some(ben));
}

/// An unknown id, name or address finds no user, and neither does a part or a pattern of one.
pub async fn unknown_users_are_not_found(fixture: &Fixture) {
    fixture.given.user("ana").await;
    let unknown = UserBuilder::new(fixture.ids(), "unknown").build();
    assert_eq!(fixture.ports.users.get(unknown.id).await.unwrap(), None);
    let mut unit = fixture.unit().await;
    assert_eq!(unit.users().get(unknown.id).await.unwrap(), None);
    unit.rollback().await.unwrap();
    for login in ["", "an", "ana ", "an_", "%", "ana@example", "unknown@example.com"] {
        assert_eq!(fixture.ports.users.find_by_login(login).await.unwrap(), None, "{login:?}");
    }
}

/// Suspended admins and active managers do not count.
pub async fn only_active_admins_count(fixture: &Fixture) {
    let build = |name: &str, role, status| UserBuilder::new(fixture.ids(), name).role(role).status(status).build();
    for user in [
        build("one", Role::Admin, UserStatus::Active),
        build("two", Role::Admin, UserStatus::Active),
        build("three", Role::Admin, UserStatus::Suspended),
        build("four", Role::Manager, UserStatus::Active),
        build("five", Role::User, UserStatus::Active),
    ] {
        fixture.given.add_user(user).await;
    }
    let mut unit = fixture.unit().await;
    assert_eq!(unit.users().count_active_admins().await.unwrap(), 2);
    unit.rollback().await.unwrap();
}

/// Of two units that each count two admins and remove one, only one succeeds.
pub async fn one_of_two_admins_at_most_leaves(fixture: &Fixture) {
    let mut admins = Vec::new();
    for name in ["one", "two"] {
        admins.push(fixture.given.add_user(UserBuilder::new(fixture.ids(), name).role(Role::Admin).build()).await);
    }
    let leave = |admin: &User| -> BoxFuture<'static, bool> {
        let (store, id) = (fixture.ports.store.clone(), admin.id);
        Box::pin(async move {
            let mut unit = store.begin().await.unwrap();
            let left = async {
                let count = unit.users().count_active_admins().await?;
                let admin = unit.users().get(id).await?.unwrap();
                if count < 2 {
                    return Ok::<bool, AddUserError>(false);
                }
                unit.users().save(&User { role: Role::User, version: admin.version + 1, ..admin }).await?;
                Ok(true)
            };
            let left = left.await;
            match left {
                Ok(true) => unit.commit().await.is_ok(),
                _ => {
                    unit.rollback().await.unwrap();
                    false
                }
            }
        })
    };
    fixture.together(admins.iter().map(leave).collect()).await;
    let mut unit = fixture.unit().await;
    let left = unit.users().count_active_admins().await.unwrap();
    unit.rollback().await.unwrap();
    assert!(left >= 1, "the last admin left");
}

async fn names(users: &Arc<dyn UserQueries>, filter: UserFilter) -> Vec<String> {
    let page = users.list(&filter, None, PageLimit::DEFAULT).await.unwrap();
    assert_eq!(page.next, None);
    page.items.into_iter().map(|user| user.username.as_str().to_owned()).collect()
}

/// By text in name or address, by role, by status, and by all of them. `%` and `_` are no wildcards.
pub async fn the_list_is_filtered(fixture: &Fixture) {
    let build = |name: &str, role, status, second: i64| {
        let at = FixedClock::START.plus_seconds(second);
        UserBuilder::new(fixture.ids(), name).role(role).status(status).created_at(at).build()
    };
    for user in [
        build("a_b", Role::User, UserStatus::Active, 1),
        build("axb", Role::Admin, UserStatus::Active, 2),
        build("cxd", Role::Admin, UserStatus::Suspended, 3),
    ] {
        fixture.given.add_user(user).await;
    }
    let users = &fixture.ports.users;
    let search = |text: &str| UserFilter { search: Some(text.to_owned()), ..UserFilter::default() };
    assert_eq!(names(users, UserFilter::default()).await, ["cxd", "axb", "a_b"]);
    assert_eq!(names(users, search("a_b")).await, ["a_b"]);
    assert_eq!(names(users, search("xd@exam")).await, ["cxd"]);
    for nothing in ["%", "\\", "'", "a%b"] {
        assert_eq!(names(users, search(nothing)).await, [""; 0], "{nothing}");
    }
    let admins = UserFilter { role: Some(Role::Admin), ..UserFilter::default() };
    assert_eq!(names(users, admins.clone()).await, ["cxd", "axb"]);
    let active_admins = UserFilter { status: Some(UserStatus::Active), ..admins };
    assert_eq!(names(users, active_admins.clone()).await, ["axb"]);
    assert_eq!(names(users, UserFilter { search: Some("cxd".to_owned()), ..active_admins }).await, [""; 0]);
}

/// Newest first, also when many registered at the same time, with pages of any size.
pub async fn the_list_is_read_without_gaps_and_doubles(fixture: &Fixture) {
    let mut expected: Vec<(Timestamp, UserProfile)> = Vec::new();
    for index in 0..9 {
        let at = FixedClock::START.plus_seconds(index / 4);
        let user = UserBuilder::new(fixture.ids(), &format!("user{index}")).created_at(at).build();
        expected.push((at, fixture.given.add_user(user).await.profile()));
    }
    expected.sort_by_key(|(at, user)| std::cmp::Reverse((*at, user.id)));
    let expected: Vec<UserProfile> = expected.into_iter().map(|(_, user)| user).collect();
    let filter = &UserFilter::default();
    for size in [1, 2, 4, 9, 10] {
        let limit = PageLimit::new(size).unwrap();
        let read =
            read_all_pages(async |after: Option<UserPosition>| fixture.ports.users.list(filter, after, limit).await)
                .await;
        assert_eq!(read, expected, "pages of {size}");
    }
}
