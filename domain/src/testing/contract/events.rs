//! The outbox: what is written, who hears of it.

use crate::bookings::{BookingStatus, CancelReason};
use crate::concerts::{ConcertStatus, TicketNumber, TicketStatus};
use crate::outbox::{Aggregate, Event, EventPayload, History, SeatChange};
use crate::payments::{PaymentStatus, RefundStatus};
use crate::shared::{Actor, BookingId, ConcertId, Money, OrganiserId, PaymentId, Role, StoreError, Timestamp, UserId};
use crate::testing::{BookingBuilder, ConcertBuilder, FixedClock, PaymentBuilder, RefundBuilder};
use crate::users::UserStatus;

use super::{Ground, INSTANT};

async fn append(ground: &Ground, events: &[Event]) -> Result<(), StoreError> {
    let mut unit = ground.unit().await;
    match unit.outbox().append(events).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error)
        }
    }
}

fn booking_events(ground: &Ground) -> Vec<EventPayload> {
    let builder = ConcertBuilder::new(ground.ids()).currency("IDR").seated("A", 2, 2, Money::MAX_MINOR);
    let view = builder.standing("GA", 2, 0).build();
    let full = BookingBuilder::new(ground.ids(), &view).user(UserId::generate(ground.ids()));
    let full = full.customer("Zoë 🎫", "zoë@example.com").tickets([1, 5]).created_at(INSTANT).build();
    let bare = BookingBuilder::new(ground.ids(), &view).tickets([6]).status(BookingStatus::Confirmed).build();
    let mut payment = PaymentBuilder::new(ground.ids(), &full).status(PaymentStatus::Completed).build();
    payment.failure = Some("ünknown".to_owned());
    payment.next_action = Some("https://gateway.example/?a=\"1\"".to_owned());
    let settled = PaymentBuilder::new(ground.ids(), &full).transaction("ch_1").created_at(INSTANT).build();
    let refund = RefundBuilder::new(ground.ids(), &payment).created_at(INSTANT).build();
    let mut done = RefundBuilder::new(ground.ids(), &payment).amount(1).status(RefundStatus::Completed).build();
    done.gateway_reference = Some("re_1".to_owned());
    let [payment, settled] = [payment, settled].map(Box::new);
    let [refund, done] = [refund, done].map(Box::new);
    vec![
        EventPayload::BookingPlaced { booking: Box::new(full) },
        EventPayload::BookingPlaced { booking: Box::new(bare) },
        EventPayload::BookingPaymentChanged { payment: Some(payment.id), expires_at: INSTANT },
        EventPayload::BookingPaymentChanged { payment: None, expires_at: Timestamp::MAX },
        EventPayload::BookingConfirmed { payment: payment.id },
        EventPayload::BookingCancelled { reason: CancelReason::User },
        EventPayload::BookingCancelled { reason: CancelReason::Expired },
        EventPayload::BookingCancelled { reason: CancelReason::ConcertCancelled },
        EventPayload::PaymentStarted { payment: settled.clone() },
        EventPayload::PaymentChanged { payment: payment.clone() },
        EventPayload::RefundStarted { refund: refund.clone() },
        EventPayload::PaymentReturned { payment, refund },
        EventPayload::RefundCompleted { refund: done, payment: settled },
    ]
}

fn other_events(ground: &Ground) -> Vec<EventPayload> {
    let seat = |number, status| SeatChange { number: TicketNumber::new(number), status };
    let all_states = vec![
        seat(1, TicketStatus::Available),
        seat(2, TicketStatus::Held),
        seat(3, TicketStatus::Sold),
        seat(TicketNumber::MAX, TicketStatus::Blocked),
    ];
    let many = (1..=5_000).map(|number| seat(number, TicketStatus::Held)).collect();
    vec![
        EventPayload::UserRegistered { role: Role::Manager },
        EventPayload::UserChanged { role: Role::Admin, status: UserStatus::Suspended },
        EventPayload::UserErased,
        EventPayload::ConcertCreated {
            organiser: OrganiserId::generate(ground.ids()),
            name: "Ænima 🎸 \"live\"".to_owned(),
            total: TicketNumber::MAX,
        },
        EventPayload::ConcertChanged { status: ConcertStatus::OnSale, revision: u64::from(u32::MAX) },
        EventPayload::ConcertDeleted,
        EventPayload::ConcertWoundUp,
        EventPayload::SeatsChanged { seats: all_states },
        EventPayload::SeatsChanged { seats: many },
    ]
}

/// Every kind of event and of actor comes back from the outbox equal to what was written.
pub async fn every_event_comes_back_as_written(ground: &Ground) {
    let payloads = [booking_events(ground), other_events(ground)].concat();
    let actors = [
        Actor::Anonymous,
        Actor::System,
        Actor::User { id: UserId::generate(ground.ids()), role: Role::User },
        Actor::User { id: UserId::generate(ground.ids()), role: Role::Manager },
        Actor::User { id: UserId::generate(ground.ids()), role: Role::Admin },
    ];
    let aggregates: [fn(&Ground) -> Aggregate; 4] = [
        |ground| Aggregate::User(UserId::generate(ground.ids())),
        |ground| Aggregate::Concert(ConcertId::generate(ground.ids())),
        |ground| Aggregate::Booking(BookingId::generate(ground.ids())),
        |ground| Aggregate::Payment(PaymentId::generate(ground.ids())),
    ];
    let told = payloads.into_iter().zip(actors.into_iter().cycle()).zip(aggregates.into_iter().cycle());
    let written: Vec<Event> = told
        .map(|((payload, actor), aggregate)| Event::new(ground.ids(), INSTANT, actor, aggregate(ground), 1, payload))
        .collect();
    append(ground, &written).await.unwrap();
    append(ground, &[]).await.unwrap();
    let lease = INSTANT.plus_seconds(60);
    let claimed = ground.ports.deliveries.claim("contract", INSTANT, lease, 1_000).await.unwrap();
    let mut read: Vec<Event> = claimed.into_iter().map(|delivery| delivery.event).collect();
    read.sort_by_key(|event| event.id);
    assert_eq!(read.len(), written.len());
    for (read, written) in read.iter().zip(&written) {
        assert_eq!(read, written);
    }
}

/// Two units cannot both tell one version of an aggregate; the later one is undone.
pub async fn a_version_is_told_once(ground: &Ground) {
    let aggregate = Aggregate::User(UserId::generate(ground.ids()));
    let tell = |aggregate, version| {
        Event::new(ground.ids(), INSTANT, Actor::System, aggregate, version, EventPayload::UserErased)
    };
    append(ground, &[tell(aggregate, 1)]).await.unwrap();
    let innocent = Aggregate::Concert(ConcertId::from_uuid(aggregate.uuid()));
    let outcome = append(ground, &[tell(innocent, 1), tell(aggregate, 1)]).await;
    assert!(matches!(outcome, Err(StoreError::Contention)), "{outcome:?}");
    append(ground, &[tell(innocent, 1), tell(aggregate, 2)]).await.unwrap();
}

/// Those of a unit all at once when it has committed; nothing of a unit that is undone or dropped.
pub async fn committed_events_are_heard(ground: &Ground) {
    let tell = |version, aggregate| {
        Event::new(ground.ids(), INSTANT, Actor::System, aggregate, version, EventPayload::UserErased)
    };
    let [ana, ben] = [(); 2].map(|()| Aggregate::User(UserId::generate(ground.ids())));
    let (first, second, third) = (tell(1, ana), tell(1, ben), tell(2, ana));
    let mut unit = ground.unit().await;
    unit.outbox().append(std::slice::from_ref(&first)).await.unwrap();
    unit.outbox().append(std::slice::from_ref(&second)).await.unwrap();
    assert_eq!(ground.heard.events(), []);
    unit.commit().await.unwrap();
    assert_eq!(ground.heard.events(), [first.clone(), second.clone()]);
    let mut unit = ground.unit().await;
    unit.outbox().append(std::slice::from_ref(&third)).await.unwrap();
    unit.rollback().await.unwrap();
    let mut unit = ground.unit().await;
    unit.outbox().append(std::slice::from_ref(&third)).await.unwrap();
    drop(unit);
    assert_eq!(ground.heard.events(), [first.clone(), second.clone()]);
    append(ground, std::slice::from_ref(&third)).await.unwrap();
    assert_eq!(ground.heard.events(), [first, second, third]);
}

/// Noting an event again, alone or among others, changes nothing and fails nobody.
pub async fn what_happened_is_noted_once(ground: &Ground) {
    let events: Vec<Event> = other_events(ground)
        .into_iter()
        .map(|payload| {
            let aggregate = Aggregate::User(UserId::generate(ground.ids()));
            Event::new(ground.ids(), FixedClock::START, Actor::Anonymous, aggregate, 1, payload)
        })
        .collect();
    let activity = &ground.ports.activity;
    activity.record(&events[..3]).await.unwrap();
    activity.record(&events).await.unwrap();
    activity.record(&events).await.unwrap();
    activity.record(&[]).await.unwrap();
}

/// From a version on, a part at a time; nothing of other things, and nothing that is not committed.
pub async fn what_happened_to_one_thing_is_read_in_order(ground: &Ground) {
    let id = ConcertId::generate(ground.ids());
    let (concert, namesake) = (Aggregate::Concert(id), Aggregate::Booking(BookingId::from_uuid(id.uuid())));
    let tell = |aggregate, version| {
        Event::new(ground.ids(), INSTANT, Actor::System, aggregate, version, EventPayload::UserErased)
    };
    let events: Vec<Event> = (1..=12).map(|version| tell(concert, version)).collect();
    for event in &events {
        append(ground, &[event.clone(), tell(namesake, event.version)]).await.unwrap();
    }
    let mut unit = ground.unit().await;
    unit.outbox().append(&[tell(concert, 13)]).await.unwrap();
    unit.rollback().await.unwrap();

    let log = &ground.ports.event_log;
    let whole = |events: &[Event]| History { events: events.to_vec(), is_cut: false };
    assert_eq!(log.after(concert, 0, 100).await.unwrap(), whole(&events));
    assert_eq!(log.after(concert, 4, 3).await.unwrap(), whole(&events[4..7]));
    assert_eq!(log.after(concert, 12, 100).await.unwrap(), whole(&[]));
    assert_eq!(log.after(concert, u64::MAX, 100).await.unwrap(), whole(&[]));
    assert_eq!(log.after(Aggregate::Concert(ConcertId::generate(ground.ids())), 0, 100).await.unwrap(), whole(&[]));
}

/// Whoever follows a thing hears that there is something to it that a newer version of the program wrote.
pub async fn what_cannot_be_read_is_told_to_whoever_follows(ground: &Ground) {
    let concert = Aggregate::Concert(ConcertId::generate(ground.ids()));
    let events: Vec<Event> = (1..=4)
        .map(|version| Event::new(ground.ids(), INSTANT, Actor::System, concert, version, EventPayload::ConcertWoundUp))
        .collect();
    for event in &events {
        append(ground, std::slice::from_ref(event)).await.unwrap();
    }
    (ground.ports.make_unreadable)(events[2].id).await;
    let log = &ground.ports.event_log;
    let after = async |version| log.after(concert, version, 100).await.unwrap();
    assert_eq!(after(0).await, History { events: events[..2].to_vec(), is_cut: true });
    assert_eq!(after(2).await, History { events: Vec::new(), is_cut: true });
    assert_eq!(after(3).await, History { events: events[3..].to_vec(), is_cut: false });
}
