//! All outcomes of the use cases, against mocks of their ports.

mod block;
mod change;
mod create;
mod remove;
mod status;
mod with_store;

use boxoffice_domain::concerts::{ConcertStatus, MemberRole};
use boxoffice_domain::shared::{Actor, Role};
use boxoffice_testing::MockUnitOfWork;

use crate::concerts::fixtures::{actor, concert, no_concert, unit_of, with_member};

/// Why an actor may not manage a concert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Denial {
    LoginRequired,
    NotFound,
    Forbidden,
}

/// All actors who may not manage a concert, each with the unit that finds it out.
fn denied() -> Vec<(Actor, MockUnitOfWork, Denial)> {
    let user = actor(Role::Manager);
    let stranger = |status| with_member(unit_of(&concert(status)), None);
    let member = |role| with_member(unit_of(&concert(ConcertStatus::Draft)), Some(role));
    let mut nothing_found = MockUnitOfWork::new();
    nothing_found.concerts.expect_get().withf(|id| *id == no_concert()).returning(|_| Ok(None));
    nothing_found.concerts.expect_get().returning(|_| Ok(None));
    vec![
        (Actor::Anonymous, MockUnitOfWork::new(), Denial::LoginRequired),
        (user, nothing_found, Denial::NotFound),
        (user, stranger(ConcertStatus::Draft), Denial::NotFound),
        (user, stranger(ConcertStatus::OnSale), Denial::Forbidden),
        (user, stranger(ConcertStatus::Cancelled), Denial::Forbidden),
        (user, member(MemberRole::BoxOffice), Denial::Forbidden),
        (user, member(MemberRole::Scanner), Denial::Forbidden),
        (user, member(MemberRole::Viewer), Denial::Forbidden),
    ]
}

/// All actors who may manage a concert, each with the unit that finds it out.
fn allowed(status: ConcertStatus) -> Vec<(Actor, MockUnitOfWork)> {
    let unit = || unit_of(&concert(status));
    vec![
        (actor(Role::User), with_member(unit(), Some(MemberRole::Owner))),
        (actor(Role::Manager), with_member(unit(), Some(MemberRole::Manager))),
        (actor(Role::Admin), unit()),
        (Actor::System, unit()),
    ]
}

/// A manager of the concert's organiser, with the unit that finds it out.
fn manager(status: ConcertStatus) -> (Actor, MockUnitOfWork) {
    (actor(Role::Manager), with_member(unit_of(&concert(status)), Some(MemberRole::Manager)))
}
