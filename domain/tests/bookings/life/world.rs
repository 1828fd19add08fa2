//! The concert at which everything happens, and its model beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use boxoffice_domain::bookings::{
    Booking, BookingFilter, BookingQueries, BookingStatus, CancelError, CancelReason, PlaceBooking, PlaceError,
    PlaceRequest, Placed, SaleClosed,
};
use boxoffice_domain::concerts::{ConcertStatus, Concerts, MemberRole};
use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey};
use boxoffice_domain::payments::{
    PaymentQueries, PaymentStatus, RECONCILE_AFTER_SECONDS, RECONCILE_BATCH, StartPayment,
};
use boxoffice_domain::shared::{Actor, BookingId, Clock, PageLimit, PaymentId, Timestamp};
use boxoffice_domain::testing::{ChargeScript, FixedClock, VoidScript};
use boxoffice_domain::upkeep::{Auditor, Invariant};

use super::super::house::House;
use super::model::{CAPS, Expected, FANS, Model, SECTIONS};
use super::{Step, Wanted, Wish};

/// The sale ends then, and the concert begins: a while before a long sequence of steps is over.
const BEGINS_AT: Timestamp = FixedClock::START.plus_seconds(1_800);

/// How often a gateway that is asked to void a charge may stay silent: less often than ends a pass.
const SILENT_VOIDS_MAX: u32 = 4;

/// Until then customers cancel what they paid: about as long as a sequence of steps lasts.
const REFUNDABLE_UNTIL: Timestamp = FixedClock::START.plus_seconds(1_500);

pub(super) struct World {
    house: House,
    fans: Vec<Actor>,
    model: Model,
    concert_cancelled: bool,
    paused: bool,
    silent_voids: u32,
    keys: BTreeMap<(usize, usize), (CommandHash, BookingId)>,
    payments: BTreeMap<PaymentId, BookingId>,
    waiting: Vec<PaymentId>,
}

impl World {
    pub(super) async fn new() -> Self {
        let [(a, seats, a_price), (ga, ga_places, ga_price), (free, free_places, free_price)] = SECTIONS;
        let house = House::with(|concert| {
            concert
                .seated(a, 1, seats, a_price)
                .standing(ga, ga_places, ga_price)
                .standing(free, free_places, free_price)
                .caps(CAPS)
                .refundable_until(REFUNDABLE_UNTIL)
                .sale(FixedClock::START, BEGINS_AT)
                .starts_at(BEGINS_AT)
        })
        .await;
        let fans = (0..FANS).map(|_| house.fan()).collect();
        Self {
            house,
            fans,
            model: Model::default(),
            concert_cancelled: false,
            paused: false,
            silent_voids: 0,
            keys: BTreeMap::new(),
            payments: BTreeMap::new(),
            waiting: Vec::new(),
        }
    }

    fn now(&self) -> Timestamp {
        self.house.clock.now()
    }

    /// Does one step and checks everything that has to be true after it.
    pub(super) async fn take(&mut self, step: Step) {
        let money_moves = matches!(step, Step::Pay { .. } | Step::Reconcile);
        match step {
            Step::Place(wish, key) => self.place(&wish, key).await,
            Step::PlaceBatch(wishes) => self.place_batch(&wishes).await,
            Step::Cancel { booking, by_member } => self.cancel(booking, by_member).await,
            Step::Pay { booking, script } => self.pay(booking, script).await,
            Step::Settle { approved } => {
                if let Some(payment) = self.waiting.pop() {
                    self.house.gateway.settle(payment, approved);
                }
            }
            Step::Reconcile => self.reconcile().await,
            Step::Expire => {
                self.house.bookings().expire_overdue().await.unwrap();
            }
            Step::WindUp => {
                self.house.bookings().wind_up_cancelled().await.unwrap();
            }
            Step::Wait(seconds) => {
                self.house.clock.advance(seconds);
            }
            Step::Pause(paused) => self.pause(paused).await,
            Step::Void(script) => self.script_void(script),
            Step::CancelConcert => self.cancel_concert().await,
        }
        self.check(money_moves).await;
    }

    async fn check(&mut self, money_moved: bool) {
        let bookings = self.all_bookings().await;
        self.model.observe(bookings, money_moved);
        for fan in &self.fans {
            let purchase = self.house.purchase(*fan).await.map(|held| (held.tickets, held.pending_bookings));
            assert_eq!(purchase.unwrap_or_default(), self.model.purchase(fan.user_id().unwrap()));
        }
        let reports = self.house.store.audit(self.now()).await.unwrap();
        let broken = reports.iter().find(|report| report.violations > 0 && report.invariant != Invariant::OverdueHolds);
        assert!(broken.is_none(), "{broken:#?}");
    }

    async fn all_bookings(&self) -> Vec<Booking> {
        let (mut bookings, mut after) = (Vec::new(), None);
        loop {
            let limit = PageLimit::new(PageLimit::MAX).unwrap();
            let all = BookingFilter::default();
            let page = self.house.store.of_concert(self.house.concert(), &all, after, limit).await.unwrap();
            bookings.extend(page.items.into_iter().map(|named| named.booking));
            after = page.next;
            if after.is_none() {
                return bookings;
            }
        }
    }

    fn command(&self, wanted: &Wanted) -> PlaceBooking {
        match wanted {
            Wanted::Seats(seats) => self.house.seats(seats),
            Wanted::Best(section, quantity) => self.house.best(section, i64::from(*quantity)),
        }
    }

    async fn place(&mut self, wish: &Wish, key: Option<usize>) {
        let command = self.command(&wish.wanted);
        let request = PlaceRequest {
            actor: self.fans[wish.fan],
            command: command.clone(),
            key: key.and_then(|key| IdempotencyKey::parse(&format!("key-{key}"))),
        };
        let foreseen = self.house.foreseen(&request).await;
        let outcome = self.house.placing().place_batch(self.house.concert(), &[request]).await.remove(0);
        let known = key.and_then(|key| self.keys.get(&(wish.fan, key)));
        match known {
            Some((hash, id)) if *hash == command.hash() => {
                assert_matches!(outcome, Ok(Placed { booking, replayed: true }) if booking.id == *id);
            }
            Some(_) => assert_matches!(outcome, Err(PlaceError::KeyReused)),
            None => {
                self.judge(wish, &outcome);
                if let Some(foreseen) = foreseen {
                    assert_foreseen(foreseen.as_ref(), &outcome);
                }
                if let (Some(key), Ok(placed)) = (key, outcome) {
                    self.keys.insert((wish.fan, key), (command.hash(), placed.booking.id));
                }
            }
        }
    }

    async fn place_batch(&mut self, wishes: &[Wish]) {
        let requests: Vec<_> = wishes.iter().map(|wish| (self.fans[wish.fan], self.command(&wish.wanted))).collect();
        let outcomes = self.house.place_batch(requests).await;
        assert_eq!(outcomes.len(), wishes.len());
        for (wish, outcome) in wishes.iter().zip(&outcomes) {
            self.judge(wish, outcome);
        }
    }

    /// Holds an outcome against the model, which then knows the new booking, so that the next wish of the batch is
    /// judged with it.
    fn judge(&mut self, wish: &Wish, outcome: &Result<Placed, PlaceError>) {
        if let Some(closed) = self.sale_closed() {
            assert_matches!(outcome, Err(PlaceError::SaleClosed(why)) if *why == closed);
            return;
        }
        let user = self.fans[wish.fan].user_id().unwrap();
        let expected = self.model.expected(user, &wish.wanted, self.now());
        assert_eq!(Expected::of(outcome), expected, "{wish:?}");
        let Ok(Placed { booking, replayed: false }) = outcome else { return };
        match &wish.wanted {
            Wanted::Seats(seats) => {
                assert!(seats.iter().all(|seat| booking.tickets.iter().any(|ticket| ticket.seat.as_str() == *seat)));
                assert_eq!(seats.len(), booking.tickets.len());
            }
            Wanted::Best(section, quantity) => {
                assert!(booking.tickets.iter().all(|ticket| ticket.seat.section_code() == *section));
                assert_eq!(*quantity, u32::try_from(booking.tickets.len()).unwrap());
            }
        }
        // Whoever had these seats is expired in the same unit.
        for overdue in self.model.bookings.values_mut().filter(|booking| booking.is_overdue(self.house.clock.now())) {
            let lost =
                overdue.tickets.iter().any(|ticket| booking.tickets.iter().any(|own| own.number == ticket.number));
            if lost {
                *overdue = overdue.clone().cancelled(CancelReason::Expired, self.house.clock.now());
            }
        }
        self.model.bookings.insert(booking.id, booking.clone());
    }

    fn sale_closed(&self) -> Option<SaleClosed> {
        if self.concert_cancelled {
            Some(SaleClosed::Cancelled)
        } else if self.paused {
            Some(SaleClosed::Paused)
        } else {
            (self.now() >= BEGINS_AT).then_some(SaleClosed::Over)
        }
    }

    /// The booking that a step is about, if there is any yet.
    fn pick(&self, index: usize) -> Option<Booking> {
        let count = self.model.bookings.len();
        self.model.bookings.values().nth(index.checked_rem(count)?).cloned()
    }

    async fn cancel(&mut self, index: usize, by_member: bool) {
        let Some(booking) = self.pick(index) else { return };
        let owner = self.fans.iter().find(|fan| fan.user_id() == booking.user).copied().unwrap();
        let (actor, role) = if by_member { (self.house.fan(), Some(MemberRole::BoxOffice)) } else { (owner, None) };
        let outcome = self.house.bookings_for(role).cancel(&actor, booking.id).await;
        match (booking.status, booking.cancel_reason) {
            (BookingStatus::Confirmed, _) if !by_member && self.now() >= REFUNDABLE_UNTIL => {
                assert_matches!(outcome, Err(CancelError::NotRefundable));
            }
            (BookingStatus::Cancelled, Some(reason)) if reason != CancelReason::Expired => {
                assert_eq!(outcome.unwrap(), booking, "to cancel it again changes nothing");
            }
            _ => {
                let reason = if by_member { CancelReason::Manager } else { CancelReason::User };
                let cancelled = outcome.unwrap();
                assert_eq!(cancelled, booking.cancelled(reason, self.now()));
            }
        }
    }

    async fn pay(&mut self, index: usize, script: ChargeScript) {
        let Some(booking) = self.pick(index) else { return };
        let owner = self.fans.iter().find(|fan| fan.user_id() == booking.user).copied().unwrap();
        let payable = booking.status_at(self.now()).0 == BookingStatus::Pending
            && booking.payment.is_none()
            && !self.concert_cancelled;
        if payable {
            self.house.gateway.script([script]);
        }
        let command = StartPayment { booking: booking.id, method: "card".to_owned() };
        let outcome = self.house.payments_for(None).start(&owner, command, None).await;
        assert_eq!(outcome.is_ok(), payable, "{outcome:?} for {booking:#?}");
        if let Ok(started) = outcome {
            self.payments.insert(started.payment.id, booking.id);
            if script == ChargeScript::Wait {
                assert_eq!(started.payment.status, PaymentStatus::Pending);
                self.waiting.push(started.payment.id);
            }
        }
    }

    /// The worker asks the gateway about payments, one after the other, and exactly those bookings are confirmed that
    /// have to be.
    async fn reconcile(&self) {
        let now = self.now();
        let before = now.plus_seconds(-RECONCILE_AFTER_SECONDS);
        let stored = self.all_bookings().await;
        let mut expected = Model { bookings: stored.into_iter().map(|booking| (booking.id, booking)).collect() };
        for payment in self.house.store.pending_since(before, None, RECONCILE_BATCH).await.unwrap() {
            if !self.concert_cancelled && self.house.gateway.taken(payment.id) > 0 {
                expected.money_comes(payment.booking, payment.id, self.sale_closed().is_none(), now);
            }
        }
        self.house.payments_for(None).reconcile().await.unwrap();
        for booking in self.all_bookings().await {
            assert_eq!(booking.status, expected.bookings[&booking.id].status, "{booking:#?}");
        }
    }

    async fn pause(&mut self, paused: bool) {
        if !self.concert_cancelled {
            let status = if paused { ConcertStatus::Paused } else { ConcertStatus::OnSale };
            self.house.change_concert(|concert| concert.status = status).await;
            self.paused = paused;
        }
    }

    fn script_void(&mut self, script: VoidScript) {
        if matches!(script, VoidScript::NoAnswer | VoidScript::AnswerLost) {
            self.silent_voids += 1;
        }
        if self.silent_voids <= SILENT_VOIDS_MAX {
            self.house.gateway.script_voids([script]);
        }
    }

    async fn cancel_concert(&mut self) {
        let store = Arc::new(self.house.store.clone());
        let concerts = Concerts::new(store.clone(), store, self.house.clock.clone(), self.house.ids.clone());
        concerts.remove(&Actor::System, self.house.concert()).await.unwrap();
        self.concert_cancelled = true;
    }

    /// Lets the workers finish what is under way, then holds tickets against money.
    pub(super) async fn come_to_rest(&mut self) {
        for payment in std::mem::take(&mut self.waiting) {
            self.house.gateway.settle(payment, false);
        }
        for _ in 0..3 {
            self.house.clock.advance(61);
            self.reconcile().await;
            self.check(true).await;
        }
        while self.house.bookings().expire_overdue().await.unwrap() > 0 {}
        while self.house.bookings().wind_up_cancelled().await.unwrap() > 0 {}
        self.house.clock.advance(61);
        self.reconcile().await;
        self.house.bookings().expire_overdue().await.unwrap();
        self.check(true).await;
        self.house.assert_sound().await;
        for booking in self.model.bookings.values() {
            let payments = self.payments.iter().filter(|(_, paid)| **paid == booking.id).map(|(payment, _)| *payment);
            let kept: i64 = payments
                .map(|payment| self.house.gateway.taken(payment) - self.house.gateway.given_back(payment))
                .sum();
            let due = if booking.status == BookingStatus::Confirmed { booking.total.minor() } else { 0 };
            assert_eq!(kept, due, "{booking:#?}");
        }
    }
}

/// What was foreseen comes true, but for a cap that was not in view; and no refusal for want of seats comes as a surprise.
fn assert_foreseen(foreseen: Option<&PlaceError>, outcome: &Result<Placed, PlaceError>) {
    let (foreseen, outcome) = (foreseen.map(ToString::to_string), outcome.as_ref().err());
    let is_foreseeable = matches!(
        outcome,
        Some(PlaceError::SaleClosed(_) | PlaceError::SeatsUnavailable { .. } | PlaceError::SoldOut { .. })
    );
    let is_cap = matches!(outcome, Some(PlaceError::LimitReached { .. }));
    if is_foreseeable || (foreseen.is_some() && !is_cap) {
        assert_eq!(foreseen, outcome.map(ToString::to_string));
    }
}
