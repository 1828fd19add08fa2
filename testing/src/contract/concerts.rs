//! Concerts: revisions, versions, and the counter.

use boxoffice_domain::concerts::{Caps, Concert, ConcertDetails, ConcertStatus, ConcertView, TicketNumber};
use boxoffice_domain::shared::{Currency, Money, OrganiserId, StoreError};

use super::{BoxFuture, Fixture, INSTANT};
use crate::builders::ConcertBuilder;
use crate::clock::FixedClock;

async fn stored(fixture: &Fixture, view: &ConcertView) -> Concert {
    fixture.ports.concerts.get(view.concert.id).await.unwrap().unwrap().concert
}

/// All fields are stored: emoji, accents, line breaks, times to the microsecond, present and missing values.
pub async fn a_concert_comes_back_as_written(fixture: &Fixture) {
    let builder = ConcertBuilder::new(fixture.ids()).named("Ænima 🎸 — 東京").currency("IDR").uncapped();
    let builder = builder.refundable_until(INSTANT).starts_at(INSTANT.plus_seconds(1)).details(|details| {
        details.description = "First line\nsecond \"quoted\" line\tπ \\ 'x' 𝄞".repeat(20);
        details.sales_start_at = INSTANT.plus_seconds(-1);
    });
    let full = fixture.given.add_concert(builder.standing("GA", 3, Money::MAX_MINOR)).await;
    let plain = fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).status(ConcertStatus::Cancelled)).await;
    for view in [&full, &plain] {
        assert_eq!(fixture.ports.concerts.get(view.concert.id).await.unwrap().as_ref(), Some(view));
        let mut unit = fixture.unit().await;
        assert_eq!(unit.concerts().get(view.concert.id).await.unwrap().as_ref(), Some(&view.concert));
        unit.rollback().await.unwrap();
    }
    let unknown = ConcertBuilder::new(fixture.ids()).build().concert.id;
    assert_eq!(fixture.ports.concerts.get(unknown).await.unwrap(), None);
    let mut unit = fixture.unit().await;
    assert_eq!(unit.concerts().get(unknown).await.unwrap(), None);
    unit.rollback().await.unwrap();
}

/// Concerts of one organiser, from a time on.
pub async fn created_concerts_are_counted(fixture: &Fixture) {
    let (ana, ben) = (fixture.given.manager("ana").await.id, fixture.given.manager("ben").await.id);
    let (anas, bens) = (fixture.given.organiser(ana).await, fixture.given.organiser(ben).await);
    for organiser in [anas, anas, bens] {
        fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).organiser(organiser)).await;
    }
    let mut unit = fixture.unit().await;
    let start = FixedClock::START;
    assert_eq!(unit.concerts().count_created_since(anas, start).await.unwrap(), 2);
    assert_eq!(unit.concerts().count_created_since(bens, start).await.unwrap(), 1);
    assert_eq!(unit.concerts().count_created_since(anas, start.plus_seconds(1)).await.unwrap(), 0);
    unit.rollback().await.unwrap();
}

fn edited(concert: &Concert) -> Concert {
    Concert {
        details: ConcertDetails {
            name: "Another name".to_owned(),
            artist: "Others".to_owned(),
            description: String::new(),
            venue: "Elsewhere".to_owned(),
            location: "Bandung".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            starts_at: INSTANT.plus_seconds(50),
            sales_start_at: INSTANT.plus_seconds(10),
            sales_end_at: INSTANT.plus_seconds(40),
            refundable_until: Some(INSTANT.plus_seconds(30)),
        },
        caps: Caps {
            max_tickets_per_booking: None,
            max_tickets_per_user: Some(7),
            max_pending_bookings_per_user: Some(1),
        },
        status: ConcertStatus::Cancelled,
        updated_at: INSTANT,
        cancelled_at: Some(INSTANT.plus_seconds(1)),
        cancellation_done_at: Some(INSTANT.plus_seconds(2)),
        ..concert.clone()
    }
}

/// A save increments version and revision. A save with a stale revision meets contention and changes nothing.
pub async fn a_save_takes_the_revision_it_was_read_at(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let changed = edited(&view.concert);
    let mut unit = fixture.unit().await;
    unit.concerts().advance(view.concert.id, 0).await.unwrap();
    assert_eq!(unit.concerts().save(&changed).await.unwrap(), 3);
    unit.commit().await.unwrap();
    let expected = Concert { version: 3, revision: 2, ..changed };
    assert_eq!(stored(fixture, &view).await, expected);
    for revision in [1, 3] {
        let mut unit = fixture.unit().await;
        let outcome = unit.concerts().save(&Concert { revision, ..view.concert.clone() }).await;
        assert!(matches!(outcome, Err(StoreError::Contention)), "revision {revision}");
        unit.rollback().await.unwrap();
    }
    assert_eq!(stored(fixture, &view).await, expected);
}

/// A save keeps the counters that sales changed since the concert was read, and the fields that never change.
pub async fn a_save_leaves_the_counters_alone(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let mut unit = fixture.unit().await;
    unit.concerts().advance(view.concert.id, -40).await.unwrap();
    unit.commit().await.unwrap();
    let forged = Concert {
        organiser: OrganiserId::generate(fixture.ids()),
        currency: Currency::parse("JPY").unwrap(),
        total: 5,
        available: 5,
        created_at: INSTANT,
        ..view.concert.clone()
    };
    let mut unit = fixture.unit().await;
    unit.concerts().save(&forged).await.unwrap();
    unit.commit().await.unwrap();
    let expected = Concert { available: 60, version: 3, revision: 2, ..view.concert.clone() };
    assert_eq!(stored(fixture, &view).await, expected);
}

/// Each call increments the version and changes the counter, also within one unit.
pub async fn advancing_counts_versions_and_tickets(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let id = view.concert.id;
    let mut unit = fixture.unit().await;
    assert_eq!(unit.concerts().advance(id, -100).await.unwrap(), 2);
    assert_eq!(unit.concerts().advance(id, 30).await.unwrap(), 3);
    unit.commit().await.unwrap();
    let now = stored(fixture, &view).await;
    assert_eq!((now.available, now.version, now.revision), (30, 3, 1));
    assert_eq!(now.updated_at, view.concert.updated_at);
}

/// The counter is never below 0 or above the total.
pub async fn the_counter_stays_in_its_range(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    for by in [-101, 1] {
        let mut unit = fixture.unit().await;
        assert!(unit.concerts().advance(view.concert.id, by).await.is_err(), "{by}");
        unit.rollback().await.unwrap();
    }
    assert_eq!(stored(fixture, &view).await, view.concert);
}

/// Twenty concurrent units: each gets its own version, and no change is lost.
pub async fn versions_count_every_unit(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let id = view.concert.id;
    let advance = || -> BoxFuture<'static, u64> {
        let store = fixture.ports.store.clone();
        Box::pin(async move {
            let mut unit = store.begin().await.unwrap();
            let version = unit.concerts().advance(id, -1).await.unwrap();
            unit.commit().await.unwrap();
            version
        })
    };
    let mut versions = fixture.together((0..20).map(|_| advance()).collect()).await;
    versions.sort_unstable();
    assert_eq!(versions, (2..=21).collect::<Vec<u64>>());
    let now = stored(fixture, &view).await;
    assert_eq!((now.version, now.available), (21, 80));
}

/// A draft is deleted with all its rows, and other concerts do not change.
pub async fn a_draft_is_deleted_with_all_it_has(fixture: &Fixture) {
    let other = fixture.given.concert().await;
    let draft = ConcertBuilder::new(fixture.ids()).status(ConcertStatus::Draft).seated("A", 2, 5, 100);
    let draft = fixture.given.add_concert(draft.category("child", 50)).await;
    let id = draft.concert.id;
    let mut unit = fixture.unit().await;
    unit.concerts().delete_draft(id, 1).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(fixture.ports.concerts.get(id).await.unwrap(), None);
    assert_eq!(fixture.ports.concerts.availability(id).await.unwrap(), None);
    assert_eq!(fixture.ports.concerts.seats(id, None).await.unwrap(), None);
    let mut unit = fixture.unit().await;
    let number = other.plan.sections()[0].first;
    assert_eq!(unit.sections().of_concert(id).await.unwrap(), []);
    assert_eq!(unit.sections().prices(id).await.unwrap(), []);
    assert_eq!(unit.tickets().states(id, &[number]).await.unwrap(), []);
    assert_eq!(unit.tickets().states(other.concert.id, &[number]).await.unwrap().len(), 1);
    unit.rollback().await.unwrap();
    assert_eq!(fixture.ports.concerts.get(other.concert.id).await.unwrap(), Some(other));
}

/// A draft that was edited or published since it was read is kept.
pub async fn a_changed_draft_is_not_deleted(fixture: &Fixture) {
    let view = fixture.given.add_concert(ConcertBuilder::new(fixture.ids()).status(ConcertStatus::Draft)).await;
    let published = Concert { status: ConcertStatus::OnSale, updated_at: FixedClock::START, ..view.concert.clone() };
    let mut unit = fixture.unit().await;
    unit.concerts().save(&published).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = fixture.unit().await;
    let outcome = unit.concerts().delete_draft(view.concert.id, 1).await;
    assert!(matches!(outcome, Err(StoreError::Contention)));
    unit.rollback().await.unwrap();
    assert_eq!(stored(fixture, &view).await.status, ConcertStatus::OnSale);
    let mut unit = fixture.unit().await;
    let numbers: Vec<TicketNumber> = (1..=100).map(TicketNumber::new).collect();
    assert_eq!(unit.tickets().states(view.concert.id, &numbers).await.unwrap().len(), 100);
    unit.rollback().await.unwrap();
}
