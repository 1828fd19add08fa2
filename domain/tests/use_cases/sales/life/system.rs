//! The concert under test, and its model.

use std::collections::BTreeMap;
use std::sync::Arc;

use boxoffice_domain::bookings::{Booking, BookingFilter, BookingQueries, BookingStatus, CancelReason};
use boxoffice_domain::concerts::{ConcertStatus, Concerts, MemberRole};
use boxoffice_domain::idempotency::{CommandHash, IdempotencyKey};
use boxoffice_domain::maintenance::{Auditor, Invariant};
use boxoffice_domain::payments::{PaymentQueries, PaymentStatus};
use boxoffice_domain::sales::cancellation::CancelError;
use boxoffice_domain::sales::payment::{RECONCILE_AFTER_SECONDS, RECONCILE_BATCH, StartPayment};
use boxoffice_domain::sales::placement::{PlaceBooking, PlaceError, PlaceRequest, PlacedBooking, SaleClosed};
use boxoffice_domain::shared::{Actor, BookingId, Clock, PageLimit, PaymentId, Timestamp};
use boxoffice_testing::{ChargeScript, FakeGateway, FixedClock, VoidScript};

use super::super::fixture::Fixture;
use super::model::{CAPS, Expected, FANS, Model, SECTIONS};
use super::{Step, TicketRequest, TicketSelection};

/// When the sale ends and the concert starts: before the end of a long sequence of steps.
const BEGINS_AT: Timestamp = FixedClock::START.plus_seconds(1_800);

/// How often a gateway that is asked to void a charge may stay silent: less often than ends a pass.
const SILENT_VOIDS_MAX: u32 = 4;

/// Until when customers can cancel confirmed bookings: about as long as a sequence of steps lasts.
const REFUNDABLE_UNTIL: Timestamp = FixedClock::START.plus_seconds(1_500);

pub(super) struct SystemUnderTest {
    fixture: Fixture,
    fans: Vec<Actor>,
    model: Model,
    concert_cancelled: bool,
    paused: bool,
    silent_voids: u32,
    keys: BTreeMap<(usize, usize), (CommandHash, BookingId)>,
    payments: BTreeMap<PaymentId, BookingId>,
    waiting: Vec<PaymentId>,
}

impl SystemUnderTest {
    pub(super) async fn new() -> Self {
        let [(a, seats, a_price), (ga, ga_places, ga_price), (free, free_places, free_price)] = SECTIONS;
        let fixture = Fixture::with(|concert| {
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
        let fans = (0..FANS).map(|_| fixture.fan()).collect();
        Self {
            fixture,
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
        self.fixture.clock.now()
    }

    /// Runs one step and checks all conditions that must hold after it.
    pub(super) async fn take(&mut self, step: Step) {
        let money_moves = matches!(step, Step::Pay { .. } | Step::Reconcile);
        match step {
            Step::Place(ticket_request, key) => self.place(&ticket_request, key).await,
            Step::PlaceBatch(ticket_requests) => self.place_batch(&ticket_requests).await,
            Step::Cancel { booking, by_member } => self.cancel(booking, by_member).await,
            Step::Pay { booking, script } => self.pay(booking, script).await,
            Step::Settle { approved } => {
                if let Some(payment) = self.waiting.pop() {
                    self.fixture.gateway.settle(payment, approved);
                }
            }
            Step::Reconcile => self.reconcile().await,
            Step::Expire => {
                self.fixture.cancellations().expire_overdue().await.unwrap();
            }
            Step::CancelConcertBookings => {
                self.fixture.cancellations().cancel_concert_bookings().await.unwrap();
            }
            Step::Wait(seconds) => {
                self.fixture.clock.advance(seconds);
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
            let holdings = self.fixture.holdings(*fan).await.map(|held| (held.tickets, held.pending_bookings));
            assert_eq!(holdings.unwrap_or_default(), self.model.holdings(fan.user_id().unwrap()));
        }
        let reports = self.fixture.store.audit(self.now()).await.unwrap();
        let broken = reports.iter().find(|report| report.violations > 0 && report.invariant != Invariant::OverdueHolds);
        assert!(broken.is_none(), "{broken:#?}");
    }

    async fn all_bookings(&self) -> Vec<Booking> {
        let (mut bookings, mut after) = (Vec::new(), None);
        loop {
            let limit = PageLimit::new(PageLimit::MAX).unwrap();
            let all = BookingFilter::default();
            let page = self.fixture.store.of_concert(self.fixture.concert(), &all, after, limit).await.unwrap();
            bookings.extend(page.items.into_iter().map(|named| named.booking));
            after = page.next;
            if after.is_none() {
                return bookings;
            }
        }
    }

    fn command(&self, wanted: &TicketSelection) -> PlaceBooking {
        match wanted {
            TicketSelection::Seats(seats) => self.fixture.seats(seats),
            TicketSelection::Best(section, quantity) => self.fixture.best(section, i64::from(*quantity)),
        }
    }

    async fn place(&mut self, ticket_request: &TicketRequest, key: Option<usize>) {
        let command = self.command(&ticket_request.wanted);
        let request = PlaceRequest {
            actor: self.fans[ticket_request.fan],
            command: command.clone(),
            key: key.and_then(|key| IdempotencyKey::parse(&format!("key-{key}"))),
        };
        let foreseen = self.fixture.foreseen(&request).await;
        let outcome = self.fixture.placing().place_batch(self.fixture.concert(), &[request]).await.remove(0);
        let known = key.and_then(|key| self.keys.get(&(ticket_request.fan, key)));
        match known {
            Some((hash, id)) if *hash == command.hash() => {
                assert_matches!(outcome, Ok(PlacedBooking { booking, replayed: true }) if booking.id == *id);
            }
            Some(_) => assert_matches!(outcome, Err(PlaceError::KeyReused)),
            None => {
                self.judge(ticket_request, &outcome);
                if let Some(foreseen) = foreseen {
                    assert_foreseen(foreseen.as_ref(), &outcome);
                }
                if let (Some(key), Ok(placed)) = (key, outcome) {
                    self.keys.insert((ticket_request.fan, key), (command.hash(), placed.booking.id));
                }
            }
        }
    }

    async fn place_batch(&mut self, ticket_requests: &[TicketRequest]) {
        let requests: Vec<_> = ticket_requests
            .iter()
            .map(|ticket_request| (self.fans[ticket_request.fan], self.command(&ticket_request.wanted)))
            .collect();
        let outcomes = self.fixture.place_batch(requests).await;
        assert_eq!(outcomes.len(), ticket_requests.len());
        for (ticket_request, outcome) in ticket_requests.iter().zip(&outcomes) {
            self.judge(ticket_request, outcome);
        }
    }

    /// Compares an outcome with the model, then adds the new booking to the model, for the next request of the batch.
    fn judge(&mut self, ticket_request: &TicketRequest, outcome: &Result<PlacedBooking, PlaceError>) {
        if let Some(closed) = self.sale_closed() {
            assert_matches!(outcome, Err(PlaceError::SaleClosed(why)) if *why == closed);
            return;
        }
        let user = self.fans[ticket_request.fan].user_id().unwrap();
        let expected = self.model.expected(user, &ticket_request.wanted, self.now());
        assert_eq!(Expected::of(outcome), expected, "{ticket_request:?}");
        let Ok(PlacedBooking { booking, replayed: false }) = outcome else { return };
        match &ticket_request.wanted {
            TicketSelection::Seats(seats) => {
                assert!(seats.iter().all(|seat| booking.tickets.iter().any(|ticket| ticket.seat.as_str() == *seat)));
                assert_eq!(seats.len(), booking.tickets.len());
            }
            TicketSelection::Best(section, quantity) => {
                assert!(booking.tickets.iter().all(|ticket| ticket.seat.section_code() == *section));
                assert_eq!(*quantity, u32::try_from(booking.tickets.len()).unwrap());
            }
        }
        // Overdue bookings of these seats are expired in the same unit.
        for overdue in self.model.bookings.values_mut().filter(|booking| booking.is_overdue(self.fixture.clock.now())) {
            let lost =
                overdue.tickets.iter().any(|ticket| booking.tickets.iter().any(|own| own.number == ticket.number));
            if lost {
                *overdue = overdue.clone().cancelled(CancelReason::Expired, self.fixture.clock.now());
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

    /// The booking that a step refers to; `None` when no booking exists yet.
    fn pick(&self, index: usize) -> Option<Booking> {
        let count = self.model.bookings.len();
        self.model.bookings.values().nth(index.checked_rem(count)?).cloned()
    }

    async fn cancel(&mut self, index: usize, by_member: bool) {
        let Some(booking) = self.pick(index) else { return };
        let owner = self.fans.iter().find(|fan| fan.user_id() == booking.user).copied().unwrap();
        let (actor, role) = if by_member { (self.fixture.fan(), Some(MemberRole::BoxOffice)) } else { (owner, None) };
        let outcome = self.fixture.cancellations_for(role).cancel(&actor, booking.id).await;
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
            self.fixture.gateway.script([script]);
        }
        let command = StartPayment { booking: booking.id, method: "card".to_owned() };
        let outcome = self.fixture.payments_for(None).start(&owner, command, None).await;
        assert_eq!(outcome.is_ok(), payable, "{outcome:?} for {booking:#?}");
        if let Ok(started) = outcome {
            self.payments.insert(started.payment.id, booking.id);
            if script == ChargeScript::Wait {
                assert_eq!(started.payment.status, PaymentStatus::Pending);
                self.waiting.push(started.payment.id);
            }
        }
    }

    /// Runs the worker that reconciles payments, and checks that it confirms exactly the expected bookings.
    async fn reconcile(&self) {
        let now = self.now();
        let before = now.plus_seconds(-RECONCILE_AFTER_SECONDS);
        let stored = self.all_bookings().await;
        let mut expected = Model { bookings: stored.into_iter().map(|booking| (booking.id, booking)).collect() };
        for payment in self.fixture.store.pending_since(FakeGateway::NAME, before, None, RECONCILE_BATCH).await.unwrap()
        {
            if !self.concert_cancelled && self.fixture.gateway.taken(payment.id) > 0 {
                expected.money_comes(payment.booking, payment.id, self.sale_closed().is_none(), now);
            }
        }
        self.fixture.payments_for(None).reconcile().await.unwrap();
        for booking in self.all_bookings().await {
            assert_eq!(booking.status, expected.bookings[&booking.id].status, "{booking:#?}");
        }
    }

    async fn pause(&mut self, paused: bool) {
        if !self.concert_cancelled {
            let status = if paused { ConcertStatus::Paused } else { ConcertStatus::OnSale };
            self.fixture.change_concert(|concert| concert.status = status).await;
            self.paused = paused;
        }
    }

    fn script_void(&mut self, script: VoidScript) {
        if matches!(script, VoidScript::NoAnswer | VoidScript::AnswerLost) {
            self.silent_voids += 1;
        }
        if self.silent_voids <= SILENT_VOIDS_MAX {
            self.fixture.gateway.script_voids([script]);
        }
    }

    async fn cancel_concert(&mut self) {
        let store = Arc::new(self.fixture.store.clone());
        let concerts = Concerts::new(store.clone(), store, self.fixture.clock.clone(), self.fixture.ids.clone());
        concerts.remove(&Actor::System, self.fixture.concert()).await.unwrap();
        self.concert_cancelled = true;
    }

    /// Lets the workers finish all pending work, then compares tickets with money.
    pub(super) async fn settle(&mut self) {
        for payment in std::mem::take(&mut self.waiting) {
            self.fixture.gateway.settle(payment, false);
        }
        for _ in 0..3 {
            self.fixture.clock.advance(61);
            self.reconcile().await;
            self.check(true).await;
        }
        while self.fixture.cancellations().expire_overdue().await.unwrap() > 0 {}
        while self.fixture.cancellations().cancel_concert_bookings().await.unwrap() > 0 {}
        self.fixture.clock.advance(61);
        self.reconcile().await;
        self.fixture.cancellations().expire_overdue().await.unwrap();
        self.check(true).await;
        self.fixture.assert_sound().await;
        for booking in self.model.bookings.values() {
            let payments = self.payments.iter().filter(|(_, paid)| **paid == booking.id).map(|(payment, _)| *payment);
            let kept: i64 = payments
                .map(|payment| self.fixture.gateway.taken(payment) - self.fixture.gateway.refunded(payment))
                .sum();
            let due = if booking.status == BookingStatus::Confirmed { booking.total.minor() } else { 0 };
            assert_eq!(kept, due, "{booking:#?}");
        }
    }
}

/// Checks the precheck against the outcome. A refusal that it predicts is the actual one, unless a cap of the user,
/// which the precheck does not know, comes first. All refusals for a closed sale or missing seats are predicted.
fn assert_foreseen(foreseen: Option<&PlaceError>, outcome: &Result<PlacedBooking, PlaceError>) {
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
