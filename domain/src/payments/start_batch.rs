//! One unit that starts payments: read what decides, decide in order, write once.

use std::collections::{HashMap, HashSet};

use crate::bookings::{Booking, BookingStatus, CancelReason, Ledger};
use crate::concerts::ConcertStatus;
use crate::idempotency::{CommandHash, KeyOfUser, KeyedRequest, Operation, Remembered};
use crate::shared::{BookingId, ConcertId, IdGenerator, PaymentId, StoreError, Timestamp, UserId};
use crate::store::UnitOfWork;

use super::desk::StartRequest;
use super::{Payment, PaymentStatus, StartPaymentError, Started};

type Outcome = Result<Started, StartPaymentError>;

/// A unit and what it needs.
pub(super) struct Starting<'unit> {
    pub(super) unit: &'unit mut dyn UnitOfWork,
    pub(super) ids: &'unit dyn IdGenerator,
    pub(super) now: Timestamp,
    pub(super) gateway: &'static str,
    pub(super) grace_seconds: i64,
}

/// What is known before anything is decided.
struct Known {
    /// Keys that committed before, each with the payment it made.
    keys: HashMap<KeyOfUser, (Remembered, Option<Payment>)>,
    bookings: HashMap<BookingId, Booking>,
    /// The concert of the bookings, and whether it will not take place.
    concert: Option<(ConcertId, bool)>,
}

/// A request whose payer is known, under its name if it has one.
struct Wish<'request> {
    request: &'request StartRequest,
    payer: UserId,
    keyed: Option<KeyedRequest>,
}

impl<'request> Wish<'request> {
    fn new(request: &'request StartRequest) -> Result<Self, StartPaymentError> {
        let payer = request.actor.user_id().ok_or(StartPaymentError::LoginRequired)?;
        let keyed = request.key.clone().map(|key| {
            let booking = request.command.booking.uuid().into_bytes();
            let parts = [booking.as_slice(), request.command.method.as_bytes()];
            KeyedRequest::new(payer, Operation::StartPayment, key, CommandHash::of(parts))
        });
        Ok(Self { request, payer, keyed })
    }
}

impl Starting<'_> {
    /// Starts what can be started. The outcomes come in the order of the requests.
    pub(super) async fn run(mut self, requests: &[StartRequest]) -> Result<Vec<Outcome>, StoreError> {
        let wishes: Vec<Result<Wish<'_>, StartPaymentError>> = requests.iter().map(Wish::new).collect();
        let mut known = self.read(&wishes).await?;
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(wishes.len());
        let mut names: HashMap<KeyOfUser, usize> = HashMap::new();
        let mut remembered = Vec::new();
        let mut ledger = known.concert.map(|(concert, _)| Ledger::new(concert, self.now));
        for wish in &wishes {
            let outcome = match wish {
                Err(refusal) => Err(refusal.clone()),
                Ok(wish) => match self.before(wish, &known, &names, &wishes, &outcomes) {
                    Some(before) => before,
                    None => self.start(wish, &mut known, ledger.as_mut()),
                },
            };
            if let (Ok(Started { payment, replayed: false }), Ok(Wish { keyed: Some(keyed), .. })) = (&outcome, wish) {
                names.insert(keyed.name().clone(), outcomes.len());
                remembered.push(keyed.remembered(payment.id.uuid(), self.now));
            }
            outcomes.push(outcome);
        }
        if !remembered.is_empty() {
            self.unit.idempotency().remember(&remembered).await?;
        }
        if let Some(ledger) = ledger {
            ledger.write(self.unit, self.ids).await?;
        }
        Ok(outcomes)
    }

    async fn read(&mut self, wishes: &[Result<Wish<'_>, StartPaymentError>]) -> Result<Known, StoreError> {
        let names: HashSet<KeyOfUser> =
            wishes.iter().flatten().filter_map(|wish| Some(wish.keyed.as_ref()?.name().clone())).collect();
        let names: Vec<KeyOfUser> = names.into_iter().collect();
        let earlier = if names.is_empty() { Vec::new() } else { self.unit.idempotency().find(&names).await? };
        let ids: Vec<PaymentId> = earlier.iter().map(|earlier| PaymentId::from_uuid(earlier.resource)).collect();
        let payments = if ids.is_empty() { Vec::new() } else { self.unit.payments().get(&ids).await? };
        let payments: HashMap<_, _> = payments.into_iter().map(|payment| (payment.id.uuid(), payment)).collect();
        let keys: HashMap<KeyOfUser, (Remembered, Option<Payment>)> = earlier
            .into_iter()
            .map(|earlier| {
                let payment = payments.get(&earlier.resource).cloned();
                (earlier.key.clone(), (earlier, payment))
            })
            .collect();

        let is_new = |wish: &&Wish<'_>| wish.keyed.as_ref().is_none_or(|keyed| !keys.contains_key(keyed.name()));
        let asked: HashSet<BookingId> =
            wishes.iter().flatten().filter(is_new).map(|wish| wish.request.command.booking).collect();
        let mut asked: Vec<BookingId> = asked.into_iter().collect();
        asked.sort_unstable();
        let bookings = if asked.is_empty() { Vec::new() } else { self.unit.bookings().get(&asked).await? };
        let concert = match bookings.first().map(|booking| booking.concert) {
            None => None,
            Some(id) => Some((id, self.will_not_take_place(id).await?)),
        };
        let bookings = bookings.into_iter().map(|booking| (booking.id, booking)).collect();
        Ok(Known { keys, bookings, concert })
    }

    async fn will_not_take_place(&mut self, id: ConcertId) -> Result<bool, StoreError> {
        let concert = self.unit.concerts().get(id).await?;
        let concert = concert.ok_or_else(|| StoreError::inconsistent("a booking's concert is gone"))?;
        Ok(concert.status == ConcertStatus::Cancelled)
    }

    /// The answer to a request that was made before, in another unit or earlier in this batch.
    fn before(
        &self,
        wish: &Wish<'_>,
        known: &Known,
        names: &HashMap<KeyOfUser, usize>,
        wishes: &[Result<Wish<'_>, StartPaymentError>],
        outcomes: &[Outcome],
    ) -> Option<Outcome> {
        let keyed = wish.keyed.as_ref()?;
        if let Some((earlier, payment)) = known.keys.get(keyed.name()) {
            return Some(match payment {
                _ if !keyed.is_same_command(&earlier.command) => Err(StartPaymentError::KeyReused),
                Some(payment) => Ok(Started { payment: payment.clone(), replayed: true }),
                None => Err(StoreError::inconsistent("a remembered payment is gone").into()),
            });
        }
        let first = *names.get(keyed.name())?;
        let first_keyed = wishes.get(first)?.as_ref().ok()?.keyed.as_ref()?;
        if !keyed.is_same_command(first_keyed.command()) {
            return Some(Err(StartPaymentError::KeyReused));
        }
        let started = outcomes.get(first)?.clone();
        Some(started.map(|started| Started { replayed: true, ..started }))
    }

    /// Starts a payment if its booking can be paid.
    fn start(&self, wish: &Wish<'_>, known: &mut Known, ledger: Option<&mut Ledger>) -> Outcome {
        let found = known.bookings.get_mut(&wish.request.command.booking);
        let booking =
            found.filter(|booking| booking.user == Some(wish.payer)).ok_or(StartPaymentError::BookingNotFound)?;
        let (Some((concert, is_cancelled)), Some(ledger)) = (known.concert, ledger) else {
            return Err(StartPaymentError::BookingNotFound);
        };
        if booking.concert != concert {
            return Err(StoreError::inconsistent("a batch is about bookings of several concerts").into());
        }
        check_payable(booking, is_cancelled, self.now)?;
        let payment = self.payment(booking, wish);
        let expires_at = self.expiry_while_paying(booking);
        ledger.change_payment(wish.request.actor, booking.clone(), Some(payment.id), expires_at);
        ledger.start_payment(wish.request.actor, payment.clone());
        // Whoever comes after in this batch finds it being paid.
        booking.payment = Some(payment.id);
        Ok(Started { payment, replayed: false })
    }

    fn payment(&self, booking: &Booking, wish: &Wish<'_>) -> Payment {
        Payment {
            id: PaymentId::generate(self.ids),
            booking: booking.id,
            user: Some(wish.payer),
            amount: booking.total,
            refunded: 0,
            method: wish.request.command.method.clone(),
            gateway: self.gateway.to_owned(),
            transaction_id: None,
            status: PaymentStatus::Pending,
            failure: None,
            next_action: None,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        }
    }

    /// The first payment of a booking is given time to come through. Only the first, or seats could be held for ever by
    /// payments that are declined one after the other.
    fn expiry_while_paying(&self, booking: &Booking) -> Timestamp {
        // Placing makes version 1, and nothing but payments changes a booking that stays pending.
        let first_payment = booking.version == 1;
        if first_payment {
            booking.expires_at.max(self.now.plus_seconds(self.grace_seconds))
        } else {
            booking.expires_at
        }
    }
}

fn check_payable(booking: &Booking, concert_is_cancelled: bool, now: Timestamp) -> Result<(), StartPaymentError> {
    match booking.status_at(now) {
        (BookingStatus::Pending, _) => {}
        (BookingStatus::Cancelled, Some(CancelReason::Expired)) => return Err(StartPaymentError::BookingExpired),
        (BookingStatus::Cancelled, Some(CancelReason::ConcertCancelled)) => {
            return Err(StartPaymentError::ConcertCancelled);
        }
        (BookingStatus::Cancelled | BookingStatus::Confirmed, _) => return Err(StartPaymentError::BookingNotPayable),
    }
    if concert_is_cancelled {
        return Err(StartPaymentError::ConcertCancelled);
    }
    if booking.payment.is_some() { Err(StartPaymentError::PaymentInProgress) } else { Ok(()) }
}
