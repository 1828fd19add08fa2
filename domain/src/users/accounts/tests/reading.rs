use super::*;

#[tokio::test]
async fn users_read_themselves_and_admins_and_the_system_everybody() {
    let ana = user(1, Role::User);
    for reader in [actor(&ana), actor(&user(2, Role::Admin)), Actor::System] {
        let profile = reading(queries_with(&ana)).get(&reader, ana.id).await.unwrap();
        assert_eq!(profile, ana.profile());
    }
}

#[tokio::test]
async fn others_do_not_even_learn_whether_there_is_such_a_user() {
    let nobody_asked = || reading(MockUserQueries::new());
    let stranger = nobody_asked().get(&actor(&user(2, Role::Manager)), user_id(1)).await;
    assert!(matches!(stranger, Err(ReadUserError::NotFound)));
    let anonymous = nobody_asked().get(&Actor::Anonymous, user_id(1)).await;
    assert!(matches!(anonymous, Err(ReadUserError::LoginRequired)));
}

#[tokio::test]
async fn an_erased_account_is_there_for_admins_only() {
    let erased = with_status(user(1, Role::User), UserStatus::Erased);
    let own = reading(queries_with(&erased)).get(&actor(&erased), erased.id).await;
    assert!(matches!(own, Err(ReadUserError::NotFound)));
    let admin = actor(&user(2, Role::Admin));
    let seen = reading(queries_with(&erased)).get(&admin, erased.id).await.unwrap();
    assert_eq!(seen.status, UserStatus::Erased);
}

#[tokio::test]
async fn what_is_missing_or_fails_is_told() {
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
async fn a_search_of_white_space_is_none_and_one_too_long_finds_nobody() {
    let admin = actor(&user(2, Role::Admin));
    let mut queries = MockUserQueries::new();
    let empty = || Ok(Page { items: Vec::new(), next: None });
    queries.expect_list().withf(|filter, _, _| filter.search.is_none()).times(1).returning(move |_, _, _| empty());
    let accounts = reading(queries);
    accounts.list(&admin, searching("  "), None, PageLimit::DEFAULT).await.unwrap();
    let found = accounts
        .list(&admin, searching(&"x".repeat(crate::users::Email::MAX_LENGTH + 1)), None, PageLimit::DEFAULT)
        .await
        .unwrap();
    assert!(found.items.is_empty());
}

#[tokio::test]
async fn nobody_else_lists() {
    let accounts = reading(MockUserQueries::new());
    let list = |actor: Actor| {
        let accounts = &accounts;
        async move { accounts.list(&actor, UserFilter::default(), None, PageLimit::DEFAULT).await }
    };
    assert!(matches!(list(Actor::Anonymous).await, Err(ReadUserError::LoginRequired)));
    assert!(matches!(list(actor(&user(1, Role::Manager))).await, Err(ReadUserError::Forbidden)));
}

#[tokio::test]
async fn a_list_that_fails_is_told() {
    let mut queries = MockUserQueries::new();
    queries.expect_list().returning(|_, _, _| Err(StoreError::Busy));
    let outcome = reading(queries).list(&Actor::System, UserFilter::default(), None, PageLimit::DEFAULT).await;
    assert!(matches!(outcome, Err(ReadUserError::Store(StoreError::Busy))));
}
