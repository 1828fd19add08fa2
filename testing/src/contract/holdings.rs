//! The holdings of users.

use boxoffice_domain::bookings::{CustomerHoldings, HoldingsChange};
use boxoffice_domain::shared::{ConcertId, StoreError, UserId};

use super::{BoxFuture, Fixture};

const fn first(user: UserId, tickets: i64) -> HoldingsChange {
    again(user, tickets, 1)
}

const fn again(user: UserId, tickets: i64, pending_bookings: i64) -> HoldingsChange {
    HoldingsChange { user, tickets, pending_bookings, max_tickets: None, max_pending_bookings: None }
}

async fn change(fixture: &Fixture, concert: ConcertId, changes: &[HoldingsChange]) -> Result<(), StoreError> {
    let mut unit = fixture.unit().await;
    match unit.holdings().change(concert, changes).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

async fn held(fixture: &Fixture, concert: ConcertId, users: &[UserId]) -> Vec<(UserId, u32, u32)> {
    let mut unit = fixture.unit().await;
    let mut holdings = unit.holdings().of_users(concert, users).await.unwrap();
    unit.rollback().await.unwrap();
    holdings.sort_by_key(|held| held.user);
    holdings
        .into_iter()
        .map(|CustomerHoldings { user, tickets, pending_bookings }| (user, tickets, pending_bookings))
        .collect()
}

async fn three(fixture: &Fixture) -> (ConcertId, [UserId; 3]) {
    (ConcertId::generate(fixture.ids()), [(); 3].map(|()| UserId::generate(fixture.ids())))
}

/// New rows and sums in one call, for many users, separately for each concert.
pub async fn holdings_are_summed(fixture: &Fixture) {
    let (concert, [ana, ben, cleo]) = three(fixture).await;
    let other = ConcertId::generate(fixture.ids());
    change(fixture, concert, &[first(ana, 2)]).await.unwrap();
    change(fixture, concert, &[again(ana, 3, 1), first(ben, 1)]).await.unwrap();
    change(fixture, concert, &[again(ben, 4, -1), again(ana, -1, 0)]).await.unwrap();
    change(fixture, other, &[first(ana, 9)]).await.unwrap();
    change(fixture, concert, &[]).await.unwrap();
    assert_eq!(held(fixture, concert, &[ana, ben, cleo]).await, [(ana, 4, 2), (ben, 5, 0)]);
    assert_eq!(held(fixture, concert, &[cleo]).await, []);
    assert_eq!(held(fixture, concert, &[]).await, []);
    let many: Vec<UserId> = (0..256).map(|_| UserId::generate(fixture.ids())).collect();
    let changes: Vec<HoldingsChange> = many.iter().map(|user| first(*user, 2)).collect();
    change(fixture, concert, &changes).await.unwrap();
    assert_eq!(held(fixture, concert, &many).await.len(), 256);
}

/// The last change that fits is written. One more meets contention and changes no sums. A new row has a maximum too.
pub async fn a_maximum_is_never_exceeded(fixture: &Fixture) {
    let (concert, [ana, ben, cleo]) = three(fixture).await;
    change(fixture, concert, &[first(ana, 2), first(ben, 2)]).await.unwrap();
    let capped =
        |change: HoldingsChange| HoldingsChange { max_tickets: Some(4), max_pending_bookings: Some(2), ..change };
    change(fixture, concert, &[capped(again(ana, 2, 1))]).await.unwrap();
    for too_much in [again(ana, 1, 0), again(ana, 0, 1), first(cleo, 5)] {
        let outcome = change(fixture, concert, &[capped(again(ben, 1, 0)), capped(too_much)]).await;
        assert!(matches!(outcome, Err(StoreError::Contention)), "{too_much:?}: {outcome:?}");
    }
    assert_eq!(held(fixture, concert, &[ana, ben, cleo]).await, [(ana, 4, 2), (ben, 2, 1)]);
    change(fixture, concert, &[again(ana, 1, 1)]).await.unwrap();
    change(fixture, concert, &[capped(again(ana, -1, -1))]).await.unwrap();
}

/// The first tickets of a user create the row. A release without a row is refused.
pub async fn a_first_row_needs_no_announcement(fixture: &Fixture) {
    let (concert, [ana, ben, _]) = three(fixture).await;
    change(fixture, concert, &[first(ana, 2)]).await.unwrap();
    change(fixture, concert, &[first(ana, 1), first(ben, 4)]).await.unwrap();
    let (_, [cleo, ..]) = three(fixture).await;
    for wrong in [again(cleo, -1, 0), again(cleo, 1, -1)] {
        let outcome = change(fixture, concert, &[wrong]).await;
        assert!(matches!(outcome, Err(StoreError::Contention)), "{wrong:?}: {outcome:?}");
    }
    assert_eq!(held(fixture, concert, &[ana, ben, cleo]).await, [(ana, 3, 2), (ben, 4, 1)]);
}

/// Releasing more than a user holds fails the unit.
pub async fn sums_never_fall_below_zero(fixture: &Fixture) {
    let (concert, [ana, ..]) = three(fixture).await;
    change(fixture, concert, &[first(ana, 2)]).await.unwrap();
    for wrong in [again(ana, -3, 0), again(ana, 0, -2)] {
        assert!(change(fixture, concert, &[wrong]).await.is_err(), "{wrong:?}");
    }
    change(fixture, concert, &[again(ana, -2, -1)]).await.unwrap();
    assert_eq!(held(fixture, concert, &[ana]).await, [(ana, 0, 0)]);
}

/// Twenty concurrent units, of which the cap allows five.
pub async fn many_units_of_one_user_stay_within_the_cap(fixture: &Fixture) {
    let (concert, [ana, ..]) = three(fixture).await;
    change(fixture, concert, &[first(ana, 0)]).await.unwrap();
    let take = || -> BoxFuture<'static, bool> {
        let store = fixture.ports.store.clone();
        Box::pin(async move {
            let mut unit = store.begin().await.unwrap();
            let two = HoldingsChange { max_tickets: Some(10), ..again(ana, 2, 0) };
            match unit.holdings().change(concert, &[two]).await {
                Ok(()) => unit.commit().await.is_ok(),
                Err(StoreError::Contention) => {
                    unit.rollback().await.unwrap();
                    false
                }
                Err(other) => panic!("a cap that is reached is contention, not {other:?}"),
            }
        })
    };
    let taken = fixture.together((0..20).map(|_| take()).collect()).await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 5);
    assert_eq!(held(fixture, concert, &[ana]).await, [(ana, 10, 1)]);
}
