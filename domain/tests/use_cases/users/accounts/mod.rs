mod changing;
mod changing_oneself;
mod erasing_oneself;
mod reading;
mod registering;

use std::sync::Arc;

use boxoffice_domain::events::{EventPayload, OutboxEntry};
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::shared::{Actor, Page, PageLimit, Role, StoreError};
use boxoffice_domain::users::{
    Accounts, AddUserError, ChangeOwnAccount, ChangeOwnError, ChangeUser, ChangeUserError, EraseOwnError, HasherError,
    MockPasswordHasher, MockUserQueries, ReadUserError, RegisterError, RegisterUser, User, UserEvent, UserFilter,
    UserStatus,
};
use boxoffice_testing::{FixedClock, MockStore, MockUnitOfWork, SequentialIds, UnitEnd, failing_store, store_of};

use crate::users::fixtures::{
    NOW, PASSWORD, actor, broken, expect_read, failing_hasher, hash_of, hasher, queries_with, unavailable, user,
    user_id, with_status,
};

fn accounts(store: MockStore, queries: MockUserQueries, hasher: MockPasswordHasher) -> Accounts {
    let (clock, ids) = (Arc::new(FixedClock::at(NOW)), Arc::new(SequentialIds::new()));
    Accounts::new(Arc::new(store), Arc::new(queries), Arc::new(hasher), clock, ids)
}

/// Accounts without queries, whose hasher succeeds.
fn writing(store: MockStore) -> Accounts {
    accounts(store, MockUserQueries::new(), hasher())
}

/// Accounts that must neither write nor hash.
fn reading(queries: MockUserQueries) -> Accounts {
    accounts(MockStore::new(), queries, MockPasswordHasher::new())
}

fn expect_event(unit: &mut MockUnitOfWork, by: Actor, about: &User, version: u64, payload: EventPayload) {
    let about = about.id;
    let expected = move |entry: &OutboxEntry| {
        let [event] = entry.events.as_slice() else { return false };
        let is_its_position = entry.stream == Stream::User(about) && entry.position == version;
        let of_user = is_its_position && event.aggregate == Aggregate::User(about) && event.version == version;
        of_user && event.actor == by && event.occurred_at == NOW && event.payload == payload
    };
    unit.outbox.expect_append().withf(expected).times(1).returning(|_| Ok(()));
}
