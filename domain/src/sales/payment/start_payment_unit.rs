//! One unit of work that starts payments: reads once, decides in order, writes once.

use std::collections::{HashMap, HashSet};

use crate::bookings::{Booking, BookingStatus, CancelReason};
use crate::concerts::ConcertStatus;
use crate::idempotency::{CommandHash, IdempotencyRecord, IdempotentRequest, Operation, ScopedKey};
use crate::sales::ChangeSet;
use crate::shared::{BookingId, ConcertId, IdGenerator, PaymentId, StoreError, Timestamp, UserId};
use crate::store::UnitOfWork;

use super::payment_recorder::StartRequest;
use super::{StartPaymentError, StartedPayment};
use crate::payments::{Payment, PaymentStatus};

type Outcome = Result<StartedPayment, StartPaymentError>;

/// A unit of work with all that starting payments needs.
pub(super) struct StartPaymentUnit<'unit> {
    pub(super) unit: &'unit mut dyn UnitOfWork,
    pub(super) ids: &'unit dyn IdGenerator,
    pub(super) now: Timestamp,
    pub(super) grace_seconds: i64,
}

/// The data that decides the requests.
struct Known {
    /// The idempotency keys that were used before, each with the payment it started.
    keys: HashMap<ScopedKey, (IdempotencyRecord, Option<Payment>)>,
    bookings: HashMap<BookingId, Booking>,
    /// The concert of the bookings, and whether it is cancelled.
    concert: Option<(ConcertId, bool)>,
}

/// A request with its payer, and its idempotency key if it has one.
struct KnownPayer<'request> {
    request: &'request StartRequest,
    payer: UserId,
    keyed: Option<IdempotentRequest>,
}

impl<'request> KnownPayer<'request> {
    fn new(request: &'request StartRequest) -> Result<Self, StartPaymentError> {
        let payer = request.actor.user_id().ok_or(StartPaymentError::LoginRequired)?;
        let keyed = request.key.clone().map(|key| {
            let booking = request.command.booking.uuid().into_bytes();
            let parts = [booking.as_slice(), request.command.method.as_bytes()];
            IdempotentRequest::new(payer, Operation::StartPayment, key, CommandHash::of(parts))
        });
        Ok(Self { request, payer, keyed })
    }
}

impl StartPaymentUnit<'_> {
    /// Starts the payments whose bookings can be paid. Returns the outcomes in the order of the requests.
    pub(super) async fn run(mut self, requests: &[StartRequest]) -> Result<Vec<Outcome>, StoreError> {
        let known_payers: Vec<Result<KnownPayer<'_>, StartPaymentError>> =
            requests.iter().map(KnownPayer::new).collect();
        let mut known = self.read(&known_payers).await?;
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(known_payers.len());
        let mut names: HashMap<ScopedKey, usize> = HashMap::new();
        let mut remembered = Vec::new();
        let mut changes = known.concert.map(|(concert, _)| ChangeSet::new(concert, self.now));
        for known_payer in &known_payers {
            let outcome = match known_payer {
                Err(refusal) => Err(refusal.clone()),
                Ok(payer) => match self.replay(payer, &known, &names, &known_payers, &outcomes) {
                    Some(replayed) => replayed,
                    None => self.start(payer, &mut known, changes.as_mut()),
                },
            };
            if let (Ok(StartedPayment { payment, replayed: false }), Ok(KnownPayer { keyed: Some(keyed), .. })) =
                (&outcome, known_payer)
            {
                names.insert(keyed.name().clone(), outcomes.len());
                remembered.push(keyed.remembered(payment.id.uuid(), self.now));
            }
            outcomes.push(outcome);
        }
        if !remembered.is_empty() {
            self.unit.idempotency().remember(&remembered).await?;
        }
        if let Some(changes) = changes {
            changes.write(self.unit, self.ids).await?;
        }
        Ok(outcomes)
    }

    async fn read(&mut self, known_payers: &[Result<KnownPayer<'_>, StartPaymentError>]) -> Result<Known, StoreError> {
        let names: HashSet<ScopedKey> =
            known_payers.iter().flatten().filter_map(|payer| Some(payer.keyed.as_ref()?.name().clone())).collect();
        let names: Vec<ScopedKey> = names.into_iter().collect();
        let earlier = if names.is_empty() { Vec::new() } else { self.unit.idempotency().find(&names).await? };
        let ids: Vec<PaymentId> = earlier.iter().map(|earlier| PaymentId::from_uuid(earlier.resource)).collect();
        let payments = if ids.is_empty() { Vec::new() } else { self.unit.payments().get(&ids).await? };
        let payments: HashMap<_, _> = payments.into_iter().map(|payment| (payment.id.uuid(), payment)).collect();
        let keys: HashMap<ScopedKey, (IdempotencyRecord, Option<Payment>)> = earlier
            .into_iter()
            .map(|earlier| {
                let payment = payments.get(&earlier.resource).cloned();
                (earlier.key.clone(), (earlier, payment))
            })
            .collect();

        let is_new =
            |payer: &&KnownPayer<'_>| payer.keyed.as_ref().is_none_or(|keyed| !keys.contains_key(keyed.name()));
        let asked: HashSet<BookingId> =
            known_payers.iter().flatten().filter(is_new).map(|payer| payer.request.command.booking).collect();
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

    /// The outcome of a request that was already made, in another unit or earlier in this batch.
    fn replay(
        &self,
        payer: &KnownPayer<'_>,
        known: &Known,
        names: &HashMap<ScopedKey, usize>,
        known_payers: &[Result<KnownPayer<'_>, StartPaymentError>],
        outcomes: &[Outcome],
    ) -> Option<Outcome> {
        let keyed = payer.keyed.as_ref()?;
        if let Some((earlier, payment)) = known.keys.get(keyed.name()) {
            return Some(match payment {
                _ if !keyed.is_same_command(&earlier.command) => Err(StartPaymentError::KeyReused),
                Some(payment) => Ok(StartedPayment { payment: payment.clone(), replayed: true }),
                None => Err(StoreError::inconsistent("a remembered payment is gone").into()),
            });
        }
        let first = *names.get(keyed.name())?;
        let first_keyed = known_payers.get(first)?.as_ref().ok()?.keyed.as_ref()?;
        if !keyed.is_same_command(first_keyed.command()) {
            return Some(Err(StartPaymentError::KeyReused));
        }
        let started = outcomes.get(first)?.clone();
        Some(started.map(|started| StartedPayment { replayed: true, ..started }))
    }

    /// Starts a payment if its booking can be paid.
    fn start(&self, payer: &KnownPayer<'_>, known: &mut Known, changes: Option<&mut ChangeSet>) -> Outcome {
        let found = known.bookings.get_mut(&payer.request.command.booking);
        let booking =
            found.filter(|booking| booking.user == Some(payer.payer)).ok_or(StartPaymentError::BookingNotFound)?;
        let (Some((concert, is_cancelled)), Some(changes)) = (known.concert, changes) else {
            return Err(StartPaymentError::BookingNotFound);
        };
        if booking.concert != concert {
            return Err(StoreError::inconsistent("a batch is about bookings of several concerts").into());
        }
        check_payable(booking, is_cancelled, self.now)?;
        let payment = self.payment(booking, payer);
        let expires_at = self.expiry_while_paying(booking);
        changes.change_payment(payer.request.actor, booking.clone(), Some(payment.id), expires_at);
        changes.start_payment(payer.request.actor, payment.clone());
        // Later requests of this batch for the same booking get `PaymentInProgress`.
        booking.payment = Some(payment.id);
        Ok(StartedPayment { payment, replayed: false })
    }

    fn payment(&self, booking: &Booking, payer: &KnownPayer<'_>) -> Payment {
        Payment {
            id: PaymentId::generate(self.ids),
            booking: booking.id,
            user: Some(payer.payer),
            amount: booking.total,
            refunded: 0,
            method: payer.request.command.method.clone(),
            gateway: payer.request.gateway.to_owned(),
            transaction_id: None,
            status: PaymentStatus::Pending,
            failure: None,
            next_action: None,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        }
    }

    /// Extends the hold for the first payment of a booking, so that it has time to complete. Only for the first:
    /// otherwise a series of declined payments could hold seats for ever.
    fn expiry_while_paying(&self, booking: &Booking) -> Timestamp {
        // Placing makes version 1, and only payments change a booking that stays pending.
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
