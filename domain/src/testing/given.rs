//! Writes what a test starts from, each step with its event and counters, so that the audit is clean afterwards.

use std::sync::Arc;

use crate::bookings::{Booking, BookingStatus, CancelReason, Ledger};
use crate::concerts::{
    ConcertView, CountChange, Organiser, SeatLabel, TICKETS_ADDED_AT_ONCE_MAX, TicketNumber, TicketStatus,
};
use crate::events::{Aggregate, Event, EventPayload, OutboxEntry, SeatChange, Stream};
use crate::payments::{Payment, PaymentStatus};
use crate::shared::{Actor, IdGenerator, OrganiserId, Role, Timestamp, UserId};
use crate::store::{Store, UnitOfWork};
use crate::upkeep::Auditor;
use crate::users::User;

use super::{ConcertBuilder, FixedClock, PaymentBuilder, UserBuilder};

/// Writes to a store. Its ids have to be the ones that whatever is tested uses too, so that none is made twice.
#[derive(Clone)]
pub struct Given {
    store: Arc<dyn Store>,
    ids: Arc<dyn IdGenerator>,
    now: Timestamp,
}

impl Given {
    /// Everything happens at [`FixedClock::START`].
    pub fn new(store: Arc<dyn Store>, ids: Arc<dyn IdGenerator>) -> Self {
        Self { store, ids, now: FixedClock::START }
    }

    /// The same, at another instant.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        Self { now, ..self.clone() }
    }

    /// The ids.
    pub fn ids(&self) -> &dyn IdGenerator {
        self.ids.as_ref()
    }

    /// The same ids, for what outlives a borrow.
    pub fn shared_ids(&self) -> Arc<dyn IdGenerator> {
        Arc::clone(&self.ids)
    }

    /// A unit, for a step that is not here.
    pub async fn unit(&self) -> Box<dyn UnitOfWork> {
        self.store.begin().await.unwrap()
    }

    /// A user.
    pub async fn user(&self, name: &str) -> User {
        self.add_user(UserBuilder::new(self.ids(), name).build()).await
    }

    /// A user who may put concerts on sale.
    pub async fn manager(&self, name: &str) -> User {
        self.add_user(UserBuilder::new(self.ids(), name).role(Role::Manager).build()).await
    }

    /// A user, as built.
    pub async fn add_user(&self, user: User) -> User {
        let mut unit = self.unit().await;
        unit.users().add(&user).await.unwrap();
        self.tell(&mut *unit, Stream::User(user.id), 1, EventPayload::UserRegistered { role: user.role }).await;
        unit.commit().await.unwrap();
        user
    }

    /// An organiser owned by a user.
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

    /// The concert that [`ConcertBuilder`] builds when nothing else is said: 100 seats in section `A`, on sale.
    pub async fn concert(&self) -> ConcertView {
        self.add_concert(ConcertBuilder::new(self.ids())).await
    }

    /// A concert, as built, with all its tickets.
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
        let created = EventPayload::ConcertCreated {
            organiser: concert.organiser,
            name: concert.details.name.clone(),
            total: concert.total,
        };
        self.tell(&mut *unit, Stream::Concert(concert.id), 1, created).await;
        unit.commit().await.unwrap();
        view
    }

    /// A pending booking, as built, or a confirmed one with a total of 0. Its tickets are held, or sold.
    pub async fn booking(&self, booking: Booking) -> Booking {
        let mut unit = self.unit().await;
        let mut ledger = Ledger::new(booking.concert, self.now);
        ledger.place(Actor::System, booking.clone());
        ledger.write(&mut *unit, self.ids()).await.unwrap();
        unit.commit().await.unwrap();
        booking
    }

    /// A booking, built as pending, that was paid: confirmed, with its completed payment.
    pub async fn paid(&self, pending: Booking) -> (Booking, Payment) {
        let pending = self.booking(pending).await;
        let id = pending.id;
        let builder = PaymentBuilder::new(self.ids(), &pending).status(PaymentStatus::Completed);
        let payment = builder.transaction(&format!("fake-of-{id}")).build();
        let mut unit = self.unit().await;
        let mut ledger = Ledger::new(pending.concert, self.now);
        ledger.start_payment(Actor::System, payment.clone());
        ledger.confirm(Actor::System, pending, payment.id);
        ledger.write(&mut *unit, self.ids()).await.unwrap();
        let booking = unit.bookings().get(&[id]).await.unwrap().remove(0);
        unit.commit().await.unwrap();
        assert_eq!(booking.status, BookingStatus::Confirmed);
        (booking, payment)
    }

    /// A booking that is cancelled now; its tickets are free again. A payment it had stays as it is.
    pub async fn cancelled(&self, booking: Booking, reason: CancelReason) -> Booking {
        let id = booking.id;
        let mut unit = self.unit().await;
        let mut ledger = Ledger::new(booking.concert, self.now);
        ledger.cancel(Actor::System, booking, reason);
        ledger.write(&mut *unit, self.ids()).await.unwrap();
        let booking = unit.bookings().get(&[id]).await.unwrap().remove(0);
        unit.commit().await.unwrap();
        booking
    }

    /// Tickets of one section kept back by the organiser.
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
        self.tell(&mut *unit, Stream::Concert(view.concert.id), version, EventPayload::SeatsChanged { seats }).await;
        unit.commit().await.unwrap();
    }

    /// Writes an event about a user or concert into an open unit.
    pub async fn tell(&self, unit: &mut dyn UnitOfWork, stream: Stream, version: u64, payload: EventPayload) {
        let aggregate = match stream {
            Stream::User(id) => Aggregate::User(id),
            Stream::Concert(id) => Aggregate::Concert(id),
        };
        let event = Event::new(self.ids(), self.now, Actor::System, aggregate, version, payload);
        unit.outbox().append(OutboxEntry::of(stream, version, event)).await.unwrap();
    }
}

/// Panics with what the audit found, if it found anything.
pub async fn assert_sound(auditor: &dyn Auditor, now: Timestamp) {
    let reports = auditor.audit(now).await.unwrap();
    let broken: Vec<_> = reports.into_iter().filter(|report| report.violations > 0).collect();
    assert!(broken.is_empty(), "the audit found {broken:#?}");
}
