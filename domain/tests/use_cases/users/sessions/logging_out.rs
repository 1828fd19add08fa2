use boxoffice_domain::shared::{Role, StoreError};
use boxoffice_testing::{failing_store, store_of};

use super::*;
use crate::users::fixtures::{expect_read, unavailable, user};

#[tokio::test]
async fn the_whole_log_in_ends() {
    let token = token_of(&user(1, Role::User));
    let mut unit = MockUnitOfWork::new();
    expect_token(&mut unit, token);
    expect_read(&mut unit, &user(1, Role::User));
    unit.refresh_tokens
        .expect_revoke_family()
        .withf(move |user, family, at| (*user, *family, *at) == (token.user, token.family, NOW))
        .times(1)
        .returning(|_, _, _| Ok(()));
    let end = unit.end();
    exchanging(store_of([unit])).log_out(&secret()).await.unwrap();
    assert!(end.is_committed());
}

#[tokio::test]
async fn an_unknown_token_ends_nothing() {
    let mut unit = MockUnitOfWork::new();
    unit.refresh_tokens.expect_find().returning(|_| Ok(None));
    exchanging(store_of([unit])).log_out(&secret()).await.unwrap();
}

#[tokio::test]
async fn a_failure_of_any_port_rolls_the_unit_back() {
    let mut finding = MockUnitOfWork::new();
    finding.refresh_tokens.expect_find().returning(|_| Err(unavailable()));
    let mut revoking = MockUnitOfWork::new();
    expect_token(&mut revoking, token_of(&user(1, Role::User)));
    expect_read(&mut revoking, &user(1, Role::User));
    revoking.refresh_tokens.expect_revoke_family().returning(|_, _, _| Err(unavailable()));
    for unit in [finding, revoking] {
        let end = unit.end();
        let outcome = exchanging(store_of([unit])).log_out(&secret()).await;
        assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
        assert!(end.is_rolled_back());
    }
    let outcome = exchanging(failing_store(StoreError::Busy)).log_out(&secret()).await;
    assert!(matches!(outcome, Err(StoreError::Busy)));
}
