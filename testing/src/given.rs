//! Writes the initial data of a test. Each step also writes its event and counters, so that the audit finds no
//! violations.

use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, BookingStatus, CancelReason};
use boxoffice_domain::concerts::{
    ConcertEvent, ConcertView, CountChange, Organiser, SeatChange, SeatLabel, TICKETS_ADDED_AT_ONCE_MAX, TicketNumber,
    TicketStatus,
};
use boxoffice_domain::events::{Event, EventPayload, OutboxEntry};
use boxoffice_domain::maintenance::Auditor;
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::payments::{Payment, PaymentStatus};
use boxoffice_domain::sales::{ChangeSet, SalesUnit};
use boxoffice_domain::shared::{Actor, IdGenerator, OrganiserId, Role, Timestamp, UserId};
use boxoffice_domain::store::Store;
use boxoffice_domain::users::{User, UserEvent};

use crate::builders::{ConcertBuilder, PaymentBuilder, UserBuilder};
use crate::clock::FixedClock;

/// Writes to a store. The code under test must use the same id generator, so that no id is generated twice.
#[derive(Clone)]
pub struct Given {
    store: Arc<dyn Store<dyn SalesUnit>>,
    ids: Arc<dyn IdGenerator>,
    now: Timestamp,
}

impl Given {
    /// All steps run at [`FixedClock::START`].
    pub fn new(store: Arc<dyn Store<dyn SalesUnit>>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { store, ids, now: FixedClock::START }
    }

    /// The same, at another time.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        Self { now, ..self.clone() }
    }

    /// The id generator.
    pub fn ids(&self) -> &dyn IdGenerator {
        self.ids.as_ref()
    }

    /// The same id generator, shared.
    pub fn shared_ids(&self) -> Arc<dyn IdGenerator> {
        Arc::clone(&self.ids)
    }

    /// Begins a unit, for a step that is not offered here.
    pub async fn unit(&self) -> Box<dyn SalesUnit> {
        self.store.begin().await.unwrap()
    }

    /// Writes a user.
    pub async fn user(&self, name: &str) -> User {
        self.add_user(UserBuilder::new(self.ids(), name).build()).await
    }

    /// Writes a user who may put concerts on sale.
    pub async fn manager(&self, name: &str) -> User {
        self.add_user(UserBuilder::new(self.ids(), name).role(Role::Manager).build()).await
    }

    /// Writes this user.
    pub async fn add_user(&self, user: User) -> User {
        let mut unit = self.unit().await;
        unit.users().add(&user).await.unwrap();
        self.record_event(
            &mut *unit,
            Stream::User(user.id),
            1,
            EventPayload::User(UserEvent::Registered { role: user.role }),
        )
        .await;
        unit.commit().await.unwrap();
        user
    }

    /// Writes an organiser with this owner.
    pub async fn organiser(&self, owner: UserId) -> OrganiserId {
        let organiser = Organiser {
            id: OrganiserId::generate(self.ids()),
            name: String::from("Example Live"),
            created_at: self.now,
        };
        let mut unit = self.unit().await;
        unit.organisers().add(&organiser, owner).await.unwrap();
        unit.commit().await.unwrap();
        organiser.id
    }

    /// Writes the default concert of [`ConcertBuilder`]: 100 seats in section `A`, on sale.
    pub async fn concert(&self) -> ConcertView {
        self.add_concert(ConcertBuilder::new(self.ids())).await
    }

    /// Writes this concert with all its tickets.
    pub async fn add_concert(&self, builder: ConcertBuilder) -> ConcertView {
        let view = builder.build();
        let (concert, plan) = (&view.concert, &view.plan);
        let mut unit = self.unit().await;
        unit.concerts().add(concert).await.unwrap();
        unit.sections().add_all(concert.id, plan.sections()).await.unwrap();
        let labels: Vec<SeatLabel> = plan.labels_from(TicketNumber::new(1)).collect();
        let mut first = TicketNumber::new(1);
        for some in labels.chunks(TICKETS_ADDED_AT_ONCE_MAX) {
            unit.tickets().add(concert.id, first, some).await.unwrap();
            first = TicketNumber::new(first.get() + u32::try_from(some.len()).unwrap());
        }
        let created = EventPayload::Concert(ConcertEvent::Created {
            organiser: concert.organiser,
            name: concert.details.name.clone(),
            total: concert.total,
        });
        self.record_event(&mut *unit, Stream::Concert(concert.id), 1, created).await;
        unit.commit().await.unwrap();
        view
    }

    /// Writes this booking, pending or confirmed with a total of 0. Its tickets become held, or sold.
    pub async fn booking(&self, booking: Booking) -> Booking {
        let mut unit = self.unit().await;
        let mut changes = ChangeSet::new(booking.concert, self.now);
        changes.place(Actor::System, booking.clone());
        changes.write(&mut *unit, self.ids()).await.unwrap();
        unit.commit().await.unwrap();
        booking
    }

    /// Writes a pending booking and pays it: it is confirmed, with a completed payment.
    pub async fn paid(&self, pending: Booking) -> (Booking, Payment) {
        let pending = self.booking(pending).await;
        let id = pending.id;
        let builder = PaymentBuilder::new(self.ids(), &pending).status(PaymentStatus::Completed);
        let payment = builder.transaction(&format!("fake-of-{id}")).build();
        let mut unit = self.unit().await;
        let mut changes = ChangeSet::new(pending.concert, self.now);
        changes.start_payment(Actor::System, payment.clone());
        changes.confirm(Actor::System, pending, payment.id);
        changes.write(&mut *unit, self.ids()).await.unwrap();
        let booking = unit.bookings().get(&[id]).await.unwrap().remove(0);
        unit.commit().await.unwrap();
        assert_eq!(booking.status, BookingStatus::Confirmed);
        (booking, payment)
    }

    /// Cancels a booking and releases its tickets. Its payment does not change.
    pub async fn cancelled(&self, booking: Booking, reason: CancelReason) -> Booking {
        let id = booking.id;
        let mut unit = self.unit().await;
        let mut changes = ChangeSet::new(booking.concert, self.now);
        changes.cancel(Actor::System, booking, reason);
        changes.write(&mut *unit, self.ids()).await.unwrap();
        let booking = unit.bookings().get(&[id]).await.unwrap().remove(0);
        unit.commit().await.unwrap();
        booking
    }

    /// Blocks tickets of one section.
    pub async fn blocked(&self, view: &ConcertView, numbers: &[u32]) {
        let numbers: Vec<TicketNumber> = numbers.iter().copied().map(TicketNumber::new).collect();
        let section = view.plan.section_of(numbers[0]).unwrap();
        assert!(numbers.iter().all(|number| section.contains(*number)), "tickets of one section");
        let count = i64::try_from(numbers.len()).unwrap();
        let mut unit = self.unit().await;
        unit.tickets().block(view.concert.id, &numbers).await.unwrap();
        let change =
            CountChange { position: section.position, available: -count, blocked: count, ..CountChange::default() };
        unit.sections().change_counts(view.concert.id, &[change]).await.unwrap();
        let version = unit.concerts().advance(view.concert.id, -count).await.unwrap();
        let seats =
            numbers.iter().map(|number| SeatChange { number: *number, status: TicketStatus::Blocked }).collect();
        self.record_event(
            &mut *unit,
            Stream::Concert(view.concert.id),
            version,
            EventPayload::Concert(ConcertEvent::SeatsChanged { seats }),
        )
        .await;
        unit.commit().await.unwrap();
    }

    /// Writes an event about a user or concert into an open unit.
    pub async fn record_event(&self, unit: &mut dyn SalesUnit, stream: Stream, version: u64, payload: EventPayload) {
        let aggregate = match stream {
            Stream::User(id) => Aggregate::User(id),
            Stream::Concert(id) => Aggregate::Concert(id),
        };
        let event = Event::new(self.ids(), self.now, Actor::System, aggregate, version, payload);
        unit.outbox().append(OutboxEntry::of(stream, version, event)).await.unwrap();
    }
}

/// Panics with the violations that the audit finds, if any.
pub async fn assert_sound(auditor: &dyn Auditor, now: Timestamp) {
    let reports = auditor.audit(now).await.unwrap();
    let broken: Vec<_> = reports.into_iter().filter(|report| report.violations > 0).collect();
    assert!(broken.is_empty(), "the audit found {broken:#?}");
}
