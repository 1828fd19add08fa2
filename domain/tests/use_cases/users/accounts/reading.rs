use super::*;

#[tokio::test]
async fn users_read_themselves_and_admins_and_the_system_read_all() {
    let ana = user(1, Role::User);
    for reader in [actor(&ana), actor(&user(2, Role::Admin)), Actor::System] {
        let profile = reading(queries_with(&ana)).get(&reader, ana.id).await.unwrap();
        assert_eq!(profile, ana.profile());
    }
}

#[tokio::test]
async fn others_do_not_learn_whether_a_user_exists() {
    let without_queries = || reading(MockUserQueries::new());
    let stranger = without_queries().get(&actor(&user(2, Role::Manager)), user_id(1)).await;
    assert!(matches!(stranger, Err(ReadUserError::NotFound)));
    let anonymous = without_queries().get(&Actor::Anonymous, user_id(1)).await;
    assert!(matches!(anonymous, Err(ReadUserError::LoginRequired)));
}

#[tokio::test]
async fn an_erased_account_is_visible_to_admins_only() {
    let erased = with_status(user(1, Role::User), UserStatus::Erased);
    let own = reading(queries_with(&erased)).get(&actor(&erased), erased.id).await;
    assert!(matches!(own, Err(ReadUserError::NotFound)));
    let admin = actor(&user(2, Role::Admin));
    let seen = reading(queries_with(&erased)).get(&admin, erased.id).await.unwrap();
    assert_eq!(seen.status, UserStatus::Erased);
}

#[tokio::test]
async fn missing_users_and_failures_of_the_store_are_reported() {
    let admin = actor(&user(2, Role::Admin));
    let mut queries = MockUserQueries::new();
    queries.expect_get().returning(|_| Ok(None));
    assert!(matches!(reading(queries).get(&admin, user_id(1)).await, Err(ReadUserError::NotFound)));
    let mut queries = MockUserQueries::new();
    queries.expect_get().returning(|_| Err(unavailable()));
    assert!(matches!(reading(queries).get(&admin, user_id(1)).await, Err(ReadUserError::Store(_))));
}

fn searching(text: &str) -> UserFilter {
    UserFilter { search: Some(text.to_owned()), ..UserFilter::default() }
}

#[tokio::test]
async fn admins_list_with_a_folded_search() {
    let ana = user(1, Role::User);
    let mut queries = MockUserQueries::new();
    let page = Page { items: vec![ana.profile()], next: None };
    let expected = page.clone();
    queries
        .expect_list()
        .withf(|filter, after, limit| *filter == searching("ana") && after.is_none() && limit.items() == 20)
        .times(1)
        .return_once(move |_, _, _| Ok(page));
    let admin = actor(&user(2, Role::Admin));
    let listed = reading(queries).list(&admin, searching(" ANA "), None, PageLimit::DEFAULT).await.unwrap();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn a_blank_search_is_none_and_one_too_long_finds_no_user() {
    let admin = actor(&user(2, Role::Admin));
    let mut queries = MockUserQueries::new();
    let empty = || Ok(Page { items: Vec::new(), next: None });
    queries.expect_list().withf(|filter, _, _| filter.search.is_none()).times(1).returning(move |_, _, _| empty());
    let accounts = reading(queries);
    accounts.list(&admin, searching("  "), None, PageLimit::DEFAULT).await.unwrap();
    let found = accounts
        .list(&admin, searching(&"x".repeat(boxoffice_domain::users::Email::MAX_LENGTH + 1)), None, PageLimit::DEFAULT)
        .await
        .unwrap();
    assert!(found.items.is_empty());
}

#[tokio::test]
async fn other_actors_cannot_list() {
    let accounts = reading(MockUserQueries::new());
    let list = |actor: Actor| {
        let accounts = &accounts;
        async move { accounts.list(&actor, UserFilter::default(), None, PageLimit::DEFAULT).await }
    };
    assert!(matches!(list(Actor::Anonymous).await, Err(ReadUserError::LoginRequired)));
    assert!(matches!(list(actor(&user(1, Role::Manager))).await, Err(ReadUserError::Forbidden)));
}

#[tokio::test]
async fn a_failure_of_the_list_is_returned() {
    let mut queries = MockUserQueries::new();
    queries.expect_list().returning(|_, _, _| Err(StoreError::Busy));
    let outcome = reading(queries).list(&Actor::System, UserFilter::default(), None, PageLimit::DEFAULT).await;
    assert!(matches!(outcome, Err(ReadUserError::Store(StoreError::Busy))));
}
