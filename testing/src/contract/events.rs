//! The outbox: what is written, and who hears of it.

use boxoffice_domain::bookings::{BookingEvent, BookingStatus, CancelReason};
use boxoffice_domain::concerts::{ConcertEvent, ConcertStatus, SeatChange, TicketNumber, TicketStatus};
use boxoffice_domain::events::{Event, EventPayload, OutboxEntry, SeatUpdate, StoredEvent};
use boxoffice_domain::outbox::{Aggregate, Stream};
use boxoffice_domain::payments::{PaymentEvent, PaymentStatus, RefundStatus};
use boxoffice_domain::shared::{
    Actor, BookingId, ConcertId, Money, OrganiserId, PaymentId, Role, StoreError, Timestamp, UserId,
};
use boxoffice_domain::users::{UserEvent, UserStatus};

use super::{Fixture, INSTANT};
use crate::builders::{BookingBuilder, ConcertBuilder, PaymentBuilder, RefundBuilder};
use crate::clock::FixedClock;

async fn append(fixture: &Fixture, entries: &[OutboxEntry]) -> Result<(), StoreError> {
    let mut unit = fixture.unit().await;
    for entry in entries {
        if let Err(error) = unit.outbox().append(entry.clone()).await {
            unit.rollback().await?;
            return Err(error);
        }
    }
    unit.commit().await
}

fn entry_of(fixture: &Fixture, stream: Stream, position: u64) -> OutboxEntry {
    let aggregate = match stream {
        Stream::User(id) => Aggregate::User(id),
        Stream::Concert(id) => Aggregate::Concert(id),
    };
    let event =
        Event::new(fixture.ids(), INSTANT, Actor::System, aggregate, position, EventPayload::User(UserEvent::Erased));
    OutboxEntry::of(stream, position, event)
}

/// What a consumer would be given of a stream.
async fn read(fixture: &Fixture, stream: Stream) -> Vec<StoredEvent> {
    let backlogs = fixture.ports.cursors.backlog("contract", &[stream], 100).await.unwrap();
    backlogs.into_iter().flat_map(|backlog| backlog.entries).flat_map(|entry| entry.events).collect()
}

fn booking_events(fixture: &Fixture) -> Vec<EventPayload> {
    let builder = ConcertBuilder::new(fixture.ids()).currency("IDR").seated("A", 2, 2, Money::MAX_MINOR);
    let view = builder.standing("GA", 2, 0).build();
    let full = BookingBuilder::new(fixture.ids(), &view).user(UserId::generate(fixture.ids()));
    let full = full.customer("Zoë 🎫", "zoë@example.com").tickets([1, 5]).created_at(INSTANT).build();
    let bare = BookingBuilder::new(fixture.ids(), &view).tickets([6]).status(BookingStatus::Confirmed).build();
    let mut payment = PaymentBuilder::new(fixture.ids(), &full).status(PaymentStatus::Completed).build();
    payment.failure = Some("ünknown".to_owned());
    payment.next_action = Some("https://gateway.example/?a=\"1\"".to_owned());
    let settled = PaymentBuilder::new(fixture.ids(), &full).transaction("ch_1").created_at(INSTANT).build();
    let refund = RefundBuilder::new(fixture.ids(), &payment).created_at(INSTANT).build();
    let mut done = RefundBuilder::new(fixture.ids(), &payment).amount(1).status(RefundStatus::Completed).build();
    done.gateway_reference = Some("re_1".to_owned());
    let [payment, settled] = [payment, settled].map(Box::new);
    let [refund, done] = [refund, done].map(Box::new);
    vec![
        EventPayload::Booking(BookingEvent::Placed { booking: Box::new(full) }),
        EventPayload::Booking(BookingEvent::Placed { booking: Box::new(bare) }),
        EventPayload::Booking(BookingEvent::PaymentChanged { payment: Some(payment.id), expires_at: INSTANT }),
        EventPayload::Booking(BookingEvent::PaymentChanged { payment: None, expires_at: Timestamp::MAX }),
        EventPayload::Booking(BookingEvent::Confirmed { payment: payment.id }),
        EventPayload::Booking(BookingEvent::Cancelled { reason: CancelReason::User }),
        EventPayload::Booking(BookingEvent::Cancelled { reason: CancelReason::Expired }),
        EventPayload::Booking(BookingEvent::Cancelled { reason: CancelReason::ConcertCancelled }),
        EventPayload::Payment(PaymentEvent::Started { payment: settled.clone() }),
        EventPayload::Payment(PaymentEvent::Changed { payment: payment.clone() }),
        EventPayload::Payment(PaymentEvent::RefundStarted { refund: refund.clone() }),
        EventPayload::Payment(PaymentEvent::CompletedAndRefunded { payment, refund }),
        EventPayload::Payment(PaymentEvent::RefundCompleted { refund: done, payment: settled }),
    ]
}

fn other_events(fixture: &Fixture) -> Vec<EventPayload> {
    let seat = |number, status| SeatChange { number: TicketNumber::new(number), status };
    let all_states = vec![
        seat(1, TicketStatus::Available),
        seat(2, TicketStatus::Held),
        seat(3, TicketStatus::Sold),
        seat(TicketNumber::MAX, TicketStatus::Blocked),
    ];
    let many = (1..=5_000).map(|number| seat(number, TicketStatus::Held)).collect();
    vec![
        EventPayload::User(UserEvent::Registered { role: Role::Manager }),
        EventPayload::User(UserEvent::Changed { role: Role::Admin, status: UserStatus::Suspended }),
        EventPayload::User(UserEvent::Erased),
        EventPayload::Concert(ConcertEvent::Created {
            organiser: OrganiserId::generate(fixture.ids()),
            name: "Ænima 🎸 \"live\"".to_owned(),
            total: TicketNumber::MAX,
        }),
        EventPayload::Concert(ConcertEvent::Changed { status: ConcertStatus::OnSale, revision: u64::from(u32::MAX) }),
        EventPayload::Concert(ConcertEvent::Deleted),
        EventPayload::Concert(ConcertEvent::BookingsCancelled),
        EventPayload::Concert(ConcertEvent::SeatsChanged { seats: all_states }),
        EventPayload::Concert(ConcertEvent::SeatsChanged { seats: many }),
    ]
}

/// Every kind of event and of actor comes back from the outbox equal to what was written.
pub async fn every_event_comes_back_as_written(fixture: &Fixture) {
    let payloads = [booking_events(fixture), other_events(fixture)].concat();
    let actors = [
        Actor::Anonymous,
        Actor::System,
        Actor::User { id: UserId::generate(fixture.ids()), role: Role::User },
        Actor::User { id: UserId::generate(fixture.ids()), role: Role::Manager },
        Actor::User { id: UserId::generate(fixture.ids()), role: Role::Admin },
    ];
    let aggregates: [fn(&Fixture) -> Aggregate; 4] = [
        |fixture| Aggregate::User(UserId::generate(fixture.ids())),
        |fixture| Aggregate::Concert(ConcertId::generate(fixture.ids())),
        |fixture| Aggregate::Booking(BookingId::generate(fixture.ids())),
        |fixture| Aggregate::Payment(PaymentId::generate(fixture.ids())),
    ];
    let changes = payloads.into_iter().zip(actors.into_iter().cycle()).zip(aggregates.into_iter().cycle());
    let events: Vec<Event> = changes
        .map(|((payload, actor), aggregate)| Event::new(fixture.ids(), INSTANT, actor, aggregate(fixture), 1, payload))
        .collect();
    let stream = Stream::Concert(ConcertId::generate(fixture.ids()));
    let entry = OutboxEntry { stream, position: 1, occurred_at: INSTANT, events: events.clone() };
    append(fixture, &[entry]).await.unwrap();
    let read = read(fixture, stream).await;
    assert_eq!(read.len(), events.len());
    for (read, written) in read.into_iter().zip(events) {
        assert_eq!(read, StoredEvent::Decoded(written));
    }
}

/// Two units cannot both write one position of a stream; the later one is undone.
pub async fn a_position_is_written_once(fixture: &Fixture) {
    let id = UserId::generate(fixture.ids());
    let stream = Stream::User(id);
    append(fixture, &[entry_of(fixture, stream, 1)]).await.unwrap();
    let namesake = Stream::Concert(ConcertId::from_uuid(id.uuid()));
    let outcome = append(fixture, &[entry_of(fixture, namesake, 1), entry_of(fixture, stream, 1)]).await;
    assert!(matches!(outcome, Err(StoreError::Contention)), "{outcome:?}");
    append(fixture, &[entry_of(fixture, namesake, 1), entry_of(fixture, stream, 2)]).await.unwrap();
}

/// Those of a unit all at once when it has committed; nothing of a unit that is undone or dropped.
pub async fn committed_entries_are_heard(fixture: &Fixture) {
    let [ana, ben] = [(); 2].map(|()| Stream::User(UserId::generate(fixture.ids())));
    let (first, second, third) = (entry_of(fixture, ana, 1), entry_of(fixture, ben, 1), entry_of(fixture, ana, 2));
    let mut unit = fixture.unit().await;
    unit.outbox().append(first.clone()).await.unwrap();
    unit.outbox().append(second.clone()).await.unwrap();
    assert_eq!(fixture.recorder.entries(), []);
    unit.commit().await.unwrap();
    assert_eq!(fixture.recorder.entries(), [first.clone(), second.clone()]);
    let mut unit = fixture.unit().await;
    unit.outbox().append(third.clone()).await.unwrap();
    unit.rollback().await.unwrap();
    let mut unit = fixture.unit().await;
    unit.outbox().append(third.clone()).await.unwrap();
    drop(unit);
    assert_eq!(fixture.recorder.entries(), [first.clone(), second.clone()]);
    append(fixture, std::slice::from_ref(&third)).await.unwrap();
    assert_eq!(fixture.recorder.entries(), [first, second, third]);
}

/// Recording an event again, alone or among others, changes nothing and is no error.
pub async fn an_event_is_recorded_once(fixture: &Fixture) {
    let events: Vec<Event> = other_events(fixture)
        .into_iter()
        .map(|payload| {
            let aggregate = Aggregate::User(UserId::generate(fixture.ids()));
            Event::new(fixture.ids(), FixedClock::START, Actor::Anonymous, aggregate, 1, payload)
        })
        .collect();
    let log = &fixture.ports.audit_log;
    log.record(&events[..3]).await.unwrap();
    log.record(&events).await.unwrap();
    log.record(&events).await.unwrap();
    log.record(&[]).await.unwrap();
}

/// What units of a concert do: seats with a booking, a payment alone, the concert itself.
fn concert_entries(fixture: &Fixture, concert: ConcertId) -> Vec<(OutboxEntry, SeatUpdate)> {
    let seats = vec![
        SeatChange { number: TicketNumber::new(1), status: TicketStatus::Held },
        SeatChange { number: TicketNumber::new(7), status: TicketStatus::Available },
    ];
    let of_concert = |payload| (Aggregate::Concert(concert), payload);
    let of_booking = || {
        let reason = CancelReason::User;
        (
            Aggregate::Booking(BookingId::generate(fixture.ids())),
            EventPayload::Booking(BookingEvent::Cancelled { reason }),
        )
    };
    let revision = EventPayload::Concert(ConcertEvent::Changed { status: ConcertStatus::OnSale, revision: 2 });
    let units = [
        (
            vec![of_concert(EventPayload::Concert(ConcertEvent::SeatsChanged { seats: seats.clone() })), of_booking()],
            Some(seats),
        ),
        (vec![of_booking(), of_booking()], Some(Vec::new())),
        (vec![of_concert(revision)], None),
        (vec![of_concert(EventPayload::Concert(ConcertEvent::SeatsChanged { seats: Vec::new() }))], Some(Vec::new())),
    ];
    let entry = |(position, (events, seats)): (u64, (Vec<_>, _))| {
        let events = events.into_iter().map(|(aggregate, payload)| {
            Event::new(fixture.ids(), INSTANT, Actor::System, aggregate, position, payload)
        });
        let events = events.collect();
        let entry = OutboxEntry { stream: Stream::Concert(concert), position, occurred_at: INSTANT, events };
        (entry, SeatUpdate { position, seats })
    };
    (1..).zip(units).map(entry).collect()
}

/// From a position on, a part at a time; nothing of other streams, and nothing that is not committed.
pub async fn the_seats_of_a_concert_are_followed_in_order(fixture: &Fixture) {
    let concert = ConcertId::generate(fixture.ids());
    let namesake = Stream::User(UserId::from_uuid(concert.uuid()));
    let (entries, updates): (Vec<OutboxEntry>, Vec<SeatUpdate>) = concert_entries(fixture, concert).into_iter().unzip();
    for entry in &entries {
        append(fixture, &[entry.clone(), entry_of(fixture, namesake, entry.position)]).await.unwrap();
    }
    let mut unit = fixture.unit().await;
    unit.outbox().append(entry_of(fixture, Stream::Concert(concert), 5)).await.unwrap();
    unit.rollback().await.unwrap();

    let after = async |position, limit| fixture.ports.event_log.after(concert, position, limit).await.unwrap();
    assert_eq!(after(0, 100).await, updates);
    assert_eq!(after(1, 2).await, updates[1..3]);
    assert_eq!(after(4, 100).await, []);
    assert_eq!(after(u64::MAX, 100).await, []);
    let other = ConcertId::generate(fixture.ids());
    assert_eq!(fixture.ports.event_log.after(other, 0, 100).await.unwrap(), []);
}

/// An event that a newer version of the program wrote does not concern those who follow the seats.
pub async fn who_follows_seats_reads_no_events(fixture: &Fixture) {
    let concert = ConcertId::generate(fixture.ids());
    let (entries, updates): (Vec<OutboxEntry>, Vec<SeatUpdate>) = concert_entries(fixture, concert).into_iter().unzip();
    for entry in &entries {
        append(fixture, std::slice::from_ref(entry)).await.unwrap();
    }
    (fixture.ports.make_unreadable)(entries[1].events[0].id).await;
    assert_eq!(fixture.ports.event_log.after(concert, 0, 100).await.unwrap(), updates);
    let undecodable = read(fixture, Stream::Concert(concert)).await.remove(2);
    let StoredEvent::Undecodable { header, .. } = undecodable else { panic!("{undecodable:?}") };
    let written = &entries[1].events[0];
    assert_eq!((header.id, header.aggregate, header.version), (written.id, written.aggregate.into(), written.version));
    assert_ne!(header.type_name, written.payload.type_name());
}
