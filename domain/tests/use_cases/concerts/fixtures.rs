//! Fixtures that the tests of concerts share.

use std::sync::Arc;

use boxoffice_domain::concerts::{
    Concert, ConcertStatus, ConcertView, Concerts, MemberRole, MockConcertQueries, NewConcert, NewSection,
};
use boxoffice_domain::events::{EventPayload, OutboxEntry};
use boxoffice_domain::outbox::Aggregate;
use boxoffice_domain::shared::{Actor, ConcertId, Faults, OrganiserId, Role, StoreError, Timestamp, UserId};
use boxoffice_testing::{ConcertBuilder, FixedClock, MockStore, MockUnitOfWork, SequentialIds};

/// The time at which all tests run.
pub(crate) const NOW: Timestamp = FixedClock::START;
/// All statuses.
pub(crate) const STATUSES: [ConcertStatus; 4] =
    [ConcertStatus::Draft, ConcertStatus::OnSale, ConcertStatus::Paused, ConcertStatus::Cancelled];

pub(crate) fn in_days(days: i64) -> Timestamp {
    NOW.plus_seconds(days * 24 * 60 * 60)
}

pub(crate) fn user_id(number: u128) -> UserId {
    UserId::from_uuid(uuid::Uuid::from_u128(number))
}

pub(crate) fn organiser_id(number: u128) -> OrganiserId {
    OrganiserId::from_uuid(uuid::Uuid::from_u128(number))
}

/// A user with a role on the platform.
pub(crate) fn actor(role: Role) -> Actor {
    Actor::User { id: user_id(1), role }
}

/// A concert of organiser 7 with sections A (2 rows of 3 seats at 25.00) and GA (4 places at 15.00).
pub(crate) fn concert(status: ConcertStatus) -> ConcertView {
    let builder = ConcertBuilder::new(&SequentialIds::new()).organiser(organiser_id(7)).status(status);
    builder.seated("A", 2, 3, 2_500).standing("GA", 4, 1_500).build()
}

/// The same concert as a client describes it.
pub(crate) fn new_concert() -> NewConcert {
    NewConcert {
        organiser_id: None,
        name: "An Evening in May".to_owned(),
        artist: "The Examples".to_owned(),
        description: "Two sets, one interval.".to_owned(),
        venue: "Test Hall".to_owned(),
        location: "Jakarta".to_owned(),
        time_zone: "Asia/Jakarta".to_owned(),
        starts_at: in_days(30),
        sales_start_at: in_days(-1),
        sales_end_at: in_days(29),
        refundable_until: None,
        currency: "EUR".to_owned(),
        max_tickets_per_booking: None,
        max_tickets_per_user: None,
        max_pending_bookings_per_user: None,
        sections: vec![
            NewSection {
                code: "A".to_owned(),
                name: "Section A".to_owned(),
                kind: "seated".to_owned(),
                price: Some(2_500),
                rows: Some(2),
                seats_per_row: Some(3),
                ..NewSection::default()
            },
            standing("GA", 4),
        ],
    }
}

pub(crate) fn standing(code: &str, capacity: i64) -> NewSection {
    NewSection {
        code: code.to_owned(),
        name: format!("Section {code}"),
        kind: "standing".to_owned(),
        price: Some(1_500),
        capacity: Some(capacity),
        ..NewSection::default()
    }
}

/// Formats each fault as `pointer code`.
pub(crate) fn fault_codes(faults: &Faults) -> Vec<String> {
    faults.as_slice().iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
}

pub(crate) fn concerts(store: MockStore) -> Concerts {
    concerts_with(store, MockConcertQueries::new())
}

pub(crate) fn concerts_with(store: MockStore, queries: MockConcertQueries) -> Concerts {
    Concerts::new(Arc::new(store), Arc::new(queries), Arc::new(FixedClock::default()), Arc::new(SequentialIds::new()))
}

/// A unit that reads this concert and its sections.
pub(crate) fn unit_of(view: &ConcertView) -> MockUnitOfWork {
    let mut unit = MockUnitOfWork::new();
    let (concert, sections) = (view.concert.clone(), view.plan.sections().to_vec());
    let id = concert.id;
    unit.concerts.expect_get().withf(move |asked| *asked == id).returning(move |_| Ok(Some(concert.clone())));
    unit.sections.expect_of_concert().returning(move |_| Ok(sections.clone()));
    unit
}

/// The user is a member of organiser 7, or of none.
pub(crate) fn with_member(mut unit: MockUnitOfWork, role: Option<MemberRole>) -> MockUnitOfWork {
    let memberships = role.map(|role| (organiser_id(7), role)).into_iter().collect::<Vec<_>>();
    unit.organisers.expect_of_user().withf(|user| *user == user_id(1)).returning(move |_| Ok(memberships.clone()));
    unit
}

/// The unit writes this concert and returns this version.
pub(crate) fn with_save(
    mut unit: MockUnitOfWork,
    version: u64,
    expected: impl Fn(&Concert) -> bool + Send + 'static,
) -> MockUnitOfWork {
    unit.concerts.expect_save().times(1).withf(expected).returning(move |_| Ok(version));
    unit
}

/// The unit records one event with this payload for the concert.
pub(crate) fn with_event(mut unit: MockUnitOfWork, version: u64, payload: EventPayload) -> MockUnitOfWork {
    let is_it = move |entry: &OutboxEntry| {
        matches!(entry.events.as_slice(), [event] if event.version == version && entry.position == version
            && event.payload == payload
            && event.occurred_at == NOW
            && matches!(event.aggregate, Aggregate::Concert(_)))
    };
    unit.outbox.expect_append().times(1).withf(is_it).returning(|_| Ok(()));
    unit
}

/// A failure that is not contention, so a use case does not retry it.
pub(crate) const fn failure() -> StoreError {
    StoreError::Busy
}

/// The id of a concert that does not exist.
pub(crate) fn no_concert() -> ConcertId {
    ConcertId::from_uuid(uuid::Uuid::from_u128(404))
}
