//! Units of work: all or nothing, and invisible to others before the commit.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use boxoffice_domain::bookings::{Booking, HoldingsChange};
use boxoffice_domain::concerts::{ConcertView, Organiser, TicketClaim, TicketNumber, TicketStatus};
use boxoffice_domain::events::EventPayload;
use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey, IdempotencyRecord, Operation, ScopedKey};
use boxoffice_domain::outbox::Stream;
use boxoffice_domain::payments::Payment;
use boxoffice_domain::sales::SalesUnit;
use boxoffice_domain::shared::{OrganiserId, RefreshFamilyId, Role, StoreError, UserId};
use boxoffice_domain::store::in_unit;
use boxoffice_domain::users::{AddUserError, RefreshToken, User, UserEvent};

use super::{BoxFuture, Fixture, INSTANT};
use crate::builders::{BookingBuilder, ConcertBuilder, PaymentBuilder, RefundBuilder, UserBuilder, refresh_token};
use crate::given::assert_sound;

/// How long a dropped unit may still hold its locks.
const DROPPED_UNIT_LOCKS: Duration = Duration::from_millis(100);

/// How long a statement that is not blocked may take on a busy machine.
const UNBLOCKED_WITHIN: Duration = Duration::from_secs(5);

/// One row in each table.
struct Everything {
    before: ConcertView,
    user: User,
    token: RefreshToken,
    organiser: Organiser,
    concert: ConcertView,
    booking: Booking,
    payment: Payment,
    remembered: IdempotencyRecord,
}

async fn write_everything(fixture: &Fixture, before: ConcertView, unit: &mut dyn SalesUnit) -> Everything {
    let ids = fixture.ids();
    let user = UserBuilder::new(ids, "ana").role(Role::Manager).build();
    let (token, _) = refresh_token(ids, user.id, RefreshFamilyId::generate(ids), INSTANT);
    let organiser = Organiser { id: OrganiserId::generate(ids), name: "Example".to_owned(), created_at: INSTANT };
    let concert = ConcertBuilder::new(ids).seated("B", 1, 1, 1).organiser(organiser.id).build();
    let booking = BookingBuilder::new(ids, &before).user(user.id).tickets([1, 2]).build();
    let payment = PaymentBuilder::new(ids, &booking).build();
    let key = IdempotencyKey::parse("key").unwrap();
    let remembered = IdempotencyRecord {
        key: ScopedKey { user: user.id, operation: Operation::PlaceBooking, key },
        command: CommandHash::of([]),
        resource: booking.id.uuid(),
        at: INSTANT,
    };
    unit.users().add(&user).await.unwrap();
    unit.refresh_tokens().add(&token).await.unwrap();
    unit.organisers().add(&organiser, user.id).await.unwrap();
    let claims =
        [1, 2].map(|number| TicketClaim { number: TicketNumber::new(number), booking: booking.id, sold: false });
    unit.tickets().claim(before.concert.id, &claims).await.unwrap();
    unit.bookings().add(std::slice::from_ref(&booking)).await.unwrap();
    unit.payments().add(std::slice::from_ref(&payment)).await.unwrap();
    unit.refunds().add(&[RefundBuilder::new(ids, &payment).build()]).await.unwrap();
    let change = HoldingsChange {
        user: user.id,
        tickets: 2,
        pending_bookings: 1,
        max_tickets: None,
        max_pending_bookings: None,
    };
    unit.holdings().change(before.concert.id, &[change]).await.unwrap();
    unit.concerts().add(&concert.concert).await.unwrap();
    unit.sections().add_all(concert.concert.id, concert.plan.sections()).await.unwrap();
    let label = concert.plan.label(TicketNumber::new(1)).unwrap();
    unit.tickets().add(concert.concert.id, TicketNumber::new(1), &[label]).await.unwrap();
    unit.idempotency().remember(std::slice::from_ref(&remembered)).await.unwrap();
    unit.concerts().advance(before.concert.id, -2).await.unwrap();
    fixture
        .given
        .record_event(unit, Stream::User(user.id), 1, EventPayload::User(UserEvent::Registered { role: user.role }))
        .await;
    Everything { before, user, token, organiser, concert, booking, payment, remembered }
}

/// Panics unless the unit sees all rows, or none of them.
async fn assert_in_unit(unit: &mut dyn SalesUnit, all: &Everything, there: bool) {
    let numbers = [1, 2].map(TicketNumber::new);
    let states = unit.tickets().states(all.before.concert.id, &numbers).await.unwrap();
    assert!(states.iter().all(|ticket| (ticket.status == TicketStatus::Held) == there));
    assert_eq!(unit.users().get(all.user.id).await.unwrap().is_some(), there);
    assert_eq!(unit.refresh_tokens().find(&all.token.hash).await.unwrap().is_some(), there);
    assert_eq!(!unit.organisers().of_user(all.user.id).await.unwrap().is_empty(), there);
    assert_eq!(!unit.bookings().get(&[all.booking.id]).await.unwrap().is_empty(), there);
    assert_eq!(!unit.payments().get(&[all.payment.id]).await.unwrap().is_empty(), there);
    assert_eq!(!unit.refunds().of_payments(&[all.payment.id]).await.unwrap().is_empty(), there);
    let holdings = unit.holdings().of_users(all.before.concert.id, &[all.user.id]).await.unwrap();
    assert_eq!(!holdings.is_empty(), there);
    assert_eq!(unit.concerts().get(all.concert.concert.id).await.unwrap().is_some(), there);
    assert_eq!(!unit.sections().of_concert(all.concert.concert.id).await.unwrap().is_empty(), there);
    let keys = std::slice::from_ref(&all.remembered.key);
    assert_eq!(!unit.idempotency().find(keys).await.unwrap().is_empty(), there);
    let version = unit.concerts().get(all.before.concert.id).await.unwrap().unwrap().version;
    assert_eq!(version == 2, there);
}

/// The same check through the queries, outside of units.
async fn assert_outside(fixture: &Fixture, all: &Everything, there: bool) {
    let ports = &fixture.ports;
    assert_eq!(ports.users.get(all.user.id).await.unwrap().is_some(), there);
    assert_eq!(ports.organisers.role_in(all.user.id, all.organiser.id).await.unwrap().is_some(), there);
    assert_eq!(ports.bookings.get(all.booking.id).await.unwrap().is_some(), there);
    assert_eq!(ports.payments.get(all.payment.id).await.unwrap().is_some(), there);
    assert_eq!(!ports.payments.refunds_of(all.payment.id).await.unwrap().is_empty(), there);
    assert_eq!(ports.concerts.get(all.concert.concert.id).await.unwrap().is_some(), there);
    assert_eq!(ports.concerts.seats(all.concert.concert.id, None).await.unwrap().is_some(), there);
    let availability = ports.concerts.availability(all.before.concert.id).await.unwrap().unwrap();
    assert_eq!(availability.concert.version == 2, there);
}

/// A unit sees its own changes at once. Others see them after its commit.
pub async fn a_unit_sees_its_own_changes_and_others_do_not(fixture: &Fixture) {
    let before = fixture.given.concert().await;
    let mut unit = fixture.unit().await;
    let all = write_everything(fixture, before, &mut *unit).await;
    assert_in_unit(&mut *unit, &all, true).await;
    assert_outside(fixture, &all, false).await;
    unit.commit().await.unwrap();
    assert_outside(fixture, &all, true).await;
    let mut unit = fixture.unit().await;
    assert_in_unit(&mut *unit, &all, true).await;
    unit.rollback().await.unwrap();
}

/// No rows, no events, and the next unit can write the same rows.
pub async fn a_unit_rolled_back_leaves_nothing(fixture: &Fixture) {
    let before = fixture.given.concert().await;
    let recorded = fixture.recorder.events().len();
    let mut unit = fixture.unit().await;
    let all = write_everything(fixture, before, &mut *unit).await;
    unit.rollback().await.unwrap();
    assert_nothing_left(fixture, &all, recorded).await;
    let mut unit = fixture.unit().await;
    let again = write_everything(fixture, all.before, &mut *unit).await;
    unit.commit().await.unwrap();
    assert_outside(fixture, &again, true).await;
}

async fn assert_nothing_left(fixture: &Fixture, all: &Everything, recorded: usize) {
    assert_outside(fixture, all, false).await;
    let mut unit = fixture.unit().await;
    assert_in_unit(&mut *unit, all, false).await;
    unit.rollback().await.unwrap();
    assert_eq!(fixture.recorder.events().len(), recorded);
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
}

/// A dropped unit, as when its request is aborted, is rolled back, and 100 ms later its seats can be claimed.
pub async fn a_unit_dropped_half_way_leaves_nothing_and_locks_nothing(fixture: &Fixture) {
    let before = fixture.given.concert().await;
    let recorded = fixture.recorder.events().len();
    let mut unit = fixture.unit().await;
    let all = write_everything(fixture, before, &mut *unit).await;
    drop(unit);
    fixture.pause(DROPPED_UNIT_LOCKS).await;
    let claims =
        [1, 2].map(|number| TicketClaim { number: TicketNumber::new(number), booking: all.booking.id, sold: true });
    let claim = async {
        let mut unit = fixture.unit().await;
        unit.tickets().claim(all.before.concert.id, &claims).await.unwrap();
        unit.concerts().advance(all.before.concert.id, -2).await.unwrap();
        unit.rollback().await.unwrap();
    };
    fixture.assert_within(UNBLOCKED_WITHIN, "claiming the seats of a dropped unit", claim).await;
    assert_nothing_left(fixture, &all, recorded).await;
}

/// More units than any pool has are dropped in the middle of a statement. The store stays usable and valid.
pub async fn many_dropped_units_leave_room_for_others(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let mut bookings = (1..).map(|number: u32| BookingBuilder::new(fixture.ids(), &view).tickets([number]).build());
    for booking in bookings.by_ref().take(40) {
        let claim = TicketClaim { number: booking.tickets[0].number, booking: booking.id, sold: false };
        let mut unit = fixture.unit().await;
        unit.tickets().claim(view.concert.id, &[claim]).await.unwrap();
        {
            let mut adding = pin!(unit.bookings().add(std::slice::from_ref(&booking)));
            // Polled once, then dropped.
            let _progress = std::future::poll_fn(|context| std::task::Poll::Ready(adding.as_mut().poll(context))).await;
        }
        drop(unit);
    }
    let place = async {
        let booking = BookingBuilder::new(fixture.ids(), &view).tickets(1..=40).build();
        fixture.given.booking(booking).await;
    };
    fixture.assert_within(UNBLOCKED_WITHIN, "booking what dropped units had claimed", place).await;
    assert_sound(&*fixture.ports.auditor, INSTANT).await;
    assert_eq!(fixture.ports.concerts.get(view.concert.id).await.unwrap().unwrap().concert.available, 60);
}

/// Twenty concurrent read-change-save units of one booking: with enough attempts each succeeds, and no change is lost.
pub async fn a_lost_unit_is_run_again(fixture: &Fixture) {
    let view = fixture.given.concert().await;
    let booking = fixture.given.booking(BookingBuilder::new(fixture.ids(), &view).tickets([1]).build()).await;
    let bump = || -> BoxFuture<'static, u32> {
        let (store, id) = (fixture.ports.store.clone(), booking.id);
        Box::pin(async move {
            let tries = AtomicU32::new(0);
            let mut outcome = Err(StoreError::Contention);
            while matches!(outcome, Err(StoreError::Contention)) {
                assert!(tries.load(Ordering::Relaxed) < 1_000, "a unit that always loses");
                outcome = in_unit(&*store, "bump", |unit, _| {
                    tries.fetch_add(1, Ordering::Relaxed);
                    Box::pin(async move {
                        let mut booking = unit.bookings().get(&[id]).await?.remove(0);
                        booking.version += 1;
                        booking.expires_at = booking.expires_at.plus_seconds(1);
                        unit.bookings().save(&[booking]).await
                    })
                })
                .await;
            }
            outcome.unwrap();
            tries.into_inner()
        })
    };
    fixture.together((0..20).map(|_| bump()).collect()).await;
    let stored = fixture.ports.bookings.get(booking.id).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.expires_at), (21, booking.expires_at.plus_seconds(20)));
}

/// Ten concurrent registrations of one name and address: one account, and nine errors that name what is taken.
pub async fn one_of_two_equal_users_is_refused(fixture: &Fixture) {
    let register = |user: User| -> BoxFuture<'static, Result<UserId, AddUserError>> {
        let store = fixture.ports.store.clone();
        Box::pin(async move {
            let mut unit = store.begin().await?;
            match unit.users().add(&user).await {
                Ok(()) => {
                    unit.commit().await?;
                    Ok(user.id)
                }
                Err(error) => {
                    unit.rollback().await?;
                    Err(error)
                }
            }
        })
    };
    let work = (0..10).map(|_| register(UserBuilder::new(fixture.ids(), "ana").build())).collect();
    let outcomes = fixture.together(work).await;
    let added: Vec<UserId> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).copied().collect();
    assert_eq!(added.len(), 1);
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let is_expected = matches!(
            refused,
            AddUserError::UsernameTaken | AddUserError::EmailTaken | AddUserError::Store(StoreError::Contention)
        );
        assert!(is_expected, "{refused:?}");
    }
    assert_eq!(fixture.ports.users.find_by_login("ana").await.unwrap().unwrap().id, added[0]);
}
